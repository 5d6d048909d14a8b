"""A lot over all branches at headquarters: what each has of it, and which branch blocked it."""

from pathlib import Path

import pytest

from replication.headquarters.fold import FoldError, fold
from replication.headquarters.stores.sqlite.lots import FIGURES
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.stores.verify import verify_site
from replication.wire.entry import Entry
from replication.wire.events import KnownEvent, LotBlocked, LotReleased, encode_event
from tests.replication.goods import POSTED_AT, goods_receipt, item_put, sale
from tests.replication.test_headquarters_site import Site, site

__all__ = ["site"]
pytestmark = pytest.mark.anyio
BLOCKED = LotBlocked("TEA", "L1", "recalled by the maker", "chen", POSTED_AT)


async def test_every_branch_that_has_a_lot_is_told(site: Site, tmp_path: Path) -> None:
    """With what it has; a branch that blocked it has nothing available, and its word is shown."""
    one, two = site.open_branch("b001", "Riverside", "河滨店"), site.open_branch("b002", "Hill", "山前店")
    for journal in (one, two):
        journal.append(item_put("TEA"))
        journal.append(goods_receipt([("TEA", 8000)], lot="L1"))
    two.append(goods_receipt([("TEA", 1000)], 2, lot="L2"))
    one.append(sale([("TEA", 3000)], lot="L1"))
    one.append(BLOCKED)
    await site.arrived()
    found = await site.get("/lots/L1")
    rows = found["rows"]
    assert isinstance(rows, list)
    assert [(row["branch"], row["item"], row["on_hand"], row["available"]) for row in rows] == [
        ("b001", "TEA", "5.000", "0.000"), ("b002", "TEA", "8.000", "8.000"),
    ]  # fmt: skip
    assert rows[0]["blocked"]["reason"] == "recalled by the maker"
    assert rows[1]["blocked"] is None
    first = await site.get("/lots/L1?limit=1")
    assert (await site.get(f"/lots/L1?limit=1&after={first['next']}"))["rows"] == rows[1:]
    stock = (await site.get("/stock?item=TEA"))["rows"]
    assert isinstance(stock, list)
    assert [(row["on_hand"], row["available"]) for row in stock] == [("5.000", "0.000"), ("9.000", "9.000")]
    assert verify_site(tmp_path).differences == ()
    one.append(LotReleased("TEA", "L1", "tested", "chen", POSTED_AT))
    await site.arrived()
    rows = (await site.get("/lots/L1"))["rows"]
    assert isinstance(rows, list)
    assert (rows[0]["blocked"], rows[0]["available"]) == (None, "5.000")
    assert (await site.get("/lots/nobody-has-it")) == {"rows": [], "next": None}
    assert verify_site(tmp_path).differences == ()


@pytest.mark.parametrize(
    "event",
    [
        LotBlocked("no sku", "L1", "x", "chen", 1), LotBlocked("TEA", "", "x", "chen", 1),
        LotReleased("TEA", "L" * 65, "x", "chen", 1),
    ],
)  # fmt: skip
def test_a_word_about_no_lot_is_not_applied(event: KnownEvent) -> None:
    """Headquarters stops there rather than show a lot that cannot be."""
    kind, payload = encode_event(event)
    with pytest.raises(FoldError):
        fold([Entry(1, 1, bytes(16), int(kind), payload)])


async def test_the_lot_is_found_by_an_index(tmp_path: Path) -> None:
    """No balance of another lot is looked at."""
    store = SqliteStore.open(tmp_path, on_fatal=lambda error: pytest.fail(repr(error)))
    try:
        plan = await store.read(
            lambda connection: connection.execute(f"EXPLAIN QUERY PLAN {FIGURES}", ("L1", "", 0, 9)).fetchall()
        )
    finally:
        await store.close()
    details = [row[3] for row in plan]
    tables = [
        detail for detail in details if detail.split()[0] == "SCAN" and detail.split()[1] in {"b", "i", "t", "r", "w"}
    ]
    assert tables == [], details
