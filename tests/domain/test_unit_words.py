"""Units and quantities in sentences."""

from typing import Any

from admin_ui.i18n import words
from gateway.demo.goods import hot_food
from gateway.domain.unit_words import UNITS_ZH, plain_quantity, unit_word
from gateway.profiles.profile import profiles


def test_a_sentence_calls_a_unit_what_the_pages_call_it() -> None:
    chinese = words("zh")
    assert {unit: chinese.pgettext("unit", unit) for unit in UNITS_ZH} == UNITS_ZH


def test_every_unit_of_the_sample_shops_has_its_chinese_word() -> None:
    samples = [profile.sample() for profile in profiles().values()] + [hot_food()]
    units = {unit for sample in samples for one in sample.items for unit in units_of(one.item)}
    parts = [part for sample in samples for recipe in sample.recipes.values() for part in recipe["components"]]
    assert units | {part["unit"] for part in parts if "unit" in part} <= set(UNITS_ZH)


def units_of(item: dict[str, Any]) -> set[str]:
    return {item["unit"], *(pack["unit"] for pack in item.get("packs", ()))}


def test_a_unit_of_the_shops_own_stays_as_it_is() -> None:
    assert unit_word("桶") == ("桶", "桶")


def test_quantities_are_written_as_people_write_them() -> None:
    assert [plain_quantity(text) for text in ("3.000", "10", "-0.250", "100.000")] == [
        "3",
        "10",
        "\N{MINUS SIGN}0.25",
        "100",
    ]
