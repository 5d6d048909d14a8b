"""Alerts over HTTP: what wants a person, what it was before, who saw it, and how those who are told are reached."""

from collections.abc import Mapping, Sequence
from sqlite3 import Connection
from typing import Annotated, Any, Literal

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from admin_ui.serving.direct import Answer, Direct, ReadBody, problem_answer
from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.roles import Role
from gateway.alert_settings import masked
from gateway.domain.alert_words import TITLES, AlertWords
from gateway.domain.alerts import AlertKind
from gateway.domain.telling import Receiver
from gateway.store.alerts import Alert, list_alerts, load_alert, mark_seen
from gateway.store.deliveries import Delivery, Tries, count_waiting, deliveries_of, tries_of
from gateway.store.waiting import count_waiting as what_waits
from gateway.web.branch import Branch
from gateway.web.document_id import write_id
from gateway.web.keys import PlaceKey
from gateway.web.live_shapes import alert_event
from gateway.web.moments import moment
from gateway.web.problems import unsafe_ledger
from replication.wire.sentence import Sentence

_StateName = Annotated[
    Literal["open", "cleared"], QueryParameter(name="state", description="`open` or `cleared`, the history.")
]
_NEWEST = PlaceKey(2**62)


class DeliveryView(msgspec.Struct, frozen=True):
    """Somebody who is told of an alert; `sent_at` is null while the message waits."""

    receiver: str
    sent_at: str | None


class AlertView(msgspec.Struct, frozen=True):
    """An alert. `subject` names what it is about within its kind; `facts` are what its sentence says, quantities as decimal
    strings and money in minor units. `href` is a page of this site, if one shows it."""

    id: str
    kind: str
    severity: str
    state: Literal["open", "cleared"]
    subject: str
    item: str | None
    title: str
    title_zh: str
    detail: str
    detail_zh: str
    facts: dict[str, str]
    href: str | None
    raised_at: str
    cleared_at: str | None
    seen_by: str | None
    seen_at: str | None
    deliveries: tuple[DeliveryView, ...] = ()


class ReceiverView(msgspec.Struct, frozen=True):
    """Somebody who is told. Of the address only the `service` is shown; `waiting` counts alerts that did not arrive yet, and
    `next_try_at` is set after a try that failed. In the quiet hours nothing is sent, but what is urgent if `urgent_always`."""

    name: str
    service: str
    severity: str
    language: str
    waiting: int
    failed_tries: int
    last_error: str | None
    sent_at: str | None
    next_try_at: str | None
    quiet_from: str | None
    quiet_to: str | None
    urgent_always: bool


class KeptAlert(msgspec.Struct, frozen=True):
    """An alert with how it was delivered."""

    alert: Alert
    deliveries: list[Delivery]


class AttentionView(msgspec.Struct, frozen=True):
    """How much waits for a manager: `requests` for approval, settled sales to look at (`reviews`) and open alerts that nobody
    saw, the last two counted up to a thousand."""

    requests: int
    reviews: int
    alerts: int


_encode = msgspec.json.Encoder().encode


def words_of(branch: Branch) -> AlertWords:
    """The words of this site's alerts."""
    site = branch.config.site
    return AlertWords(Sentence(site.name, site.name_zh or site.name), site.currency, branch.config.minor_unit_digits)


def alert_view(alert: Alert, words: AlertWords, deliveries: Sequence[Delivery] = ()) -> AlertView:
    """An alert as the API shows it."""
    title, line = TITLES[alert.kind], words.line(alert.kind, alert.told)
    return AlertView(
        str(alert.place), alert.kind.value, alert.severity.value, "open" if alert.cleared_at is None else "cleared",
        alert.subject, alert.told.get("item"), title.en, title.zh, line.en, line.zh, alert.told, _href(alert.told),
        moment(alert.raised_at), None if alert.cleared_at is None else moment(alert.cleared_at), alert.seen_by,
        None if alert.seen_at is None else moment(alert.seen_at),
        tuple(DeliveryView(one.receiver, None if one.sent_at is None else moment(one.sent_at)) for one in deliveries),
    )  # fmt: skip


def kept_alerts(
    connection: Connection, *, is_open: bool, before: int, limit: int, kind: AlertKind | None = None
) -> list[KeptAlert]:
    """Alerts of a number below `before`, newest first."""
    rows = list_alerts(connection, is_open=is_open, before=before, limit=limit, kind=kind)
    return [KeptAlert(one, deliveries_of(connection, one.place)) for one in rows]


