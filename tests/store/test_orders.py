"""The order book's rows: a fold of the journal as it stands, when documents share a transaction, when histories meet, and when
old documents lose their bytes."""

import asyncio
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.orders import Order, OrderState
from gateway.domain.policy import Role
from gateway.domain.posting import Approver, Rejected
from gateway.store.journal import Journal
from gateway.store.ledger import LEDGER_FILE
from gateway.store.orders_asked import (
    CAME,
    GOODS,
    NAMED,
    ORDER_LIST,
    closed_by,
    find_order,
    find_receipt,
    list_orders,
    receipts_of,
)
from gateway.store.session import Posted
from gateway.store.verify import verify_site
from replication.wire.entry import Position
from tests.domain.order_desk import line, receipt
from tests.store.conftest import Branch
from tests.store.test_pruning import prune
from tests.store.two_devices import copy_device, entries, join, offer, open_branch


def text(posted: Posted) -> str:
    return str(uuid.UUID(bytes=posted.id))


async def posted(branch: Branch, type_: str, *lines: dict[str, Any], **more: Any) -> Posted:
    outcome = await branch.post({"type": type_, "lines": list(lines)} | more)
    assert isinstance(outcome, Posted), outcome
    return outcome


async def ordered(branch: Branch, *lines: dict[str, Any], supplier: str = "Wu") -> Posted:
    return await posted(branch, "purchase_order", *lines, supplier=supplier)


async def known(branch: Branch, order: Posted) -> Order:
    found = await branch.ledger.read(lambda connection: find_order(connection, order.id))
    assert found is not None
    return found


async def stock_up(branch: Branch) -> Posted:
    """Two goods, one by lot, and ten of each ordered."""
    await branch.item("tea")
    await branch.item("milk", tracking="lot")
    return await ordered(branch, line("tea", "10", cost=100), line("milk", "10"))


def test_a_chain_of_documents_is_the_fold_of_its_journal(tmp_path: Path) -> None:
    """Order, receipts by id and by number, inspection, return, reversal and close; the book says so and verifies."""

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            order = await stock_up(branch)
            milk = line("milk", "6", lot="A", expiry="2027-01-31", inspect=True)
            came = await posted(branch, "goods_receipt", line("tea", "4", damaged="1"), milk, order=text(order))
            again = await posted(branch, "goods_receipt", line("tea", "6"), order=order.number)
            looked = line("milk", "2", lot="A", result="rejected")
            await posted(branch, "quality_inspection", looked, receipt=text(came))
            await posted(branch, "supplier_return", line("milk", "1", lot="A"), receipt=text(came), reason="sour")
            book = await known(branch, order)
            assert [(one.received, one.rejected, one.open) for one in book.figures()] == [
                (10_000, 1_000, 0), (4_000, 2_000, 6_000)
            ]  # fmt: skip
            await posted(branch, "reversal", original=text(again), reason="typed twice")
            assert (await known(branch, order)).state is OrderState.PARTLY_RECEIVED
            close = await posted(branch, "purchase_order_close", order=text(order), reason="not made any more")
            assert (await known(branch, order)).state is OrderState.CLOSED
            read = branch.ledger.read
            assert await read(lambda connection: closed_by(connection, order.id)) == close.id
            assert [row.seq for row in await read(lambda c: receipts_of(c, order.id))] == [came.seq, again.seq]
            goods = await read(lambda connection: find_receipt(connection, came.id))
            assert goods is not None
            assert goods.went_on
            assert (goods.goods["milk", "A"].inspecting, goods.goods["milk", "A"].rejected_left) == (4_000, 1_000)

    asyncio.run(story())
    assert verify_site(tmp_path).differences == ()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders SET state = 'received'", "UPDATE orders SET supplier = 'Li'", "UPDATE order_lines SET ordered = 9",
        "UPDATE bought SET rejected = rejected + 1", "DELETE FROM receipts", "INSERT INTO order_ends VALUES (1, x'00')",
    ],
)  # fmt: skip
def test_a_row_that_does_not_follow_is_found(tmp_path: Path, change: str) -> None:
    """Whichever part of the book it is in."""

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            order = await stock_up(branch)
            await posted(branch, "goods_receipt", line("tea", "4"), order=text(order))

    asyncio.run(story())
    with sqlite3.connect(tmp_path / LEDGER_FILE) as connection:
        connection.execute(change)
    assert verify_site(tmp_path).difference_count > 0


