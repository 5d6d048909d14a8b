"""What a counted difference is and where it likely comes from: surplus, shortage or a mix-up, with causes and evidence.

Detectors are functions that are passed in; those here know only what a count itself and an item's newest movements show.
"""

import enum
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

CAUSES_MAX: Final = 3
"""More guesses than that are no help to whoever looks into a shelf."""
SAME_SCAN_MILLISECONDS: Final = 15_000
"""Two receipts with the same goods so close together are one customer scanned twice."""
SIBLING_LETTERS: Final = 4
"""Items of one category whose names begin with as many equal letters are taken for each other on a shelf."""


class DifferenceKind(enum.StrEnum):
    """What a difference is."""

    SURPLUS = "surplus"
    SHORTAGE = "shortage"
    MIX_UP = "mix_up"


class CauseCode(enum.StrEnum):
    """Where a difference may come from."""

    SWAPPED_SIBLING = "swapped_sibling"
    SWAPPED_LOT = "swapped_lot"
    WRONG_PACK_FACTOR = "wrong_pack_factor"
    DOUBLE_SCAN = "double_scan"


class Counted(msgspec.Struct, frozen=True, gc=False):
    """A line of a posted count with what is known of its item, quantities in thousandths of the base unit."""

    line: int
    item: str
    location: str
    lot: str
    counted: int
    expected: int
    name: str = ""
    category: str | None = None
    factors: tuple[int, ...] = ()

    @property
    def difference(self) -> int:
        """Above zero: more stood there than the book said."""
        return self.counted - self.expected


class Moved(msgspec.Struct, frozen=True, gc=False):
    """A movement of an item before it was counted: what the shelf got (above zero) or gave."""

    seq: int
    type: str
    number: str
    at: int
    quantity: int
    location: str


class Cause(msgspec.Struct, frozen=True, gc=False):
    """A likely cause. `other` is the item or lot it was taken for, `documents` the numbers that show it."""

    code: CauseCode
    other: str = ""
    documents: tuple[str, ...] = ()


class Difference(msgspec.Struct, frozen=True, gc=False):
    """A counted line that was off, what it is, and its likely causes, likeliest first."""

    counted: Counted
    kind: DifferenceKind
    causes: tuple[Cause, ...]


History = Callable[[Counted], Sequence[Moved]]
"""The newest movements of a counted item before it was counted, newest first."""
Detector = Callable[[Counted, Sequence[Counted], Sequence[Moved]], Iterable[Cause]]
"""Given a difference, all lines of its count, and the item's movements."""


def swapped(one: Counted, sheet: Sequence[Counted], history: Sequence[Moved]) -> Iterable[Cause]:
    """The mirror difference at another lot of the item, or at a sibling item: one was sold or booked as the other."""
    del history
    for other in sheet:
        if other.line == one.line or other.difference != -one.difference or other.location != one.location:
            continue
        if other.item == one.item:
            yield Cause(CauseCode.SWAPPED_LOT, other.lot)
        elif _siblings(one, other):
            yield Cause(CauseCode.SWAPPED_SIBLING, other.item)


def wrong_pack(one: Counted, sheet: Sequence[Counted], history: Sequence[Moved]) -> Iterable[Cause]:
    """Goods that came or went as pieces though they were packs, or as packs though they were pieces."""
    del sheet
    for moved in history:
        for factor in one.factors:
            if moved.location != one.location or factor <= 1000:
                continue
            as_packs = moved.quantity * factor // 1000
            as_pieces = moved.quantity * 1000 // factor
            if one.difference in (as_packs - moved.quantity, as_pieces - moved.quantity):
                yield Cause(CauseCode.WRONG_PACK_FACTOR, documents=(moved.number,))


def scanned_twice(one: Counted, sheet: Sequence[Counted], history: Sequence[Moved]) -> Iterable[Cause]:
    """The same quantity of it sold twice in one breath, and just that much stands there still."""
    del sheet
    sales = [moved for moved in history if moved.type == "sale" and moved.location == one.location]
    for later, earlier in itertools.pairwise(sales):
        if (
            later.quantity == earlier.quantity == -one.difference
            and abs(later.at - earlier.at) <= SAME_SCAN_MILLISECONDS
        ):
            yield Cause(CauseCode.DOUBLE_SCAN, documents=tuple(dict.fromkeys((earlier.number, later.number))))


DETECTORS: Final[tuple[Detector, ...]] = (swapped, scanned_twice, wrong_pack)


def explain_differences(
    sheet: Sequence[Counted], history: History, detectors: Sequence[Detector] = DETECTORS
) -> list[Difference]:
    """Every line of a count that was off, in the order of its lines."""
    found = []
    for one in sheet:
        if not one.difference:
            continue
        moved = history(one)
        causes = tuple(
            dict.fromkeys(cause for detect in detectors for cause in detect(one, sheet, moved))
        )[:CAUSES_MAX]  # fmt: skip
        mixed = any(cause.code in (CauseCode.SWAPPED_SIBLING, CauseCode.SWAPPED_LOT) for cause in causes)
        kind = DifferenceKind.SURPLUS if one.difference > 0 else DifferenceKind.SHORTAGE
        found.append(Difference(one, DifferenceKind.MIX_UP if mixed else kind, causes))
    return found


def _siblings(one: Counted, other: Counted) -> bool:
    if one.category is None or one.category != other.category:
        return False
    return one.name[:SIBLING_LETTERS].casefold() == other.name[:SIBLING_LETTERS].casefold()
