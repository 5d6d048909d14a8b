"""Posting into a real ledger: once, all at once, and never into a lie."""

import asyncio
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.policy import Role
from gateway.domain.posting import Approver, Rejected
from gateway.store.session import LedgerSession, Posted
from gateway.store.stock import item_overview, list_balances, list_movements
from gateway.store.verify import verify_site
from gateway.use_cases.post_document import Conflict, Exists, Waiting
from gateway.use_cases.put_item import ItemRefused
from gateway.use_cases.shop import Poster
from replication.storage.errors import StorageError
from tests.store.conftest import Branch, Story, open_branch

Tell = Callable[[Story], None]
CASHIER = Poster("lin", "cashier")


def sale(*lines: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"type": "sale", "lines": [{"item": item, "quantity": quantity} for item, quantity in lines]} | more


def opening(*lines: tuple[str, str]) -> dict[str, Any]:
    return sale(*lines) | {"type": "opening_balance"}


async def on_hand(branch: Branch, sku: str) -> int:
    overview = await branch.ledger.read(lambda connection: item_overview(connection, sku))
    assert overview is not None
    return overview.on_hand


def test_a_sale_takes_stock_and_gets_a_number(tell: Tell, tmp_path: Path) -> None:
    """A posted sale moves goods to the customer, totals its lines and is numbered from one."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "10")))
        posted = await branch.post(sale(("tea", "3"), tenders=[{"type": "cash", "amount": 1000}]))
        assert isinstance(posted, Posted)
        assert (posted.number, posted.seq, posted.total, posted.change) == ("SA-000001", 3, 750, 250)
        assert await on_hand(branch, "tea") == 7000
        rows = await branch.ledger.read(lambda connection: list_movements(connection, "tea", limit=10))
        assert [(row.quantity, row.balance, row.type) for row in rows] == [
            (-3000, 7000, "sale"),
            (10000, 10000, "opening_balance"),
        ]

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_posting_twice_is_posting_once(tell: Tell) -> None:
    """The same id and content answers the first answer again, however its quantity is spelt."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "10")))
        document_id = uuid.uuid4().bytes
        first = await branch.post(sale(("tea", "3")), document_id)
        assert isinstance(first, Posted)
        again = await branch.post(sale(("tea", "3.000"), settled=False), document_id)
        assert isinstance(again, Exists)
        assert (again.posted.seq, again.posted.hash, again.posted.number) == (first.seq, first.hash, first.number)
        assert await on_hand(branch, "tea") == 7000

    tell(story)


