"""Scans taken apart: symbology, look-up codes, and what a code carries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.barcode import Severity, check_digit, has_check_digit, read_scan

GS = "\x1d"


@pytest.mark.parametrize(
    ("text", "symbology", "lookups"),
    [
        ("]E09521234567899", "ean13", ("9521234567899", "09521234567899")),
        ("9521234567899", "ean13", ("9521234567899", "09521234567899")),
        ("012345678905", "upca", ("012345678905", "0012345678905", "00012345678905")),
        ("0012345678905", "ean13", ("0012345678905", "00012345678905", "012345678905")),
        ("96385074", "ean8", ("96385074", "0000096385074", "00000096385074", "000096385074")),
        ("09521234567899", "itf14", ("09521234567899", "9521234567899")),
        ("]C0ABC-123", "code128", ("ABC-123",)),
        ("ABC-123", "unknown", ("ABC-123",)),
    ],
)
def test_codes_and_their_symbology(text: str, symbology: str, lookups: tuple[str, ...]) -> None:
    """An AIM identifier decides; without one, length and check digit do, and the scan says it is a guess."""
    scan = read_scan(text)
    assert (scan.symbology, scan.lookups) == (symbology, lookups)
    assert any(finding.code == "guessed" for finding in scan.findings) == (not text.startswith("]"))


def test_a_wrong_check_digit_is_an_error_but_still_looked_up() -> None:
    """A till must be able to sell a badly printed code it knows."""
    scan = read_scan("9521234567890")
    assert scan.lookups == ("9521234567890",)
    assert [(finding.code, finding.severity) for finding in scan.findings] == [
        ("guessed", Severity.INFO), ("bad_check_digit", Severity.ERROR)
    ]  # fmt: skip


def test_upc_e_that_a_scanner_did_not_expand_is_an_error_but_still_looked_up() -> None:
    """`]E0` is thirteen digits (ISO/IEC 15424); some scanners send the eight that are printed."""
    scan = read_scan("]E001234565")
    assert not scan.valid
    assert scan.lookups == ("01234565", "012345000065", "0012345000065", "00012345000065")


def test_in_store_weights_and_prices() -> None:
    """Prefixes 20 to 24 carry grams, 25 to 29 minor units; the label's first seven digits name the item."""
    weight = "210001200482"
    scan = read_scan(weight + check_digit(weight))
    assert (scan.quantity, scan.price, scan.labels[0]) == (482, None, "2100012")
    price = "250001200999"
    scan = read_scan(price + check_digit(price))
    assert (scan.quantity, scan.price, scan.labels[0]) == (None, 999, "2500012")


@pytest.mark.parametrize("data", ["https://a.b/01/09521234567899/10/L", "\\000026https://a.b/01/09521234567899/10/L"])
def test_a_character_set_in_front_is_no_part_of_the_data(data: str) -> None:
    """`]Q2` and `]d4` say that a backslash and six digits may stand there."""
    for identifier in ("]Q2", "]d4"):
        scan = read_scan(identifier + data)
        assert (scan.gtin, scan.lot, scan.valid) == ("09521234567899", "L", True)
    assert read_scan("]Q4\\00002601" + "09521234567899" + "10L").lot == "L"
    assert read_scan("]Q1\\000026A").lookups == ("\\000026A",)


def test_gs1_elements() -> None:
    """GTIN, expiry, net weight, lot and serial of an element string, separators where values vary."""
    scan = read_scan(f"]d2010952123456789917261200310300048210LOT-7{GS}21S-9")
    assert scan.symbology == "gs1_datamatrix"
    assert scan.lookups == ("09521234567899", "9521234567899")
    assert (scan.expiry, scan.quantity, scan.lot, scan.serial) == ("2026-12-31", 482, "LOT-7", "S-9")
    assert scan.findings == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("]C10109521234567890", "bad_check_digit"),
        ("]C1010952123456789917261332", "bad_date"),
        ("]C1010952123456789989XYZ", "unknown_element"),
        ("]C110LOT", "no_gtin"),
        ("]C10195212345", "bad_length"),
        ("]E395212345678991234A", "bad_characters"),
        ("]E39521234567899AB", "bad_characters"),
        ("x" * 5000, "too_long"),
    ],
)
def test_what_is_wrong_with_a_code_is_a_finding(text: str, code: str) -> None:
    """Never an exception, never a guess."""
    assert code in [finding.code for finding in read_scan(text).findings]


_AIM = st.sampled_from(["", "]C1", "]d2", "]E0", "]"])
_DIGITLIKE = st.text(st.sampled_from("0123456789²٣\x1d"), max_size=40)
"""What `str.isdigit` takes for digits and `int` does not, or not as GS1 means it."""


@given(_AIM, st.sampled_from(["", "01", "17", "310", "37", "30"]), st.text(max_size=600) | _DIGITLIKE)
def test_any_text_can_be_scanned(aim: str, element: str, rest: str) -> None:
    """Whatever a scanner sends, the answer is a scan."""
    scan = read_scan(aim + element + rest)
    assert all(scan.lookups) or not scan.lookups


@given(st.sampled_from(["]C1", "]d2", "]Q3", "]e0"]), st.text("0123456789()" + GS + "AB", max_size=80))
def test_any_elements_can_be_scanned(aim: str, text: str) -> None:
    """Broken element strings end in findings."""
    read_scan(aim + text)


_NAME = st.sampled_from(["01", "17", "7003", "3103", "310X", "39²2", "3932", "8003", "8110", "ABCD", "", "٣١٠٣"])


@given(st.lists(st.tuples(_NAME, _DIGITLIKE | st.text(max_size=20)), max_size=6), st.sampled_from(["()", "^", "/"]))
def test_any_identifiers_can_be_written_down(pieces: list[tuple[str, str]], notation: str) -> None:
    """What stands in the brackets of a label, or between the slashes of an address, need be no identifier."""
    text = {
        "()": "".join(f"({name}){value}" for name, value in pieces),
        "^": "".join(f"^{name}{value}" for name, value in pieces),
        "/": "https://a/" + "/".join(f"{name}/{value}" for name, value in pieces) + "?310X=1&392A=2&3922=",
    }[notation]
    read_scan(text, associations=True)


@pytest.mark.parametrize(
    "text",
    [
        "(310X)012345",
        "(3106)012345",
        "(01)095212345678990",
        "(17)2606011",
        "(7003)2606000000",
        "(3922)1234567890123456",
    ],
)
def test_what_is_misread_says_nothing(text: str) -> None:
    """No article, day or amount is made of a value of another length, or of an identifier that there is not."""
    scan = read_scan(text)
    assert not scan.valid
    assert (scan.gtin, scan.expiry, scan.weight, scan.price) == (None, None, None, None)


@given(st.text("0123456789", min_size=7, max_size=17))
def test_check_digits_check(digits: str) -> None:
    """A computed check digit is accepted, any other one is not."""
    right = check_digit(digits)
    assert [has_check_digit(digits + digit) for digit in "0123456789"] == [digit == right for digit in "0123456789"]
