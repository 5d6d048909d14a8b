"""Kitchen tickets: what a kitchen was asked to make, whether it came out on paper, and who took it. Notes of this branch, kept by
the sale's id, which no epoch changes; no goods move by them.
"""

import enum
import sqlite3
from typing import Final

import msgspec

from gateway.store.print_jobs import PrintJobRow, load_job

KITCHEN_TABLES: Final = """
CREATE TABLE kitchen_tickets (
    ticket INTEGER PRIMARY KEY, document BLOB NOT NULL, kitchen TEXT NOT NULL, made_at INTEGER NOT NULL, state TEXT NOT NULL,
    late_at INTEGER, done_at INTEGER, person TEXT, UNIQUE (document, kitchen)) STRICT;
CREATE INDEX kitchen_tickets_waiting ON kitchen_tickets (ticket) WHERE state IN ('open', 'late');
CREATE INDEX kitchen_tickets_open ON kitchen_tickets (ticket) WHERE state = 'open';
CREATE INDEX kitchen_tickets_late ON kitchen_tickets (ticket) WHERE state = 'late'
"""

OPEN_MAX: Final = 500
"""Open tickets that are watched, oldest first: more than kitchens can have on their rails before they are late. Those beyond come
in when older ones are taken, or late."""
LATE_MAX: Final = 100
"""Late tickets that are told, newest first: where nobody ever says that one was taken, the newest is the one that matters."""
RECENT_MAX: Final = 2_000
"""Documents looked at for those that were posted before this process began."""
STEP_DOCUMENTS: Final = 100


class TicketState(enum.StrEnum):
    """Where a ticket is. `late`: it did not come out on paper, or nobody took it in time; `taken` and `cancelled` are its ends."""

    OPEN = "open"
    LATE = "late"
    TAKEN = "taken"
    CANCELLED = "cancelled"


class Ticket(msgspec.Struct, frozen=True):
    """One ticket. Times are UTC milliseconds; `late_at` stays where somebody took it at last."""

    ticket: int
    document: bytes
    kitchen: str
    made_at: int
    state: TicketState
    late_at: int | None
    done_at: int | None
    person: str | None

    @property
    def waits(self) -> bool:
        """Whether nobody took it yet."""
        return self.state in (TicketState.OPEN, TicketState.LATE)


_SELECT: Final = "SELECT ticket, document, kitchen, made_at, state, late_at, done_at, person FROM kitchen_tickets"
AFTER_ALL_TICKETS: Final = 2**62