def test_an_id_used_for_other_content_is_a_conflict(tell: Tell) -> None:
    """Nothing is posted under an id that already names something else."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "10")))
        document_id = uuid.uuid4().bytes
        await branch.post(sale(("tea", "3")), document_id)
        assert isinstance(await branch.post(sale(("tea", "4")), document_id), Conflict)
        assert await on_hand(branch, "tea") == 7000

    tell(story)


def test_a_hundred_at_once_are_one_story(tell: Tell, tmp_path: Path) -> None:
    """Documents committed in one group see each other's stock; a repeat within the group posts once."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "100")))
        ids = [uuid.uuid4().bytes for _ in range(100)]
        answers = await asyncio.gather(*(branch.post(sale(("tea", "1")), id_) for id_ in ids + ids))
        assert sum(isinstance(answer, Posted) for answer in answers) == 100
        assert sum(isinstance(answer, Exists) for answer in answers) == 100
        assert await on_hand(branch, "tea") == 0
        assert isinstance(await branch.post(sale(("tea", "1"))), Waiting)
        assert branch.ledger.writer.statistics.largest_group > 1

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_a_neighbours_fault_is_never_yours(tell: Tell, tmp_path: Path) -> None:
    """A command that fails inside a group is rolled back alone; the others of the group are committed."""

    def broken(session: LedgerSession) -> None:
        session.connection.execute("INSERT INTO meta VALUES ('half', 'done')")
        session.connection.execute("INSERT INTO journal VALUES (1, 1, x'00', 1, x'', x'')")

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "10")))
        results = await asyncio.gather(
            branch.post(sale(("tea", "1"))),
            branch.ledger.write(broken),
            branch.post(sale(("tea", "1"))),
            return_exceptions=True,
        )
        assert isinstance(results[0], Posted)
        assert isinstance(results[1], sqlite3.IntegrityError)
        assert isinstance(results[2], Posted)
        assert await on_hand(branch, "tea") == 8000
        rows = await branch.ledger.read(lambda connection: connection.execute("SELECT * FROM meta").fetchall())
        assert rows == []

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_selling_what_is_not_there_waits_for_a_person(tell: Tell) -> None:
    """Negative stock needs approval from every role, and an approver's word posts it with a warning."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        document_id = uuid.uuid4().bytes
        waiting = await branch.post(sale(("tea", "2")), document_id)
        assert isinstance(waiting, Waiting)
        assert [(reason.path, reason.code) for reason in waiting.reasons] == [("lines[0].quantity", "negative_stock")]
        assert isinstance(await branch.post(sale(("tea", "2")), document_id), Waiting)
        posted = await branch.post(
            sale(("tea", "2")), document_id, approver=Approver("chen", Role.MANAGER, "late delivery")
        )
        assert isinstance(posted, Posted)
        assert posted.warnings == ("negative_stock",)
        assert await on_hand(branch, "tea") == -2000
        assert isinstance(await branch.post(sale(("tea", "2")), document_id), Exists)

    tell(story)


def test_a_settled_sale_is_posted_with_warnings(tell: Tell) -> None:
    """Goods already handed over are booked whatever policy says; only a till may say so."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        refused = await branch.post(sale(("tea", "1"), settled=True))
        assert isinstance(refused, Rejected)
        assert refused.faults[0].code == "settled_not_allowed"
        posted = await branch.post(sale(("tea", "1"), settled=True), poster=Poster("lin", "cashier", may_settle=True))
        assert isinstance(posted, Posted)
        assert posted.warnings == ("negative_stock",)

    tell(story)


def test_what_a_cashier_may_not(tell: Tell) -> None:
    """A cashier's own price, discount, goods receipt or adjustment waits for a manager."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "10")))
        cheap = sale(("tea", "1"))
        cheap["lines"][0]["price"] = 1
        reduced = sale(("tea", "1"))
        reduced["lines"][0]["discount"] = 1
        receipt = sale(("tea", "1")) | {"type": "goods_receipt"}
        less = sale(("tea", "-1"), reason="broken") | {"type": "adjustment"}
        for body in (cheap, reduced, receipt, less):
            assert isinstance(await branch.post(body, poster=CASHIER), Waiting)
            assert isinstance(await branch.post(body), Posted)

    tell(story)


def test_packs_are_counted_in_base_units(tell: Tell) -> None:
    """A box of 24 takes 24 pieces and costs 24 times the price."""

    async def story(branch: Branch) -> None:
        await branch.item("tea", packs=[{"unit": "box", "factor": "24", "barcode": "19521234567896"}])
        receipt = {"type": "goods_receipt", "lines": [{"item": "tea", "quantity": "2", "unit": "box", "cost": 2000}]}
        assert isinstance(await branch.post(receipt), Posted)
        assert await on_hand(branch, "tea") == 48_000
        posted = await branch.post({"type": "sale", "lines": [{"item": "tea", "quantity": "1", "unit": "box"}]})
        assert isinstance(posted, Posted)
        assert posted.total == 24 * 250
        assert await on_hand(branch, "tea") == 24_000

    tell(story)


def test_returns_go_where_they_are_sent(tell: Tell) -> None:
    """Restocked goods are on hand and available, goods to inspect are not available, scrapped ones are nowhere."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "10")))
        sold_id = uuid.uuid4()
        await branch.post(sale(("tea", "3")), sold_id.bytes)
        lines = [{"item": "tea", "quantity": "1", "disposition": way} for way in ("restock", "inspect", "scrap")]
        returned = await branch.post({"type": "sale_return", "original": str(sold_id), "lines": lines})
        assert isinstance(returned, Posted)
        overview = await branch.ledger.read(lambda connection: item_overview(connection, "tea"))
        assert overview is not None
        assert (overview.on_hand, overview.available) == (9000, 8000)
        unknown = await branch.post({"type": "sale_return", "original": str(uuid.uuid4()), "lines": lines})
        assert isinstance(unknown, Rejected)

    tell(story)