def kept_alert(connection: Connection, place: int) -> KeptAlert | None:
    """One alert."""
    found = load_alert(connection, place)
    return None if found is None else KeptAlert(found, deliveries_of(connection, place))


async def receiver_views(branch: Branch) -> list[ReceiverView]:
    """Everybody who is told, and whether it arrives."""
    names = list(branch.alert_receivers)

    def query(connection: Connection) -> list[tuple[Tries, int]]:
        return [(tries_of(connection, name), count_waiting(connection, name)) for name in names]

    found = await branch.shop.ledger.read(query)
    return [
        _receiver_view(receiver, address, tries, waiting)
        for (receiver, address), (tries, waiting) in zip(branch.alert_receivers.values(), found, strict=True)
    ]


def _receiver_view(receiver: Receiver, address: str, tries: Tries, waiting: int) -> ReceiverView:
    quiet = receiver.quiet
    return ReceiverView(
        receiver.name, masked(address), receiver.least.value, receiver.language, waiting, tries.tries, tries.error or None,
        None if tries.sent_at is None else moment(tries.sent_at), moment(tries.next_at) if tries.tries else None,
        None if quiet is None else _clock(quiet.from_minute), None if quiet is None else _clock(quiet.to_minute),
        receiver.urgent_always,
    )  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _href(told: Mapping[str, str]) -> str | None:
    for name, page in (("item", "/stock?q="), ("document", "/documents/"), ("transfer", "/transfers/")):
        if name in told:
            return page + (told[name] if name == "item" else write_id(bytes.fromhex(told[name])))
    if "kitchen" in told:
        return "/kitchen"
    return "/devices" if "device" in told else None


def list_routes(branch: Branch) -> Sequence[Any]:
    """`GET /alerts`, `GET /alerts/receivers` and `GET /attention`."""
    words = words_of(branch)

    @get("/api/v1/alerts", tags=["alerts"], summary="Alerts, newest first", guards=[at_least(Role.MANAGER)])
    async def alerts(
        state_: _StateName = "open",
        kind: FromQuery[AlertKind | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int | None] = None,
    ) -> Page[AlertView]:
        start, most = decode_cursor("alerts", after, PlaceKey) or _NEWEST, page_limit(limit)
        rows = await branch.shop.ledger.read(
            lambda connection: kept_alerts(
                connection, is_open=state_ == "open", before=start.place, limit=most + 1, kind=kind
            )
        )
        page = page_of("alerts", rows, most, lambda row: PlaceKey(row.alert.place))
        return Page([alert_view(row.alert, words, row.deliveries) for row in page.rows], page.next)

    @get("/api/v1/alerts/receivers", tags=["alerts"], summary="Who is told of alerts, and whether it arrives",
         guards=[at_least(Role.MANAGER)])  # fmt: skip
    async def receivers() -> list[ReceiverView]:
        return await receiver_views(branch)

    @get("/api/v1/attention", tags=["alerts"], summary="How much waits for a manager", guards=[at_least(Role.MANAGER)])
    async def attention() -> AttentionView:
        """The live events `request` and `alert` say when to ask again."""
        waiting = await branch.shop.ledger.read(what_waits)
        return AttentionView(waiting.requests, waiting.reviews, waiting.alerts)

    return [alerts, receivers, attention]


def post_seen(branch: Branch) -> Direct:
    """`POST /alerts/{id}/seen`."""
    words = words_of(branch)

    async def seen(scope: Any, read: ReadBody) -> Answer:
        del read
        caller = await branch.guard.require(scope, Role.MANAGER)
        if isinstance(caller, Problem):
            return problem_answer(caller)
        if branch.damage is not None:
            return problem_answer(unsafe_ledger(branch.damage))
        place, ledger = scope["path_params"]["id"], branch.shop.ledger
        now = branch.shop.clock()
        if await ledger.read(lambda connection: load_alert(connection, place)) is None:
            return problem_answer(make("not_found"))
        alert = await ledger.write(lambda session: mark_seen(session.connection, place, person=caller.person, at=now))
        if alert is None:
            return problem_answer(make("not_found"))
        branch.live.publish("alert", alert_event(alert))
        kept = await ledger.read(lambda connection: deliveries_of(connection, place))
        return Answer(200, _encode(alert_view(alert, words, kept)))

    return Direct(seen)
