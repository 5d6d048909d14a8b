"""Which elements must and must not stand together (General Specifications 4.13 and 4.14). Looks at no value but to compare."""

from typing import Final

from gateway.domain.barcode.elements import Element
from gateway.domain.barcode.finding import Finding, broken
from gateway.domain.barcode.identifier import IDENTIFIERS

_SERIAL_FROM: Final = {"253": 13, "255": 13, "8003": 14}
"""Keys whose serial is the open end of the value: so many characters stand before it."""


def check_associations(elements: tuple[Element, ...]) -> list[Finding]:
    """What is wrong with elements standing together, over all the carriers of one item."""
    values: dict[str, str] = {}
    findings = [
        _wrong(element.identifier, "repeated_with_another_value")
        for element in elements
        if values.setdefault(element.identifier, element.value) != element.value
    ]
    for identifier in values:
        row = IDENTIFIERS.get(identifier)
        if row is None:
            continue
        findings += [
            _wrong(f"{identifier} {pattern}", "excluded_together")
            for pattern in row.excludes
            if _any(values, identifier, pattern)
        ]
        for group in row.requires:
            if not any(all(_any(values, identifier, one) for one in together) for together in group):
                wanted = ",".join("+".join(together) for together in group)
                findings.append(_wrong(f"{identifier} {wanted}", "companion_missing"))
    if "8030" in values:
        findings += [
            _wrong(key, "signature_without_serial")
            for key, length in _SERIAL_FROM.items()
            if key in values and len(values[key]) <= length
        ]
    return findings


def _any(values: dict[str, str], own: str, pattern: str) -> bool:
    return any(other != own and _matches(other, pattern) for other in values)


def _matches(identifier: str, pattern: str) -> bool:
    stem = pattern.rstrip("n")
    return len(identifier) == len(pattern) and identifier.startswith(stem)


def _wrong(detail: str, rule: str) -> Finding:
    return broken("bad_combination", detail, rule)