def test_virtual_locations_hold_the_other_side(tell: Tell) -> None:
    """What left the shop is with the customer: over all locations an item sums to zero."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "10")))
        await branch.post(sale(("tea", "4")))
        for location, expected in (("customer", 4000), ("opening", -10_000), ("shop", 6000)):
            rows = await branch.ledger.read(
                lambda connection, name=location: list_balances(
                    connection, after=(0, 0, 0), limit=9, item="tea", location=name
                )
            )
            assert [row.on_hand for row in rows] == [expected]

    tell(story)


def test_lots_are_kept_apart(tell: Tell) -> None:
    """An item kept by lot needs one named, and each lot has its own stock."""

    async def story(branch: Branch) -> None:
        await branch.item("milk", tracking="lot")
        missing = await branch.post(opening(("milk", "5")))
        assert isinstance(missing, Rejected)
        assert missing.faults[0].code == "lot_required"
        body = opening(("milk", "5"), ("milk", "7"))
        body["lines"][0] |= {"lot": "L1", "expiry": "2026-12-01"}
        body["lines"][1] |= {"lot": "L2"}
        await branch.post(body)
        sold = sale(("milk", "6"))
        sold["lines"][0]["lot"] = "L1"
        assert isinstance(await branch.post(sold), Waiting)
        sold["lines"][0]["lot"] = "L2"
        assert isinstance(await branch.post(sold), Posted)

    tell(story)


def test_stations_are_bounded(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown station is registered, up to a bound; the known ones go on."""
    monkeypatch.setattr("gateway.store.session.STATIONS_MAX", 2)

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "10")))
        for name in ("till-1", "till-2", "till-1"):
            assert isinstance(await branch.post(sale(("tea", "1"), station=name)), Posted)
        refused = await branch.post(sale(("tea", "1"), station="till-3"))
        assert isinstance(refused, Rejected)
        assert [(fault.path, fault.code) for fault in refused.faults] == [("station", "too_many")]

    tell(story)


def test_a_barcode_has_one_item(tell: Tell) -> None:
    """A second item may not take a first one's barcode; the same item put again changes nothing."""

    async def story(branch: Branch) -> None:
        await branch.item("tea", barcodes=["9521234567899"])
        refused = await branch.item("coffee", barcodes=["9521234567899"])
        assert isinstance(refused, ItemRefused)
        assert refused.faults[0].code == "barcode_taken"
        again = await branch.item("tea", barcodes=["9521234567899"])
        assert not isinstance(again, ItemRefused)
        assert again.seq is None

    tell(story)


def test_the_ledger_goes_on_after_it_was_closed(tell: Tell, tmp_path: Path) -> None:
    """Numbers, seq and chain continue where they stood."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "10")))
        await branch.post(sale(("tea", "1")))

    async def later() -> None:
        async with open_branch(tmp_path) as branch:
            posted = await branch.post(sale(("tea", "1")))
            assert isinstance(posted, Posted)
            assert (posted.number, posted.seq) == ("SA-000002", 4)

    tell(story)
    asyncio.run(later())
    assert verify_site(tmp_path).differences == ()


def test_a_ledger_has_one_writer(tell: Tell, tmp_path: Path) -> None:
    """A second opening is refused with a hint while the first one holds the file, and may follow it."""

    async def story(_: Branch) -> None:
        with pytest.raises(StorageError, match="another Kontor process"):
            await open_branch(tmp_path).__aenter__()

    tell(story)
    tell(nothing)


async def nothing(_: Branch) -> None:
    """Open and close."""


def test_amounts_that_cancel_are_bounded_each(tell: Tell) -> None:
    """Two lines of an adjustment whose sum is nothing may still be larger than anything can hold."""
    most, cost = "999999999.999", 999_999_999_999

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        lines = [{"item": "tea", "quantity": sign + most, "cost": cost} for sign in ("", "-")]
        refused = await branch.post({"type": "adjustment", "reason": "count", "lines": lines})
        assert isinstance(refused, Rejected)
        assert [(fault.path, fault.code) for fault in refused.faults] == [
            ("lines[0]", "amount_out_of_range"),
            ("lines[1]", "amount_out_of_range"),
        ]

    tell(story)
