"""Migrations of a database file: done once, and never over a newer version's work."""

from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.store import ledger
from gateway.store.schema import ledger_migrations
from replication.headquarters.stores.sqlite import store
from replication.headquarters.stores.sqlite.schema import headquarters_migrations
from replication.storage.applied import has_applied
from replication.storage.connection import open_writer
from replication.storage.errors import StorageError
from replication.storage.migrations import migrate, run_script


def migrations_up_to(version: int) -> Migrations:
    made = Migrations("shelf")

    @made()
    def first(db: Database) -> None:
        run_script(db, "CREATE TABLE shelf (a INTEGER) STRICT; INSERT INTO shelf VALUES (1)")

    if version > 1:

        @made()
        def second(db: Database) -> None:
            run_script(db, "INSERT INTO shelf VALUES (2)")

    return made


def test_a_migration_is_applied_once(tmp_path: Path) -> None:
    """Opening again changes nothing; a newer program adds only what is new."""
    connection = open_writer(tmp_path / "shelf.db")
    for version in (1, 1, 2, 2):
        migrate(connection, tmp_path / "shelf.db", migrations_up_to(version))
    assert connection.execute("SELECT a FROM shelf").fetchall() == [(1,), (2,)]
    connection.close()


@pytest.mark.parametrize(
    ("migrations", "names"),
    [(ledger_migrations, ledger.MIGRATIONS), (headquarters_migrations, store.MIGRATIONS)],
    ids=["ledger", "headquarters"],
)
def test_a_store_knows_its_migrations_without_their_library(
    tmp_path: Path, migrations: Migrations, names: tuple[str, ...]
) -> None:
    """The names a store asks a file for are those its schema applies, and a newer file has not just these."""
    connection = open_writer(tmp_path / "store.db")
    assert not has_applied(connection, migrations.name, names)
    migrate(connection, tmp_path / "store.db", migrations)
    assert has_applied(connection, migrations.name, names)
    connection.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES (?, 'newer')", (migrations.name,))
    assert not has_applied(connection, migrations.name, names)
    connection.close()


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    """An older program names what it does not know and what to do."""
    connection = open_writer(tmp_path / "shelf.db")
    migrate(connection, tmp_path / "shelf.db", migrations_up_to(2))
    with pytest.raises(StorageError, match=r"newer Kontor .has second.*Install"):
        migrate(connection, tmp_path / "shelf.db", migrations_up_to(1))
    connection.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """Half a migration is no migration."""
    broken = Migrations("shelf")

    @broken()
    def first(db: Database) -> None:
        run_script(db, "CREATE TABLE shelf (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1)")

    connection = open_writer(tmp_path / "shelf.db")
    with pytest.raises(StorageError):
        migrate(connection, tmp_path / "shelf.db", broken)
    assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'shelf'").fetchall() == []
    connection.close()
