"""Batches that came before their turn, kept for a short while. Pure memory: a branch's journal is the copy that counts."""

from collections.abc import Sequence
from typing import Final

from replication.link import Delivery

PARKED_PER_BRANCH_MAX: Final = 64
"""One batch is in flight at a time, so that more than a few out of turn means a lost one, which is asked for anew."""
PARKED_BYTES_MAX: Final = 32 * 1024 * 1024
"""Over all branches; what does not fit is dropped and sent again by its branch."""


class Park:
    """Deliveries by branch and first seq."""

    def __init__(self) -> None:
        self._branches: dict[str, dict[int, Delivery]] = {}
        self._bytes = 0

    def of(self, branch: str) -> Sequence[tuple[int, Delivery]]:
        """The parked deliveries of a branch with their first seqs."""
        return list(self._branches.get(branch, {}).items())

    def put(self, first_seq: int, delivery: Delivery) -> None:
        """Keep a delivery if there is room; the nearest ones are kept."""
        parked = self._branches.setdefault(delivery.branch, {})
        self._remove(delivery.branch, first_seq)
        if len(parked) >= PARKED_PER_BRANCH_MAX:
            furthest = max(parked)
            if furthest < first_seq:
                return
            self._remove(delivery.branch, furthest)
        if self._bytes + len(delivery.data) <= PARKED_BYTES_MAX:
            parked = self._branches.setdefault(delivery.branch, {})
            parked[first_seq] = delivery
            self._bytes += len(delivery.data)

    def drop_through(self, branch: str, seq: int) -> None:
        """Forget what starts at or before an applied seq."""
        for first_seq in [first for first in self._branches.get(branch, ()) if first <= seq]:
            self._remove(branch, first_seq)

    def drop(self, branch: str) -> None:
        """Forget a branch."""
        for first_seq in list(self._branches.get(branch, ())):
            self._remove(branch, first_seq)

    def _remove(self, branch: str, first_seq: int) -> None:
        parked = self._branches.get(branch, {})
        delivery = parked.pop(first_seq, None)
        if delivery is not None:
            self._bytes -= len(delivery.data)
        if not parked:
            self._branches.pop(branch, None)
