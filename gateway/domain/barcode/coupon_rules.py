"""North American coupons, AI 8110 and 8112 (GS1 US coupon guideline; General Specifications 3.10): lengths that announce
lengths. Knows no money; what is wrong is told by the field it is in."""

from collections.abc import Callable
from typing import Final

from gateway.domain.barcode.days import iso_day
from gateway.domain.barcode.trade_numbers import is_digits

_PREFIX_BASE: Final = 6
"""A length digit counts from six where it is of a company prefix or a serial number."""


class _Wrong(Exception):
    """Ends the reading; the name of what is wrong."""


class _Digits:
    """What is left to read."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def take(self, count: int, wrong: str) -> str:
        if len(self.rest) < count:
            raise _Wrong(wrong)
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def one_of(self, allowed: str, missing: str, wrong: str) -> str:
        digit = self.take(1, missing)
        if digit not in allowed:
            raise _Wrong(wrong)
        return digit

    def field(self, allowed: str, base: int, name: str) -> None:
        """A length digit and as many digits as it says."""
        length = self.one_of(allowed, f"coupon_missing_{name}_vli", f"coupon_invalid_{name}_length")
        self.take(int(length) + base, f"coupon_truncated_{name}")


def coupon(text: str) -> str | None:
    """AI 8110."""
    return _told(_coupon, text)


def positive_offer(text: str) -> str | None:
    """AI 8112."""
    return _told(_positive_offer, text)


def _told(read: Callable[[_Digits], None], text: str) -> str | None:
    if not is_digits(text):
        return "non_digit_character"
    digits = _Digits(text)
    try:
        read(digits)
    except _Wrong as wrong:
        return str(wrong)
    return "coupon_excess_data" if digits.rest else None


def _positive_offer(digits: _Digits) -> None:
    digits.one_of("01", "coupon_missing_format_code", "coupon_invalid_format_code")
    digits.field("0123456", _PREFIX_BASE, "funder")
    digits.take(6, "coupon_truncated_offer_code")
    digits.field("0123456789", _PREFIX_BASE, "serial_number")


def _coupon(digits: _Digits) -> None:
    digits.field("0123456", _PREFIX_BASE, "gcp")
    digits.take(6, "coupon_truncated_offer_code")
    digits.field("12345", 0, "save_value")
    _purchase(digits, "1st")
    if _next(digits, "1"):
        name = "additional_purchase_rules_code"
        digits.one_of("0123", f"coupon_missing_{name}", f"coupon_invalid_{name}")
        _purchase(digits, "2nd")
        _purchase_prefix(digits, "2nd")
    if _next(digits, "2"):
        _purchase(digits, "3rd")
        _purchase_prefix(digits, "3rd")
    expires = starts = None
    if _next(digits, "3"):
        # GS1's own spelling of the rule's name is kept, so that it can be looked up.
        expires = _day(digits, "expiration", "coupon_invalid_exipiration_date")
    if _next(digits, "4"):
        starts = _day(digits, "start", "coupon_invalid_start_date")
    if expires is not None and starts is not None and expires < starts:
        raise _Wrong("coupon_expiration_before_start")
    if _next(digits, "5"):
        digits.field("0123456789", _PREFIX_BASE, "serial_number")
    if _next(digits, "6"):
        digits.field("1234567", _PREFIX_BASE, "retailer_gcp_or_gln")
    if _next(digits, "9"):
        for name, allowed in (
            ("save_value_code", "01256"),
            ("save_value_applies_to_item", "012"),
            ("store_coupon_flag", "0123456789"),
            ("dont_multiply_flag", "01"),
        ):
            digits.one_of(allowed, f"coupon_missing_{name}", f"coupon_invalid_{name}")


def _next(digits: _Digits, indicator: str) -> bool:
    """Whether the optional field of this number follows; they come in rising order."""
    if not digits.rest.startswith(indicator):
        return False
    digits.rest = digits.rest[1:]
    return True


def _purchase(digits: _Digits, which: str) -> None:
    digits.field("12345", 0, f"{which}_purchase_requirement")
    name = f"{which}_purchase_requirement_code"
    digits.one_of("012349", f"coupon_missing_{name}", f"coupon_invalid_{name}")
    digits.take(3, f"coupon_truncated_{which}_purchase_family_code")


def _purchase_prefix(digits: _Digits, which: str) -> None:
    name = f"{which}_purchase_gcp"
    length = digits.one_of("01234569", f"coupon_missing_{name}_vli", f"coupon_invalid_{name}_length")
    if length != "9":  # nine: the primary purchase's prefix is meant
        digits.take(int(length) + _PREFIX_BASE, f"coupon_truncated_{name}")


def _day(digits: _Digits, which: str, wrong: str) -> str:
    text = digits.take(6, f"coupon_too_short_for_{which}_date")
    # Any year serves to compare two days of one coupon, and a day 00 is none here.
    day = iso_day(text, 2026)
    if day is None or text.endswith("00"):
        raise _Wrong(wrong)
    return day
