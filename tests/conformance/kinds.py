"""How each kind of case is put to the reader: None where the answer is the case's, otherwise what was said instead."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from gateway.domain.barcode.associations import check_associations
from gateway.domain.barcode.digital_link import LinkRules, is_path, looks_like_link, read_link, write_link
from gateway.domain.barcode.elements import (
    Elements,
    human_readable,
    read_bracketed,
    read_fnc1,
    write_bracketed,
    write_fnc1,
)
from gateway.domain.barcode.finding import Severity
from gateway.domain.barcode.identifier import IDENTIFIERS
from gateway.domain.barcode.scan import read_scan
from gateway.domain.barcode.scan_writing import message_of_text, read_message, write_scan
from gateway.domain.barcode.trade_numbers import check_digit
from gateway.domain.barcode.uri_text import escape, unescape

Case: TypeAlias = dict[str, Any]
CARRIERS: Final = {
    "QR": "qr", "DM": "datamatrix", "DotCode": "dotcode", "DataBarExpanded": "databar_expanded",
    "DataBarOmni": "databar_omni", "DataBarLimited": "databar_limited", "GS1_128_CCA": "gs1_128",
    "GS1_128_CCC": "gs1_128", "UPCA": "upca", "UPCE": "upce", "EAN13": "ean13", "EAN8": "ean8",
}  # fmt: skip
SYMBOLOGIES: Final = {
    "QR": {"qr", "gs1_qr"}, "DM": {"datamatrix", "gs1_datamatrix"}, "DotCode": {"dotcode", "gs1_dotcode"},
    "DataBarExpanded": {"gs1_databar"}, "GS1_128_CCA": {"gs1_128"}, "EAN13": {"ean13"}, "EAN8": {"ean8"},
}  # fmt: skip


def _sound(elements: Elements, *, associations: bool = False) -> bool:
    findings = [*elements.findings, *(check_associations(elements.found) if associations else ())]
    return not any(finding.severity is Severity.ERROR for finding in findings)


def _said(expected: object, found: object) -> str | None:
    return None if expected == found else f"expected {expected!r}, found {found!r}"


def _wanted(case: Case, name: str, found: object) -> str | None:
    """What the case expects by this name, where it expects something."""
    return _said(case["expect"][name], found) if name in case["expect"] else None


def _verdict(case: Case, elements: Elements, *, associations: bool = False) -> str | None:
    return _said(case["valid"], _sound(elements, associations=associations))


def _read(text: str, options: dict[str, Any]) -> Elements:
    unknown = bool(options.get("permit_unknown_ais"))
    if text.startswith("("):
        return read_bracketed(text, unknown=unknown)
    if looks_like_link(text):
        return read_link(text, _link_rules(options)).elements
    return read_fnc1(text, unknown=unknown) if unknown else read_message(text)


def _link_rules(options: dict[str, Any]) -> LinkRules:
    return LinkRules(
        bool(options.get("permit_zero_suppressed_gtin")),
        bool(options.get("permit_convenience_alphas")),
        bool(options.get("permit_unknown_ais")),
        bool(options.get("permit_unknown_ais")) and not options.get("unknown_ai_not_dl_attr", True),
    )


def _bracketed(case: Case) -> str | None:
    elements = read_bracketed(case["input"])
    wrong = _verdict(case, elements)
    if wrong is None and case["valid"]:
        wrong = _wanted(case, "unbracketed", write_fnc1(elements.found))
    return wrong


def _unbracketed(case: Case) -> str | None:
    return _verdict(case, read_fnc1(case["input"]))


def _content(case: Case) -> str | None:
    elements = read_bracketed(case["input"])
    if "rule" not in case["expect"]:
        return _verdict(case, elements)
    expected = {
        "ILLEGAL_SECOND": "illegal_second", "INVALID_SAVE": "",
    }.get(case["expect"]["rule"], case["expect"]["rule"].lower())  # fmt: skip
    rules = [finding.rule for finding in elements.findings]
    return _verdict(case, elements) or _said([] if expected == "ok" else [expected], rules[:1])


def _association(case: Case) -> str | None:
    return _verdict(case, read_bracketed(case["input"], unknown=True), associations=True)


def _link(case: Case) -> str | None:
    link = read_link(case["input"], _link_rules(case["options"]))
    wrong = _verdict(case, link.elements)
    if wrong is None and case["valid"]:
        wrong = _wanted(case, "unbracketed", write_fnc1(link.elements.found))
    return wrong


def _ignored(case: Case) -> str | None:
    return _wanted(case, "ignored", list(read_link(case["input"]).ignored))


def _write_link(case: Case) -> str | None:
    rules = _link_rules(case["options"])
    elements = read_bracketed(case["input"], unknown=rules.unknown)
    uri = write_link(elements.found, case["options"].get("stem"), rules) if _sound(elements) else None
    return _said(case["expect"].get("uri"), uri)


def _scan(case: Case) -> str | None:
    scan = read_scan(case["input"])
    guessed = any(finding.code == "guessed" for finding in scan.findings)
    wrong = _said(case["valid"], scan.valid and not guessed)
    if wrong is not None or not case["valid"] or not case["expect"]:
        return wrong
    carrier, message = case["expect"]["carrier"], case["expect"]["message"]
    if scan.symbology not in SYMBOLOGIES[carrier]:
        return f"a {scan.symbology}, not a {carrier}"
    data = case["input"][3:]
    if scan.symbology.startswith("gs1_"):
        return _said(message, write_fnc1(scan.elements))
    number, bar, _ = data.partition("|]e0")
    if bar:
        return _said(message, f"{number}|{write_fnc1(scan.elements)}")
    return _said(message, message_of_text(data))


def _write_scan(case: Case) -> str | None:
    carrier, adds = case["options"]["carrier"], case["options"]["add_check_digit"]
    scan = write_scan(CARRIERS[carrier], case["input"], add_check_digit=adds) if carrier in CARRIERS else None  # type: ignore[arg-type]
    return _said(case["expect"].get("scan"), scan)


def _check_digit(case: Case) -> str | None:
    digit = check_digit(case["input"][:-1])
    return _wanted(case, "check_digit", digit) or _said(case["valid"], digit == case["input"][-1])


def _lines(case: Case) -> str | None:
    elements = _read(case["input"], case["options"])
    return _verdict(case, elements) or _said(
        case["expect"]["lines"], human_readable(elements, titles=case["options"]["titles"])
    )


def _to_bracketed(case: Case) -> str | None:
    return _wanted(case, "bracketed", write_bracketed(_read(case["input"], case["options"])))


def _message(case: Case) -> str | None:
    return _verdict(case, read_message(case["input"]), associations=True)


def _dictionary(case: Case) -> str | None:
    expect = case["expect"]
    for number in range(int(expect["first"]), int(expect["last"]) + 1):
        row = IDENTIFIERS.get(str(number).zfill(len(expect["first"])))
        if row is None:
            return f"{number} is not known"
        told = {
            "fixed_length_no_fnc1": row.fixed,
            "digital_link_attribute": row.attribute,
            "title": row.title,
            "components": [
                {
                    "type": part.kind, "min": 0 if part.optional and part.shortest == 1 < part.longest else part.shortest,
                    "max": part.longest, "optional": part.optional, "checks": list(part.rules),
                }
                for part in row.parts
            ],
            "attributes": _attributes(row.requires, row.excludes, row.qualifiers),
        }  # fmt: skip
        wrong = _said({name: expect[name] for name in told}, told)
        if wrong is not None:
            return wrong
    return None


def _attributes(
    requires: tuple[tuple[tuple[str, ...], ...], ...],
    excludes: tuple[str, ...],
    qualifiers: tuple[tuple[str, ...], ...] | None,
) -> dict[str, list[object]]:
    told: dict[str, list[object]] = {}
    if requires:
        told["req"] = [",".join("+".join(one) for one in group) for group in requires]
    if excludes:
        told["ex"] = [",".join(excludes)]
    if qualifiers is not None:
        told["dlpkey"] = ["|".join(map(",".join, qualifiers)) or True]
    return told


KINDS: Final[dict[str, Callable[[Case], str | None]]] = {
    "element_bracketed": _bracketed,
    "element_unbracketed": _unbracketed,
    "content_rule": _content,
    "association": _association,
    "digital_link_parse": _link,
    "digital_link_generate": _write_link,
    "digital_link_path_sequence": lambda case: _said(case["valid"], is_path(tuple(case["input"]))),
    "digital_link_ignored_params": _ignored,
    "uri_unescape": lambda case: _said(
        case["expect"], {"path": unescape(case["input"]), "query": unescape(case["input"], query=True)}
    ),
    "uri_escape": lambda case: _said(
        case["expect"], {"path": escape(case["input"]), "query": escape(case["input"], query=True)}
    ),
    "scan_data": _scan,
    "scan_data_generate": _write_scan,
    "check_digit": _check_digit,
    "human_readable": _lines,
    "to_bracketed": _to_bracketed,
    "message": _message,
    "ai_dictionary": _dictionary,
}
"""Kind of case → who puts it."""