def test_documents_of_one_group_fill_the_order_in_turn(tmp_path: Path) -> None:
    """Posted in one transaction; the one that comes after the close is refused."""

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            order = await stock_up(branch)
            bodies: list[dict[str, Any]] = [receipt(text(order), line("tea", "4")) for _ in range(2)]
            bodies += [{"type": "purchase_order_close", "lines": [], "order": text(order), "reason": "enough"}]
            bodies += [receipt(text(order), line("tea", "1"))]
            *_, last = await asyncio.gather(*(branch.post(body) for body in bodies))
            assert isinstance(last, Rejected)
            assert [one.received for one in (await known(branch, order)).figures()] == [8_000, 0]

    asyncio.run(story())
    assert verify_site(tmp_path).differences == ()


def test_two_histories_of_an_order_become_one(tmp_path: Path) -> None:
    """What both devices received of it is received, also on a device that rejoins with nothing, and each number leads to the
    order that bore it there."""
    own, other, fresh = tmp_path / "own", tmp_path / "other", tmp_path / "fresh"
    orders: list[Posted] = []

    async def common() -> Position:
        async with open_branch(own) as branch:
            orders.append(await stock_up(branch))
            return await Journal(branch.ledger).head()

    parted = asyncio.run(common())
    copy_device(own, other)

    async def elsewhere() -> Position:
        async with open_branch(other) as branch:
            await posted(branch, "goods_receipt", line("tea", "4", inspect=True), order=orders[0].number)
            orders.append(await ordered(branch, line("tea", "7")))
            return await Journal(branch.ledger).head()

    async def here() -> None:
        async with open_branch(own) as branch:
            came = await posted(branch, "goods_receipt", line("tea", "5", inspect=True), order=text(orders[0]))
            await posted(branch, "quality_inspection", line("tea", "2", result="rejected"), receipt=text(came))
            orders.append(await ordered(branch, line("tea", "3"), supplier="Li"))
            assert orders[2].number == orders[1].number
            await posted(branch, "goods_receipt", line("tea", "3"), order=orders[2].number)
            back = await posted(branch, "goods_receipt", line("milk", "10", lot="A"), order=text(orders[0]))
            await posted(branch, "reversal", original=text(back), reason="wrong truck")

    held_at = asyncio.run(elsewhere())
    asyncio.run(here())
    held = entries(other, parted.seq)

    async def together() -> None:
        async with open_branch(own) as branch:
            await join(branch, offer(parted, held_at, epoch=2, base_seq=1000), held)
            told = [await known(branch, order) for order in orders]
            assert [[one.received for one in order.figures()] for order in told] == [[7_000, 0], [0], [3_000]]
            assert [order.state.value for order in told] == ["partly_received", "open", "received"]
            assert [order.came["tea"].inspecting for order in told[:1]] == [7_000]

    asyncio.run(together())
    assert verify_site(own).differences == ()
    whole = entries(own)

    async def rejoined() -> None:
        async with open_branch(fresh) as branch:
            nothing = Position(1, 0, bytes(32))
            last, hash_ = whole[-1]
            await join(branch, offer(nothing, Position(last.epoch, last.seq, hash_), epoch=3, base_seq=9000), whole)
            assert [one.received for one in (await known(branch, orders[0])).figures()] == [7_000, 0]

    asyncio.run(rejoined())
    assert verify_site(fresh).differences == ()


def test_the_book_outlives_the_bytes(tmp_path: Path) -> None:
    """An order of last year is filled as before, though its lines are kept at headquarters only."""

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            order = await stock_up(branch)
            await posted(branch, "goods_receipt", line("tea", "4"), order=text(order))
            await prune(branch, (await Journal(branch.ledger).head()).seq)
            await posted(branch, "goods_receipt", line("tea", "6"), order=order.number)
            assert [one.received for one in (await known(branch, order)).figures()] == [10_000, 0]
            outcome = await branch.post({"type": "reversal", "lines": [], "original": text(order), "reason": "old"})
            assert isinstance(outcome, Rejected)

    asyncio.run(story())
    assert verify_site(tmp_path).differences == ()


