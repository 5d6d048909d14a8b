"""Scans against a real ledger: which item a code stands for, and how much of it."""

from collections.abc import Callable

import pytest

from gateway.domain.barcode import CodeRules, check_digit
from gateway.domain.barcode.in_store import layouts_of
from gateway.use_cases.resolve_scan import resolve_scan
from tests.store.conftest import Branch, Story

Tell = Callable[[Story], None]
NUMBER = "201234500012"


def test_a_label_of_the_shop_carries_its_weight(tell: Tell) -> None:
    """Found by the seven digits an item carries, the label's amount counts."""

    async def story(branch: Branch) -> None:
        await branch.item("apples", unit="kg", weighed=True, barcodes=[NUMBER[:7]])
        resolved = await resolve_scan(branch.shop, NUMBER + check_digit(NUMBER))
        assert resolved.item is not None
        assert (resolved.item.sku, resolved.quantity) == ("apples", 12)

    tell(story)


def test_a_number_of_the_shop_for_a_whole_article_carries_no_weight(tell: Tell) -> None:
    """An article whose own barcode begins with 20 is one article, not twelve grams of it."""

    async def story(branch: Branch) -> None:
        code = NUMBER + check_digit(NUMBER)
        await branch.item("roll", barcodes=[code])
        resolved = await resolve_scan(branch.shop, code)
        assert resolved.item is not None
        assert (resolved.item.sku, resolved.quantity, resolved.scan.price) == ("roll", None, None)

    tell(story)


def test_one_number_in_any_of_its_lengths(tell: Tell) -> None:
    """GTIN-14, EAN-13 and UPC-A differ by zeros in front: an item stored under one is found by the others."""

    async def story(branch: Branch) -> None:
        await branch.item("box", barcodes=["09521234567899"])
        await branch.item("can", barcodes=["012345678905"])
        for code, sku in (("9521234567899", "box"), ("0012345678905", "can"), ("]C10100012345678905", "can")):
            resolved = await resolve_scan(branch.shop, code)
            assert resolved.item is not None, code
            assert resolved.item.sku == sku

    tell(story)


def test_labels_are_read_by_the_sites_layouts(tell: Tell) -> None:
    """A price by the German layout, on an item kept under its number, and on one kept under a label of nought."""

    async def story(branch: Branch) -> None:
        await branch.item("cheese", unit="kg", price=2000, weighed=True, barcodes=["221234"])
        await branch.item("ham", unit="kg", price=1000, weighed=True, barcodes=["2243210000004"])
        branch.shop.codes = CodeRules(layouts_of(("DE",)))
        for sku, body, quantity in (("cheese", "221234614685", 7343), ("ham", "224321614685", 14685)):
            resolved = await resolve_scan(branch.shop, body + check_digit(body))
            assert resolved.item is not None, sku
            assert (resolved.item.sku, resolved.scan.price, resolved.quantity) == (sku, 14685, quantity)

    tell(story)


def test_a_misread_amount_still_finds_the_item(tell: Tell) -> None:
    """It is for the cashier to weigh it again."""

    async def story(branch: Branch) -> None:
        await branch.item("cheese", unit="kg", price=2000, weighed=True, barcodes=["221234"])
        branch.shop.codes = CodeRules(layouts_of(("DE",)))
        body = "221234514685"
        resolved = await resolve_scan(branch.shop, body + check_digit(body))
        assert resolved.item is not None
        assert (resolved.quantity, [found.code for found in resolved.findings]) == (
            None,
            ["guessed", "bad_inner_digit"],
        )

    tell(story)


def label(body: str) -> str:
    return body + check_digit(body)


@pytest.mark.parametrize(
    ("unit", "code", "quantity"),
    [
        ("kg", label("201234501250"), 1_250),
        ("斤", label("201234501250"), 2_500),
        ("g", label("201234501250"), 1_250_000),
        ("pc", label("201234501250"), None),
        ("lb", label("201234501250"), None),
        ("斤", label("201234500000"), None),
        ("g", "]C101095212345678993104001955", 195_500),
        ("斤", "]C101095212345678993105001955", 39),
        ("pc", "]C101095212345678993103001250", None),
        ("lb", "]C101095212345678993202000150", 1_500),
        ("lb", "]C10109521234567899310300125032020002750", 2_750),
        ("m", "]C101095212345678993112000275", 2_750),
        ("l", "]C101095212345678993155123456", 1_234),
        ("m2", "]C101095212345678993140000007", 7_000),
        ("kg", "]C101095212345678993202000150", None),
        ("pc", "]C1010952123456789930" + "12", 12_000),
        ("kg", "]C1010952123456789930" + "12", None),
        ("pc", "]C1010952123456789930" + "12\x1d3103001250", 12_000),
    ],
)
def test_a_weight_is_told_in_the_unit_of_what_is_sold_by_weight(
    tell: Tell, unit: str, code: str, quantity: int | None
) -> None:
    """Labels print kilograms: what is sold by the jin is twice as many of them. A weight counts no pieces, a count weighs nothing,
    and a label of nought is only the item's name."""

    async def story(branch: Branch) -> None:
        await branch.item("goods", unit=unit, weighed=True, barcodes=["2012345", "9521234567899"])
        resolved = await resolve_scan(branch.shop, code)
        assert resolved.item is not None
        assert (resolved.unit, resolved.quantity) == (None, quantity)

    tell(story)


def test_a_case_that_prints_its_weight_weighs_so_much(tell: Tell) -> None:
    """Not so many cases."""

    async def story(branch: Branch) -> None:
        pack = {"unit": "case", "factor": "10", "barcode": "9521234567899"}
        await branch.item("beef", unit="kg", weighed=True, packs=[pack])
        resolved = await resolve_scan(branch.shop, "]C101095212345678993103009870")
        assert (resolved.unit, resolved.quantity) == (None, 9_870)
        resolved = await resolve_scan(branch.shop, "]C10109521234567899")
        assert (resolved.unit, resolved.quantity) == ("case", None)

    tell(story)


def test_a_chinese_label_says_what_is_paid_and_what_it_weighs(tell: Tell) -> None:
    """Eighteen digits: the weight is no guess from the price. A price of nought is none."""

    async def story(branch: Branch) -> None:
        branch.shop.codes = CodeRules(layouts_of(("CN",)))
        await branch.item("pear", unit="斤", price=450, weighed=True, barcodes=["2012345"])
        resolved = await resolve_scan(branch.shop, label("20123450100001250"))
        assert (resolved.price, resolved.quantity) == (1_000, 2_500)
        resolved = await resolve_scan(branch.shop, label("201234500000"))
        assert (resolved.price, resolved.quantity) == (None, None)

    tell(story)


@pytest.mark.parametrize(("currency", "price", "codes"), [("EUR", 599, []), ("CNY", None, ["other_currency"])])
def test_a_price_in_another_currency_is_none(tell: Tell, currency: str, price: int | None, codes: list[str]) -> None:
    """5.99 euros are not 5.99 yuan."""

    async def story(branch: Branch) -> None:
        branch.shop.codes = CodeRules(currency=currency)
        await branch.item("ham", unit="kg", price=1000, weighed=True, barcodes=["9521234567899"])
        resolved = await resolve_scan(branch.shop, "]C1010952123456789939329780599")
        assert (resolved.price, [found.code for found in resolved.findings]) == (price, codes)

    tell(story)
