"""No list of headquarters' that grows is walked through, or sorted whole, to show a page or take a step of it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replication.headquarters.stores.sqlite.aside import list_forked, list_quarantine, list_skips
from replication.headquarters.stores.sqlite.catalogue import SqliteCatalogue, list_prices, next_prices
from replication.headquarters.stores.sqlite.outbox import outbox_after, outbox_hash_at, outbox_head
from replication.headquarters.stores.sqlite.queries import (
    PLACE_MAX,
    count_below_zero,
    find_document,
    find_item,
    list_branches,
    list_documents,
    list_items,
    list_journal,
    list_takings,
)
from replication.headquarters.stores.sqlite.stock_and_transit import figure_of, list_figures
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
    "documents": lambda c: (
        list_documents(c, before=PLACE_MAX, limit=9, branch="b001"), list_documents(c, before=9, limit=9, type_="sale_return"),
        list_documents(c, before=9, limit=9, branch="b001", type_="sale"), find_document(c, b"id"),
        list_documents(c, before=9, limit=9, branch="b001", type_="sale_return"),
    ),
    "stock": lambda c: (
        list_figures(c, after=("TEA", 1, ""), limit=9), list_figures(c, after=("TEA", 1, ""), limit=9, item="TEA"),
        list_figures(c, after=("TEA", 1, ""), limit=9, branch="b001"), figure_of(c, "b001", "TEA"),
        list_figures(c, after=("TEA", 1, ""), limit=9, branch="b001", by_lot=True),  # none lies there: see below
    ),
    "journal": lambda c: list_journal(c, "b001", after_seq=3, limit=9),
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


SHORT: dict[str, tuple[Callable[[sqlite3.Connection], Any], list[str]]] = {
    # Newest first is the table's own order backwards; most documents are sales.
    "documents of all": (
        lambda c: (list_documents(c, before=9, limit=9), list_documents(c, before=9, limit=9, type_="sale")),
        ["SEARCH d USING INTEGER PRIMARY KEY (rowid<?)"] * 2,
    ),
    # The lots of a page's items are sorted.
    "lots": (
        lambda c: list_figures(c, after=("", 0, ""), limit=9, by_lot=True), ["USE TEMP B-TREE FOR GROUP BY"],
    ),
    # One row a branch, a place, and what is below zero.
    "takings": (
        lambda c: list_takings(c, first_slot=9), ["SCAN r USING COVERING INDEX sqlite_autoindex_branches_1"],
    ),
    "below zero": (
        count_below_zero,
        ["SCAN l", "USE TEMP B-TREE FOR GROUP BY", "USE TEMP B-TREE FOR count(DISTINCT)"],
    ),
    # One row a branch, a person's decision, and what is damaged of second devices.
    "branches": (
        list_branches,
        [
            "SCAN b USING INDEX sqlite_autoindex_branches_1", "SCAN skips USING COVERING INDEX skips_of_a_branch",
            "SCAN quarantine USING INDEX quarantine_of_other_devices",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHORT)
async def test_what_is_walked_through_or_sorted_is_short(store: SqliteStore, name: str) -> None:
    """Each by its reason; documents, lots and balances grow, and of them only a page is touched."""
    await fill(store)
    ask, known = SHORT[name]
    assert await store.read(lambda connection: walks(connection, ask)) == known


async def fill(store: SqliteStore) -> None:
    """Something lies at a branch, so that lists have a page."""

    def put(session: ApplySession) -> None:
        session.branch("b001")
        connection: sqlite3.Connection = session._connection  # type: ignore[attr-defined]
        connection.execute("INSERT INTO items (item_id, sku, name, zh_order, version) VALUES (1, 'TEA', 'Tea', '', 1)")
        connection.execute("INSERT INTO locations VALUES (1, 'shop', 0)")
        connection.execute("INSERT INTO balances VALUES (1, 1, 1, 'L1', 5)")

    await store.transact(put)


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
