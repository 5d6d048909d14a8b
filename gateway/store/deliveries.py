"""Alerts that are sent, per receiver: they wait however long the line is down, and when they arrived is kept as long as the
alert. Knows nobody's address.

Beyond a bound the oldest of a receiver are only counted by their kind; their alerts stay on the page, and the next message says
how many there were.
"""

import sqlite3
from collections.abc import Collection
from typing import Final

import msgspec

from gateway.domain.alert_words import Told
from gateway.domain.alerts import AlertKind, Severity
from gateway.domain.telling import QUEUE_MAX

DELIVERY_TABLES: Final = """
CREATE TABLE deliveries (
    receiver TEXT NOT NULL, alert INTEGER NOT NULL, sent_at INTEGER, PRIMARY KEY (receiver, alert)) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_alert ON deliveries (alert);
CREATE INDEX deliveries_waiting ON deliveries (receiver, alert) WHERE sent_at IS NULL;
CREATE TABLE deliveries_counted (
    receiver TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (receiver, kind)) STRICT, WITHOUT ROWID;
CREATE TABLE receivers (
    name TEXT PRIMARY KEY, tries INTEGER NOT NULL, next_at INTEGER NOT NULL, sent_at INTEGER, error TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
"""


class Waiting(msgspec.Struct, frozen=True):
    """An alert that waits for a receiver."""

    alert: int
    told: Told


class Delivery(msgspec.Struct, frozen=True):
    """An alert and a receiver; `sent_at` (UTC ms) is None while it waits."""

    receiver: str
    sent_at: int | None


class Tries(msgspec.Struct, frozen=True):
    """How it goes with a receiver: failed tries in a row, when the next is due, when a message last arrived, and what the last
    try came to (empty where it arrived)."""

    tries: int = 0
    next_at: int = 0
    sent_at: int | None = None
    error: str = ""


_told_decoder = msgspec.json.Decoder(dict[str, str])


def queue(connection: sqlite3.Connection, receiver: str, alert: int) -> None:
    """An alert is to be sent; where too many wait, the oldest is only counted from now on."""
    connection.execute("INSERT OR IGNORE INTO deliveries (receiver, alert) VALUES (?, ?)", (receiver, alert))
    for (oldest,) in connection.execute(
        "SELECT alert FROM deliveries WHERE receiver = ? AND sent_at IS NULL ORDER BY alert DESC LIMIT -1 OFFSET ?",
        (receiver, QUEUE_MAX),
    ).fetchall():
        connection.execute("DELETE FROM deliveries WHERE receiver = ? AND alert = ?", (receiver, oldest))
        connection.execute(
            "INSERT INTO deliveries_counted SELECT ?, kind, 1 FROM alerts WHERE place = ?"
            " ON CONFLICT (receiver, kind) DO UPDATE SET count = count + 1",
            (receiver, oldest),
        )


def waiting_for(connection: sqlite3.Connection, receiver: str) -> tuple[list[Waiting], dict[AlertKind, int]]:
    """What waits for a receiver, oldest first, and how many of each kind are only counted."""
    rows = connection.execute(
        "SELECT alert, kind, severity, told, cleared_at IS NOT NULL FROM deliveries JOIN alerts ON place = alert"
        " WHERE receiver = ? AND sent_at IS NULL ORDER BY alert",
        (receiver,),
    )
    waiting = [
        Waiting(alert, Told(AlertKind(kind), Severity(severity), _told_decoder.decode(told), bool(over)))
        for alert, kind, severity, told, over in rows
    ]
    return waiting, _counted(connection, receiver)


def note_sent(
    connection: sqlite3.Connection, receiver: str, alerts: Collection[int], counted: dict[AlertKind, int], at: int
) -> None:
    """A message with these arrived. What was counted meanwhile stays counted."""
    connection.executemany(
        "UPDATE deliveries SET sent_at = ? WHERE receiver = ? AND alert = ?",
        [(at, receiver, alert) for alert in alerts],
    )
    for kind, count in counted.items():
        connection.execute(
            "UPDATE deliveries_counted SET count = count - ? WHERE receiver = ? AND kind = ?",
            (count, receiver, kind.value),
        )
    connection.execute("DELETE FROM deliveries_counted WHERE receiver = ? AND count <= 0", (receiver,))
    connection.execute("INSERT OR REPLACE INTO receivers VALUES (?, 0, 0, ?, '')", (receiver, at))


def note_failed(connection: sqlite3.Connection, receiver: str, tries: int, next_at: int, error: str) -> None:
    """A message did not arrive; it is tried again."""
    connection.execute(
        "INSERT INTO receivers VALUES (?1, ?2, ?3, NULL, ?4)"
        " ON CONFLICT (name) DO UPDATE SET tries = ?2, next_at = ?3, error = ?4",
        (receiver, tries, next_at, error),
    )


def tries_of(connection: sqlite3.Connection, receiver: str) -> Tries:
    """How it goes with a receiver."""
    row = connection.execute(
        "SELECT tries, next_at, sent_at, error FROM receivers WHERE name = ?", (receiver,)
    ).fetchone()
    return Tries() if row is None else Tries(*row)


def deliveries_of(connection: sqlite3.Connection, alert: int) -> list[Delivery]:
    """Who is told of an alert, and who was."""
    rows = connection.execute("SELECT receiver, sent_at FROM deliveries WHERE alert = ? ORDER BY receiver", (alert,))
    return [Delivery(*row) for row in rows]


def count_waiting(connection: sqlite3.Connection, receiver: str) -> int:
    """How many alerts wait for a receiver, one by one or counted."""
    query = "SELECT count(*) FROM deliveries WHERE receiver = ? AND sent_at IS NULL"
    (count,) = connection.execute(query, (receiver,)).fetchone()
    return int(count) + sum(_counted(connection, receiver).values())


def forget_others(connection: sqlite3.Connection, receivers: Collection[str]) -> int:
    """Nobody waits any more for receivers that the settings do not name; answers how many alerts were waiting for them."""
    rows = connection.execute(
        "SELECT receiver FROM deliveries WHERE sent_at IS NULL UNION SELECT receiver FROM deliveries_counted UNION SELECT name FROM receivers"
    )
    gone = [name for (name,) in rows.fetchall() if name not in receivers]
    waited = sum(count_waiting(connection, name) for name in gone)
    for name in gone:
        connection.execute("DELETE FROM deliveries WHERE receiver = ? AND sent_at IS NULL", (name,))
        connection.execute("DELETE FROM deliveries_counted WHERE receiver = ?", (name,))
        connection.execute("DELETE FROM receivers WHERE name = ?", (name,))
    return waited


def _counted(connection: sqlite3.Connection, receiver: str) -> dict[AlertKind, int]:
    rows = connection.execute(
        "SELECT kind, count FROM deliveries_counted WHERE receiver = ? ORDER BY kind", (receiver,)
    )
    return {AlertKind(kind): count for kind, count in rows}
