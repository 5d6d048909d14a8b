"""Writing many rows of one table with few statements. Knows no table.

Python gives its lock away at each step of a statement, and `executemany` steps once per row: while the event loop is
busy, every row waits for its turn. Sixty-four rows in one statement are one step, and half the CPU.
"""

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

BLOCKS: Final = (64, 16, 4, 1)
"""Rows per statement, largest first: few texts, so that all of them stay prepared."""


class RowWriter:
    """`head` is the statement up to `VALUES`, `tail` what follows the rows."""

    def __init__(self, head: str, columns: int, tail: str = "") -> None:
        row = f"({', '.join('?' * columns)})"
        self._statements = [(block, f"{head} VALUES {', '.join([row] * block)}{tail}") for block in BLOCKS]

    def write(self, connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write the rows in their order."""
        count, at = len(rows), 0
        for block, statement in self._statements:
            while count - at >= block:
                values = rows[at] if block == 1 else tuple(chain.from_iterable(rows[at : at + block]))
                connection.execute(statement, values)
                at += block
