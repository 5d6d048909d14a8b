"""Refunds and long lists of pieces in a real ledger: what policy is asked, and what has no room."""

from collections.abc import Callable
from pathlib import Path

from gateway.domain.policy import Role
from gateway.domain.posting import Approver
from gateway.store.session import Posted
from gateway.use_cases.shop import Poster
from tests.store.conftest import Branch, Story
from tests.store.test_goods import codes, line, original_id, post, posted, told

Tell = Callable[[Story], None]


def test_no_more_is_given_back_than_was_paid(tell: Tell) -> None:
    """A discount that a return leaves out is money: policy is asked, whoever brings the till receipt."""

    async def story(branch: Branch) -> None:
        await branch.item("cup", price=1000)
        await posted(branch, "opening_balance", line("2", "cup"))
        sale = await posted(branch, "sale", line("2", "cup", discount=1500))
        back = {"type": "sale_return", "original": sale.id.hex(), "lines": [line("2", "cup", discount=0)]}
        outcome = await branch.post(back, None, Poster("chen", "manager"))
        assert codes(outcome) == ["waits", "over_return"]
        assert (await posted(branch, "sale_return", line("2", "cup"), original=sale.id.hex())).total == 500

    tell(story)


def test_pieces_of_goods_kept_otherwise_need_their_room_as_well(tell: Tell) -> None:
    """A list of serial numbers longer than the ledger has room for is refused, of any item."""

    async def story(branch: Branch) -> None:
        await branch.item("cup")
        outcome = await post(branch, "goods_receipt", line("1500", "cup", serials=[f"s{n}" for n in range(1500)]))
        assert codes(outcome) == ["too_many_movements"]

    tell(story)


def test_a_piece_that_went_on_is_not_taken_back(tell: Tell, tmp_path: Path) -> None:
    """One that was sold and scrapped since is at no customer: neither a return nor a reversal brings it back twice."""

    async def story(branch: Branch) -> None:
        got = await posted(branch, "goods_receipt", line("1", "phone", serials=["S1"]))
        sold = await posted(branch, "sale", line("1", "phone", serials=["S1"]))
        undo = {"type": "reversal", "original": original_id(got), "reason": "x"}
        manager = Poster("chen", "manager")
        assert "serial_not_on_hand" in codes(await branch.post(undo, None, manager))
        scrap = line("1", "phone", serials=["S1"], disposition="scrap")
        scrapped = {"type": "sale_return", "lines": [scrap]}
        chen = Approver("chen", Role.MANAGER, "seen")
        back = await branch.post(scrapped, approver=chen)
        assert isinstance(back, Posted)
        again = await branch.post(scrapped, approver=chen)
        assert codes(again) == ["serial_went_on"]
        assert codes(await post(branch, "reversal", original=original_id(sold), reason="x")) == ["serial_went_on"]
        await posted(branch, "reversal", original=original_id(back), reason="x")
        await posted(branch, "sale_return", line("1", "phone", serials=["S1"]), original=sold.id.hex())

    told(tell, tmp_path, story)
