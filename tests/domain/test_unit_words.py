"""Units and quantities in sentences."""

from admin_ui.i18n import words
from gateway.domain.unit_words import UNITS_ZH, plain_quantity, unit_word


def test_a_sentence_calls_a_unit_what_the_pages_call_it() -> None:
    chinese = words("zh")
    assert {unit: chinese.pgettext("unit", unit) for unit in UNITS_ZH} == UNITS_ZH


def test_a_unit_of_the_shops_own_stays_as_it_is() -> None:
    assert unit_word("桶") == ("桶", "桶")


def test_quantities_are_written_as_people_write_them() -> None:
    assert [plain_quantity(text) for text in ("3.000", "10", "-0.250", "100.000")] == [
        "3",
        "10",
        "\N{MINUS SIGN}0.25",
        "100",
    ]
