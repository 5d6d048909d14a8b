"""The sample shop's goods: enough of them, in both languages, with codes that are valid and nobody's."""

import re

import pytest

from gateway.demo.customer import amount, new_id, thousandths
from gateway.demo.goods import goods, hot_food, with_check_digit
from gateway.demo.shop import document_id
from gateway.demo.shop_floor import samples


def test_there_are_at_least_three_hundred_goods_and_some_are_weighed() -> None:
    assert len(goods()) >= 300
    assert 20 <= sum(good.weighed for good in goods()) <= 100


def test_every_good_has_its_own_sku_and_codes() -> None:
    codes = [code for good in goods() for code in (good.barcode, good.case_barcode) if code]
    assert len(set(codes)) == len(codes)
    assert len({good.sku for good in goods()}) == len(goods())
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", good.sku) for good in goods())


def test_every_good_is_named_in_both_languages() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff]")
    assert [
        good.sku for good in goods() if not chinese.search(good.name_zh) or not chinese.search(good.category_zh)
    ] == []
    assert [good.sku for good in goods() if chinese.search(good.name) or not good.category] == []


@pytest.mark.parametrize(("digits", "whole"), [("400638133393", "4006381333931"), ("1001234567890", "10012345678902")])
def test_check_digits_are_those_of_gs1(digits: str, whole: str) -> None:
    """The examples are of a pencil that is often printed as one, and of a case code from the GS1 manual."""
    assert with_check_digit(digits) == whole


def test_all_codes_are_of_the_demonstration_range() -> None:
    assert all((good.barcode or "952").startswith("952") for good in goods())
    assert all((good.case_barcode or "1952").startswith("1952") for good in goods())


def test_opening_stock_is_the_same_at_every_start_and_different_in_every_branch() -> None:
    first = [good.opening_quantity("b001") for good in goods()]
    assert first == [good.opening_quantity("b001") for good in goods()]
    assert first != [good.opening_quantity("b002") for good in goods()]
    assert all(thousandths(quantity) > 0 for quantity in first)


def test_some_goods_are_low_so_that_the_stock_page_has_something_to_say() -> None:
    low = [good for good in goods() if thousandths(good.opening_quantity("b001")) < thousandths(good.low_below)]
    assert 3 <= len(low) <= 40


def test_what_is_low_and_what_a_case_holds_make_sense() -> None:
    for good in goods():
        assert good.price > 0
        assert int(good.low_below) > 0
        assert good.case_of is None or good.case_of > 1


def test_document_ids_are_uuid_version_7_and_the_seeded_ones_repeat() -> None:
    assert document_id("x") == document_id("x")
    assert document_id("x") != document_id("y")
    assert document_id("x").version == 7
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", new_id())


def test_amounts_are_rounded_half_up() -> None:
    assert amount(780, "1.250") == 975
    assert amount(333, "0.500") == 167
    assert amount(1, "0.499") == 0


def test_every_dish_is_made_of_goods_of_the_shop_sold_by_weight() -> None:
    """Nobody has to open a packet that is counted as a piece; and nothing is made of what no shelf holds."""
    menu = hot_food()
    loose = {good.sku for good in goods() if good.weighed}
    assert {dish.sku for dish in menu.items} == set(menu.recipes)
    assert {dish.sku for dish in menu.items}.isdisjoint(good.sku for good in goods())
    parts = {part["item"] for recipe in menu.recipes.values() for part in recipe["components"]}
    assert parts <= loose
    assert all(dish.item["name_zh"] and dish.item["category_zh"] for dish in menu.items)


def test_the_codes_offered_for_scanning_are_in_the_shop() -> None:
    known = {good.barcode for good in goods()} | {good.case_barcode for good in goods()}
    assert {sample.code for sample in samples()} <= known
    assert len(samples()) == 9
