"""Numbers a shop gives out itself, with a weight, a price or a count in them. Knows no item: the layout is data.

A layout is written as the number looks: digits stand for themselves, I for the item, W kilograms, P money, N pieces (a
point says where the decimals begin), V the inner check digit of the value, X any digit, C the last check digit.
"""

import re
from typing import Final, Literal

import msgspec

from gateway.domain.barcode.finding import Finding, Severity
from gateway.domain.barcode.trade_numbers import check_digit, is_digits

_PATTERN: Final = re.compile(r"([0-9]{1,7})[IWPNVX.]{4,20}C")
LONG_LABEL_DIGITS: Final = 18
"""The long form of Chinese scales, which prints a price and a weight."""
_LENGTHS: Final = (8, 13, LONG_LABEL_DIGITS)
"""EAN-8 and EAN-13 besides."""

# General Specifications 7.9.3 and 7.9.4: what each digit from 0 to 9 weighs.
_TWO_MINUS: Final = (0, 2, 4, 6, 8, 9, 1, 3, 5, 7)
_THREE: Final = (0, 3, 6, 9, 2, 5, 8, 1, 4, 7)
_FIVE_PLUS: Final = (0, 5, 1, 6, 2, 7, 3, 8, 4, 9)
_FIVE_MINUS: Final = (0, 5, 9, 4, 8, 3, 7, 2, 6, 1)


class LayoutError(Exception):
    """A layout that is none; the text says why."""


class Run(msgspec.Struct, frozen=True):
    """The digits of one letter: where they stand, and how many are behind the point."""

    letter: str
    start: int
    end: int
    decimals: int = 0


class Layout(msgspec.Struct, frozen=True):
    """One way a number is built: the digits that lead it, and what stands behind them."""

    pattern: str
    prefix: str
    length: int
    runs: tuple[Run, ...]

    def checked(self) -> Run | None:
        """The amount that the inner check digit is of: the one behind it, or else the one before it."""
        at = next((run.start for run in self.runs if run.letter == "V"), None)
        amounts = [run for run in self.runs if run.letter in "WPN"]
        return None if at is None else next((run for run in amounts if run.start > at), amounts[-1])

    def fits(self, digits: str) -> bool:
        """Whether a number is of this layout, by its length and its first digits."""
        return len(digits) == self.length and digits.startswith(self.prefix)


class Label(msgspec.Struct, frozen=True):
    """What a number says under a layout. `names` are what the item may be stored under; amounts are texts as printed."""

    layout: str
    names: tuple[str, ...]
    weight: str | None = None
    price: str | None = None
    count: str | None = None
    findings: tuple[Finding, ...] = ()


def layout_of(pattern: str) -> Layout:
    """A layout from its text. Raises `LayoutError`."""
    match = _PATTERN.fullmatch(pattern)
    if match is None:
        raise LayoutError("a layout is digits, then I, W, P, N, V or X, then C: 21IIIIIWW.WWWC")
    runs: list[Run] = []
    prefix = match[1]
    at = len(prefix)
    for found in re.finditer(r"I+|X+|V|C|(?:W+|P+|N+)(?:\.(?:W+|P+|N+))?", pattern):
        whole, point, behind = found[0].partition(".")
        if point and whole[0] != behind[0]:
            raise LayoutError(f"{found[0]}: a point stands between two of the same letter")
        size = len(whole) + len(behind)
        runs.append(Run(whole[0], at, at + size, len(behind)))
        at += size
    letters = [run.letter for run in runs]
    if pattern.count(".") != sum(run.decimals > 0 for run in runs):
        raise LayoutError("a point stands between two digits of a value")
    if any(run.letter == "N" and run.decimals for run in runs):
        raise LayoutError("pieces (N) are whole and have no point")
    if at not in _LENGTHS:
        raise LayoutError(f"{at} digits; a number has {', '.join(map(str, _LENGTHS))}")
    if letters.count("I") != 1 or not {"W", "P", "N"} & set(letters):
        raise LayoutError("a layout has one item (I) and a weight (W), a price (P) or a count (N)")
    if any(letters.count(letter) > 1 for letter in "WPNV"):
        raise LayoutError("each of W, P, N and V stands once")
    layout = Layout(pattern, prefix, at, tuple(runs))
    checked = layout.checked()
    if checked is not None and checked.end - checked.start not in (4, 5):
        raise LayoutError("an inner check digit (V) is of the value behind it, which has four or five digits")
    return layout


def read_label(digits: str, layouts: tuple[Layout, ...]) -> Label | None:
    """What a number says under the first layout it fits; None where it fits none, or its last digit does not check. Twelve
    digits are thirteen without their nought (UPC-A)."""
    digits = digits.zfill(13) if len(digits) == 12 else digits
    if not is_digits(digits) or check_digit(digits[:-1]) != digits[-1]:
        return None
    fitting = [_read(digits, layout) for layout in layouts if layout.fits(digits)]
    return next((label for label in fitting if not label.findings), fitting[0] if fitting else None)


