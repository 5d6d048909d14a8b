"""What alerts and tasks ask of a big ledger goes by an index: nothing reads a whole table on every look."""

import datetime as dt
import re
import sqlite3
from collections.abc import Callable

import pytest

from gateway.domain.alerts import USUAL, AlertKind
from gateway.domain.counting import CountRules
from gateway.store import alert_facts, alerts, deliveries, tasks, worths
from gateway.store.alert_facts import Day, LotPlace
from gateway.use_cases import watch_alerts
from tests.store.alert_desk import Desk
from tests.store.conftest import START, Branch, Story
from tests.store.test_tasks import sold
from tests.store.test_worths import line, posted

Tell = Callable[[Story], None]
DAY = Day(START, dt.UTC)
BIG = r"items|balances|movements|documents|journal|lots|turnovers|tasks|alerts|transfers|pending|valuations|item_totals"

ASKED: dict[str, Callable[[sqlite3.Connection], object]] = {
    "walk": lambda c: alert_facts.items_after(c, 0),
    "skus": lambda c: alert_facts.ids_of(c, ["tea"]),
    "items": lambda c: alert_facts.item_facts(c, [1, 2], USUAL, DAY),
    "lots": lambda c: alert_facts.lot_facts(c, LotPlace("2026-01-01", 1), USUAL, DAY),
    "waiting": lambda c: alert_facts.waiting_facts(c, DAY),
    "transfers": lambda c: alert_facts.transfer_facts(c, "b001", DAY),
    "counts": lambda c: alert_facts.count_facts(c, CountRules(), DAY),
    "people": lambda c: alert_facts.people_facts(c, USUAL, DAY),
    "tasks followed": lambda c: tasks.follow_tasks(c, 0),
    "open tasks": lambda c: tasks.list_tasks(c, is_open=True, before=2**62, limit=50),
    "closed tasks": lambda c: tasks.list_tasks(c, is_open=False, before=2**62, limit=50),
    "all tasks": lambda c: tasks.list_tasks(c, is_open=None, before=2**62, limit=50),
    "task": lambda c: tasks.load_task(c, 1),
    "open alerts": lambda c: alerts.list_alerts(c, is_open=True, before=2**62, limit=50),
    "history": lambda c: alerts.list_alerts(c, is_open=False, before=2**62, limit=50, kind=AlertKind.EXPIRED),
    "alert": lambda c: alerts.load_alert(c, 1),
    "unseen": alerts.count_unseen,
    "tasks of an item": lambda c: tasks.open_tasks_of(c, "tea"),
    "delivered": lambda c: deliveries.deliveries_of(c, 1),
    "waiting for": lambda c: deliveries.waiting_for(c, "chen"),
    "sales by day": lambda c: worths.sales_by_day(c, 0, 2**40, 50),
    "turnover": lambda c: worths.turnover_of(c, "tea", 0, 2**40),
}


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two pieces nobody sells here."""
    monkeypatch.setattr(watch_alerts, "PAUSE_SECONDS", 0)


def test_no_look_reads_a_whole_table(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        desk = Desk(branch)
        await branch.item("tea")
        await branch.item("ham", tracking="lot")
        await posted(branch, "goods_receipt", line("ham", "3", lot="L1", expiry="2026-12-01"))
        await sold(branch, "tea", "1")
        await desk.look()
        await sold(branch, "tea", "1")

        def plans(connection: sqlite3.Connection) -> dict[str, list[str]]:
            found: dict[str, list[str]] = {}
            for name, ask in ASKED.items():
                said: list[str] = []
                connection.set_trace_callback(said.append)
                ask(connection)
                connection.set_trace_callback(None)
                for statement in said:
                    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
                    found.setdefault(name, []).extend(steps)
            return found

        found = await branch.ledger.read(plans)
        whole = {
            (name, step)
            for name, steps in found.items()
            for step in steps
            if re.match(rf"SCAN ({BIG})\b", step) and "LIMIT" not in step
        }
        assert whole == set()
        assert set(found) == set(ASKED)

    tell(story)
