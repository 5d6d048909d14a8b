"""How long the oldest entry not yet at headquarters has waited. Pure, and bounded however long the line is down.

Both ends ask it the same question, so that they agree on what "current" means.
"""

from collections import deque
from typing import Final

MARKS_MAX: Final = 256
"""Remembered moments; beyond it the newest one stretches, so that the oldest wait stays exact."""
MARK_SECONDS: Final = 0.1
"""Entries within this time share a mark: finer than anything a page shows."""

CURRENT_SECONDS: Final = 5.0
CURRENT_ENTRIES: Final = 1000
"""A branch whose oldest waiting entry is younger, and that has no more than two batches to send, counts as current:
while it sells there is always one entry on its way."""


class Lag:
    """Marks "up to this seq, first seen at that time", oldest first."""

    def __init__(self) -> None:
        self._marks: deque[tuple[int, float]] = deque()
        self._applied_seq = 0

    def grew(self, head_seq: int, seen_at: float) -> None:
        """Entries up to `head_seq` exist since `seen_at`. News of growth may come after the news that it is applied."""
        if head_seq <= self._applied_seq:
            return
        if self._marks:
            last_seq, since = self._marks[-1]
            if head_seq <= last_seq:
                return
            if seen_at - since < MARK_SECONDS or len(self._marks) >= MARKS_MAX:
                self._marks[-1] = (head_seq, since)
                return
        self._marks.append((head_seq, seen_at))

    def ends(self, head_seq: int) -> None:
        """The sender says that `head_seq` is its newest entry: what was announced beyond it does not wait, as it is not."""
        while self._marks and self._marks[-1][0] > head_seq:
            since = self._marks.pop()[1]
            if head_seq > (self._marks[-1][0] if self._marks else self._applied_seq):
                self._marks.append((head_seq, since))

    def applied(self, seq: int) -> None:
        """Everything up to `seq` is at headquarters, and nothing beyond it."""
        self._applied_seq = seq
        while self._marks and self._marks[0][0] <= seq:
            self._marks.popleft()

    def seconds(self, now: float) -> float:
        """The wait of the oldest mark still open."""
        return max(0.0, now - self._marks[0][1]) if self._marks else 0.0

    def is_current(self, waiting: int, now: float) -> bool:
        """Whether a branch with that many entries waiting counts as current."""
        return waiting <= CURRENT_ENTRIES and self.seconds(now) < CURRENT_SECONDS
