"""GS1 element strings, in the notations there are. Clauses are of GS1's General Specifications, release 25."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.barcode.elements import (
    GS,
    Element,
    Elements,
    check_value,
    human_readable,
    joined,
    read_bracketed,
    read_fnc1,
    split_elements,
    write_bracketed,
    write_fnc1,
)
from gateway.domain.barcode.finding import Severity
from gateway.domain.barcode.identifier import IDENTIFIERS
from gateway.domain.barcode.scan import read_scan

GTIN = "09521234567899"


def pairs(elements: Elements) -> list[tuple[str, str]]:
    return [(element.identifier, element.value) for element in elements.found]


def rules(elements: Elements) -> list[str]:
    return [finding.rule for finding in elements.findings]


def test_values_of_known_length_need_no_separator() -> None:
    """7.8.5: of two-digit families such as 01 and 17 the length is known."""
    read = split_elements(f"01{GTIN}1728022910LOT{GS}21S1")
    assert pairs(read) == [("01", GTIN), ("17", "280229"), ("10", "LOT"), ("21", "S1")]
    assert read.findings == ()


def test_a_separator_too_many_is_let_pass() -> None:
    """7.8.6: behind a value of known length, and at the end; in front of all it is worth a word."""
    assert pairs(split_elements(f"01{GTIN}{GS}10A{GS}")) == [("01", GTIN), ("10", "A")]
    led = split_elements(f"{GS}01{GTIN}")
    assert pairs(led) == [("01", GTIN)]
    assert [finding.severity for finding in led.findings] == [Severity.WARNING]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (f"01{GTIN[:-1]}", "wrong_length"),
        (f"01{GTIN[:-1]}{GS}10A", "wrong_length"),
        (f"10{'A' * 21}", "too_long"),
        (f"10{GS}21A", "empty_value"),
        ("0" + "5" * 30, "unknown_identifier"),
        (f"01{GTIN}{GS}{GS}10A", "unknown_identifier"),
        ("", "no_elements"),
        ("10é", "invalid_cset82_character"),
        ("01095212345678٩9", "non_digit_character"),
        ("30" + "²", "non_digit_character"),
        ("10A" + GS + "90B" * 1 + GS + "1", "unknown_identifier"),
    ],
)
def test_what_cannot_be_is_named(data: str, rule: str) -> None:
    """Each fault by the rule it breaks; the elements before it are kept."""
    assert rule in rules(split_elements(data))


def test_no_more_elements_than_a_code_can_hold() -> None:
    read = split_elements(GS.join(["90A"] * 70))
    assert len(read.found) == 64
    assert rules(read) == ["too_many_elements"]


def test_brackets_of_a_value_are_escaped() -> None:
    """What is a bracket of the value itself is told apart from the next identifier."""
    read = read_bracketed("(10)AB\\(1)(21)X")
    assert pairs(read) == [("10", "AB(1)"), ("21", "X")]
    assert write_bracketed(read) == "(10)AB\\(1)(21)X"
    assert write_fnc1(read.found) == "^10AB(1)^21X"


def test_a_composite_symbol_is_one_string_in_two_parts() -> None:
    """5.11: the second part's elements belong to the same item."""
    read = read_bracketed(f"(01){GTIN}|(10)L1")
    assert (pairs(read), read.second) == ([("01", GTIN), ("10", "L1")], 1)
    assert write_bracketed(read) == f"(01){GTIN}|(10)L1"


def test_printed_as_people_read_it() -> None:
    """4.14: the identifier in brackets, the data title where wished."""
    read = read_bracketed(f"(01){GTIN}(17)280229")
    assert human_readable(read) == [f"(01) {GTIN}", "(17) 280229"]
    assert human_readable(read, titles=True)[1] == "USE BY or EXPIRY (17) 280229"


# Identifiers whose values any characters of their sets make, so that a test can draw them.
_FREE = {
    identifier: row
    for identifier, row in IDENTIFIERS.items()
    if len(row.parts) == 1 and not row.parts[0].rules and row.parts[0].kind in "NX"
}
_X = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


@st.composite
def free_elements(draw: st.DrawFn) -> Element:
    identifier = draw(st.sampled_from(sorted(_FREE)))
    part = _FREE[identifier].parts[0]
    letters = "0123456789" if part.kind == "N" else _X
    return Element(identifier, draw(st.text(letters, min_size=part.shortest, max_size=part.longest)))


@given(st.lists(free_elements(), min_size=1, max_size=12).map(tuple))
def test_what_is_written_is_read_in_every_notation(elements: tuple[Element, ...]) -> None:
    """Written, then read, is what it was: as scanned, with carets, and in brackets."""
    assert split_elements(joined(elements)).found == elements
    assert read_fnc1(write_fnc1(elements)).found == elements
    assert read_bracketed(write_bracketed(Elements(elements))).found == elements
    assert read_scan("]C1" + joined(elements)).elements == elements
    assert split_elements(joined(elements)).findings == ()


@given(st.sampled_from(sorted(IDENTIFIERS)), st.text(max_size=100))
def test_any_value_has_a_verdict(identifier: str, value: str) -> None:
    """No value of any identifier makes a rule stumble."""
    check_value(identifier, value)


@given(st.sampled_from(sorted(IDENTIFIERS)), st.text("0123456789/-=%AZaz ", max_size=100))
def test_any_likely_value_has_a_verdict(identifier: str, value: str) -> None:
    """Nor one of the characters rules look for."""
    check_value(identifier, value)
