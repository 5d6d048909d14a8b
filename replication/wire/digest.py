"""An additive digest of balances: two ledgers that agree have the same digest, in whatever order it was summed."""

import hashlib
from collections.abc import Iterable
from typing import Final

DIGEST_BITS: Final = 128
BUCKETS: Final = 256
"""A differing digest is narrowed to one of 256 buckets of cells before rows are compared."""
_MASK: Final = (1 << DIGEST_BITS) - 1


def cell_hash(item: str, location: str, lot: str, quantity: int) -> int:
    """128-bit BLAKE2b of one balance cell; an empty cell (quantity 0) counts as nothing."""
    if quantity == 0:
        return 0
    text = f"{item}\x1f{location}\x1f{lot}\x1f{quantity}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=DIGEST_BITS // 8).digest(), "big")


def bucket(item: str) -> int:
    """The bucket of an item's cells, 0..255."""
    return hashlib.blake2b(item.encode(), digest_size=1).digest()[0]


def add(digest: int, old: int, new: int) -> int:
    """The digest after one cell's hash changed from `old` to `new`."""
    return (digest - old + new) & _MASK


def digest_of(cells: Iterable[tuple[str, str, str, int]]) -> int:
    """The digest of whole balances: (item, location, lot, quantity) in any order."""
    total = 0
    for item, location, lot, quantity in cells:
        total += cell_hash(item, location, lot, quantity)
    return total & _MASK


def format_digest(digest: int) -> str:
    """Sixteen bytes as hex, for people and reports."""
    return f"{digest:032x}"
