"""What a counted difference is and where it likely comes from: surplus, shortage or a mix-up, with causes and evidence.

The causes are found by the detectors that explain any figure; here a count says how far off it was, to the unit.
"""

import enum
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from gateway.domain.explain import find_causes
from gateway.domain.explain_finding import CauseCode, Finding, Gap
from gateway.domain.explain_history import History

CAUSES_MAX: Final = 3
"""More guesses than that are no help to whoever looks into a shelf."""
EXPLAINED_MAX: Final = 20
"""Lines of a count that are explained, those first that were off the most: a second of a reader's time, and a day's work for who looks into them."""


class DifferenceKind(enum.StrEnum):
    """What a difference is."""

    SURPLUS = "surplus"
    SHORTAGE = "shortage"
    MIX_UP = "mix_up"


class Counted(msgspec.Struct, frozen=True, gc=False):
    """A line of a posted count, quantities in thousandths of the base unit; `seq` and `at` (UTC ms) are when it was counted."""

    line: int
    item: str
    location: str
    lot: str
    counted: int
    expected: int
    seq: int = 0
    at: int = 0

    @property
    def difference(self) -> int:
        """Above zero: more stood there than the book said."""
        return self.counted - self.expected


class Difference(msgspec.Struct, frozen=True):
    """A counted line that was off, what it is, and its likely causes, likeliest first."""

    counted: Counted
    kind: DifferenceKind
    causes: tuple[Finding, ...]


Histories = Callable[[Counted], History | None]
"""What moved of a counted line's item before it was counted."""
_MIXED: Final = (CauseCode.SWAPPED_SIBLING, CauseCode.SWAPPED_LOT)


def explain_differences(sheet: Sequence[Counted], histories: Histories) -> list[Difference]:
    """Every line of a count that was off, in the order of its lines."""
    off = [one for one in sheet if one.difference]
    most = {one.line for one in sorted(off, key=lambda one: -abs(one.difference))[:EXPLAINED_MAX]}
    found = []
    for one in off:
        history = histories(one) if one.line in most else None
        gap = Gap(one.seq, one.at, exact=one.difference)
        causes = () if history is None else find_causes(history, gap, most=CAUSES_MAX)
        kind = DifferenceKind.SURPLUS if one.difference > 0 else DifferenceKind.SHORTAGE
        mixed = bool(causes) and causes[0].code in _MIXED
        found.append(Difference(one, DifferenceKind.MIX_UP if mixed else kind, causes))
    return found
