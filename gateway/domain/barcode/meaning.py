"""What elements say to a shop: article, lot, expiry, serial, weight, price, count. Reads values that may be wrong."""

from typing import Final

import msgspec

from gateway.domain.barcode.days import iso_day
from gateway.domain.barcode.elements import Element
from gateway.domain.barcode.trade_numbers import has_check_digit, is_digits

_ARTICLES: Final = ("01", "02", "03", "8006", "8026")
"""Whose value begins with a GTIN, the article itself before what a case of it holds."""
_EXPIRIES: Final = ("17", "7003", "15")
"""What decides how long goods may be sold: use by, expiry with its hour, best before."""


class Meaning(msgspec.Struct, frozen=True):
    """Each as the code says it, None where it does not: `gtin` of 14 digits whose check digit is right, `printed` the same
    digits whether right or not; `weight` in kilograms and `price` are decimal numbers with the decimals printed, `currency` is the ISO 4217 number that a price
    came with."""

    gtin: str | None = None
    printed: str | None = None
    lot: str | None = None
    expiry: str | None = None
    serial: str | None = None
    weight: str | None = None
    price: str | None = None
    count: str | None = None
    currency: str | None = None


def meaning_of(elements: tuple[Element, ...], year: int) -> Meaning:
    """What the elements say; `year` is now."""
    values: dict[str, str] = {}
    for element in elements:
        values.setdefault(element.identifier, element.value)
    printed = next((values[one][:14] for one in _ARTICLES if one in values), None)
    expiries = (iso_day(values[one][:6], year) for one in _EXPIRIES if one in values)
    count = next((values[one] for one in ("30", "37") if one in values), None)
    weight = price = currency = None
    for identifier, value in values.items():
        if len(identifier) != 4 or not is_digits(value):
            continue
        decimals = int(identifier[3])
        if identifier.startswith("310") and len(value) == 6:
            weight = _decimal(value, decimals)
        elif identifier.startswith("392"):
            price, currency = _decimal(value, decimals), None
        elif identifier.startswith("393") and len(value) > 3:
            price, currency = _decimal(value[3:], decimals), value[:3]
    return Meaning(
        printed if printed is not None and len(printed) == 14 and has_check_digit(printed) else None,
        printed, values.get("10"), next(filter(None, expiries), None), values.get("21"), weight, price,
        str(int(count)) if count is not None and is_digits(count) and len(count) <= 8 else None,
        currency,
    )  # fmt: skip


def _decimal(digits: str, decimals: int) -> str:
    digits = digits.zfill(decimals + 1)
    whole = digits[: len(digits) - decimals].lstrip("0") or "0"
    return f"{whole}.{digits[-decimals:]}" if decimals else whole
