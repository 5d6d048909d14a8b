"""Rows of a table in the order of their key, walked beside what the journal says they are: no more than one is held.

Knows no table.
"""

from collections.abc import Callable, Iterable, Iterator

Row = tuple[object, ...]


class OrderedRows:
    """`rows` are (key, row) by ascending key; `differ` is told each key that only one side has, or where the two differ."""

    def __init__(self, what: str, rows: Iterable[tuple[int, Row]], differ: Callable[[str], None]) -> None:
        self._what = what
        self._rows: Iterator[tuple[int, Row]] = iter(rows)
        self._differ = differ
        self._next = next(self._rows, None)
        self.count = 0
        """Rows the journal has said so far."""

    def meet(self, key: int, row: Row) -> None:
        """The journal says this row, and its keys ascend."""
        self.count += 1
        self._leave_out(key)
        if self._next is None or self._next[0] != key:
            self._tell(key, None, row)
            return
        if self._next[1] != row:
            self._tell(key, self._next[1], row)
        self._next = next(self._rows, None)

    def end(self) -> None:
        """The journal says no more."""
        self._leave_out(None)

    def _leave_out(self, before: int | None) -> None:
        while self._next is not None and (before is None or self._next[0] < before):
            self._tell(self._next[0], self._next[1], None)
            self._next = next(self._rows, None)

    def _tell(self, key: int, stored: Row | None, said: Row | None) -> None:
        self._differ(f"{self._what}: {key!r} is stored as {stored!r}, the journal says {said!r}")
