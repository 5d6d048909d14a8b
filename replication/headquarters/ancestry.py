"""Where two histories of one branch part: pure. Knows hashes at positions, no entries.

A chain hash names everything before it: where two histories agree at a position, they agree everywhere before it.
"""

from collections.abc import Iterable

import msgspec

from replication.headquarters.decide import HashAt
from replication.wire.messages import Ancestor


class Bracket(msgspec.Struct, frozen=True):
    """The histories agree at `low` and differ at `high`; None: no difference was seen up to what was compared."""

    low: int
    high: int | None

    @property
    def tight(self) -> bool:
        """Whether `low` is the last position they share."""
        return self.high == self.low + 1


class Contradiction(ValueError):
    """A position that agrees and differs: no history is like that."""


def compare(positions: Iterable[Ancestor], limit: int, hash_at: HashAt) -> Bracket:
    """Compare the positions up to `limit` with headquarters' hashes, newest first, and no further than where they agree: a
    hash may cost the reading of a batch, and a branch that agrees at its newest position is asked for one. Raises
    Contradiction."""
    low, high = 0, None
    for position in sorted(positions, key=lambda one: one.seq, reverse=True):
        if not 0 <= position.seq <= limit:
            continue
        held = hash_at(position.seq)
        if held is None:
            continue
        if held == position.hash:
            low = position.seq
            break
        high = position.seq
    if high is not None and low >= high:
        raise Contradiction(f"agrees at {low} and differs at {high}")
    return Bracket(low, high)