def test_orders_are_listed_by_state_and_supplier_newest_first(tmp_path: Path) -> None:
    """Each page by an index; pages continue by the seq."""

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            first = await stock_up(branch)
            for supplier in ("Li", "Wu", "Li"):
                await ordered(branch, line("tea", "1"), supplier=supplier)
            await posted(branch, "goods_receipt", line("tea", "4"), order=text(first))
            read = branch.ledger.read

            async def listed(before: int = 2**62, **chosen: Any) -> list[int]:
                rows = await read(lambda connection: list_orders(connection, before=before, limit=2, **chosen))
                return [row.seq - first.seq for row in rows]

            assert await listed() == [3, 2]
            assert await listed(first.seq + 2) == [1, 0]
            assert await listed(state=OrderState.PARTLY_RECEIVED) == [0]
            assert await listed(supplier="Wu") == [2, 0]
            assert await listed(supplier="Li", state=OrderState.OPEN) == [3, 1]
            for chosen in ("", "state = 'open' AND ", "supplier = 'Wu' AND state = 'open' AND "):
                plan = await explained(branch, ORDER_LIST.format(chosen=chosen), 9, 9)
                assert [step for step in plan if step.startswith(("SCAN", "USE TEMP"))] == [], plan
            for query, values in ((CAME, (b"",)), (GOODS, (b"",)), (NAMED, ("PO-1", 9))):
                plan = await explained(branch, query, *values)
                assert [step for step in plan if step.startswith("SCAN")] == [], plan

    asyncio.run(story())


async def explained(branch: Branch, query: str, *values: object) -> list[str]:
    rows = await branch.ledger.read(lambda c: c.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall())
    return [row[3] for row in rows]


ITEM = st.sampled_from(["tea", "milk"])
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["purchase_order", "goods_receipt", "goods_receipt", "quality_inspection", "supplier_return", "reversal",
                         "purchase_order_close"]),
        ITEM, st.integers(1, 9), st.integers(0, 99), st.booleans(), st.booleans(),
    ),
    min_size=4, max_size=25,
)  # fmt: skip


def body_of(act: tuple[str, str, int, int, bool, bool], done: list[Posted]) -> dict[str, Any]:
    """A document about one of those before it: `at` says which."""
    type_, item, n, at, one, other = act
    about = {"goods_receipt": "purchase_order", "purchase_order_close": "purchase_order", "reversal": ""}.get(
        type_, "goods_receipt"
    )
    known = [posted for posted in done if about in {"", posted.type}]
    named = known[at % len(known)] if known else None
    own = line(item, str(n)) | ({"lot": "AB"[at % 2]} if item == "milk" else {})
    match type_:
        case "purchase_order":
            return {"type": type_, "supplier": "Wu", "lines": [own, line("tea", "3", free=True)]}
        case "goods_receipt":
            own |= ({"inspect": True} if one else {}) | ({"free": True} if other else {"damaged": "2"})
            order = {} if named is None else {"order": text(named) if one else named.number}
            return {"type": type_, "lines": [own, line("tea", "1")]} | order
        case "quality_inspection":
            looked = own | {"result": "rejected" if one else "passed"}
            return {"type": type_, "lines": [looked]} | ({} if named is None else {"receipt": text(named)})
        case "supplier_return":
            back = own | ({"location": "inspection"} if one else {})
            return {"type": type_, "lines": [back], "reason": "bad"} | (
                {} if named is None else {"receipt": text(named)}
            )
        case "reversal":
            return {"type": type_, "lines": [], "reason": "wrong", "original": "" if named is None else text(named)}
        case _:
            return {"type": type_, "lines": [], "reason": "enough", "order": "" if named is None else text(named)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_is_bought_the_book_is_the_fold_of_its_journal(
    tmp_path_factory: Any, acts: list[tuple[str, str, int, int, bool, bool]]
) -> None:
    """Orders, receipts, inspections, returns, closes and what takes them back, at random and about each other."""
    folder: Path = tmp_path_factory.mktemp("bought")
    approver = Approver("chen", Role.MANAGER, "property")

    async def story() -> None:
        async with open_branch(folder) as branch:
            done = [await stock_up(branch)]
            for act in acts:
                outcome = await branch.post(body_of(act, done), approver=approver)
                if isinstance(outcome, Posted):
                    done.append(outcome)
            for one in done:
                if one.type == "purchase_order":
                    for of in (await known(branch, one)).figures():
                        assert of.received + of.open == of.line.ordered + of.over
                        assert min(of.received, of.free, of.rejected) >= 0
                if one.type == "goods_receipt":
                    goods = await branch.ledger.read(lambda connection, id_=one.id: find_receipt(connection, id_))
                    assert goods is not None
                    for came in goods.goods.values():
                        assert min(came.inspecting, came.rejected_left, came.good_left) >= 0

    asyncio.run(story())
    assert verify_site(folder).differences == ()
