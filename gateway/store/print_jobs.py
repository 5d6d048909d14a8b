"""Print jobs: what is to be printed on which printer, and what became of it. A job outlives the process."""

import contextlib
import enum
import sqlite3
from pathlib import Path
from typing import Final

import msgspec


class PrintState(enum.StrEnum):
    """Where a job is. `unknown`: the printer never said whether paper came out; a person decides."""

    QUEUED = "queued"
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class PrintJobRow(msgspec.Struct, frozen=True):
    """One job; `document` is the id of the printed document, `duplicate` marks a repeat on paper. With a `kitchen` it is that one's
    ticket, else the till receipt."""

    job: int
    seq: int
    document: bytes
    printer: str
    duplicate: bool
    state: PrintState
    detail: str
    at: int
    kitchen: str = ""

    @property
    def may_be_on_paper(self) -> bool:
        """Whether a repeat must be marked: a knife that jams has printed first, every other failure comes before."""
        return self.state is not PrintState.FAILED or self.detail == BROKE_DOWN


CAME_OUT_ELSEWHERE: Final = "came_out_elsewhere"
SALE_TAKEN_BACK: Final = "sale_taken_back"
WITHDRAWN: Final = (CAME_OUT_ELSEWHERE, SALE_TAKEN_BACK)
"""Details of a kitchen's job that is printed no more: another printer has printed the same ticket, or nobody wants the dish."""
BROKE_DOWN: Final = "error"
"""The detail of a job that failed in the middle of being printed (`PrintQueue`)."""
AFTER_ALL_JOBS: Final = 2**62
"""A number above every job's: where a newest-first list begins."""

_SELECT: Final = (
    "SELECT job, print_jobs.seq, event_id, printer, duplicate, state, detail, at, kitchen"
    " FROM print_jobs JOIN journal USING (seq)"
)


def unfinished_jobs(connection: sqlite3.Connection) -> list[PrintJobRow]:
    """Jobs that were queued or printing when the process ended, oldest first."""
    rows = connection.execute(f"{_SELECT} WHERE state IN ('queued', 'printing') ORDER BY job")
    return [_read(row) for row in rows]


def jobs_of(connection: sqlite3.Connection, document_id: bytes) -> list[PrintJobRow]:
    """The jobs of a document, newest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE print_jobs.seq = (SELECT seq FROM journal WHERE event_id = ?) ORDER BY job DESC",
        (document_id,),
    )
    return [_read(row) for row in rows]


def recent_jobs(connection: sqlite3.Connection, *, before: int = AFTER_ALL_JOBS, limit: int) -> list[PrintJobRow]:
    """The jobs of all printers below a job's number, newest first."""
    rows = connection.execute(f"{_SELECT} WHERE job < ? ORDER BY job DESC LIMIT ?", (before, limit))
    return [_read(row) for row in rows]


def load_job(connection: sqlite3.Connection, job: int) -> PrintJobRow | None:
    """One job by its number."""
    row = connection.execute(f"{_SELECT} WHERE job = ?", (job,)).fetchone()
    return None if row is None else _read(row)


def set_print_state(connection: sqlite3.Connection, job: int, state: PrintState, *, detail: str, at: int) -> bool:
    """Note what became of a job. False for one that was withdrawn: that stands."""
    done = connection.execute(
        "UPDATE print_jobs SET state = ?, detail = ?, at = ? WHERE job = ? AND NOT (state = 'failed' AND detail IN (?, ?))",
        (state.value, detail, at, job, *WITHDRAWN),
    )
    return done.rowcount == 1


def withdraw_others(connection: sqlite3.Connection, printed: PrintJobRow) -> list[PrintJobRow]:
    """A kitchen's ticket came out: its jobs that have not begun by now are printed no more, or the dish is cooked twice. They are
    answered as they are then. Those of a sale that was taken back go on: they say so to a cook who has the ticket."""
    taken_back = connection.execute(
        "SELECT 1 FROM kitchen_tickets JOIN journal ON event_id = document"
        " WHERE journal.seq = ? AND kitchen = ? AND kitchen_tickets.state = 'cancelled'",
        (printed.seq, printed.kitchen),
    ).fetchone()
    if taken_back is not None:
        return []
    return _withdraw(connection, printed.seq, printed.kitchen, CAME_OUT_ELSEWHERE, printed.at)


def withdraw_ticket(connection: sqlite3.Connection, seq: int, kitchen: str, at: int) -> list[PrintJobRow]:
    """A kitchen's sale was taken back: its jobs that have not begun by now are printed no more, or the dish is cooked for nobody."""
    return _withdraw(connection, seq, kitchen, SALE_TAKEN_BACK, at)


def _withdraw(connection: sqlite3.Connection, seq: int, kitchen: str, detail: str, at: int) -> list[PrintJobRow]:
    rows = connection.execute(
        f"{_SELECT} WHERE print_jobs.seq = ? AND kitchen = ? AND kitchen != '' AND state = 'queued' ORDER BY job",
        (seq, kitchen),
    )
    waiting = [
        msgspec.structs.replace(_read(row), state=PrintState.FAILED, detail=detail, at=at) for row in rows.fetchall()
    ]
    for one in waiting:
        set_print_state(connection, one.job, one.state, detail=detail, at=at)
    return waiting


def give_up_unfinished(path: Path) -> None:
    """In a ledger that is put back: what waited then has been printed since, most likely. Raises sqlite3.Error."""
    with contextlib.closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute(
            "UPDATE print_jobs SET state = ?, detail = 'restored' WHERE state IN ('queued', 'printing')",
            (PrintState.UNKNOWN.value,),
        )


def _read(row: tuple[int, int, bytes, str, int, str, str, int, str]) -> PrintJobRow:
    job, seq, document, printer, duplicate, state, detail, at, kitchen = row
    return PrintJobRow(job, seq, document, printer, bool(duplicate), PrintState(state), detail, at, kitchen)
