"""Taxes and 抹零: told where a site has them, once per rate and document, and every total is paid exactly."""

import uuid
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import ConfigError, load_branch_config
from gateway.domain.policy import Role
from gateway.domain.posting import Approver, Rejected
from gateway.domain.shifts import CASH
from gateway.domain.till_money import TillMoney
from gateway.store.documents import load_document
from gateway.store.session import Posted
from gateway.store.shifts import list_shifts
from gateway.store.verify import verify_site
from replication.wire.events import DocumentMore, DocumentPosted, PostedLine, TaxPart
from replication.wire.item import Item
from replication.wire.quantity import Quantity
from tests.domain.bare_ledger import BareLedger
from tests.store.conftest import Branch

Tell = Callable[[Callable[[Branch], Coroutine[Any, Any, None]]], None]
RATES = {"standard": 1300, "food": 900, "free": 0}
CHEN = Approver("chen", Role.MANAGER, "seen")


async def goods(branch: Branch) -> None:
    await branch.item("tea", price=113)
    await branch.item("rice", price=109, tax="food")
    await branch.item("book", price=100, tax="free")
    await branch.item("odd", price=101, tax="unheard-of")
    lines = [{"item": sku, "quantity": "100"} for sku in ("tea", "rice", "book", "odd")]
    await branch.post({"type": "opening_balance", "lines": lines})


def sale(*lines: tuple[str, str], cash: int | None = None, card: int | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "sale", "station": "till-1", "lines": [{"item": sku, "quantity": quantity} for sku, quantity in lines],
    }  # fmt: skip
    paid = [{"type": kind, "amount": one} for kind, one in (("cash", cash), ("card", card)) if one is not None]
    return body | ({"tenders": paid} if paid else {})


async def posted(branch: Branch, body: dict[str, Any]) -> tuple[Posted, DocumentPosted, DocumentMore]:
    outcome = await branch.post(body, approver=CHEN)
    assert isinstance(outcome, Posted), outcome
    stored = await branch.ledger.read(lambda connection: load_document(connection, outcome.id))
    assert stored is not None
    assert stored.event.worth() == outcome.total
    detail = stored.event.detail
    return outcome, stored.event, DocumentMore() if detail is None or detail.more is None else detail.more


def test_inclusive_prices_hold_their_tax(tell: Tell, tmp_path: Path) -> None:
    """The total is that of the lines; the detail splits it by rate. A class without a rate has the usual one."""

    async def story(branch: Branch) -> None:
        branch.shop.money = TillMoney(RATES, "standard")
        await goods(branch)
        outcome, event, more = await posted(branch, sale(("tea", "2"), ("rice", "1"), ("book", "1"), ("odd", "1")))
        assert outcome.total == 226 + 109 + 100 + 101
        assert event.total is None
        assert more.taxes == (TaxPart(0, 100, 0), TaxPart(900, 100, 9), TaxPart(1300, 289, 38))

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_exclusive_prices_get_their_tax_on_top_and_a_reversal_takes_it_back(tell: Tell, tmp_path: Path) -> None:
    """The total is told, what is paid must cover it, and the void gives all of it back."""

    async def story(branch: Branch) -> None:
        branch.shop.money = TillMoney(RATES, "standard", inclusive=False)
        await goods(branch)
        short = await branch.post(sale(("tea", "1"), cash=127))
        assert isinstance(short, Rejected)
        assert [(one.code, one.facts) for one in short.faults] == [("underpaid", {"total": "128", "paid": "127"})]
        outcome, event, more = await posted(branch, sale(("tea", "1"), cash=200))
        assert (outcome.total, outcome.change, event.total) == (128, 72, 128)
        assert more.taxes == (TaxPart(1300, 113, 15),)
        body = {"type": "reversal", "original": str(uuid.UUID(bytes=outcome.id)), "reason": "x", "station": "till-1"}
        void, _, more = await posted(branch, body)
        assert (void.total, more.taxes) == (-128, (TaxPart(1300, -113, -15),))
        (row,) = await branch.ledger.read(lambda connection: list_shifts(connection, before=2**62, limit=9))
        assert row.shift.expected(CASH) == 0

    tell(story)
    assert verify_site(tmp_path).differences == ()


