"""What a scanned text says: symbology, the codes to look an item up by, and what the code carries besides.

Pure text work; whether an item has the code is the ledger's to say, and whether a faulty one is sold is the policy's: every
text has an answer, what is wrong with it stands in the findings.
"""

import re
from typing import Final

import msgspec

from gateway.domain.barcode.associations import check_associations
from gateway.domain.barcode.currencies import is_foreign
from gateway.domain.barcode.digital_link import looks_like_link, read_link
from gateway.domain.barcode.elements import GS, Element, Elements, read_bracketed, read_fnc1, split_elements
from gateway.domain.barcode.finding import Finding, Severity, broken
from gateway.domain.barcode.identifier import DICTIONARY_YEAR
from gateway.domain.barcode.in_store import GENERAL, LONG_LABEL_DIGITS, Label, Layout, read_label
from gateway.domain.barcode.meaning import Meaning, meaning_of
from gateway.domain.barcode.trade_numbers import (
    expand_upce,
    has_check_digit,
    is_digits,
    is_restricted,
    spellings,
)
from peripherals.protocols.symbologies import SYMBOLOGIES, Symbology
from replication.wire.quantity import THOUSANDTHS, Quantity

SCAN_CHARACTERS_MAX: Final = 4_296
"""The most a QR code holds; what is longer was not scanned."""
_ADD_ONS: Final = {"ean_addon2": 2, "ean_addon5": 5}
"""Digits of an add-on symbol: an issue, or a price."""
_BY_LENGTH: Final = {8: "ean8", 12: "upca", 13: "ean13", 14: "itf14"}
_COMPOSITE: Final = "|]e0"
_CHARACTER_SETS: Final = re.compile(r"(\](?:Q[246]|d[456]))(?:\\[0-9]{6})+")
"""Numbers of character sets (ECI) in front, which these identifiers announce (ISO/IEC 18004, 16022): no part of the data."""

UPC_E: Final = Symbology("upce", "gtin13")
UNKNOWN: Final = Symbology("unknown")
ELEMENT_STRING: Final = Symbology("gs1", "elements")
LINK: Final = Symbology("gs1_digital_link")
"""Kinds that no identifier says and the data itself does."""


class CodeRules(msgspec.Struct, frozen=True):
    """How a site reads codes: the layouts of its own labels, its money (ISO 4217 letters, empty for any), and how many digits
    that has behind the point."""

    layouts: tuple[Layout, ...] = GENERAL
    minor_unit_digits: int = 2
    currency: str = ""


PLAIN: Final = CodeRules()


