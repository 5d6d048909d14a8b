"""Numbers of trade items: lengths, UPC-E, add-ons, and what may not be taken for an article's number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.barcode import check_digit, read_scan
from gateway.domain.barcode.trade_numbers import expand_upce, suppress_upca


@pytest.mark.parametrize(
    ("short", "long"),
    [
        # General Specifications 5.2.2.4.2: the four ways zeros are left out, by the last of the six digits.
        ("01234505", "012000003455"),
        ("01234514", "012100003454"),
        ("01234523", "012200003453"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01234558", "012345000058"),
        ("01234596", "012345000096"),
        ("11234505", None),
        ("21234505", None),
        ("123455", "012345000058"),
    ],
)
def test_upce_has_a_long_form(short: str, long: str | None) -> None:
    """The check digit is that of the long form; only number systems 0 and 1 are suppressed."""
    if long is None:
        assert expand_upce(short) is None
    else:
        assert expand_upce(short) == long


@given(st.sampled_from("01"), st.text("0123456789", min_size=6, max_size=6))
def test_upce_and_back(system: str, body: str) -> None:
    """Every six digits have a long form, and it suppresses to one that has the same long form."""
    long = expand_upce(system + body)
    assert long is not None
    again = suppress_upca(long)
    assert again is not None
    assert expand_upce(again) == long


def test_eight_digits_are_an_ean8_or_else_a_upce() -> None:
    """Without an identifier the check digit decides."""
    assert (read_scan("96385074").symbology, read_scan("96385074").gtin) == ("ean8", "00000096385074")
    upce = read_scan("01000018")
    assert (upce.symbology, upce.gtin, upce.valid) == ("upce", "00010100000008", True)
    assert "010100000008" in upce.lookups
    assert not read_scan("96385075").valid


@pytest.mark.parametrize(
    ("text", "symbology", "gtin"),
    [
        ("]E09521234567899", "ean13", "09521234567899"),
        ("]E00012345678905", "ean13", "00012345678905"),
        ("]E496385074", "ean8", "00000096385074"),
        ("]E3977123456789812", "ean13_addon", "09771234567898"),
        ("]E3977123456789812345", "ean13_addon", "09771234567898"),
        ("]I109521234567899", "itf14", "09521234567899"),
        ("]I009521234567899", "itf", "09521234567899"),
        ("]I01234567890", "itf", None),
        ("]I1123456", "itf", None),
        ("]e00109521234567899", "gs1_databar", "09521234567899"),
        ("]E09521234567899|]e010L1", "ean13", "09521234567899"),
        ("]E02100012000000", "ean13", None),
        ("]E112", "ean_addon2", None),
        ("]C09521234567899", "code128", None),
    ],
)
def test_numbers_by_their_symbology(text: str, symbology: str, gtin: str | None) -> None:
    """A number for use inside a company is valid and names no article; digits in Code 128 are only text."""
    scan = read_scan(text)
    assert (scan.symbology, scan.gtin, scan.valid) == (symbology, gtin, True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("]E0", "bad_length"),
        ("]E0952123456789", "bad_length"),
        ("]E095212345678990", "bad_length"),
        ("]E0952123456789A", "bad_characters"),
        ("]E09521234567890", "bad_check_digit"),
        ("]E4963850744", "bad_length"),
        ("]E1123", "bad_length"),
        ("]E112345", "bad_length"),
        ("]I109521234567890", "bad_check_digit"),
        ("]XX", "unknown_symbology"),
        ("]E", "unknown_symbology"),
        ("]C1", "bad_length"),
        ("", "empty_code"),
        ("²³456789", "guessed"),
    ],
)
def test_faults_of_numbers(text: str, code: str) -> None:
    """Named, and still to be looked up where there is anything."""
    assert code in [finding.code for finding in read_scan(text).findings]


def test_the_number_below_a_composite_part_is_what_a_lot_belongs_to() -> None:
    """A lot may not stand without a GTIN; below a composite part the bar code is it, and another GTIN contradicts it."""
    assert not read_scan("]E04006381333931|]e010ABC", associations=True).findings
    other = read_scan("]E04006381333931|]e00109521234567899", associations=True).findings
    assert [finding.code for finding in other] == ["bad_combination"]


def test_a_composite_symbol_tells_the_lot() -> None:
    """The number in bars, the rest in the part above it."""
    scan = read_scan("]E09521234567899|]e017280229" + "10L1")
    assert (scan.lot, scan.expiry, scan.lookups[0]) == ("L1", "2028-02-29", "9521234567899")


@given(st.text("0123456789", min_size=12, max_size=12))
def test_every_ean13_is_read(body: str) -> None:
    """With its check digit it is valid, with another it is not."""
    right = check_digit(body)
    wrong = str((int(right) + 1) % 10)
    assert read_scan("]E0" + body + right).valid
    assert not read_scan("]E0" + body + wrong).valid
