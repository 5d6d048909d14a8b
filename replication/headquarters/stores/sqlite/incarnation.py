"""Which opening of headquarters' database this is.

A restored file does not know that it was restored. So every opening has a number of its own, which needs no knowledge: it
is taken from the clock, and from a note beside the file where that has a higher one, so that a file and its older copy
never use the same number.
"""

import sqlite3
from pathlib import Path
from typing import Final

NOTE_FILE: Final = "hq.opening"
MINUTES_FROM: Final = 1_767_225_600
"""2026-01-01 in Unix seconds. Minutes since then fit 23 bits until 2041, which leaves 40 for what is numbered within."""
MINUTES_MAX: Final = 2**24
"""A clock that says more than this is wrong, and would spoil the numbers for ever."""


def begin_incarnation(connection: sqlite3.Connection, folder: Path, opened_at: int) -> int:
    """Give this opening its number. `opened_at` is in UTC seconds."""
    (stored,) = connection.execute("SELECT incarnation FROM site").fetchone()
    minutes = (opened_at - MINUTES_FROM) // 60
    incarnation: int = max(stored + 1, _noted(folder) + 1, minutes if 0 < minutes < MINUTES_MAX else 0)
    connection.execute("UPDATE site SET incarnation = ?", (incarnation,))
    note = folder / NOTE_FILE
    fresh = note.with_suffix(".new")
    fresh.write_text(f"{incarnation}\n")
    fresh.replace(note)
    return incarnation


def _noted(folder: Path) -> int:
    try:
        return min(int((folder / NOTE_FILE).read_text()[:20]), MINUTES_MAX)
    except (OSError, ValueError):
        return 0
