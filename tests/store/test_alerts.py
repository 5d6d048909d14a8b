"""Alerts of a real ledger: raised by what is in it, once, across restarts, and cleared by what is posted."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest

from gateway.domain.alerts import AlertKind, AlertRule, Severity
from gateway.domain.counting import CountRules
from gateway.store.alerts import HISTORY_DAYS, list_alerts, list_unseen, mark_seen, sweep_history
from gateway.store.counts_fold import local_day, recompute_classes
from gateway.store.session import Posted
from gateway.use_cases import watch_alerts
from gateway.use_cases.shop import Poster
from peripherals.device_state import DeviceState, life
from peripherals.events import Condition, ConditionState
from tests.store.alert_desk import DAY, HOUR, MINUTE, WORDS, Desk
from tests.store.conftest import START, Branch, Story
from tests.store.test_tasks import sold
from tests.store.test_worths import line, posted

Tell = Callable[[Story], None]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two pieces nobody sells here."""
    monkeypatch.setattr(watch_alerts, "PAUSE_SECONDS", 0)


def test_low_out_negative_and_well_again(tell: Tell) -> None:
    """Each is told once, whatever a restart forgets, and over half an hour after the goods came."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await branch.item("tea", low_below="5")
        await posted(branch, "opening_balance", line("tea", "6"))
        await desk.look()
        assert await desk.open() == {}
        await posted(branch, "sale", line("tea", "2"))
        await desk.look()
        low = (await desk.open())[AlertKind.LOW_STOCK]
        assert (low.told["on_hand"], low.told["wanted"], low.subject) == ("4.000", "5.000", "tea")
        await posted(branch, "sale", line("tea", "4"))
        desk.restart()
        await desk.look()
        assert set(await desk.open()) == {AlertKind.LOW_STOCK, AlertKind.OUT_OF_STOCK}
        await sold(branch, "tea", "1")
        for _ in range(3):
            desk.restart()
            await desk.look(after=HOUR)
        assert set(await desk.open()) == {AlertKind.LOW_STOCK, AlertKind.OUT_OF_STOCK, AlertKind.NEGATIVE_STOCK}
        await posted(branch, "goods_receipt", line("tea", "20"))
        await desk.look()
        assert len(await desk.open()) == 3
        desk.restart()
        await desk.look(after=31 * MINUTE)
        assert await desk.open() == {}
        assert [alert.kind for alert in desk.told if alert.cleared_at is None] == [
            AlertKind.LOW_STOCK, AlertKind.OUT_OF_STOCK, AlertKind.NEGATIVE_STOCK,
        ]  # fmt: skip
        assert len(desk.told) == 6

    tell(story)


def test_days_of_cover_follow_recent_issues(tell: Tell) -> None:
    """28 sold in four weeks is one a day: seven days of cover want 7, and 6 are low."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch, AlertRule(kind=AlertKind.LOW_STOCK, at=100, clear_at=110, cover_days=7))
        await branch.item("milk")
        await posted(branch, "opening_balance", line("milk", "36"))
        await posted(branch, "sale", line("milk", "28"))
        await desk.look()
        assert await desk.open() == {}
        await posted(branch, "sale", line("milk", "2"))
        await desk.look()
        told = (await desk.open())[AlertKind.LOW_STOCK].told
        assert (told["on_hand"], told["wanted"]) == ("6.000", "7.500")

    tell(story)


