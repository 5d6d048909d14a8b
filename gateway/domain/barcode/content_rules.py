"""What a component of a value must be: the rules GS1's dictionary names, each from its meaning. Knows no identifier.

A rule is given the component and answers None, or the name of what is wrong with it.
"""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from gateway.domain.barcode.code_lists import COUNTRY_LETTERS, COUNTRY_NUMBERS, CURRENCY_NUMBERS, PACKAGE_TYPES
from gateway.domain.barcode.coupon_rules import coupon, positive_offer
from gateway.domain.barcode.days import days_in
from gateway.domain.barcode.trade_numbers import check_digit, check_pair, is_digits

Rule: TypeAlias = Callable[[str], str | None]

_PREFIX_DIGITS_MIN: Final = 4
"""No GS1 company prefix is shorter."""
_IBAN_CHARACTERS_MIN: Final = 11
"""Country, check digits, and something of an account; the shortest national form is longer still."""
_LATITUDE_MAX: Final = 180 * 10_000_000
_LONGITUDE_MAX: Final = 360 * 10_000_000
"""Degrees from the south pole and from the meridian, in ten millionths."""

_CHARACTERS: Final = {
    "N": (re.compile(r"[0-9]*"), "non_digit_character"),
    "X": (re.compile(r"[!\"%-?A-Z_a-z]*"), "invalid_cset82_character"),
    "Y": (re.compile(r"[#\-/0-9A-Z]*"), "invalid_cset39_character"),
    "Z": (re.compile(r"[\-0-9A-Z_a-z]*=*"), "invalid_cset64_character"),
}


def wrong_characters(kind: str, text: str) -> str | None:
    """The character sets of GS1 (General Specifications 7.11)."""
    allowed, wrong = _CHARACTERS[kind]
    if not allowed.fullmatch(text):
        return wrong
    pads = len(text) - len(text.rstrip("=")) if kind == "Z" else 0
    # As the dictionary's own rule has it: what is padded is padded to whole groups of three characters.
    return "invalid_cset64_padding" if pads > 2 or (pads and len(text) % 3) else None


def _csum(text: str) -> str | None:
    return None if check_digit(text[:-1]) == text[-1] else "incorrect_check_digit"


def _csumalpha(text: str) -> str | None:
    if len(text) < 2:
        return "too_short_for_check_pair"
    pair = check_pair(text[:-2])
    if pair is None:
        return "too_long_for_check_pair"
    return None if pair == text[-2:] else "incorrect_check_pair"


def _prefix_at(start: int) -> Rule:
    def rule(text: str) -> str | None:
        prefix = text[start : start + _PREFIX_DIGITS_MIN]
        if len(prefix) < _PREFIX_DIGITS_MIN:
            return "too_short_for_gcp"
        return None if is_digits(prefix) else "invalid_gcp_prefix"

    return rule


def _among(allowed: frozenset[str], wrong: str) -> Rule:
    return lambda text: None if text in allowed else wrong


def _up_to(limit: int, wrong: str) -> Rule:
    return lambda text: None if int(text) <= limit else wrong


def _date(text: str, *, day_may_be_missing: bool = False) -> str | None:
    year, month, day = int(text[:-4]), int(text[-4:-2]), int(text[-2:])
    if not 1 <= month <= 12:
        return "illegal_month"
    return None if int(not day_may_be_missing) <= day <= days_in(year, month) else "illegal_day"


def _date_or_month(text: str) -> str | None:
    return _date(text, day_may_be_missing=True)


def _hour_and_minute(text: str) -> str | None:
    return _hour(text[:2]) or _minute(text[2:])


_hour: Final = _up_to(23, "illegal_hour")
_minute: Final = _up_to(59, "illegal_minute")


def _iban(text: str) -> str | None:
    if not re.fullmatch(r"[0-9A-Z]*", text):
        return "invalid_iban_character"
    if len(text) < _IBAN_CHARACTERS_MIN:
        return "iban_too_short"
    if text[:2] not in COUNTRY_LETTERS:
        return "illegal_iban_country_code"
    number = int("".join(str(int(character, 36)) for character in text[4:] + text[:4]))
    return None if text[2:4].isdigit() and number % 97 == 1 else "incorrect_iban_checksum"


def _piece_of_total(text: str) -> str | None:
    half = len(text) // 2
    piece, total = int(text[:half]), int(text[half:])
    if piece == 0:
        return "zero_piece_number"
    if total == 0:
        return "zero_total_pieces"
    return "piece_number_exceeds_total" if piece > total else None


def _position_in_sequence(text: str) -> str | None:
    found = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
    if found is None:
        return "position_in_sequence_malformed"
    if any(number.startswith("0") for number in found.groups()):
        return "illegal_zero_prefix"
    return "position_exceeds_end" if int(found[1]) > int(found[2]) else None


def _percent_encoded(text: str) -> str | None:
    return "invalid_percent_sequence" if re.search(r"%(?![0-9A-Fa-f]{2})", text) else None


def _no_zero_first(text: str) -> str | None:
    # A lone zero is the number nought, not a number with a zero before it.
    return "illegal_zero_prefix" if len(text) > 1 and text[0] == "0" else None


RULES: Final[dict[str, Rule]] = {
    "csum": _csum,
    "csumalpha": _csumalpha,
    "gcppos1": _prefix_at(0),
    "gcppos2": _prefix_at(1),
    "yymmdd": _date,
    "yyyymmdd": _date,
    "yymmd0": _date_or_month,
    "hh": _hour,
    "mi": _minute,
    "ss": _up_to(59, "illegal_second"),
    "hhmi": _hour_and_minute,
    "iso3166": _among(COUNTRY_NUMBERS, "not_iso3166"),
    "iso3166999": _among(COUNTRY_NUMBERS | {"999"}, "not_iso3166_or_999"),
    "iso3166alpha2": _among(COUNTRY_LETTERS, "not_iso3166_alpha2"),
    "iso4217": _among(CURRENCY_NUMBERS, "not_iso4217"),
    "iso5218": _among(frozenset("0129"), "invalid_biological_sex_code"),
    "iban": _iban,
    "latitude": _up_to(_LATITUDE_MAX, "invalid_latitude"),
    "longitude": _up_to(_LONGITUDE_MAX, "invalid_longitude"),
    "importeridx": lambda text: None if re.fullmatch(r"[\-0-9A-Z_a-z]", text) else "invalid_import_idx_character",
    "mediatype": lambda text: None if 1 <= int(text) <= 10 or int(text) >= 80 else "invalid_media_type",
    "packagetype": _among(PACKAGE_TYPES, "invalid_package_type"),
    "pcenc": _percent_encoded,
    "pieceoftotal": _piece_of_total,
    "posinseqslash": _position_in_sequence,
    "winding": _among(frozenset("019"), "invalid_winding_direction"),
    "yesno": _among(frozenset("01"), "not_zero_or_one"),
    "zero": lambda text: "not_zero" if text.strip("0") else None,
    "nonzero": lambda text: None if text.strip("0") else "illegal_zero_value",
    "nozeroprefix": _no_zero_first,
    "hyphen": lambda text: "not_hyphen" if text.strip("-") else None,
    "hasnondigit": lambda text: "requires_non_digit_character" if is_digits(text) else None,
    "couponcode": coupon,
    "couponposoffer": positive_offer,
}
"""Name in the dictionary → rule. Digits are digits already: the character set is looked at first."""
