"""Alerts that are open, and what became of them: kept, so that a restart repeats nothing. Knows no rule."""

import sqlite3
from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from gateway.domain.alerts import AlertKind, Decision, Key, Severity, Standing
from gateway.domain.telling import Receiver
from gateway.store.deliveries import queue

HISTORY_DAYS: Final = 400
"""What was cleared is shown for a year and a month; `sweep_history` takes what is older."""
SWEPT_MAX: Final = 500
COUNTED_MAX: Final = 1_000
"""Alerts that are counted: beyond, a page only says that there are more."""
_DAY_MILLISECONDS: Final = 24 * 3600 * 1000

ALERT_TABLES: Final = """
CREATE TABLE alerts (
    place INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, severity TEXT NOT NULL, told TEXT NOT NULL,
    raised_at INTEGER NOT NULL, calm_since INTEGER, cleared_at INTEGER, seen_by TEXT, seen_at INTEGER) STRICT;
CREATE UNIQUE INDEX alerts_open ON alerts (kind, subject) WHERE cleared_at IS NULL;
CREATE INDEX alerts_open_by_place ON alerts (place) WHERE cleared_at IS NULL;
CREATE INDEX alerts_unseen ON alerts (place) WHERE cleared_at IS NULL AND seen_at IS NULL;
CREATE INDEX alerts_cleared_by_place ON alerts (place) WHERE cleared_at IS NOT NULL;
CREATE INDEX lots_by_expiry ON lots (expiry) WHERE expiry IS NOT NULL
"""


class Alert(msgspec.Struct, frozen=True):
    """An alert; `place` is its number, given once."""

    place: int
    kind: AlertKind
    subject: str
    severity: Severity
    told: dict[str, str]
    raised_at: int
    cleared_at: int | None
    seen_by: str | None
    seen_at: int | None


_told_decoder = msgspec.json.Decoder(dict[str, str])
_COLUMNS: Final = "place, kind, subject, severity, told, raised_at, cleared_at, seen_by, seen_at"


def open_alerts(connection: sqlite3.Connection) -> dict[Key, Standing]:
    """What is open, as `decide` asks for it."""
    rows = connection.execute("SELECT kind, subject, calm_since FROM alerts WHERE cleared_at IS NULL")
    return {(AlertKind(kind), subject): Standing(calm) for kind, subject, calm in rows}


def keep_decision(
    connection: sqlite3.Connection, decision: Decision, now: int, receivers: Mapping[str, Receiver]
) -> list[Alert]:
    """Keep what was decided, and queue what is raised for everybody who wants it; answers what changed. Runs in the writer's
    transaction: an alert is raised and queued together or not at all, and therefore once."""
    changed: list[int] = []
    for kind, subject in decision.cleared:
        changed += _places(
            connection,
            "UPDATE alerts SET cleared_at = ? WHERE cleared_at IS NULL AND kind = ? AND subject = ? RETURNING place",
            (now, kind.value, subject),
        )
    for (kind, subject), since in decision.calm:
        connection.execute(
            "UPDATE alerts SET calm_since = ? WHERE cleared_at IS NULL AND kind = ? AND subject = ?",
            (since, kind.value, subject),
        )
    for one in decision.raised:
        fact, told = one.fact, msgspec.json.encode(one.fact.told).decode()
        places = _places(
            connection,
            "INSERT OR IGNORE INTO alerts (kind, subject, severity, told, raised_at) VALUES (?, ?, ?, ?, ?) RETURNING place",
            (fact.kind.value, fact.subject, one.severity.value, told, now),
        )
        for place in places:
            for receiver in receivers.values():
                if one.severity.reaches(receiver.least):
                    queue(connection, receiver.name, place)
        changed += places
    return [found for place in changed if (found := load_alert(connection, place)) is not None]


def list_alerts(
    connection: sqlite3.Connection, *, is_open: bool, before: int, limit: int, kind: AlertKind | None = None
) -> list[Alert]:
    """Alerts of a number below `before`, newest first."""
    which = "cleared_at IS NULL" if is_open else "cleared_at IS NOT NULL"
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM alerts WHERE {which} AND place < ? AND (?2 IS NULL OR kind = ?2)"
        " ORDER BY place DESC LIMIT ?3",
        (before, None if kind is None else kind.value, limit),
    )
    return [_read(row) for row in rows]


def list_unseen(connection: sqlite3.Connection, without: Collection[AlertKind], limit: int) -> list[Alert]:
    """The newest open alerts of other kinds that nobody saw."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM alerts WHERE cleared_at IS NULL AND seen_at IS NULL"
        " AND kind NOT IN (SELECT value FROM json_each(?)) ORDER BY place DESC LIMIT ?",
        (msgspec.json.encode(sorted(without)).decode(), limit),
    )
    return [_read(row) for row in rows]


def count_unseen(connection: sqlite3.Connection) -> int:
    """How many are open and nobody saw, up to COUNTED_MAX."""
    query = (
        "SELECT count(*) FROM (SELECT 1 FROM alerts WHERE cleared_at IS NULL AND seen_at IS NULL AND place > 0 LIMIT ?)"
    )
    (count,) = connection.execute(query, (COUNTED_MAX,)).fetchone()
    return int(count)


def load_alert(connection: sqlite3.Connection, place: int) -> Alert | None:
    """One alert."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM alerts WHERE place = ?", (place,)).fetchone()
    return None if row is None else _read(row)


def mark_seen(connection: sqlite3.Connection, place: int, *, person: str, at: int) -> Alert | None:
    """Somebody saw it; the first one stands. None where there is no such alert."""
    connection.execute(
        "UPDATE alerts SET seen_by = ?, seen_at = ? WHERE place = ? AND seen_at IS NULL", (person, at, place)
    )
    return load_alert(connection, place)


def sweep_history(connection: sqlite3.Connection, now: int) -> int:
    """Forget the oldest of what was cleared long ago, and how it was delivered; answers how many went."""
    gone = _places(
        connection,
        "DELETE FROM alerts WHERE place IN (SELECT place FROM alerts WHERE cleared_at IS NOT NULL ORDER BY place LIMIT ?)"
        " AND cleared_at < ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE alert = place AND sent_at IS NULL)"
        " RETURNING place",
        (SWEPT_MAX, now - HISTORY_DAYS * _DAY_MILLISECONDS),
    )
    connection.executemany("DELETE FROM deliveries WHERE alert = ?", [(place,) for place in gone])
    return len(gone)


def _places(connection: sqlite3.Connection, statement: str, values: tuple[object, ...]) -> list[int]:
    return [place for (place,) in connection.execute(statement, values).fetchall()]


def _read(row: tuple[int, str, str, str, str, int, int | None, str | None, int | None]) -> Alert:
    place, kind, subject, severity, told, *times = row
    return Alert(place, AlertKind(kind), subject, Severity(severity), _told_decoder.decode(told), *times)  # type: ignore[arg-type]
