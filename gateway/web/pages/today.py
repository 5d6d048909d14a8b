"""The first page of a branch: what needs a person, how the day goes, what just happened."""

import datetime as dt
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any

import msgspec
from litestar import Response, get

from admin_ui.contexts.devices import DeviceCard
from admin_ui.contexts.documents import DocumentRow
from admin_ui.contexts.today import HourSales, Need, TodayPage
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.roles import Role
from gateway.domain.alerts import AlertKind, Severity
from gateway.store.alerts import Alert, list_unseen
from gateway.store.documents import list_documents
from gateway.store.journal import applied_position
from gateway.store.pending import count_pending
from gateway.store.print_jobs import WITHDRAWN, PrintState
from gateway.store.reviews import count_reviews
from gateway.store.stock import Level, count_levels
from gateway.store.takings import SLOT_MILLISECONDS, SlotTakings, takings
from gateway.web.alerts import AlertView, alert_view, words_of
from gateway.web.branch import Branch
from gateway.web.pages.device_cards import PrintNews, device_cards, print_news, start_up_checks
from gateway.web.pages.documents import shown
from gateway.web.pages.frame import AnyRequest, Frame
from gateway.web.pages.replication import figures

SHOWN = 8
"""Last documents on the page; more is the documents page's."""
WEEK = dt.timedelta(days=7)
_NOBODY_NEEDED = frozenset({"not_opened", "listens_only", "no_status"})
"""How a device is that does what it can: it is not used yet, or it never says how it is."""
_SHOWN_OTHERWISE = {
    AlertKind.LOW_STOCK, AlertKind.OUT_OF_STOCK, AlertKind.NEGATIVE_STOCK, AlertKind.DOCUMENT_WAITING,
}  # fmt: skip
"""The page counts these itself."""


class _Day(msgspec.Struct):
    """What the page needs from the ledger."""

    today: list[SlotTakings]
    week_ago: list[SlotTakings]
    documents: list[DocumentRow]
    last_sale: list[DocumentRow]
    levels: dict[Level, int]
    waiting: int
    reviews: int
    prints: PrintNews
    heard_at: int | None
    alerts: list[Alert]


