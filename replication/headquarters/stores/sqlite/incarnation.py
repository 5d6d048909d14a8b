"""Which opening of headquarters' database this is, and whether it has forgotten something since the last one.

A restored file does not know that it was restored. So every opening has a number of its own, which needs no knowledge:
it is taken from the clock, so that a file and its older copy never use the same one. Beside the file stands a note of its
last opening; where the two do not agree the file was put there from elsewhere, and epochs begin in a range of their own.
"""

import sqlite3
from pathlib import Path
from typing import Final

NOTE_FILE: Final = "hq.opening"
MINUTES_FROM: Final = 1_767_225_600
"""2026-01-01 in Unix seconds. Minutes since then fit 23 bits until 2041, which leaves 40 for what is numbered within."""
MINUTES_MAX: Final = 2**24
"""A clock that says more than this is wrong, and would spoil the numbers for ever."""
EPOCHS_PER_INCARNATION: Final = 100
"""As in `hello`: the range that a headquarters which forgot something goes on in."""


def begin_incarnation(connection: sqlite3.Connection, folder: Path, opened_at: int) -> int | None:
    """Give this opening its number; answers the number of the last opening that found the file restored, if there was
    one. `opened_at` is in UTC seconds."""
    stored, restored = connection.execute("SELECT incarnation, restored FROM site").fetchone()
    noted = _noted(folder)
    is_new = stored == 1 and noted is None
    minutes = (opened_at - MINUTES_FROM) // 60
    incarnation = max(stored + 1, (noted or 0) + 1, minutes if 0 < minutes < MINUTES_MAX else 0)
    if noted != stored and not is_new:
        restored = incarnation
    connection.execute("UPDATE site SET incarnation = ?, restored = ?", (incarnation, restored))
    # After the commit: a power cut between the two looks like a restore, and that costs a few numbers.
    note = folder / NOTE_FILE
    fresh = note.with_suffix(".new")
    fresh.write_text(f"{incarnation}\n")
    fresh.replace(note)
    return None if restored is None else int(restored)


def _noted(folder: Path) -> int | None:
    try:
        return int((folder / NOTE_FILE).read_text()[:20])
    except (OSError, ValueError):
        return None
