"""Lots, single pieces and returns in a real ledger: what is chosen, what is refused, and what verify computes again."""

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.calendar import Calendar
from gateway.domain.policy import GENERAL, Breach, Policy, Role
from gateway.domain.policy import Answer as Verdict
from gateway.domain.posting import Approver, Rejected
from gateway.store.lot_figures import list_lots, list_serials
from gateway.store.session import Posted
from gateway.store.stock import item_overview, list_balances
from gateway.store.verify import verify_site
from gateway.use_cases.block_lot import LotStands, UnknownItem, block_lot
from gateway.use_cases.post_document import Answer, Waiting
from tests.store.conftest import ADMIN, START, Branch, Story, open_branch

Tell = Callable[[Story], None]
BOSS = Approver("wang", Role.MANAGER, "it is there")
DAY = dt.date(2026, 11, 18)
"""The day of START."""


def day(days: int) -> str:
    return (DAY + dt.timedelta(days=days)).isoformat()


def line(quantity: str, item: str = "milk", **more: Any) -> dict[str, Any]:
    return {"item": item, "quantity": quantity} | more


async def post(branch: Branch, type_: str, *lines: dict[str, Any], **more: Any) -> Answer:
    return await branch.post({"type": type_, "lines": list(lines)} | more)


async def posted(branch: Branch, type_: str, *lines: dict[str, Any], **more: Any) -> Posted:
    outcome = await post(branch, type_, *lines, **more)
    assert isinstance(outcome, Posted), outcome
    return outcome


def codes(outcome: Answer) -> list[str]:
    match outcome:
        case Rejected(faults):
            return [fault.code for fault in faults]
        case Waiting(reasons):
            return ["waits", *[fault.code for fault in reasons]]
        case _:
            raise AssertionError(outcome)


async def shelf(branch: Branch, item: str = "milk", location: str = "shop") -> dict[str | None, int]:
    """What of an item lies at a place, by lot."""
    rows = await branch.ledger.read(
        lambda connection: list_balances(connection, after=(0, 0, 0), limit=99, item=item, location=location)
    )
    return {row.lot: row.on_hand for row in rows if row.on_hand}


def told(tell: Tell, tmp_path: Path, story: Story, *, near_days: int | None = None) -> None:
    """Tell a story in a shop with milk kept by lot and phones by serial number; the ledger verifies afterwards."""

    async def whole(branch: Branch) -> None:
        branch.shop.calendar = Calendar(lambda: START, near_days=near_days)
        assert Calendar(lambda: START).today() == day(0)
        await branch.item("milk", tracking="lot")
        await branch.item("phone", tracking="serial")
        await story(branch)

    tell(whole)
    assert verify_site(tmp_path).differences == ()


async def three_lots(branch: Branch) -> None:
    for lot, expiry in (("late", day(30)), ("soon", day(3)), ("open", None)):
        more = {} if expiry is None else {"expiry": expiry}
        await posted(branch, "goods_receipt", line("10", lot=lot, **more))


@pytest.mark.parametrize(
    ("type_", "more"),
    [
        ("sale", {}), ("transfer_out", {"to_branch": "b002"}), ("internal_issue", {"reason": "tasting"}),
        ("write_off", {"reason": "broken"}), ("supplier_return", {}),
    ],
)  # fmt: skip
def test_goods_that_leave_are_of_the_lot_that_expires_first(tell: Tell, tmp_path: Path, type_: str, more: Any) -> None:
    """One line, a movement of each lot it takes; a line that names a lot takes that one."""

    async def story(branch: Branch) -> None:
        await three_lots(branch)
        await posted(branch, type_, line("12", location="shop"), **more)
        assert await shelf(branch) == {"late": 8_000, "open": 10_000}
        await posted(branch, type_, line("3", lot="open", location="shop"), **more)
        assert await shelf(branch) == {"late": 8_000, "open": 7_000}

    told(tell, tmp_path, story)


def test_components_and_goods_put_elsewhere_are_chosen_as_well(tell: Tell, tmp_path: Path) -> None:
    """What comes out of a production names its own lot."""

    async def story(branch: Branch) -> None:
        await three_lots(branch)
        await posted(branch, "stock_move", line("4", to="stockroom"))
        assert await shelf(branch, location="stockroom") == {"soon": 4_000}
        made = [line("7", role="component"), line("1", role="output", lot="cheese-1", expiry=day(90))]
        await posted(branch, "production", *made)
        assert await shelf(branch) == {"late": 9_000, "open": 10_000, "cheese-1": 1_000}
        made[1].pop("lot")
        assert codes(await post(branch, "production", *made)) == ["lot_required"]

    told(tell, tmp_path, story)


