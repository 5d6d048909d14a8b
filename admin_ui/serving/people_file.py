"""A people.db as a file, while no site has it open: when it was last in use, and ending every session in it.

Knows no person and no rule about people.
"""

import contextlib
import sqlite3
from pathlib import Path

_LAST_SIGN = """
SELECT max(at) FROM (
    SELECT max(changed_at) AS at FROM person UNION ALL SELECT max(seen_at) FROM session
    UNION ALL SELECT max(at) FROM failed_attempt UNION ALL SELECT max(at) FROM withdrawn_token)
"""


def last_in_use(path: Path) -> int | None:
    """Seconds since 1970 of the last thing it noted; None where there is none, where nobody is in it, or where it is damaged."""
    if not path.is_file():
        return None
    try:
        with contextlib.closing(sqlite3.connect(path)) as people:
            if people.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                return None
            found = people.execute(_LAST_SIGN).fetchone()[0]
            return int(found) if people.execute("SELECT 1 FROM person LIMIT 1").fetchone() else None
    except sqlite3.Error:
        return None


def end_every_session(path: Path) -> None:
    """Everybody signs in again. Raises sqlite3.Error."""
    with contextlib.closing(sqlite3.connect(path)) as people, people:
        people.execute("DELETE FROM session")
