"""Which opening of headquarters' database this is, and the key that is made at the first one.

A restored file does not know that it was restored. So every opening has a number of its own, which needs no knowledge: it
is taken from the clock, and from a note beside the file where that has a higher one, so that a file and its older copy
never use the same number. The clock's steps are shorter than a start of the program: however often it fell and rose after
the copy was made, the numbers never run ahead of the clock, and the copy with its old note gets one that is still free.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

NOTE_FILE: Final = "hq.opening"
COUNTED_FROM: Final = 1_767_225_600
"""2026-01-01 in Unix seconds."""
STEP_SECONDS: Final = 2
"""A start with the pause before it takes longer. Steps fit 29 bits until 2060, which leaves 24 for what is numbered within."""
SEAL_KEY_BYTES: Final = 32
STEPS_MAX: Final = 2**29
"""A clock that says more than this is wrong, and would spoil the numbers for ever."""


def begin_incarnation(
    connection: sqlite3.Connection, folder: Path, opened_at: int, new_key: Callable[[int], bytes]
) -> int:
    """Give this opening its number, and the database its key where it has none yet. `opened_at` is in UTC seconds."""
    stored, seal_key = connection.execute("SELECT incarnation, seal_key FROM site").fetchone()
    steps = (opened_at - COUNTED_FROM) // STEP_SECONDS
    incarnation: int = max(stored + 1, _noted(folder) + 1, steps if 0 < steps < STEPS_MAX else 0)
    connection.execute(
        "UPDATE site SET incarnation = ?, seal_key = ?", (incarnation, seal_key or new_key(SEAL_KEY_BYTES))
    )
    note = folder / NOTE_FILE
    fresh = note.with_suffix(".new")
    fresh.write_text(f"{incarnation}\n")
    fresh.replace(note)
    return incarnation


def _noted(folder: Path) -> int:
    try:
        return min(int((folder / NOTE_FILE).read_text()[:20]), STEPS_MAX)
    except (OSError, ValueError):
        return 0
