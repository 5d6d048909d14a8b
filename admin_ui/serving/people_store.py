"""people.db: persons, sessions, failed attempts, withdrawn tokens. Plain SQLite; every call runs on the people thread."""

import os
import sqlite3
import time
from pathlib import Path
from typing import Literal

import msgspec

from admin_ui.serving.roles import Role

SCHEMA_VERSION = 1

# A failed attempt counts for this long.
LOCK_OUT_WINDOW_SECONDS = 15 * 60
FAILURES_PER_PERSON_MAX = 5
# A whole store may sit behind one address, so an address gets more than a person.
FAILURES_PER_ADDRESS_MAX = 20

# One person on every till and screen of a large store; the oldest session makes room.
SESSIONS_PER_PERSON_MAX = 32

# Waits between tries to open a file that another process is just creating; about two seconds in all.
OPEN_RETRY_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)

ProvenBy = Literal["pin", "password"]

_SCHEMA = """
CREATE TABLE person (
    person          TEXT PRIMARY KEY,
    display_name    TEXT NOT NULL,
    display_name_zh TEXT,
    role            TEXT NOT NULL CHECK (role IN ('cashier', 'manager', 'admin')),
    active          INTEGER NOT NULL CHECK (active IN (0, 1)),
    pin_hash        TEXT,
    password_hash   TEXT,
    changed_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE session (
    id_hash    BLOB PRIMARY KEY,
    person     TEXT NOT NULL REFERENCES person (person) ON DELETE CASCADE,
    proven_by  TEXT NOT NULL CHECK (proven_by IN ('pin', 'password')),
    station    TEXT,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_person ON session (person, seen_at);
CREATE TABLE failed_attempt (
    attempt INTEGER PRIMARY KEY,
    person  TEXT NOT NULL,
    address TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX failed_attempt_by_person ON failed_attempt (person, at);
CREATE INDEX failed_attempt_by_address ON failed_attempt (address, at);
CREATE TABLE withdrawn_token (
    token TEXT PRIMARY KEY,
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

_RENEW: dict[ProvenBy, str] = {
    "pin": "UPDATE person SET pin_hash = ? WHERE person = ? AND pin_hash = ?",
    "password": "UPDATE person SET password_hash = ? WHERE person = ? AND password_hash = ?",
}

# The failure that must grow old before the next attempt.
_DECISIVE_OF_PERSON = "SELECT at FROM failed_attempt WHERE person = ? ORDER BY at DESC LIMIT 1 OFFSET ?"
_DECISIVE_OF_ADDRESS = "SELECT at FROM failed_attempt WHERE address = ? ORDER BY at DESC LIMIT 1 OFFSET ?"


class PeopleStoreError(Exception):
    """people.db cannot be used; says which file and what to do."""


class PersonRow(msgspec.Struct, frozen=True, gc=False):
    person: str
    display_name: str
    display_name_zh: str | None
    role: Role
    active: bool
    pin_hash: str | None
    password_hash: str | None


class SessionRow(msgspec.Struct, frozen=True, gc=False):
    person: str
    display_name: str
    display_name_zh: str | None
    role: Role
    by: ProvenBy
    station: str | None
    created_at: int
    seen_at: int


class LockedOut(msgspec.Struct, frozen=True, gc=False):
    retry_seconds: int


class PeopleStore:
    def __init__(self, path: Path) -> None:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA busy_timeout = 5000")
            self._use_wal()
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._migrate(path)
        except (OSError, sqlite3.Error) as error:
            raise PeopleStoreError(
                f"people {path}: cannot be opened ({error}). Hint: check that the data folder is writable and not full."
            ) from error

    def close(self) -> None:
        self._db.close()

    def put_person(self, row: PersonRow, at: int) -> PersonRow:
        """Insert or change; a hash of None keeps the stored one. A changed person signs in again."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(
                "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (person) DO UPDATE SET"
                " display_name = excluded.display_name, display_name_zh = excluded.display_name_zh,"
                " role = excluded.role, active = excluded.active, changed_at = excluded.changed_at,"
                " pin_hash = coalesce(excluded.pin_hash, pin_hash),"
                " password_hash = coalesce(excluded.password_hash, password_hash)",
                (row.person, row.display_name, row.display_name_zh, row.role.value, int(row.active),
                 row.pin_hash, row.password_hash, at),
            )  # fmt: skip
            self._db.execute("DELETE FROM session WHERE person = ?", (row.person,))
            stored = self.person(row.person)
        assert stored is not None, "just written"
        return stored

    def person(self, person: str) -> PersonRow | None:
        found = self._db.execute(
            "SELECT person, display_name, display_name_zh, role, active, pin_hash, password_hash"
            " FROM person WHERE person = ?",
            (person,),
        ).fetchone()
        return None if found is None else _person(found)

    def persons(self) -> list[PersonRow]:
        rows = self._db.execute(
            "SELECT person, display_name, display_name_zh, role, active, pin_hash, password_hash"
            " FROM person ORDER BY person"
        )
        return [_person(found) for found in rows]

    def remove_person(self, person: str) -> bool:
        """Whether there was one. Sessions go with the person."""
        return self._db.execute("DELETE FROM person WHERE person = ?", (person,)).rowcount > 0

    def set_hash(self, person: str, by: ProvenBy, before: str, after: str) -> None:
        """Store a renewed hash unless the secret was changed meanwhile."""
        self._db.execute(_RENEW[by], (after, person, before))

    def begin_attempt(self, person: str, address: str, now: int) -> int | LockedOut:
        """Count the attempt as failed before it is checked: parallel guesses and a restart gain nothing.

        Returns the attempt's number, to be given to `attempt_succeeded`.
        """
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            # After the clock was set back, attempts from the "future" must not lock longer than the window.
            self._db.execute("UPDATE failed_attempt SET at = ? WHERE at > ?", (now, now))
            self._db.execute("DELETE FROM failed_attempt WHERE at <= ?", (now - LOCK_OUT_WINDOW_SECONDS,))
            for decisive, value, most in (
                (_DECISIVE_OF_PERSON, person, FAILURES_PER_PERSON_MAX),
                (_DECISIVE_OF_ADDRESS, address, FAILURES_PER_ADDRESS_MAX),
            ):
                found = self._db.execute(decisive, (value, most - 1)).fetchone()
                if value and found is not None:
                    return LockedOut(max(1, found[0] + LOCK_OUT_WINDOW_SECONDS - now))
            attempt = self._db.execute(
                "INSERT INTO failed_attempt (person, address, at) VALUES (?, ?, ?)", (person, address, now)
            ).lastrowid
        assert attempt is not None
        return attempt

    def forget_attempt(self, attempt: int) -> None:
        """The attempt was never checked (too busy): it does not count."""
        self._db.execute("DELETE FROM failed_attempt WHERE attempt = ?", (attempt,))

    def attempt_succeeded(self, attempt: int, person: str) -> None:
        """The person's failures are forgiven; the address keeps its other ones, or one known PIN would reset it."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM failed_attempt WHERE attempt = ?", (attempt,))
            self._db.execute("UPDATE failed_attempt SET person = '' WHERE person = ?", (person,))

    def unlock(self, person: str) -> None:
        self._db.execute("UPDATE failed_attempt SET person = '' WHERE person = ?", (person,))

    def add_session(self, id_hash: bytes, person: str, by: ProvenBy, station: str | None, now: int) -> None:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)", (id_hash, person, by, station, now, now))
            self._db.execute(
                "DELETE FROM session WHERE id_hash IN (SELECT id_hash FROM session WHERE person = ?"
                " ORDER BY seen_at DESC LIMIT -1 OFFSET ?)",
                (person, SESSIONS_PER_PERSON_MAX),
            )

    def session(self, id_hash: bytes) -> SessionRow | None:
        found = self._db.execute(
            "SELECT s.person, p.display_name, p.display_name_zh, p.role, s.proven_by, s.station, s.created_at, s.seen_at"
            " FROM session s JOIN person p ON p.person = s.person WHERE s.id_hash = ? AND p.active = 1",
            (id_hash,),
        ).fetchone()
        if found is None:
            return None
        return SessionRow(found[0], found[1], found[2], Role(found[3]), found[4], found[5], found[6], found[7])

    def touch_session(self, id_hash: bytes, now: int) -> None:
        self._db.execute("UPDATE session SET seen_at = ? WHERE id_hash = ?", (now, id_hash))

    def end_session(self, id_hash: bytes) -> None:
        self._db.execute("DELETE FROM session WHERE id_hash = ?", (id_hash,))

    def end_sessions(self, person: str) -> None:
        self._db.execute("DELETE FROM session WHERE person = ?", (person,))

    def prune_sessions(self, created_before: int) -> None:
        self._db.execute("DELETE FROM session WHERE created_at <= ?", (created_before,))

    def withdraw_token(self, token: str, now: int) -> None:
        self._db.execute("INSERT OR IGNORE INTO withdrawn_token VALUES (?, ?)", (token, now))

    def withdrawn_tokens(self) -> set[str]:
        return {found[0] for found in self._db.execute("SELECT token FROM withdrawn_token")}

    def changes_of_others(self) -> int:
        """Another number whenever another process committed something since; reads no table."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def _use_wal(self) -> None:
        """The site and a command beside it may both open a new file; SQLite then refuses the switch without waiting."""
        for wait_seconds in (*OPEN_RETRY_SECONDS, None):
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if wait_seconds is None or error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                time.sleep(wait_seconds)
            else:
                return

    def _migrate(self, path: Path) -> None:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            if version > SCHEMA_VERSION:
                raise PeopleStoreError(
                    f"people {path}: written by a newer Kontor (schema {version}, this one knows {SCHEMA_VERSION})."
                    " Hint: install the newer version again."
                )
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _person(found: tuple[str, str, str | None, str, int, str | None, str | None]) -> PersonRow:
    return PersonRow(found[0], found[1], found[2], Role(found[3]), bool(found[4]), found[5], found[6])