def test_nobody_misses_what_was_never_wanted(tell: Tell) -> None:
    """An item without a minimum that is never sold is not out of stock; one that sold last week is."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        for sku in ("relic", "bread", "new"):
            await branch.item(sku)
        await posted(branch, "opening_balance", line("relic", "1"), line("bread", "1"))
        await posted(branch, "adjustment", line("relic", "-1"), reason="Thrown away")
        await posted(branch, "sale", line("bread", "1"))
        await desk.look()
        subjects = {alert.subject for alert in desk.told}
        assert "new" not in subjects
        assert "bread" in subjects

    tell(story)


def test_lots_expire_and_are_cleared_when_they_go(tell: Tell) -> None:
    """Expires in six days: told. The day after its date on the shelf: told once more, urgently. Written off: over."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        today = dt.datetime.fromtimestamp(START / 1000, dt.timezone(dt.timedelta(hours=8))).date()
        await branch.item("ham", tracking="lot")
        for lot, days in (("near", 6), ("far", 60)):
            expiry = (today + dt.timedelta(days=days)).isoformat()
            await posted(branch, "goods_receipt", line("ham", "3", lot=lot, expiry=expiry))
        await desk.look()
        soon = (await desk.open())[AlertKind.EXPIRING]
        assert (soon.subject, soon.told["on_hand"]) == ("ham/near", "3.000")
        await desk.look(after=7 * DAY)
        found = await desk.open()
        assert (found[AlertKind.EXPIRED].subject, found[AlertKind.EXPIRED].severity) == ("ham/near", Severity.URGENT)
        assert AlertKind.EXPIRING not in found
        await posted(branch, "write_off", line("ham", "3", lot="near"), reason="Expired")
        await desk.look(after=HOUR)
        assert AlertKind.EXPIRED not in await desk.open()

    tell(story)


