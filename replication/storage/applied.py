"""Which migrations a file has behind it, asked without the library that carries them out.

sqlite_utils costs a tenth of a second and five megabytes, and at nearly every start there is nothing to migrate.
"""

import sqlite3


def has_applied(connection: sqlite3.Connection, migration_set: str, names: tuple[str, ...]) -> bool:
    """Whether exactly these migrations were applied. A file that cannot say so is `migrate`'s to judge."""
    try:
        rows = connection.execute(
            "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY rowid", (migration_set,)
        ).fetchall()
    except sqlite3.Error:
        return False
    return tuple(name for (name,) in rows) == names
