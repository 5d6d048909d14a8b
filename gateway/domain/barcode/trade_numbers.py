"""Numbers of trade items: check digits, the lengths of one number, UPC-E and its long form. Pure arithmetic on digits."""

from typing import Final

GTIN_LENGTHS: Final = (13, 14, 12, 8)
"""Most common first: the order in which spellings are looked up."""

_CSET82: Final = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_CHECK_CHARACTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
"""Weights from the right of a model number of at most 23 characters before its check pair."""


def is_digits(text: str) -> bool:
    """0 to 9 only: a superscript two is a digit to Unicode and no number to anybody."""
    return text.isascii() and text.isdigit()


def check_digit(digits: str) -> str:
    """GS1's modulo-10 check digit for the digits before it (General Specifications 7.9.1)."""
    total = 3 * sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def has_check_digit(code: str) -> bool:
    """Whether the last digit checks the ones before it."""
    return len(code) >= 2 and is_digits(code) and check_digit(code[:-1]) == code[-1]


def check_pair(text: str) -> str | None:
    """The two check characters of a global model number (General Specifications 7.9.5); None where it cannot be."""
    if len(text) > len(_PRIMES) or any(character not in _CSET82 for character in text):
        return None
    total = sum(_CSET82.index(character) * prime for character, prime in zip(reversed(text), _PRIMES, strict=False))
    high, low = divmod(total % 1021, 32)
    return _CHECK_CHARACTERS[high] + _CHECK_CHARACTERS[low]


def spellings(gtin: str) -> tuple[str, ...]:
    """A GTIN as scanned, then as it may be stored: the lengths differ by zeros in front only. The till does the same."""
    short = gtin.lstrip("0")
    return tuple(dict.fromkeys((gtin, *(short.zfill(length) for length in GTIN_LENGTHS if length >= len(short)))))


def is_restricted(gtin: str) -> bool:
    """Whether a number is for use inside a company or region only, so that it names no article elsewhere
    (General Specifications 1.4: prefixes 02, 04 and 2 of thirteen digits, 0 and 2 of eight)."""
    thirteen = gtin.zfill(14)
    if thirteen.startswith("000000"):
        return thirteen[6] in "02"
    return thirteen[0] == "0" and (thirteen[1] == "2" or thirteen[1:3] in {"02", "04"})


def expand_upce(code: str) -> str | None:
    """The UPC-A number of a UPC-E of six, seven or eight digits (General Specifications 5.2.2.4.2), or None.

    Seven digits lead with the number system, eight end with the check digit besides; six have number system 0.
    """
    if not is_digits(code) or len(code) not in (6, 7, 8):
        return None
    system, body = ("0", code) if len(code) == 6 else (code[0], code[1:7])
    if system not in "01":
        return None
    a, b, c, d, e, last = tuple(body)
    if last in "012":
        number = system + a + b + last + "0000" + c + d + e
    elif last == "3":
        number = system + a + b + c + "00000" + d + e
    elif last == "4":
        number = system + a + b + c + d + "00000" + e
    else:
        number = system + a + b + c + d + e + "0000" + last
    number += check_digit(number)
    return None if len(code) == 8 and code[7] != number[-1] else number


def suppress_upca(number: str) -> str | None:
    """The eight digits of UPC-E for a UPC-A number that has them, or None."""
    if len(number) != 12 or not has_check_digit(number) or number[0] not in "01":
        return None
    n = number[1:11]
    bodies = [n[:2] + n[7:10] + n[2], n[:3] + n[8:10] + "3", n[:4] + n[9] + "4", n[:5] + n[9]]
    found = (number[0] + body + number[-1] for body in bodies)
    return next((code for code in found if expand_upce(code) == number), None)
