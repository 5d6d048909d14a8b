"""Documents that wait for a second person: kept until somebody approves or refuses them, and afterwards as a record."""

import enum
import sqlite3
from typing import Final

import msgspec

from gateway.domain.draft import Draft
from gateway.domain.fault import Fault
from gateway.store.work_orders import release

DAY_MILLISECONDS: Final = 24 * 3600 * 1000


class PendingState(enum.StrEnum):
    """Where a request for approval stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"


class PendingDocument(msgspec.Struct, frozen=True):
    """A document that waits or waited. `body` is the JSON it was sent as, without any PIN.

    One that nobody decided until `expires_at` has expired, whether or not its row says so yet.
    """

    id: bytes
    body: bytes
    content: bytes
    reasons: tuple[Fault, ...]
    person: str
    role: str
    requested_at: int
    expires_at: int
    state: PendingState
    decided_by: str | None
    decided_at: int | None
    decision: str | None


_reasons_decoder = msgspec.json.Decoder(tuple[Fault, ...])
_COLUMNS = "id, body, content, reasons, person, role, requested_at, expires_at, state, decided_by, decided_at, decision"


def find_pending(connection: sqlite3.Connection, document_id: bytes, now: int) -> PendingDocument | None:
    """The request of an id, decided or not, as it stands at `now` (UTC ms)."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM pending WHERE id = ?", (document_id,)).fetchone()
    found = None if row is None else _read(row)
    if found is not None and found.state is PendingState.WAITING and found.expires_at <= now:
        return msgspec.structs.replace(found, state=PendingState.EXPIRED, decided_at=found.expires_at)
    return found


def list_pending(
    connection: sqlite3.Connection, *, limit: int, after: tuple[int, bytes] = (0, b"")
) -> list[PendingDocument]:
    """What waits now, oldest first; `after` is when the last row already seen expires, and its id."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM pending WHERE state = 'waiting' AND (expires_at, id) > (?, ?)"
        " ORDER BY expires_at, id LIMIT ?",
        (*after, limit),
    )
    return [_read(row) for row in rows]


def count_pending(connection: sqlite3.Connection) -> int:
    """How many documents wait."""
    (count,) = connection.execute("SELECT count(*) FROM pending WHERE state = 'waiting'").fetchone()
    return int(count)


def add_pending(
    connection: sqlite3.Connection,
    draft: Draft,
    reasons: tuple[Fault, ...],
    *,
    person: str,
    role: str,
    at: int,
    days: int,
) -> None:
    """Keep a document until somebody decides, or so many days are over; a repeat changes nothing."""
    body = msgspec.structs.replace(draft.body, approval=msgspec.UNSET)
    connection.execute(
        "INSERT OR IGNORE INTO pending (id, body, content, reasons, person, role, requested_at, expires_at,"
        " state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting')",
        (
            draft.id, msgspec.json.encode(body), draft.content, msgspec.json.encode(reasons).decode(), person, role, at,
            at + days * DAY_MILLISECONDS,
        ),
    )  # fmt: skip


def expire_pending(connection: sqlite3.Connection, now: int) -> list[bytes]:
    """Spend the requests that nobody decided in time; answers their ids."""
    spent = connection.execute(
        "UPDATE pending SET state = 'expired', decided_at = expires_at WHERE state = 'waiting' AND expires_at <= ?"
        " RETURNING id",
        (now,),
    )
    ids = [bytes(id_) for (id_,) in spent.fetchall()]
    for id_ in ids:
        release(connection, id_)
    return ids


def decide_pending(
    connection: sqlite3.Connection, document_id: bytes, state: PendingState, *, person: str, at: int, decision: str
) -> None:
    """Record who decided and how."""
    connection.execute(
        "UPDATE pending SET state = ?, decided_by = ?, decided_at = ?, decision = ? WHERE id = ? AND state = 'waiting'",
        (state.value, person, at, decision, document_id),
    )
    release(connection, document_id)


def _read(
    row: tuple[bytes, bytes, bytes, str, str, str, int, int, str, str | None, int | None, str | None],
) -> PendingDocument:
    id_, body, content, reasons, person, role, requested_at, expires_at, state, decided_by, decided_at, decision = row
    return PendingDocument(
        id_, body, content, _reasons_decoder.decode(reasons), person, role, requested_at, expires_at, PendingState(state),
        decided_by, decided_at, decision,
    )  # fmt: skip