def test_a_document_that_waits_too_long_and_is_decided(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await branch.item("tea")
        answer = await branch.post(
            {"type": "adjustment", "lines": [line("tea", "5")], "reason": "Found"}, poster=Poster("lin", "cashier")
        )
        assert not isinstance(answer, Posted)
        await desk.look()
        assert await desk.open() == {}
        await desk.look(after=61 * MINUTE)
        assert (await desk.open())[AlertKind.DOCUMENT_WAITING].told["person"] == "lin"
        await desk.look(after=30 * DAY)
        await branch.ledger.write(lambda session: session.connection.execute("DELETE FROM pending"))
        await desk.look()
        assert AlertKind.DOCUMENT_WAITING not in await desk.open()

    tell(story)


def test_a_transfer_that_does_not_arrive(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        branch.shop.site = "b001"
        await branch.item("tea")
        await posted(branch, "opening_balance", line("tea", "5"))
        await posted(branch, "transfer_out", line("tea", "5"), to_branch="b002")
        await desk.look(after=2 * DAY)
        assert AlertKind.TRANSFER_OVERDUE not in await desk.open()
        await desk.look(after=2 * DAY)
        told = (await desk.open())[AlertKind.TRANSFER_OVERDUE].told
        assert (told["from"], told["to"]) == ("b001", "b002")

    tell(story)


def test_a_price_below_cost(tell: Tell) -> None:
    """2.50 against a cost of 3.00; 3.05 is not yet clear of it, 3.20 is."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await branch.item("tea")
        await posted(branch, "goods_receipt", line("tea", "10", cost=300))
        await desk.look()
        told = (await desk.open())[AlertKind.PRICE_BELOW_COST].told
        assert (told["price"], told["cost"]) == ("250", "300")
        for price, expected in ((305, 1), (320, 0)):
            await branch.item("tea", price=price)
            for _ in range(2):
                await desk.look(after=31 * MINUTE)
            assert len([1 for kind in await desk.open() if kind is AlertKind.PRICE_BELOW_COST]) == expected

    tell(story)


def test_many_write_offs_and_voids_of_one_person(tell: Tell) -> None:
    """Counted per person and window; another's do not add up to them, and they are over when the window has passed."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch, AlertRule(kind=AlertKind.MANY_WRITE_OFFS, at=3, clear_at=2, window_days=7))
        await branch.item("tea")
        await posted(branch, "opening_balance", line("tea", "100"))
        for person in ("chen", "chen", "wang", "chen"):
            body = {"type": "write_off", "lines": [line("tea", "1")], "reason": "Broken"}
            assert isinstance(await branch.post(body, poster=Poster(person, "admin")), Posted)
        for _ in range(5):
            sale = await posted(branch, "sale", line("tea", "1"))
            await posted(branch, "reversal", original=str(uuid.UUID(bytes=sale.id)), reason="Slip")
        await desk.look()
        found = await desk.open()
        assert (found[AlertKind.MANY_WRITE_OFFS].subject, found[AlertKind.MANY_WRITE_OFFS].told["count"]) == (
            "chen",
            "3",
        )
        assert (found[AlertKind.MANY_VOIDS].subject, found[AlertKind.MANY_VOIDS].told["count"]) == ("admin", "5")
        await desk.look(after=8 * DAY)
        assert not {AlertKind.MANY_WRITE_OFFS, AlertKind.MANY_VOIDS} & set(await desk.open())

    tell(story)


def test_counts_that_are_due(tell: Tell) -> None:
    """Eleven items of class A that nobody ever counted."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        items = [f"i{number}" for number in range(11)]
        for sku in items:
            await branch.item(sku)
        await posted(branch, "opening_balance", *[line(sku, "9") for sku in items])
        await posted(branch, "sale", *[line(sku, "1") for sku in items])
        await desk.look()
        rules = CountRules(a=CountRules().a.__class__(1000, 7, 0))
        today = local_day(START, dt.UTC)
        await branch.ledger.write(lambda session: recompute_classes(session.connection, rules, START, today))
        await desk.look(after=HOUR)
        assert (await desk.open())[AlertKind.COUNT_DUE].told == {"class": "A", "count": "11"}

    tell(story)


def test_a_change_that_no_document_made_is_found_on_the_walk(tell: Tell) -> None:
    """A minimum that is raised above what is there."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await branch.item("tea")
        await posted(branch, "opening_balance", line("tea", "5"))
        await desk.look()
        await branch.item("tea", low_below="6")
        for _ in range(2):
            await desk.look(after=MINUTE)
        assert AlertKind.LOW_STOCK in await desk.open()

    tell(story)


def test_the_first_who_saw_it_stands_and_history_is_swept(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await branch.item("tea", low_below="5")
        await posted(branch, "opening_balance", line("tea", "1"))
        await desk.look()
        (alert,) = (await desk.open()).values()
        for person in ("chen", "wang"):
            seen = await branch.ledger.write(
                lambda s, person=person: mark_seen(s.connection, alert.place, person=person, at=START)  # type: ignore[misc]
            )
            assert seen is not None
            assert seen.seen_by == "chen"
        assert await branch.ledger.read(lambda c: list_unseen(c, (), 9)) == []
        await posted(branch, "goods_receipt", line("tea", "50"))
        await desk.look()
        await desk.look(after=31 * MINUTE)
        gone = desk.clock.now + (HISTORY_DAYS - 1) * DAY
        assert await branch.ledger.write(lambda s: sweep_history(s.connection, gone)) == 0
        assert await branch.ledger.write(lambda s: sweep_history(s.connection, gone + 2 * DAY)) == 1
        left = await branch.ledger.read(lambda c: list_alerts(c, is_open=False, before=2**62, limit=9))
        assert left == []

    tell(story)


def test_a_device_that_stays_away_is_told_once_and_a_moved_cable_never(tell: Tell) -> None:
    """Two minutes are no moved cable; a device released on purpose and one that never answers are no trouble."""

    async def story(branch: Branch) -> None:
        desk = Desk(branch)

        def states(printer: ConditionState, code: str) -> list[DeviceState]:
            since = dt.datetime.fromtimestamp(desk.clock.now / 1000, dt.UTC)
            made = [
                ("printer-1", printer, code),
                ("scale-1", "offline", "released"),
                ("display-1", "unknown", "listens_only"),
            ]
            return [
                DeviceState(
                    name, "POSPrinter", "escpos", state, life(Condition(state, code), connected=state != "offline"), code,
                    "Out of paper", "缺纸", "", "", since,
                )
                for name, state, code in made
            ]  # fmt: skip

        desk.devices = states("error", "paper_end")
        await desk.look(after=MINUTE)
        assert await desk.open() == {}
        await desk.look(after=MINUTE)
        lost = (await desk.open())[AlertKind.DEVICE_LOST]
        assert (lost.subject, lost.told["device"]) == ("printer-1", "printer-1")
        assert "缺纸" in WORDS.line(lost.kind, lost.told).zh
        desk.restart()
        await desk.look(after=HOUR)
        desk.devices = states("online", "ok")
        for _ in range(2):
            await desk.look(after=MINUTE)
        assert await desk.open() == {}
        assert [alert.kind for alert in desk.told] == [AlertKind.DEVICE_LOST] * 2, "raised and cleared"

    tell(story)
