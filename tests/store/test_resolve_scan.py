"""Scans against a real ledger: which item a code stands for, and how much of it."""

from collections.abc import Callable

from gateway.domain.barcode import check_digit
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
