"""GS1 Digital Link URIs (URI syntax 1.x): which elements one carries, and which one carries given elements. Follows none."""

import re
from typing import Final

import msgspec

from gateway.domain.barcode.elements import ELEMENTS_MAX, Element, Elements, check_value
from gateway.domain.barcode.finding import Finding, broken
from gateway.domain.barcode.identifier import IDENTIFIERS, is_fixed
from gateway.domain.barcode.trade_numbers import is_digits
from gateway.domain.barcode.uri_text import escape, unescape

CANONICAL_STEM: Final = "https://id.gs1.org"
_SCHEMES: Final = ("https://", "http://", "HTTPS://", "HTTP://")
_URI: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_HOST: Final = re.compile(r"[A-Za-z0-9\-.:\[\]]+")
SHORT_NAMES: Final = {
    "gtin": "01", "itip": "8006", "gmn": "8013", "cpid": "8010", "gln": "414", "payTo": "415", "glnProd": "416",
    "party": "417", "gsrnp": "8017", "gsrn": "8018", "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401",
    "gsin": "402", "grai": "8003", "giai": "8004", "cpv": "22", "lot": "10", "ser": "21", "cpsn": "8011", "glnx": "254",
    "refno": "8020", "srin": "8019",
}  # fmt: skip
"""Names for identifiers in the path, which version 1.0 allowed and 1.2 forbids."""


class LinkRules(msgspec.Struct, frozen=True):
    """What is let pass that the standard does not have: GTINs without leading zeros, names, unassigned identifiers."""

    short_gtins: bool = False
    short_names: bool = False
    unknown: bool = False
    unknown_attributes: bool = False


STRICT: Final = LinkRules()


class Link(msgspec.Struct, frozen=True):
    """The elements of a link, key and qualifiers first, and the query's parameters that are not GS1's."""

    elements: Elements
    ignored: tuple[str, ...] = ()


def looks_like_link(text: str) -> bool:
    """Whether a text is a web address as Digital Links have it; a scheme in mixed case is not."""
    return text.startswith(_SCHEMES)


def read_link(text: str, rules: LinkRules = STRICT) -> Link:
    """Take a link apart."""
    address, _, _ = text.partition("#")
    if not looks_like_link(address):
        return _refused("no_scheme")
    if not _URI.fullmatch(text):
        return _refused("illegal_character")
    body, _, query = address.partition("://")[2].partition("?")
    host, slash, path = body.partition("/")
    if not host or not slash:
        return _refused("no_path")
    if not _HOST.fullmatch(host):
        return _refused("illegal_host")
    pairs = _key_and_qualifiers(path.split("/"), rules)
    if pairs is None:
        return _refused("no_key")
    if len(pairs) > ELEMENTS_MAX:
        return _refused("too_many_elements")
    read = _Reading(rules)
    for identifier, value in pairs:
        read.add(identifier, unescape(value))
    in_path = tuple(identifier for identifier, _ in pairs)
    if not is_path(in_path):
        read.wrong("qualifiers_out_of_order")
    ignored = [parameter for parameter in query.split("&") if parameter and not read.parameter(parameter, in_path)]
    return Link(Elements(tuple(read.found), tuple(read.findings)), tuple(ignored))


def _refused(rule: str) -> Link:
    return Link(Elements((), (broken("bad_link", "", rule),)))


def _key_and_qualifiers(segments: list[str], rules: LinkRules) -> list[tuple[str, str]] | None:
    """The pairs at the path's end, from the last primary key on; None where there is none."""
    pairs: list[tuple[str, str]] = []
    for index in range(len(segments) - 2, -1, -2):
        name = segments[index]
        identifier = SHORT_NAMES.get(name, name) if rules.short_names else name
        row = IDENTIFIERS.get(identifier)
        if row is None:
            return None
        pairs.insert(0, (identifier, segments[index + 1]))
        if row.qualifiers is not None:
            return pairs
    return None


