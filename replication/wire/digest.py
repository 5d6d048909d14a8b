"""An additive digest of balances: two ledgers that agree have the same digest, in whatever order they got there.

The digest is the sum over all cells of quantity x weight of the cell, modulo 2^64; a weight is an odd 64-bit number
derived from the cell's name. It changes with every movement by quantity x weight, so that whoever knows the movements
since a position knows the digest there, without reading a balance. An odd weight has an inverse: one wrong cell is always
seen, whatever its quantity, and several wrong ones cancel out with a chance of 2^-63. That is enough against accidents, which
is all a digest of figures is for, and it travels with every lone sale.
"""

import functools
import hashlib
import operator
from collections.abc import Iterable, Mapping
from typing import Final

DIGEST_BYTES: Final = 8
BUCKETS: Final = 256
"""A differing digest is narrowed to one of 256 buckets of items before rows are compared."""
DIGEST_MASK: Final = (1 << 8 * DIGEST_BYTES) - 1
_WEIGHTS_KEPT: Final = 65_536
"""Weights remembered, about 12 MB at most: those of the cells that one batch after the other touches."""


def weight(item: str, location: str, lot: str) -> int:
    """The weight of one balance cell: 64-bit BLAKE2b of its name, made odd."""
    text = f"{item}\x1f{location}\x1f{lot}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).digest(), "big") | 1


_remembered_weight = functools.lru_cache(maxsize=_WEIGHTS_KEPT)(weight)


def bucket(item: str) -> int:
    """The bucket of an item's cells, 0..255."""
    return hashlib.blake2b(item.encode(), digest_size=1).digest()[0]


def moved(digest: int, cells: Iterable[tuple[tuple[str, str, str], int]]) -> int:
    """The digest after the balances of (item, location, lot) changed by these quantities in thousandths."""
    for cell, change in cells:
        digest += change * _remembered_weight(*cell)
    return digest & DIGEST_MASK


FLOWS_KEPT: Final = 8
ITEMS_KEPT: Final = 16_384
"""Weights remembered per flow, of as many flows: a shop's few thousand goods leave by one or two. About 25 MB at most."""


class _WeightsAlong(dict[str, int]):
    """By item: what one thousandth of it on its way from one place to another adds to a digest."""

    def __init__(self, source: str, destination: str, lot: str) -> None:
        super().__init__()
        self._way = source, destination, lot

    def __missing__(self, item: str) -> int:
        source, destination, lot = self._way
        difference = weight(item, destination, lot) - weight(item, source, lot)
        if len(self) < ITEMS_KEPT:
            self[item] = difference
        return difference


_weights_along = functools.lru_cache(maxsize=FLOWS_KEPT)(_WeightsAlong)


def moved_along(digest: int, flows: Mapping[tuple[str, str, str], Mapping[str, int]]) -> int:
    """The digest after these quantities in thousandths, by item, went along flows (source, destination, lot)."""
    for flow, sums in flows.items():
        digest += sum(map(operator.mul, sums.values(), map(_weights_along(*flow).__getitem__, sums)))
    return digest & DIGEST_MASK


def digest_of(cells: Iterable[tuple[str, str, str, int]]) -> int:
    """The digest of whole balances: (item, location, lot, quantity) in any order."""
    total = 0
    for item, location, lot, quantity in cells:
        total += quantity * weight(item, location, lot)
    return total & DIGEST_MASK


def digest_bytes(digest: int) -> bytes:
    """As it travels and is stored."""
    return digest.to_bytes(DIGEST_BYTES, "big")


def format_digest(digest: int) -> str:
    """Eight bytes as hex, for people and reports."""
    return f"{digest:016x}"