def test_what_no_lot_has_is_taken_of_the_newest(tell: Tell, tmp_path: Path) -> None:
    """With an approval, as all goods the book does not have; where no lot is known one has to be named."""

    async def story(branch: Branch) -> None:
        assert codes(await post(branch, "sale", line("1"))) == ["lot_required"]
        await three_lots(branch)
        body = {"type": "sale", "lines": [line("32")]}
        assert codes(await branch.post(body)) == ["waits", "negative_stock"]
        assert isinstance(await branch.post(body, approver=BOSS), Posted)
        assert await shelf(branch) == {"open": -2_000}

    told(tell, tmp_path, story)


def test_receiving_needs_a_lot_and_keeps_its_first_expiry(tell: Tell, tmp_path: Path) -> None:
    """Another date for the same lot is refused rather than ignored, in the same document too."""

    async def story(branch: Branch) -> None:
        assert codes(await post(branch, "goods_receipt", line("1"))) == ["lot_required"]
        twice = [line("1", lot="A", expiry=day(5)), line("1", lot="A", expiry=day(6))]
        assert codes(await post(branch, "goods_receipt", *twice)) == ["expiry_differs"]
        await posted(branch, "goods_receipt", line("1", lot="A"))
        await posted(branch, "goods_receipt", line("1", lot="A", expiry=day(5)))
        assert codes(await post(branch, "goods_receipt", line("1", lot="A", expiry=day(6)))) == ["expiry_differs"]
        await posted(branch, "goods_receipt", line("1", lot="A"))
        (row,) = await branch.ledger.read(lambda connection: list_lots(connection, "A", after=0, limit=9))
        assert (row.item, row.expiry, row.on_hand, row.places) == ("milk", day(5), 3_000, (("shop", 3_000),))

    told(tell, tmp_path, story)


def test_expired_goods_are_not_sold(tell: Tell, tmp_path: Path) -> None:
    """By nobody; they are passed over while others are there, and may be written off."""

    async def story(branch: Branch) -> None:
        await posted(branch, "goods_receipt", line("5", lot="old", expiry=day(-1)), line("5", lot="new", expiry=day(0)))
        await posted(branch, "sale", line("4"))
        assert await shelf(branch) == {"old": 5_000, "new": 1_000}
        assert codes(await post(branch, "sale", line("2"))) == ["expired_sale"]
        assert codes(await post(branch, "sale", line("1", lot="old"))) == ["expired_sale"]
        await posted(branch, "write_off", line("5"), reason="expired")
        assert await shelf(branch) == {"new": 1_000}

    told(tell, tmp_path, story)


def test_goods_that_expire_soon_are_sold_with_a_warning_where_the_site_asks(tell: Tell, tmp_path: Path) -> None:
    """So many days before; without the setting nobody is told."""

    async def story(branch: Branch) -> None:
        await three_lots(branch)
        assert (await posted(branch, "sale", line("1"))).warnings == ("near_expiry_sale",)
        assert (await posted(branch, "sale", line("1", lot="late"))).warnings == ()
        branch.shop.calendar = Calendar(lambda: START)
        assert (await posted(branch, "sale", line("1"))).warnings == ()

    told(tell, tmp_path, story, near_days=3)


def test_a_blocked_lot_goes_back_or_is_written_off(tell: Tell, tmp_path: Path) -> None:
    """Nothing else takes it, nor is it chosen; it is on hand and not available; once released it is sold again."""

    async def story(branch: Branch) -> None:
        await three_lots(branch)
        assert await block_lot(branch.shop, ADMIN, "tea", "soon", "recall", blocked=True) == UnknownItem()
        refused = await block_lot(branch.shop, ADMIN, "milk", "soon", " ", blocked=True)
        assert isinstance(refused, Rejected)
        done = await block_lot(branch.shop, ADMIN, "milk", "soon", "recall", blocked=True)
        assert done == await block_lot(branch.shop, ADMIN, "milk", "soon", "again", blocked=True)
        assert isinstance(done, LotStands)
        await posted(branch, "sale", line("1"))
        assert await shelf(branch) == {"late": 9_000, "soon": 10_000, "open": 10_000}
        overview = await branch.ledger.read(lambda connection: item_overview(connection, "milk"))
        assert overview is not None
        assert (overview.on_hand, overview.available) == (29_000, 19_000)
        assert codes(await post(branch, "sale", line("1", lot="soon"))) == ["blocked_lot"]
        assert codes(await post(branch, "internal_issue", line("1", lot="soon"), reason="x")) == ["blocked_lot"]
        await posted(branch, "stock_move", line("2", lot="soon", to="rejected"))
        await posted(branch, "supplier_return", line("2"))
        await posted(branch, "write_off", line("3", lot="soon"), reason="recall")
        (row,) = await branch.ledger.read(lambda connection: list_lots(connection, "soon", after=0, limit=9))
        assert row.block is not None
        assert (row.block.reason, row.block.person, row.on_hand, row.available) == ("recall", "admin", 5_000, 0)
        await block_lot(branch.shop, ADMIN, "milk", "soon", "tested", blocked=False)
        await posted(branch, "sale", line("1"))
        assert (await shelf(branch))["soon"] == 4_000

    told(tell, tmp_path, story)