class Scan(msgspec.Struct, frozen=True):
    """A scan taken apart. `lookups` are tried in order; `quantity` (thousandths) and `price` (minor units) came with it.

    `labels` are the item's numbers in a shop's own label, tried last; only an item found by one has the label's amount.
    `weight` (kilograms) and `count` are what the code prints, `gtin` has fourteen digits.
    """

    text: str
    symbology: str
    lookups: tuple[str, ...]
    quantity: Quantity | None = None
    price: int | None = None
    lot: str | None = None
    expiry: str | None = None
    serial: str | None = None
    findings: tuple[Finding, ...] = ()
    labels: tuple[str, ...] = ()
    gtin: str | None = None
    weight: str | None = None
    count: str | None = None
    elements: tuple[Element, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong with it."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def read_scan(text: str, rules: CodeRules = PLAIN, *, year: int = DICTIONARY_YEAR, associations: bool = False) -> Scan:
    """Take a scan apart, as the scanner sent it. `associations` also asks which elements must stand together, which a till
    does not care about. `year` is now, which decides the century of dates."""
    if not text:
        return Scan(text, UNKNOWN.name, (), findings=(broken("empty_code"),))
    if len(text) > SCAN_CHARACTERS_MAX:
        return Scan(text[:64], UNKNOWN.name, (), findings=(broken("too_long", f"{len(text)} characters"),))
    return _Reader(text, rules, max(year, DICTIONARY_YEAR), associations).read()


class _Reader:
    """One text and how it is to be read."""

    def __init__(self, text: str, rules: CodeRules, year: int, associations: bool) -> None:
        self._text = text
        self._rules = rules
        self._year = year
        self._associations = associations

    def read(self) -> Scan:
        text = self._text
        if not text.startswith("]"):
            return self._guessed()
        told = _CHARACTER_SETS.match(text)
        kind, data = SYMBOLOGIES.get(text[:3]), text[told.end() if told else 3 :]
        if kind is None:
            finding = broken("unknown_symbology", text[:3])
            return Scan(text, UNKNOWN.name, tuple(dict.fromkeys(filter(None, (data, text)))), findings=(finding,))
        match kind.carries:
            case "elements":
                return self._elements(kind, split_elements(data))
            case "gtin13" | "gtin8":
                return self._number(kind, data)
            case "gtin14":
                # A checked interleaved code of another length is no case's number.
                return self._number(kind, data) if len(data) == 14 else self._plain(SYMBOLOGIES["]I0"], data)
            case "addon":
                fits = is_digits(data) and len(data) == _ADD_ONS[kind.name]
                return Scan(text, kind.name, (), findings=() if fits else (broken("bad_length", data[:20]),))
            case "text":
                return self._link(kind, data) if looks_like_link(data) else self._plain(kind, data)

    # -- without an identifier ------------------------------------------------------------------------------------------

    def _guessed(self) -> Scan:
        text, guess = self._text, (Finding("guessed", Severity.INFO, "no symbology identifier"),)
        if text.startswith("("):
            return self._elements(ELEMENT_STRING, read_bracketed(text), guess)
        if text.startswith("^"):
            primary, bar, second = text.partition("|^")
            read = read_fnc1(primary)
            return self._elements(ELEMENT_STRING, read.with_second(read_fnc1("^" + second)) if bar else read, guess)
        if looks_like_link(text):
            return self._link(LINK, text, guess)
        if GS in text or _leads_with_a_key(text):
            return self._elements(ELEMENT_STRING, split_elements(text), guess)
        if not is_digits(text):
            return self._plain(UNKNOWN, text, guess)
        if len(text) == 8 and not has_check_digit(text) and expand_upce(text) is not None:
            return self._article(UPC_E, text, guess)
        if re.fullmatch(r"97[789][0-9]{12}(?:[0-9]{3})?", text) and has_check_digit(text[:13]):
            return self._number(SYMBOLOGIES["]E3"], text, guess)
        return self._article(Symbology(_BY_LENGTH.get(len(text), UNKNOWN.name)), text, guess)

    # -- elements -------------------------------------------------------------------------------------------------------

    def _elements(
        self, kind: Symbology, read: Elements, known: tuple[Finding, ...] = (), beside: tuple[Element, ...] = ()
    ) -> Scan:
        """`beside` stands in another part of the same symbol, and keeps these company."""
        findings = [*known, *read.findings]
        if self._associations:
            findings += check_associations((*beside, *read.found))
        said = meaning_of(read.found, self._year)
        lookups: tuple[str, ...] = ()
        if said.gtin is not None:
            lookups = spellings(said.gtin)
        elif said.printed:
            lookups = (said.printed,)
        else:
            findings.append(Finding("no_gtin", Severity.WARNING, self._text[:20]))
        if kind in (ELEMENT_STRING, LINK):
            # It only looks like elements: some shop may have given it to an item as a whole.
            lookups = (*lookups, self._text)
        price = said.price
        if said.currency is not None and is_foreign(said.currency, self._rules.currency):
            price = None
            findings.append(Finding("other_currency", Severity.WARNING, f"{said.currency} {said.price}"))
        return Scan(
            self._text, kind.name, lookups, _quantity(said), self._minor_units(price), said.lot, said.expiry,
            said.serial, tuple(findings), (), said.gtin, said.weight, said.count, read.found,
        )  # fmt: skip

    def _link(self, kind: Symbology, data: str, known: tuple[Finding, ...] = ()) -> Scan:
        link = read_link(data)
        if link.elements.found:
            return self._elements(kind, link.elements, known)
        return Scan(self._text, kind.name, (data,), findings=(*known, *link.elements.findings))

    # -- numbers --------------------------------------------------------------------------------------------------------

    def _number(self, kind: Symbology, data: str, known: tuple[Finding, ...] = ()) -> Scan:
        """A number that its symbology says is one, with the part of a composite symbol or the add-on behind it."""
        number, bar, composite = data.partition(_COMPOSITE)
        size = {"gtin13": 13, "gtin8": 8}.get(kind.carries, 14)
        if kind.name == "ean13_addon" and len(number) - size in _ADD_ONS.values() and is_digits(number[size:]):
            number = number[:size]
        findings = list(known)
        if number and not is_digits(number):
            findings.append(broken("bad_characters", number[:20], "non_digit_character"))
        elif len(number) != size:
            findings.append(broken("bad_length", number[:20], "wrong_length"))
        long = expand_upce(number) if kind.carries == "gtin13" and len(number) == 8 else None
        if long is not None:
            # A scanner that sends UPC-E as printed breaks the rule of its identifier; the item is found all the same.
            return Scan(self._text, kind.name, (number, *spellings(long)), findings=tuple(findings))
        scan = self._article(kind, number, tuple(findings))
        if not bar:
            return scan
        # The number below a composite part is its GTIN (General Specifications 5.11): a lot above it has its companion.
        below = (Element("01", number.zfill(14)),) if has_check_digit(number) else ()
        second = self._elements(kind, split_elements(composite), beside=below)
        return msgspec.structs.replace(
            scan, lot=second.lot, expiry=second.expiry, serial=second.serial, elements=second.elements,
            findings=(*scan.findings, *(one for one in second.findings if one.code != "no_gtin")),
        )  # fmt: skip

    def _article(self, kind: Symbology, digits: str, known: tuple[Finding, ...]) -> Scan:
        """A number of any length, from a symbology that says so or by its look."""
        text, name = self._text, kind.name
        if any(finding.severity is Severity.ERROR for finding in known) and not has_check_digit(digits):
            return Scan(text, name, (digits,) if digits else (), findings=known)
        label = read_label(digits, self._rules.layouts)
        if kind is UPC_E:
            number = expand_upce(digits) or digits
            return Scan(text, name, (digits, *spellings(number)), findings=known, gtin=number.zfill(14))
        if len(digits) not in _BY_LENGTH:
            scan = Scan(text, "in_store" if label else name, (digits,), findings=known)
        elif has_check_digit(digits):
            gtin = None if is_restricted(digits) else digits.zfill(14)
            scan = Scan(text, name, spellings(digits), findings=known, gtin=gtin)
        else:
            return Scan(text, name, (digits,), findings=(*known, broken("bad_check_digit", digits)))
        return scan if label is None else self._labelled(scan, label)

    def _labelled(self, scan: Scan, label: Label) -> Scan:
        said = Meaning(weight=label.weight, count=label.count)
        return msgspec.structs.replace(
            scan, quantity=_quantity(said), price=self._minor_units(label.price), weight=label.weight, count=label.count,
            labels=label.names, findings=(*scan.findings, *label.findings),
        )  # fmt: skip

    def _plain(self, kind: Symbology, data: str, known: tuple[Finding, ...] = ()) -> Scan:
        """Any text. Fourteen digits that check, interleaved two by two, are a case's number though nobody says so. A label of
        eighteen digits is printed as Code 128 or interleaved: no symbology of article numbers holds so many."""
        is_case = kind.name == "itf" and len(data) == 14 and has_check_digit(data)
        lookups = spellings(data) if is_case else (data,) if data else ()
        scan = Scan(self._text, kind.name, lookups, findings=known, gtin=data if is_case else None)
        label = read_label(data, self._rules.layouts) if len(data) == LONG_LABEL_DIGITS else None
        return scan if label is None else self._labelled(scan, label)

    def _minor_units(self, price: str | None) -> int | None:
        """Money as the site counts it; what is finer is rounded, half upwards."""
        if price is None:
            return None
        whole, _, behind = price.partition(".")
        digits = self._rules.minor_unit_digits
        minor = int(whole + behind[:digits].ljust(digits, "0"))
        return minor + (1 if behind[digits : digits + 1] >= "5" else 0)


def _leads_with_a_key(text: str) -> bool:
    """Whether a text begins with the number of an article or a logistic unit, identifier and check digit and all."""
    size = {"00": 20, "01": 16, "02": 16}.get(text[:2], 0)
    return 0 < size <= len(text) and has_check_digit(text[2:size])


def _quantity(said: Meaning) -> Quantity | None:
    """Net weight in kilograms or a count, as thousandths; what is finer than a gram is left off."""
    if said.weight is not None:
        whole, _, behind = said.weight.partition(".")
        return Quantity(int(whole) * THOUSANDTHS + int(behind[:3].ljust(3, "0") or 0))
    return None if said.count is None else Quantity(int(said.count) * THOUSANDTHS)