@pytest.mark.parametrize(("unit", "total"), [(10, 260), (50, 250), (100, 200)])
def test_what_cash_cannot_pay_is_taken_off_and_told(tell: Tell, tmp_path: Path, unit: int, total: int) -> None:
    """抹零 where cash pays, and only there: tenders add up to the total, and the drawer to what was taken."""

    async def story(branch: Branch) -> None:
        branch.shop.money = TillMoney(cash_unit=unit)
        await branch.item("tea", price=89)
        await branch.post({"type": "opening_balance", "lines": [{"item": "tea", "quantity": "100"}]})
        outcome, event, more = await posted(branch, sale(("tea", "3"), cash=300))
        assert (outcome.total, outcome.change, more.rounding, event.total) == (total, 300 - total, total - 267, total)
        exact, _, _ = await posted(branch, sale(("tea", "3"), cash=total))
        assert exact.change == 0
        card, event, more = await posted(branch, sale(("tea", "3"), card=267))
        assert (card.total, more.rounding, event.total) == (267, 0, None)
        back, _, more = await posted(branch, sale(("tea", "3"), cash=total) | {"type": "sale_return"})
        assert (back.total, more.rounding) == (total, total - 267)
        (row,) = await branch.ledger.read(lambda connection: list_shifts(connection, before=2**62, limit=9))
        assert row.shift.expected(CASH) == total

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_a_site_without_taxes_says_nothing_of_them(tell: Tell) -> None:
    """The general profile: an everyday sale has no detail at all, whatever class its items have."""

    async def story(branch: Branch) -> None:
        await goods(branch)
        _, event, _ = await posted(branch, sale(("tea", "1"), ("rice", "1"), cash=500))
        assert (event.detail, event.total) == (None, None)

    tell(story)


@given(
    lines=st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 10**7)), min_size=1, max_size=8),
    rates=st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
    inclusive=st.booleans(),
)
def test_taxes_add_up(lines: list[tuple[str, int]], rates: tuple[int, int], inclusive: bool) -> None:
    """Base and tax of all rates are the lines' sum (with the tax on top where it is exclusive), and each tax is right to half a
    minor unit."""

    class Shop(BareLedger):
        def item(self, sku: str) -> Item | None:
            return Item(sku, sku, "pc", 1, tax=sku)

    money = TillMoney({"a": rates[0], "b": rates[1]}, "a", inclusive)
    parts = money.taxes([PostedLine(sku, Quantity(1000), amount) for sku, amount in lines], Shop())
    total = sum(amount for _, amount in lines)
    assert sum(part.base + (part.tax if inclusive else 0) for part in parts) == total
    for part in parts:
        gross = part.base + part.tax
        exact = gross * part.rate / (10_000 + part.rate) if inclusive else part.base * part.rate / 10_000
        assert abs(part.tax - exact) <= 0.5 + 1e-6


@pytest.mark.parametrize(
    ("tables", "path"),
    [
        ('[[taxes.classes]]\nname = "a"\nrate = 1\n[[taxes.classes]]\nname = "a"\nrate = 2', "taxes.classes[1].name"),
        ('[taxes]\nusual = "b"\n[[taxes.classes]]\nname = "a"\nrate = 1', "taxes.usual"),
        ('[[taxes.classes]]\nname = "a"\nrate = 13.0', "taxes.classes[0].rate"),
        ("[money]\ncash_rounding = 7", "money.cash_rounding"),
    ],
)
def test_wrong_settings_are_named_by_their_path(tmp_path: Path, tables: str, path: str) -> None:
    """The branch does not start with a tax nobody can compute."""
    file = tmp_path / "config.toml"
    file.write_text(f'[site]\nid = "b001"\nname = "X"\n{tables}\n', encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_branch_config(file)
    assert refused.value.path == path
