"""A settled sale is of goods that are gone: whatever came to forbid it since, it is posted, and says what was amiss."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.till_money import TillMoney
from gateway.store.session import Posted
from gateway.store.verify import verify_site
from gateway.use_cases.shop import Poster
from tests.store.conftest import Branch, Story
from tests.store.test_goods import codes, line, posted

Tell = Callable[[Story], None]
TILL = Poster("wang", "cashier", may_settle=True)


@pytest.mark.parametrize(
    ("changed", "sold", "cash", "warning"),
    [
        ({"whole": True}, line("0.5", "cup"), 125, "not_whole"),
        ({"tracking": "lot"}, line("1", "cup"), 250, "lot_required"),
        ({"tracking": "serial"}, line("1", "cup"), 250, "serials_required"),
        ({"price": 300}, line("1", "cup"), 250, "underpaid"),
        ({"price": 200}, line("1", "cup", discount=230), 0, "discount_too_large"),
    ],
)
def test_what_became_wrong_since_is_a_warning(
    tell: Tell, tmp_path: Path, changed: Any, sold: Any, cash: int, warning: str
) -> None:
    """The same sale is refused where it is not settled yet."""
    tenders = [{"type": "cash", "amount": cash}]
    body = {"type": "sale", "lines": [sold], "tenders": tenders}

    async def story(branch: Branch) -> None:
        await branch.item("cup")
        await posted(branch, "opening_balance", line("5", "cup"))
        await branch.item("cup", **changed)
        assert warning in codes(await branch.post(body, None, TILL))
        outcome = await branch.post(body | {"settled": True}, None, TILL)
        assert isinstance(outcome, Posted)
        assert warning in outcome.warnings
        assert (outcome.total, outcome.change) == (cash, 0)

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_what_was_paid_stands_where_taxes_changed(tell: Tell, tmp_path: Path) -> None:
    """A card paid what the till asked for: the total is that, and it says so."""
    body = {
        "type": "sale", "settled": True, "lines": [line("1", "cup")], "tenders": [{"type": "card", "amount": 283}],
    }  # fmt: skip

    async def story(branch: Branch) -> None:
        branch.shop.money = TillMoney({"standard": 900}, "standard", inclusive=False)
        await branch.item("cup")
        await posted(branch, "opening_balance", line("5", "cup"))
        outcome = await branch.post(body, None, TILL)
        assert isinstance(outcome, Posted)
        assert (outcome.total, outcome.warnings) == (283, ("overpaid",))

    tell(story)
    assert verify_site(tmp_path).differences == ()
