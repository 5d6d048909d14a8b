"""Many rows by few statements."""

import sqlite3

import pytest

from replication.storage.rows import BLOCK, LEAST_BLOCK, RowWriter


@pytest.fixture
def connection() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE sums (name TEXT PRIMARY KEY, total INTEGER NOT NULL) STRICT")
    return connection


@pytest.mark.parametrize(
    "count", [0, 1, LEAST_BLOCK - 1, LEAST_BLOCK, LEAST_BLOCK + 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 3]
)
def test_every_row_is_written_once(connection: sqlite3.Connection, count: int) -> None:
    """However many there are: none, fewer than a statement takes, and more."""
    rows = [(f"{number:04d}", number) for number in range(count)]
    RowWriter("INSERT INTO sums", 2).write(connection, rows)
    assert connection.execute("SELECT * FROM sums ORDER BY name").fetchall() == rows


def test_what_follows_the_values_holds_for_each_row(connection: sqlite3.Connection) -> None:
    """A row that is there already is added to, also where both come in one statement."""
    add = RowWriter("INSERT INTO sums", 2, " ON CONFLICT DO UPDATE SET total = total + excluded.total")
    add.write(connection, [("flour", 1)] * (2 * BLOCK + 1))
    assert connection.execute("SELECT * FROM sums").fetchall() == [("flour", 2 * BLOCK + 1)]


def test_a_row_that_is_refused_is_an_error(connection: sqlite3.Connection) -> None:
    """In the midst of many as alone."""
    rows = [(f"{number}", number) for number in range(BLOCK - 1)]
    with pytest.raises(sqlite3.IntegrityError):
        RowWriter("INSERT INTO sums", 2).write(connection, [*rows, ("1", 7)])
