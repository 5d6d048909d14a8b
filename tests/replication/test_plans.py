"""No list of headquarters' that grows is walked through, or sorted whole, to show a page or take a step of it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replication.headquarters.stores.sqlite.aside import list_forked, list_quarantine, list_skips
from replication.headquarters.stores.sqlite.catalogue import SqliteCatalogue, list_prices, next_prices
from replication.headquarters.stores.sqlite.outbox import outbox_after, outbox_hash_at, outbox_head
from replication.headquarters.stores.sqlite.queries import find_item, list_items
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.stores.store import ApplySession, Forked, Quarantined, Readmission
from replication.wire.item import Item
from replication.wire.outbox import CatalogueItem, Price
from tests.replication.test_store import shop

pytestmark = pytest.mark.anyio

ITEM = CatalogueItem(Item("TEA", "Tea", "piece", 1, barcodes=("6901",)), 1)
ASKED: dict[str, Callable[[sqlite3.Connection], Any]] = {
    "outbox": lambda c: (
        outbox_head(c, "b001"), outbox_hash_at(c, "b001", 3), outbox_after(c, "b001", 3, entries_max=9, bytes_max=9),
    ),
    "prices": lambda c: (
        list_prices(c, "default", item=None, after=("TEA", 3), limit=9, now=5),
        list_prices(c, "default", item="TEA", after=("", -1), limit=9, now=5),
        next_prices(c, "default", ["TEA"], now=5),
    ),
    "items": lambda c: (
        list_items(c, search="", after=("Tea", 3), limit=9, now=5), find_item(c, "TEA", now=5),
    ),
    "forked": lambda c: list_forked(c, "b001", before=9, limit=9),
    "skips": lambda c: list_skips(c, "b001", before=9, limit=9),
    "quarantine": lambda c: list_quarantine(c, "b001", before=9, limit=9),
    "catalogue": lambda c: (
        SqliteCatalogue(c).items_after(3, 9), SqliteCatalogue(c).prices_after(3, 9, 5), SqliteCatalogue(c).newest_version(),
        SqliteCatalogue(c).owned("TEA"), SqliteCatalogue(c).known("TEA"), SqliteCatalogue(c).code_taken(ITEM.item),
        SqliteCatalogue(c).has_prices("default", "TEA"), SqliteCatalogue(c).price_at("default", "TEA", 5),
    ),
}  # fmt: skip


def walks(connection: sqlite3.Connection, ask: Callable[[sqlite3.Connection], Any]) -> list[str]:
    """The steps of all that is asked that read a table from end to end or sort what they read; sorting among what an index
    says is equal is none."""
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    ask(connection)
    connection.set_trace_callback(None)
    steps = [row[3] for sql in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert steps
    return [
        step
        for step in steps
        if ("TEMP B-TREE" in step and "RIGHT PART" not in step)
        or "rowid<?" in step
        or ("SCAN" in step and "CONSTANT ROW" not in step)
    ]


@pytest.fixture
async def store(tmp_path: Path) -> Any:
    made = SqliteStore.open(tmp_path, on_fatal=lambda error: pytest.fail(repr(error)))
    yield made
    await made.close()


@pytest.mark.parametrize("name", ASKED)
async def test_a_page_costs_the_same_however_long_its_list(store: SqliteStore, name: str) -> None:
    """Every look-up follows an index."""
    assert await store.read(lambda connection: walks(connection, ASKED[name])) == []


async def test_what_the_writer_asks_of_forks_and_catalogue_follows_an_index(store: SqliteStore) -> None:
    """With every batch, hello and step; who was not told is the one list that is read whole: one row a branch."""

    batch = shop("b001", 2).batch(3, 4)

    def ask(session: ApplySession) -> list[str]:
        forks = session.forks

        def all_of_it(_: sqlite3.Connection) -> None:
            forks.waiting("b001", b"me", 9)
            forks.kept_runs("b001", b"me")
            forks.unproved_from("b001", 3)
            forks.proved_hash("b001", 3, b"check")
            forks.asked("b001", b"id")
            forks.is_full("b001")
            forks.was_let_go("b001", b"me", 3, 4)
            forks.keep(Forked("b001", "stale_epoch", "", 1, 3, 4, b"x", batch, 5, bytes(32)))
            forks.looked(1, 5, 1)
            forks.ask(Readmission("b001", b"id", 1, 3, 1, 5))
            forks.came("b001", b"id", 9)
            forks._look_again()  # type: ignore[attr-defined]
            session.branch("b001")
            session.quarantine(Quarantined("b001", "damaged_fork", "", b"raw", None, 5))
            session.quarantine(Quarantined("b001", "undecodable", "", b"raw", None, 5))
            session.catalogue.put(ITEM, 5)
            session.catalogue.put_price(Price("default", "TEA", 1, 5, 2), 5)
            session.catalogue.receive("b001")
            session.catalogue.behind(9)

        return walks(session._connection, all_of_it)  # type: ignore[attr-defined]

    assert sorted(await store.transact(ask)) == ["SCAN catalogue_receivers", "USE TEMP B-TREE FOR ORDER BY"]
