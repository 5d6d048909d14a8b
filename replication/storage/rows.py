"""Writing many rows of one table with few statements. Knows no table.

Python gives its lock away at each step of a statement, and `executemany` steps once per row: while the event loop is
busy, every row waits for its turn. Sixty-four rows in one statement are one step, and half the CPU. What is left of them goes
in one statement of just so many rows: a lone sale is one statement a table.
"""

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

BLOCK: Final = 64
"""Rows of a full statement."""
LEAST_BLOCK: Final = 16
"""Rows of the second largest; fewer go at once. So few texts stay prepared: 17 of a table (`connection.STATEMENTS_KEPT`)."""


class RowWriter:
    """`head` is the statement up to `VALUES`, `tail` what follows the rows."""

    def __init__(self, head: str, columns: int, tail: str = "") -> None:
        row = f"({', '.join('?' * columns)})"
        self._statements = [
            f"{head} VALUES {', '.join([row] * rows)}{tail}" for rows in (*range(1, LEAST_BLOCK + 1), BLOCK)
        ]

    def write(self, connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write the rows in their order."""
        count, at, statements = len(rows), 0, self._statements
        while at < count:
            block = next_block(count - at)
            values = rows[at] if block == 1 else tuple(chain.from_iterable(rows[at : at + block]))
            connection.execute(statements[block - 1 if block < BLOCK else -1], values)
            at += block


def next_block(left: int) -> int:
    """How many of the rows that are left go in the next statement."""
    return BLOCK if left >= BLOCK else min(left, LEAST_BLOCK)
