"""The page of alerts: open ones, the history, follow-up tasks, and whether those who are told are reached."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final, Literal

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from admin_ui.contexts.alerts import AlertDelivery, AlertReceiver, AlertRow, AlertsPage, AlertTask
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import LIMIT_DEFAULT, decode_cursor, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.alerts import AlertKind
from gateway.store.alerts import count_unseen
from gateway.store.tasks import Task, open_tasks_of
from gateway.web.alerts import AlertView, KeptAlert, alert_view, kept_alert, kept_alerts, receiver_views, words_of
from gateway.web.document_id import write_id
from gateway.web.keys import PlaceKey
from gateway.web.pages.frame import AnyRequest, Frame, language_of
from replication.wire.quantity import shortest

_NEWEST: Final = PlaceKey(2**62)
Tab = Literal["open", "history"]
_TABS: Final[dict[str, Tab]] = {"open": "open", "history": "history"}


class _Found(msgspec.Struct):
    """What the page needs from the ledger: one alert more than it shows, each with its open tasks."""

    rows: list[tuple[KeptAlert, list[Task]]]
    unseen: int


def routes(frame: Frame) -> Sequence[Any]:
    """`/alerts`, `/alerts/rows`."""
    branch, manager = frame.branch, at_least(Role.MANAGER, password=True)
    words = words_of(branch)

    async def page_of_alerts(request: AnyRequest, tab: str, after: str | None, only: int | None) -> AlertsPage:
        chosen = _TABS.get(tab)
        if chosen is None:
            raise ProblemRaised(make("not_found"))
        start = decode_cursor("alerts-page", after, PlaceKey) or _NEWEST

        def query(connection: Connection) -> _Found:
            if only is None:
                kept = kept_alerts(connection, is_open=chosen == "open", before=start.place, limit=LIMIT_DEFAULT + 1)
            else:
                one = kept_alert(connection, only)
                kept = [] if one is None else [one]
            return _Found([(one, _tasks(connection, one)) for one in kept], count_unseen(connection))

        found = await branch.shop.ledger.read(query)
        page = page_of("alerts-page", found.rows, LIMIT_DEFAULT, lambda row: PlaceKey(row[0].alert.place))
        zh = language_of(request) == "zh"
        return AlertsPage(
            tab=chosen,
            rows=tuple(_row(alert_view(one.alert, words, one.deliveries), tasks, zh=zh) for one, tasks in page.rows),
            next=page.next,
            unseen=found.unseen,
        )

    @get("/alerts", include_in_schema=False, guards=[manager])
    async def alerts(
        request: AnyRequest, caller: TheCaller, tab: FromQuery[str] = "open", after: FromQuery[str | None] = None
    ) -> Response[str]:
        context = await page_of_alerts(request, tab, after, None)
        told = tuple(msgspec.convert(one, AlertReceiver, from_attributes=True) for one in await receiver_views(branch))
        context = msgspec.structs.replace(context, receivers=told)
        return await frame.page(request, "alerts.html", context, caller)

    @get("/alerts/rows", include_in_schema=False, guards=[manager])
    async def more(
        request: AnyRequest,
        caller: TheCaller,
        tab: FromQuery[str] = "open",
        after: FromQuery[str | None] = None,
        only: FromQuery[int | None] = None,
    ) -> Response[str]:
        """The next rows, or one as it is now."""
        context = await page_of_alerts(request, tab, after, only)
        return await frame.part(request, "alerts_rows.html", context, caller)

    return [alerts, more]


def _tasks(connection: Connection, kept: KeptAlert) -> list[Task]:
    """What an open alert of goods below zero waits for."""
    alert = kept.alert
    below = alert.kind is AlertKind.NEGATIVE_STOCK and alert.cleared_at is None
    return open_tasks_of(connection, alert.told["item"]) if below and "item" in alert.told else []


def _row(view: AlertView, tasks: list[Task], *, zh: bool) -> AlertRow:
    return AlertRow(
        id=view.id,
        kind=view.kind,
        severity=view.severity,
        title=view.title_zh if zh else view.title,
        detail=view.detail_zh if zh else view.detail,
        raised_at=view.raised_at,
        cleared_at=view.cleared_at,
        seen_by=view.seen_by,
        seen_at=view.seen_at,
        href=view.href,
        item=view.item,
        unit=view.facts.get("unit", ""),
        tasks=tuple(
            AlertTask(
                location=task.location, lot=task.lot, quantity=shortest(task.quantity), document=write_id(task.document),
                type=task.type, number=task.number, person=task.person,
            )
            for task in tasks
        ),
        deliveries=tuple(AlertDelivery(receiver=one.receiver, sent_at=one.sent_at) for one in view.deliveries),
    )  # fmt: skip
