"""The rules of values, one case a rule and side, written from GS1's General Specifications (clauses of release 25)."""

import pytest

from gateway.domain.barcode.associations import check_associations
from gateway.domain.barcode.content_rules import RULES, wrong_characters
from gateway.domain.barcode.days import days_in, full_year, iso_day
from gateway.domain.barcode.elements import Element, check_value
from gateway.domain.barcode.identifier import IDENTIFIERS


def test_every_rule_of_the_dictionary_is_known() -> None:
    named = {rule for row in IDENTIFIERS.values() for part in row.parts for rule in part.rules}
    assert named - set(RULES) == set()


@pytest.mark.parametrize(
    ("identifier", "value", "rule"),
    [
        ("00", "095212345678912347", None),  # 3.2.1, check digit 7.9.1
        ("00", "095212345678912348", "incorrect_check_digit"),
        ("8013", "1987654Ad4X4bL5ttr2310c2K", None),  # the model number of 7.9.5
        ("8013", "1987654Ad4X4bL5ttr2310c2L", "incorrect_check_pair"),
        ("8014", "1987654Ad4X4bL5ttr2310c2K", None),
        ("401", "952", "too_short_for_gcp"),  # 1.4.4: no company prefix has fewer than four digits
        ("8004", "95A2X", "invalid_gcp_prefix"),
        ("17", "280200", None),  # 3.4.7: day 00 is the month's last
        ("17", "280230", "illegal_day"),
        ("17", "270229", "illegal_day"),
        ("4326", "280200", "illegal_day"),  # 3.8.21: a whole date
        ("7003", "2802291260", "illegal_minute"),
        ("8008", "28022923", None),  # 3.9.8: minutes and seconds may be left off
        ("8008", "2802292359", None),
        ("8008", "280229235960", "illegal_second"),
        ("7007", "280101280131", None),  # 3.8.8: a date or a span of dates
        ("7250", "20280230", "illegal_day"),
        ("422", "156", None),  # 3.6.5, ISO 3166-1
        ("422", "001", "not_iso3166"),
        ("423", "156276", None),
        ("423", "156001", "not_iso3166"),
        ("7030", "999ABC", None),  # 3.8.15: 999 where several countries
        ("4307", "CN", None),
        ("4307", "cn", "not_iso3166_alpha2"),
        ("3911", "156099", None),  # 3.5.4, ISO 4217
        ("3911", "000099", "not_iso4217"),
        ("8007", "GB29NWBK60161331926819", None),  # ISO 13616
        ("8007", "GB28NWBK60161331926819", "incorrect_iban_checksum"),
        ("8007", "gb29NWBK60161331926819", "invalid_iban_character"),
        ("4309", "01800000003600000000", None),  # 3.8.9
        ("4309", "18000000010000000000", "invalid_latitude"),
        ("8006", "095212345678990102", None),  # 3.9.6
        ("8006", "095212345678990201", "piece_number_exceeds_total"),
        ("7258", "1/3", None),
        ("7258", "3/1", "position_exceeds_end"),
        ("4330", "000123-", None),
        ("4330", "000123+", "not_hyphen"),
        ("8011", "0", None),
        ("8011", "01", "illegal_zero_prefix"),
        ("4300", "A%2C", None),
        ("4300", "A%2", "invalid_percent_sequence"),
        ("7040", "1ABZ", None),
        ("7041", "CT", None),  # UN/ECE recommendation 21
        ("7041", "QZ", "invalid_package_type"),
        ("7241", "11", "invalid_media_type"),
        ("7241", "80", None),
        ("8030", "QUJD", None),
        ("8010", "9521a", "invalid_cset39_character"),
    ],
)  # fmt: skip
def test_values(identifier: str, value: str, rule: str | None) -> None:
    """What a value may be, and which rule forbids what it may not."""
    assert [finding.rule for finding in check_value(identifier, value)] == ([] if rule is None else [rule])


def test_a_coupon_announces_its_lengths() -> None:
    """3.10, AI 8110: every length digit is followed by as many digits, and nothing is left over."""
    whole = "0" + "952123" + "123456" + "1" + "5" + "1" + "1" + "0" + "000"
    assert check_value("8110", whole) == []
    assert [finding.rule for finding in check_value("8110", whole + "0")] == ["coupon_excess_data"]
    assert check_value("8110", whole + "3" + "281231" + "4" + "280101") == []
    assert [finding.rule for finding in check_value("8110", whole[:9])] == ["coupon_truncated_offer_code"]
    assert check_value("8112", "0" + "0" + "952123" + "123456" + "0" + "123456") == []


def test_character_sets() -> None:
    """7.11: 82 characters, 39 and 64; a blank is in none."""
    assert wrong_characters("X", "!\"%&'()*+,-./09:;<=>?AZ_az") is None
    assert wrong_characters("X", "#") == wrong_characters("X", " ") == "invalid_cset82_character"
    assert wrong_characters("Y", "#-/09AZ") is None
    assert wrong_characters("Z", "AZaz09-_") is None
    assert wrong_characters("N", "12 ") == "non_digit_character"


def test_two_digits_of_a_year_are_the_nearest() -> None:
    """7.12: 49 years back to 50 ahead."""
    assert [full_year(year, 2026) for year in (26, 76, 77, 99, 0)] == [2026, 2076, 1977, 1999, 2000]
    assert [full_year(year, 2060) for year in (10, 11, 60, 99)] == [2110, 2011, 2060, 2099]


def test_days() -> None:
    """Leap years, the day that is none, and what is no date at all."""
    assert [days_in(year, 2) for year in (2028, 2100, 2000, 2027)] == [29, 28, 29, 28]
    assert iso_day("280200", 2026) == "2028-02-29"
    assert iso_day("281301", 2026) is None
    assert iso_day("2802", 2026) is None
    assert iso_day("²80229", 2026) is None


@pytest.mark.parametrize(
    ("elements", "rule"),
    [
        ([("02", "1"), ("37", "2"), ("00", "3")], None),  # 4.13.1: content and count of a logistic unit
        ([("02", "1"), ("00", "3")], "companion_missing"),
        ([("01", "1"), ("37", "2")], "excluded_together"),
        ([("01", "1"), ("10", "A"), ("10", "A")], None),  # 4.13: twice the same says nothing new
        ([("01", "1"), ("10", "A"), ("10", "B")], "repeated_with_another_value"),
        ([("01", "1"), ("3100", "1"), ("3101", "1")], "excluded_together"),
        ([("01", "1"), ("3102", "1")], None),
        ([("01", "1"), ("3922", "1")], "companion_missing"),  # a price of what is measured needs the measure
        ([("01", "1"), ("3922", "1"), ("3103", "1")], None),
        ([("253", "1" * 13), ("8030", "A")], "signature_without_serial"),
    ],
)  # fmt: skip
def test_what_stands_together(elements: list[tuple[str, str]], rule: str | None) -> None:
    """Values are not looked at, only which there are."""
    found = {finding.rule for finding in check_associations(tuple(Element(*element) for element in elements))}
    assert (rule in found) if rule else found == set()
