"""Bringing a database file to this version's tables, whichever store it belongs to. Knows no table."""

import sqlite3
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from replication.storage.connection import storage_error
from replication.storage.errors import StorageError


def run_script(db: Database, script: str) -> None:
    """Run statements divided by semicolons inside the migration's own transaction (`executescript` would commit it)."""
    for statement in script.split(";"):
        if statement.strip():
            db.execute(statement)


def migrate(connection: sqlite3.Connection, path: Path, migrations: Migrations) -> None:
    """Apply what is pending, each migration with its record in one transaction. Raises StorageError.

    A file that a newer version has written is refused and left as it is.
    """
    try:
        known = {migration.name for migration in migrations.pending(Database(memory=True))}
        db = Database(connection, execute_plugins=False)
        strange = [migration.name for migration in migrations.applied(db) if migration.name not in known]
        if strange:
            raise StorageError(
                "migrate", str(path), f"it was written by a newer Kontor (has {', '.join(strange)})",
                "Install that version or a newer one; this one will not touch the file.",
                "请安装该版本或更新的版本；当前版本不会改动此文件。",
            )  # fmt: skip
        migrations.apply(db)
    except sqlite3.Error as error:
        raise storage_error("migrate", path, error) from error