def test_a_lot_may_be_blocked_before_it_comes(tell: Tell, tmp_path: Path) -> None:
    """A recall is told before the lorry arrives."""

    async def story(branch: Branch) -> None:
        await block_lot(branch.shop, ADMIN, "milk", "L9", "recall", blocked=True)
        await posted(branch, "goods_receipt", line("1", lot="L9"))
        assert codes(await post(branch, "sale", line("1", lot="L9"))) == ["blocked_lot"]

    told(tell, tmp_path, story)


def test_a_transfer_carries_the_expiry_of_each_lot(tell: Tell, tmp_path: Path) -> None:
    """One line that took two lots tells both dates."""

    async def story(branch: Branch) -> None:
        await three_lots(branch)
        sent = await posted(branch, "transfer_out", line("15"), to_branch="b002")
        transfer = await branch.ledger.write(lambda session: session.transfer(sent.id))
        assert transfer is not None
        assert transfer.expiries == {("milk", "soon"): day(3), ("milk", "late"): day(30)}

    told(tell, tmp_path, story)


def test_a_single_piece_is_followed(tell: Tell, tmp_path: Path) -> None:
    """It comes once, goes once, and its life is told newest first."""

    async def story(branch: Branch) -> None:
        await posted(branch, "goods_receipt", line("2", "phone", serials=["S1", "S2"]))
        assert codes(await post(branch, "goods_receipt", line("1", "phone", serials=["S1"]))) == ["serial_on_hand"]
        sold = await posted(branch, "sale", line("1", "phone", serials=["S1"]))
        assert codes(await post(branch, "sale", line("1", "phone", serials=["S1"]))) == ["waits", "serial_not_on_hand"]
        twice = [line("1", "phone", serials=["S2"]), line("1", "phone", serials=["S2"])]
        assert "serial_not_on_hand" in codes(await post(branch, "sale", *twice))
        back = line("1", "phone", serials=["S2"])
        original = sold.id.hex()
        assert codes(await post(branch, "sale_return", back, original=original)) == ["serial_on_hand"]
        gone = line("1", "phone", serials=["S9"])
        assert codes(await post(branch, "sale_return", gone, original=original)) == ["serial_not_sold"]
        await posted(branch, "sale_return", line("1", "phone", serials=["S1"]), original=original)
        life = await branch.ledger.read(lambda c: list_serials(c, "S1", item=None, before=2**62, limit=9))
        assert [(row.type, row.source, row.destination) for row in life] == [
            ("sale_return", "customer", "shop"), ("sale", "shop", "customer"), ("goods_receipt", "supplier", "shop"),
        ]  # fmt: skip
        rest = await branch.ledger.read(lambda c: list_serials(c, "S1", item="phone", before=life[0].place, limit=1))
        assert rest == life[1:2]

    told(tell, tmp_path, story)


def test_a_piece_that_is_not_there_is_refused_where_policy_blocks(tell: Tell, tmp_path: Path) -> None:
    """As all goods that are not there; where it asks for approval, a second person may say that it is."""

    async def story(branch: Branch) -> None:
        body = {"type": "sale", "lines": [line("1", "phone", serials=["S7"])]}
        branch.shop.policy = Policy({**GENERAL.free_from, Breach.NEGATIVE_STOCK: Verdict.BLOCK})
        assert codes(await branch.post(body)) == ["serial_not_on_hand", "negative_stock"]
        branch.shop.policy = GENERAL
        sold = await branch.post(body, approver=BOSS)
        assert isinstance(sold, Posted)
        assert sold.warnings == ("serial_not_on_hand", "negative_stock")

    told(tell, tmp_path, story)


