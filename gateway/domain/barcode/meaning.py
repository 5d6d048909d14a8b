"""What elements say to a shop: article, lot, expiry, serial, weight, price, count. Reads values that may be wrong."""

from typing import Final

import msgspec

from gateway.domain.barcode.days import iso_day
from gateway.domain.barcode.elements import Element
from gateway.domain.barcode.identifier import IDENTIFIERS
from gateway.domain.barcode.trade_numbers import has_check_digit, is_digits

_ARTICLES: Final = {"01": 14, "02": 14, "03": 14, "8006": 18, "8026": 18}
"""Whose value begins with a GTIN, the article itself before what a case of it holds, and how long the value is."""
_EXPIRIES: Final = {"17": 6, "7003": 10, "15": 6}
"""What decides how long goods may be sold: use by, expiry with its hour, best before, and how long the value is."""
_WITH_DAY: Final = "7003"
"""The one of them whose day must be told; in the others day 00 is the month's last."""
_PRICE_DIGITS_MAX: Final = 15
"""Behind the currency, where there is one."""


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
    """What the elements say; `year` is now. A value of a wrong length is misread, and an identifier that GS1 has not says
    nothing."""
    values: dict[str, str] = {}
    for element in elements:
        if element.identifier in IDENTIFIERS:
            values.setdefault(element.identifier, element.value)
    printed = next((values[one][:14] for one, size in _ARTICLES.items() if len(values.get(one, "")) == size), None)
    expiries = (
        iso_day(value[:6], year)
        for one, size in _EXPIRIES.items()
        if len(value := values.get(one, "")) == size and not (one == _WITH_DAY and value[4:6] == "00")
    )
    count = next((values[one] for one in ("30", "37") if one in values), None)
    weight = price = currency = None
    for identifier, value in values.items():
        if len(identifier) != 4 or not is_digits(value):
            continue
        decimals = int(identifier[3])
        if identifier.startswith("310") and len(value) == 6:
            weight = _decimal(value, decimals)
        elif identifier.startswith("392") and len(value) <= _PRICE_DIGITS_MAX:
            price, currency = _decimal(value, decimals), None
        elif identifier.startswith("393") and 3 < len(value) <= _PRICE_DIGITS_MAX + 3:
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