def recent_position(connection: sqlite3.Connection, since: int) -> int:
    """The last seq before the documents that were posted at a time (UTC ms) or later, of the newest RECENT_MAX."""
    (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
    rows = connection.execute("SELECT seq, posted_at FROM documents ORDER BY seq DESC LIMIT ?", (RECENT_MAX,))
    for found, posted_at in rows:
        if posted_at < since:
            break
        seq = found - 1
    return int(seq)


def documents_after(connection: sqlite3.Connection, seq: int) -> list[int]:
    """The next sales and reversals behind a seq, as seqs."""
    rows = connection.execute(
        "SELECT seq FROM documents WHERE seq > ? AND type IN ('sale', 'reversal') ORDER BY seq LIMIT ?",
        (seq, STEP_DOCUMENTS),
    )
    return [found for (found,) in rows]


def add_ticket(connection: sqlite3.Connection, document: bytes, kitchen: str, at: int) -> int | None:
    """A new open ticket's number; None where this kitchen was told before."""
    row = connection.execute(
        "INSERT INTO kitchen_tickets (document, kitchen, made_at, state) VALUES (?, ?, ?, 'open') ON CONFLICT DO NOTHING"
        " RETURNING ticket",
        (document, kitchen, at),
    ).fetchone()
    return None if row is None else int(row[0])


def load_ticket(connection: sqlite3.Connection, ticket: int) -> Ticket | None:
    """One ticket by its number."""
    row = connection.execute(f"{_SELECT} WHERE ticket = ?", (ticket,)).fetchone()
    return None if row is None else _read(row)


def tickets_of(connection: sqlite3.Connection, document: bytes) -> list[Ticket]:
    """The tickets of a sale."""
    return [_read(row) for row in connection.execute(f"{_SELECT} WHERE document = ? ORDER BY ticket", (document,))]


def open_tickets(connection: sqlite3.Connection) -> list[Ticket]:
    """Tickets that nobody took and that are in time, oldest first, at most OPEN_MAX."""
    query = f"{_SELECT} WHERE state = 'open' ORDER BY ticket LIMIT ?"
    return [_read(row) for row in connection.execute(query, (OPEN_MAX,))]


def late_tickets(connection: sqlite3.Connection) -> list[Ticket]:
    """Late tickets, newest first, at most LATE_MAX."""
    query = f"{_SELECT} WHERE state = 'late' ORDER BY ticket DESC LIMIT ?"
    return [_read(row) for row in connection.execute(query, (LATE_MAX,))]


def last_jobs(connection: sqlite3.Connection) -> dict[int, PrintJobRow]:
    """The newest print job of each open ticket, by the ticket's number."""
    rows = connection.execute(
        "SELECT ticket, max(job) FROM (SELECT ticket, document, kitchen FROM kitchen_tickets WHERE state = 'open'"
        " ORDER BY ticket LIMIT ?) AS waiting JOIN journal ON event_id = document"
        " JOIN print_jobs ON print_jobs.seq = journal.seq AND print_jobs.kitchen = waiting.kitchen GROUP BY ticket",
        (OPEN_MAX,),
    ).fetchall()
    found = ((ticket, load_job(connection, job)) for ticket, job in rows)
    return {ticket: job for ticket, job in found if job is not None}


def printed_tickets(connection: sqlite3.Connection, kitchen: str) -> list[Ticket]:
    """Tickets of a kitchen that nobody took and that came out on some printer, newest first, at most OPEN_MAX."""
    query = (
        f"{_SELECT} WHERE state IN ('open', 'late') AND kitchen = ? AND EXISTS (SELECT 1 FROM journal JOIN print_jobs USING (seq)"
        " WHERE event_id = document AND print_jobs.kitchen = kitchen_tickets.kitchen AND print_jobs.state = 'printed')"
        " ORDER BY ticket DESC LIMIT ?"
    )
    return [_read(row) for row in connection.execute(query, (kitchen, OPEN_MAX))]


def list_tickets(connection: sqlite3.Connection, *, waiting: bool, before: int, limit: int) -> list[Ticket]:
    """Tickets of a number below `before`, newest first; only those that nobody took, or all."""
    chosen = " AND state IN ('open', 'late')" if waiting else ""
    query = f"{_SELECT} WHERE ticket < ?{chosen} ORDER BY ticket DESC LIMIT ?"
    return [_read(row) for row in connection.execute(query, (before, limit))]


def mark_late(connection: sqlite3.Connection, ticket: int, at: int) -> bool:
    """It was not printed, or nobody took it in time; whether that is new."""
    done = connection.execute(
        "UPDATE kitchen_tickets SET state = 'late', late_at = ? WHERE ticket = ? AND state = 'open'", (at, ticket)
    )
    return done.rowcount == 1


def close_ticket(
    connection: sqlite3.Connection, ticket: int, state: TicketState, *, at: int, person: str | None
) -> bool:
    """Somebody took it, or its sale was taken back; whether that is new. Who took it first stands; what was taken may still be cancelled."""
    before = "('open', 'late')" if state is TicketState.TAKEN else "('open', 'late', 'taken')"
    done = connection.execute(
        f"UPDATE kitchen_tickets SET state = ?, done_at = ?, person = ? WHERE ticket = ? AND state IN {before}",
        (state.value, at, person, ticket),
    )
    return done.rowcount == 1


def _read(row: tuple[int, bytes, str, int, str, int | None, int | None, str | None]) -> Ticket:
    ticket, document, kitchen, made_at, state, late_at, done_at, person = row
    return Ticket(ticket, document, kitchen, made_at, TicketState(state), late_at, done_at, person)