def test_no_more_comes_back_than_was_sold(tell: Tell, tmp_path: Path) -> None:
    """In parts, at the price paid, into the lots they came out of; a return that was taken back counts no more."""

    async def story(branch: Branch) -> None:
        await three_lots(branch)
        sold = await posted(branch, "sale", line("12", price=200))
        await branch.item("milk", tracking="lot", price=999)
        original = sold.id.hex()
        first = await posted(branch, "sale_return", line("3"), original=original)
        assert (first.total, await shelf(branch)) == (600, {"late": 8_000, "soon": 3_000, "open": 10_000})
        scrapped = await posted(branch, "sale_return", line("8", disposition="scrap"), original=original)
        assert scrapped.total == 1_600
        assert codes(await post(branch, "sale_return", line("2"), original=original)) == ["more_than_sold"]
        assert codes(await post(branch, "reversal", original=original_id(sold), reason="x")) == ["already_returned"]
        await posted(branch, "reversal", original=original_id(first), reason="wrong till receipt")
        await posted(branch, "sale_return", line("4", disposition="inspect"), original=original)
        assert await shelf(branch, location="inspection") == {"soon": 3_000, "late": 1_000}

    told(tell, tmp_path, story)


def original_id(document: Posted) -> str:
    digits = document.id.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def test_a_whole_item_is_not_parted(tell: Tell, tmp_path: Path) -> None:
    """Half a box of it is twelve pieces."""

    async def story(branch: Branch) -> None:
        await branch.item("cup", whole=True, packs=[{"unit": "box", "factor": "24"}])
        await posted(branch, "goods_receipt", line("0.5", "cup", unit="box"))
        assert codes(await post(branch, "sale", line("0.5", "cup"))) == ["not_whole"]
        await posted(branch, "sale", line("12", "cup"))

    told(tell, tmp_path, story)


def test_a_document_has_room_for_so_many_lots(tell: Tell, tmp_path: Path) -> None:
    """Beyond it is refused, and nothing is written."""

    async def story(branch: Branch) -> None:
        for start in range(0, 1_200, 400):
            lots = [line("0.001", lot=f"L{start + n}") for n in range(400)]
            await posted(branch, "goods_receipt", *lots)
        assert codes(await post(branch, "sale", line("1.1"))) == ["too_many_movements"]
        await posted(branch, "sale", line("1"))

    told(tell, tmp_path, story)


def test_a_document_has_room_for_so_many_pieces(tell: Tell, tmp_path: Path) -> None:
    """Each with its number takes a place."""

    async def story(branch: Branch) -> None:
        serials = [f"S{n}" for n in range(1_025)]
        assert codes(await post(branch, "goods_receipt", line("1025", "phone", serials=serials))) == [
            "too_many_movements"
        ]
        await posted(branch, "goods_receipt", line("1024", "phone", serials=serials[1:]))

    told(tell, tmp_path, story)


def test_nothing_comes_back_of_a_sale_that_was_taken_back(tell: Tell, tmp_path: Path) -> None:
    """Its goods are on the shelf already."""

    async def story(branch: Branch) -> None:
        await three_lots(branch)
        sold = await posted(branch, "sale", line("2"))
        await posted(branch, "reversal", original=original_id(sold), reason="void")
        assert codes(await post(branch, "sale_return", line("1", lot="soon"), original=original_id(sold))) == [
            "already_reversed"
        ]

    told(tell, tmp_path, story)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["goods_receipt", "sale", "write_off", "stock_move"]), st.integers(1, 6),
        st.sampled_from(["A", "B", "C"]),
    ),
    min_size=1, max_size=14,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_no_lot_goes_below_zero_unless_somebody_said_so(tmp_path_factory: Any, steps: Any) -> None:
    """Whatever is received and taken: balances by lot are the fold, and never negative."""
    expiries = {"A": day(9), "B": day(2)}

    async def story() -> None:
        folder = tmp_path_factory.mktemp("b")
        async with open_branch(folder) as branch:
            branch.shop.calendar = Calendar(lambda: START)
            await branch.item("milk", tracking="lot")
            for type_, quantity, lot in steps:
                one: dict[str, Any] = line(str(quantity))
                if type_ == "goods_receipt":
                    one |= {"lot": lot} | ({"expiry": expiries[lot]} if lot in expiries else {})
                if type_ == "stock_move":
                    one |= {"to": "stockroom"}
                await post(branch, type_, one, **({"reason": "x"} if type_ == "write_off" else {}))
            for place in ("shop", "stockroom"):
                assert all(quantity > 0 for quantity in (await shelf(branch, location=place)).values())
        assert verify_site(folder).differences == ()

    asyncio.run(story())