def is_path(identifiers: tuple[str, ...]) -> bool:
    """Whether a key and its qualifiers are in an order the dictionary has."""
    key, *after = identifiers
    row = IDENTIFIERS.get(key)
    if row is None or row.qualifiers is None:
        return False
    return any(_in_order(after, sequence) for sequence in row.qualifiers or ((),))


def _in_order(some: list[str], sequence: tuple[str, ...]) -> bool:
    rest = iter(sequence)
    return all(one in rest for one in some)


def _belongs_in_path(identifier: str, in_path: tuple[str, ...]) -> bool:
    row = IDENTIFIERS[in_path[0]]
    if not any(identifier in sequence for sequence in row.qualifiers or ()):
        return False
    return any(is_path((*in_path[:at], identifier, *in_path[at:])) for at in range(1, len(in_path) + 1))


class _Reading:
    """The elements so far and what is wrong with them."""

    def __init__(self, rules: LinkRules) -> None:
        self._rules = rules
        self.found: list[Element] = []
        self.findings: list[Finding] = []

    def wrong(self, rule: str, detail: str = "") -> None:
        self.findings.append(broken("bad_link", detail, rule))

    def add(self, identifier: str, value: str) -> None:
        if self._rules.short_gtins and identifier in {"01", "02"} and len(value) in (8, 12, 13) and is_digits(value):
            value = value.zfill(14)
        if any(element.identifier == identifier for element in self.found):
            self.wrong("duplicate", identifier)
        self.found.append(Element(identifier, value))
        self.findings += check_value(identifier, value, unknown=self._rules.unknown)

    def parameter(self, parameter: str, in_path: tuple[str, ...]) -> bool:
        """Takes a parameter of the query; False where it is not GS1's."""
        identifier, given, value = parameter.partition("=")
        if not given or not is_digits(identifier):
            return False
        if len(self.found) == ELEMENTS_MAX:
            self.wrong("too_many_elements")
            return True
        row = IDENTIFIERS.get(identifier)
        allowed = row.attribute if row is not None else self._rules.unknown_attributes
        if not allowed:
            self.wrong("no_attribute", identifier[:8])
        elif _belongs_in_path(identifier, in_path):
            self.wrong("belongs_in_path", identifier)
        self.add(identifier, unescape(value, query=True))
        return True


def write_link(elements: tuple[Element, ...], stem: str | None = None, rules: LinkRules = STRICT) -> str | None:
    """The link for elements, or None where they have none: without a key, or with what a query may not carry.

    In the query values of known length come first, as in a symbol; otherwise the order given is kept.
    """
    values: dict[str, str] = {}
    for element in elements:
        values.setdefault(element.identifier, element.value)
    rows = {identifier: IDENTIFIERS.get(identifier) for identifier in values}
    key = next((identifier for identifier, row in rows.items() if row is not None and row.qualifiers is not None), None)
    if key is None:
        return None
    path = (key, *_fullest(key, set(values)))
    attributes = [identifier for identifier in values if identifier not in path]
    for identifier in attributes:
        row = rows[identifier]
        if not (rules.unknown_attributes if row is None else row.attribute):
            return None
    attributes.sort(key=lambda identifier: not is_fixed(identifier))
    uri = (stem or CANONICAL_STEM).rstrip("/")
    uri += "".join(f"/{identifier}/{escape(values[identifier])}" for identifier in path)
    query = "&".join(f"{identifier}={escape(values[identifier], query=True)}" for identifier in attributes)
    return f"{uri}?{query}" if query else uri


def _fullest(key: str, present: set[str]) -> tuple[str, ...]:
    """The alternative of the key's qualifiers that takes the most of what is there, the first of equals."""
    row = IDENTIFIERS[key]
    alternatives = [tuple(one for one in sequence if one in present) for sequence in row.qualifiers or ((),)]
    return max(alternatives, key=len)
