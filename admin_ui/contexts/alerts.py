"""The page of alerts: what wants a person, what did, and who is told of it. Sentences arrive in the reader's language."""

from typing import Literal

from msgspec import Struct


class AlertTask(Struct, frozen=True, kw_only=True, gc=False):
    """A follow-up task: goods of one place below zero since a posting, until what came in is booked."""

    location: str
    lot: str | None = None
    quantity: str
    document: str
    type: str
    number: str
    person: str


class AlertDelivery(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody who is told; `sent_at` is None while the message waits."""

    receiver: str
    sent_at: float | str | None = None


class AlertRow(Struct, frozen=True, kw_only=True):
    """An alert. `href` leads to what it is about; `item` has an explanation where its figure is below zero."""

    id: str
    kind: str
    severity: str  # info, warning, urgent
    title: str
    detail: str
    raised_at: float | str
    cleared_at: float | str | None = None
    seen_by: str | None = None
    seen_at: float | str | None = None
    href: str | None = None
    item: str | None = None
    unit: str = ""
    tasks: tuple[AlertTask, ...] = ()
    deliveries: tuple[AlertDelivery, ...] = ()


class AlertReceiver(Struct, frozen=True, kw_only=True):
    """Somebody who is told by message. Of the address only the service is known here. `next_try_at` is set after a try that
    failed."""

    name: str
    service: str
    severity: str  # info, warning, urgent
    waiting: int = 0
    failed_tries: int = 0
    last_error: str | None = None
    sent_at: float | str | None = None
    next_try_at: float | str | None = None
    quiet_from: str | None = None
    quiet_to: str | None = None
    urgent_always: bool = True


class AlertsPage(Struct, frozen=True, kw_only=True):
    """`/alerts`: the open ones or the history, newest first. `unseen` are open ones that nobody saw, counted up to a bound."""

    tab: Literal["open", "history"]
    rows: tuple[AlertRow, ...]
    next: str | None
    unseen: int = 0
    receivers: tuple[AlertReceiver, ...] = ()