def _read(digits: str, layout: Layout) -> Label:
    pieces = {run.letter: digits[run.start : run.end] for run in layout.runs}
    names = (layout.prefix + pieces["I"], _without_amounts(digits, layout))
    checked = layout.checked()
    if checked is not None and inner_check_digit(value := pieces[checked.letter]) != pieces["V"]:
        return Label(layout.pattern, names, findings=(Finding("bad_inner_digit", Severity.WARNING, value),))
    amounts = {
        run.letter: _with_point(digits[run.start : run.end], run.decimals) for run in layout.runs if run.letter in "WPN"
    }
    return Label(layout.pattern, names, amounts.get("W"), amounts.get("P"), amounts.get("N"))


def _without_amounts(digits: str, layout: Layout) -> str:
    """The number with nought for every amount: how many shops keep such an item."""
    zeroed = list(digits)
    for run in layout.runs:
        if run.letter in "WPNV":
            zeroed[run.start : run.end] = "0" * (run.end - run.start)
    body = "".join(zeroed[:-1])
    return body + check_digit(body)


def _with_point(digits: str, decimals: int) -> str:
    whole = digits[: len(digits) - decimals].lstrip("0") or "0"
    return f"{whole}.{digits[-decimals:]}" if decimals else whole


def inner_check_digit(value: str) -> str:
    """The check digit of four or five digits of a price or weight (General Specifications 7.9.3, 7.9.4)."""
    digits = [int(digit) for digit in value]
    if len(digits) == 4:
        tables = (_TWO_MINUS, _TWO_MINUS, _THREE, _FIVE_MINUS)
        total = sum(table[digit] for table, digit in zip(tables, digits, strict=True))
        return str(total * 3 % 10)
    tables_of_five = (_FIVE_PLUS, _TWO_MINUS, _FIVE_MINUS, _FIVE_PLUS, _TWO_MINUS)
    total = sum(table[digit] for table, digit in zip(tables_of_five, digits, strict=True))
    return str(_FIVE_MINUS.index(-total % 10))


def _each(prefixes: str, rest: str) -> tuple[str, ...]:
    return tuple(prefix + rest for prefix in prefixes.split())


_NORDIC_WEIGHT: Final = ("23IIIIIIW.WWWC", "24IIIIIIWW.WWC", "25IIIIIIWWW.WC")
_NORDIC_PRICE: Final = ("20IIIIIIPP.PPC", "21IIIIIIPPP.PC", "22IIIIIIPPPPC")

Preset = Literal["general", "CN", "DE", "DK", "EE", "FI", "GB", "LT", "LV", "NO", "SE", "US"]
PRESETS: Final[dict[Preset, tuple[str, ...]]] = {
    "general": (*_each("20 21 22 23 24", "IIIIIWW.WWWC"), *_each("25 26 27 28 29", "IIIIIPPP.PPC")),
    "CN": (
        *_each("20 21 22", "IIIIIPPP.PPC"), *_each("23 24 25 26 27 28 29", "IIIIIWW.WWWC"),
        *_each("20 21 22 23 24 25 26 27 28 29", "IIIIIPPP.PPWW.WWWC"),
    ),
    "DE": (*_each("22 23", "IIIIVPPP.PPC"), *_each("25 26", "IIIIVNNNNNC"), *_each("28 29", "IIIIVWW.WWWC")),
    "DK": (*_each("21 22 23 24", "IIIIPPPP.PPC"), *_each("26 28", "IIIIWWW.WWWC"), "27IIIIIWW.WWWC"),
    "EE": _NORDIC_WEIGHT,
    "FI": _NORDIC_WEIGHT,
    "GB": ("20IIIIIVPP.PPC",),
    "LT": _NORDIC_WEIGHT,
    "LV": _NORDIC_WEIGHT,
    "NO": (*_NORDIC_PRICE, *_NORDIC_WEIGHT),
    "SE": (*_NORDIC_PRICE, *_NORDIC_WEIGHT),
    "US": ("02IIIIIVPP.PPC",),
}  # fmt: skip
"""What a region's GS1 organisation tells its shops to print; `general` and `CN` are usual, nobody's standard."""


def layouts_of(names: tuple[str, ...]) -> tuple[Layout, ...]:
    """The layouts of names of presets and patterns, in their order. Raises `LayoutError`, which names the wrong one."""
    layouts: list[Layout] = []
    for name in names:
        try:
            layouts += map(layout_of, PRESETS.get(name, (name,)))  # type: ignore[call-overload]
        except LayoutError as wrong:
            raise LayoutError(
                f"{name!r} is neither a preset nor a layout: {wrong}; presets are {', '.join(PRESETS)}"
            ) from None
    return tuple(layouts)


GENERAL: Final = layouts_of(("general",))