def routes(frame: Frame) -> Sequence[Any]:
    """`/today`."""
    branch = frame.branch

    @get("/today", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def today(request: AnyRequest, caller: TheCaller) -> Response[str]:
        day = frame.today()
        first, end = frame.slot_of(day), frame.slot_of(day + dt.timedelta(days=1))
        then_first, then_end = frame.slot_of(day - WEEK), frame.slot_of(day - WEEK + dt.timedelta(days=1))

        def query(connection: Connection) -> _Day:
            return _Day(
                takings(connection, first, end - 1),
                takings(connection, then_first, then_end - 1),
                shown(connection, list_documents(connection, before_seq=2**62, limit=SHOWN)),
                shown(connection, list_documents(connection, before_seq=2**62, limit=1, type_="sale")),
                count_levels(connection),
                count_pending(connection),
                count_reviews(connection),
                print_news(connection),
                applied_position(connection).at,
                list_unseen(connection, _SHOWN_OTHERWISE, SHOWN),
            )

        found = await branch.shop.ledger.read(query)
        return await frame.page(request, "today.html", _page(frame, day, found), caller)

    return [today]


def _page(frame: Frame, day: dt.date, found: _Day) -> TodayPage:
    branch = frame.branch
    now = frame.local(branch.shop.clock())
    # "The same time of day a week ago" is a matter of the shop's clocks, also across a change of daylight saving.
    so_far = frame.slot_of(day - WEEK, now.time())
    last_sale = next((row.at for row in found.last_sale if frame.local(int(float(row.at) * 1000)).date() == day), None)
    cards = device_cards(branch, found.prints)
    return TodayPage(
        date=day.isoformat(),
        needs=_needs(branch, found, cards),
        sales_total=sum(_money(slot) for slot in found.today),
        sales_count=sum(slot.sales for slot in found.today),
        last_week_total=sum(_money(slot) for slot in found.week_ago if slot.slot <= so_far) if found.week_ago else None,
        hours=_hours(frame, found),
        last_sale_at=last_sale,
        documents=tuple(found.documents),
        devices=cards,
        replication=figures(branch, found.heard_at),
    )


def _money(slot: SlotTakings) -> int:
    return slot.sales_total - slot.returns_total


def _hours(frame: Frame, found: _Day) -> tuple[HourSales, ...]:
    """Hour by hour, from the first to the last hour in which anything was sold on either day."""
    sums: dict[int, list[int]] = {}
    for place, slots in enumerate((found.today, found.week_ago)):
        for slot in slots:
            hour = frame.local(slot.slot * SLOT_MILLISECONDS).hour
            sums.setdefault(hour, [0, 0])[place] += max(_money(slot), 0)
    if not any(any(figures_) for figures_ in sums.values()):
        return ()
    return tuple(HourSales(hour, *sums.get(hour, (0, 0))) for hour in range(min(sums), max(sums) + 1))


def _needs(branch: Branch, found: _Day, cards: tuple[DeviceCard, ...]) -> tuple[Need, ...]:
    """What waits for a person, the worst first."""
    needs = [
        Need(kind="start_up_check", severity="bad" if check.state == "bad" else "warn", href="/devices",
             subject=check.found, detail=check.advice, detail_zh=check.advice_zh)
        for check in start_up_checks(branch)
        if check.state == "bad" or (check.state == "advice" and check.name in {"free_disk", "wal", "archive"})
    ]  # fmt: skip
    now = branch.replication()
    if now.state in {"blocked", "fenced"}:
        trouble = now.last_error
        needs.append(
            Need(kind="replication", severity="bad", href="/replication", detail="" if trouble is None else trouble.detail,
                 detail_zh="" if trouble is None else trouble.detail_zh)
        )  # fmt: skip
    if found.waiting:
        needs.append(Need(kind="approvals", severity="warn", href="/waiting", count=found.waiting))
    if found.reviews:
        href = "/waiting?tab=reviews"
        needs.append(Need(kind="settled_review", severity="warn", href=href, count=found.reviews))
    for card in cards:
        if card.state != "online" and card.code not in _NOBODY_NEEDED:
            severe = card.state in {"offline", "error"}
            needs.append(
                Need(kind="device", severity="bad" if severe else "warn", href="/devices", subject=card.name,
                     detail=card.detail, detail_zh=card.detail_zh, since=card.since)
            )  # fmt: skip
    day_ago = branch.shop.clock() - 24 * 3600 * 1000
    unprinted = [
        job
        for job in found.prints.recent
        if job.state in {PrintState.FAILED, PrintState.UNKNOWN} and job.at >= day_ago and job.detail not in WITHDRAWN
    ]
    if unprinted:
        needs.append(Need(kind="print_failed", severity="warn", href="/devices", count=len(unprinted)))
    needs += [_alert_need(alert, alert_view(alert, words_of(branch))) for alert in found.alerts]
    if found.levels[Level.NEGATIVE]:
        needs.append(
            Need(kind="negative_stock", severity="bad", href="/stock?tab=negative", count=found.levels[Level.NEGATIVE])
        )
    if found.levels[Level.LOW]:
        needs.append(Need(kind="low_stock", severity="warn", href="/stock?tab=low", count=found.levels[Level.LOW]))
    return tuple(needs)


def _alert_need(alert: Alert, view: AlertView) -> Need:
    """An alert nobody saw yet; where nothing shows what it is about, the page of alerts does."""
    return Need(
        kind="alert", severity="bad" if alert.severity is Severity.URGENT else "warn", href=view.href or "/alerts",
        subject=view.title, subject_zh=view.title_zh, detail=view.detail, detail_zh=view.detail_zh, since=alert.raised_at / 1000,
    )  # fmt: skip
