"""GS1 element strings: identifiers and their values, taken apart and checked. Knows neither scanners nor articles.

Four notations are one thing here: as scanned (GS between values), `^` for FNC1, brackets as printed, and Digital Links.
"""

from typing import Final

import msgspec

from gateway.domain.barcode.content_rules import RULES, wrong_characters
from gateway.domain.barcode.finding import Finding, Severity, broken
from gateway.domain.barcode.identifier import IDENTIFIERS, LENGTHS, UNKNOWN_CHARACTERS_MAX, identifier_at, is_fixed
from gateway.domain.barcode.trade_numbers import is_digits

GS: Final = "\x1d"
ELEMENTS_MAX: Final = 64
"""Identifiers in one code; no symbol holds more, and what claims to is noise."""

_CHECKS: Final = {"incorrect_check_digit", "incorrect_check_pair"}
_DATES: Final = {"illegal_month", "illegal_day"}
_CHARACTERS: Final = {
    "non_digit_character", "invalid_cset82_character", "invalid_cset39_character", "invalid_cset64_character",
}  # fmt: skip


class Element(msgspec.Struct, frozen=True):
    """An application identifier with its value."""

    identifier: str
    value: str


class Elements(msgspec.Struct, frozen=True):
    """What was found, in order, and what is wrong with it. `second` tells where the part of a composite symbol begins."""

    found: tuple[Element, ...] = ()
    findings: tuple[Finding, ...] = ()
    second: int | None = None

    def with_second(self, other: "Elements") -> "Elements":
        """This, with the two-dimensional part of a composite symbol after it."""
        return Elements((*self.found, *other.found), (*self.findings, *other.findings), len(self.found))


def check_value(identifier: str, value: str, *, unknown: bool = False) -> list[Finding]:
    """What is wrong with a value by itself. `unknown` lets identifiers pass that GS1 has not assigned."""
    row = IDENTIFIERS.get(identifier)
    if row is None:
        fits = is_digits(identifier) and LENGTHS.get(identifier[:2], len(identifier)) == len(identifier)
        if not unknown or not fits or not 2 <= len(identifier) <= 4:
            return [broken("unknown_element", identifier[:8], "unknown_identifier")]
        if not value or len(value) > UNKNOWN_CHARACTERS_MAX:
            return [broken("bad_length", identifier, "wrong_length")]
        return _told(identifier, wrong_characters("X", value))
    if not value:
        return [broken("bad_length", identifier, "empty_value")]
    if len(value) > row.longest:
        return [broken("bad_length", identifier, "too_long")]
    rest = value
    findings: list[Finding] = []
    for part in row.parts:
        if part.optional and not rest:
            break
        piece, rest = rest[: part.longest], rest[part.longest :]
        if len(piece) < part.shortest:
            return [*findings, broken("bad_length", identifier, "wrong_length")]
        wrong = wrong_characters(part.kind, piece)
        if wrong is None:
            wrong = next(filter(None, (RULES[rule](piece) for rule in part.rules)), None)
        findings += _told(identifier, wrong)
    return findings


def _told(identifier: str, wrong: str | None) -> list[Finding]:
    if wrong is None:
        return []
    if wrong in _CHARACTERS:
        return [broken("bad_characters", identifier, wrong)]
    return [
        broken(
            "bad_check_digit" if wrong in _CHECKS else "bad_date" if wrong in _DATES else "bad_value", identifier, wrong
        )
    ]


def split_elements(data: str, *, separator: str = GS, unknown: bool = False) -> Elements:
    """The elements of scanned data, without the FNC1 that leads it. A separator after a value of known length is one too
    many and harmless; in front of everything it is what some scanners make of the leading FNC1."""
    found: list[Element] = []
    findings: list[Finding] = []
    rest = data
    if separator == GS and rest.startswith(GS):
        findings.append(Finding("extra_separator", Severity.WARNING, "", "leading_separator"))
        rest = rest.lstrip(GS)
    if not rest:
        return Elements((), (*findings, broken("bad_length", "", "no_elements")))
    while rest:
        identifier = identifier_at(rest)
        row = None if identifier is None else IDENTIFIERS.get(identifier)
        if identifier is None or (row is None and not unknown) or len(found) == ELEMENTS_MAX:
            rule = "too_many_elements" if len(found) == ELEMENTS_MAX else "unknown_identifier"
            findings.append(broken("unknown_element", rest[:20], rule))
            break
        rest = rest[len(identifier) :]
        upto, _, after = rest.partition(separator)
        if row is not None and row.fixed:
            value = upto[: row.longest]
            rest = rest[len(value) :].removeprefix(separator)
        else:
            value, rest = upto, after
        found.append(Element(identifier, value))
        findings += check_value(identifier, value, unknown=unknown)
    return Elements(tuple(found), tuple(findings))


def read_fnc1(text: str, *, unknown: bool = False) -> Elements:
    """The notation with `^` for every FNC1, the leading one included."""
    if not text.startswith("^"):
        return Elements((), (broken("unknown_element", text[:20], "no_leading_fnc1"),))
    return split_elements(text[1:], separator="^", unknown=unknown)


def write_fnc1(elements: tuple[Element, ...]) -> str:
    """Elements with `^` for every FNC1 there must be."""
    return "^" + joined(elements, "^")


def joined(elements: tuple[Element, ...], separator: str = GS) -> str:
    """Elements as a scanner sends them: a separator after each value of open length but the last."""
    last = len(elements) - 1
    return "".join(
        element.identifier + element.value + ("" if index == last or is_fixed(element.identifier) else separator)
        for index, element in enumerate(elements)
    )


def read_bracketed(text: str, *, unknown: bool = False) -> Elements:
    """The notation with brackets: `(01)…(10)…`. A `\\(` inside a value is a bracket of the value itself."""
    primary, bar, composite = text.partition("|(")
    read = _read_bracketed(primary, unknown=unknown)
    return read.with_second(_read_bracketed("(" + composite, unknown=unknown)) if bar else read


def _read_bracketed(text: str, *, unknown: bool) -> Elements:
    if not text.startswith("("):
        return Elements((), (broken("unknown_element", text[:20], "no_bracket"),))
    found: list[Element] = []
    findings: list[Finding] = []
    for piece in text[1:].replace("\\(", "\0").split("("):
        identifier, closed, value = piece.partition(")")
        value = value.replace("\0", "(")
        if not closed or len(found) == ELEMENTS_MAX:
            findings.append(broken("unknown_element", piece[:20].replace("\0", "("), "no_closing_bracket"))
            break
        found.append(Element(identifier, value))
        findings += check_value(identifier, value, unknown=unknown)
    return Elements(tuple(found), tuple(findings))


def write_bracketed(elements: Elements) -> str:
    """Elements in brackets, those of a composite part behind a bar."""
    pieces = [f"({element.identifier})" + element.value.replace("(", "\\(") for element in elements.found]
    if elements.second is not None:
        pieces.insert(elements.second, "|")
    return "".join(pieces)


def human_readable(elements: Elements, *, titles: bool = False) -> list[str]:
    """One line an element, as printed under a symbol (General Specifications 4.14), with its data title where wished."""
    lines = []
    for element in elements.found:
        row = IDENTIFIERS.get(element.identifier)
        title = f"{row.title} " if titles and row is not None and row.title else ""
        lines.append(f"{title}({element.identifier}) {element.value}")
    return lines
