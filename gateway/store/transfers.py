"""Transfers as this branch knows them, kept beside the journal and what headquarters said, and recomputable from both.

Rows are written at once and never cached: a transfer is a handful of documents, and the transaction they are written in
is that of the document they come from.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from gateway.domain.transfers import Direction, Said, Transfer, after_event, after_message
from replication.wire.events import DocumentPosted, EventKind, KnownEvent, UnknownEvent, decode_event
from replication.wire.outbox import OutboxKind, TransferVoided, decode_outbox, encode_outbox
from replication.wire.transfer import TRANSFER_IN, TRANSFER_OUT, Figures, Goods, TransferState, transfer_of

# `transfer_said` holds the newest word of headquarters of each kind: beside the journal the only source of the others.
# `place` is the order in which this branch met its transfers.
TRANSFER_TABLES: Final = f"""
CREATE TABLE transfers (
    place INTEGER PRIMARY KEY, transfer BLOB NOT NULL UNIQUE, direction TEXT NOT NULL, state TEXT NOT NULL, peer TEXT NOT NULL,
    number TEXT NOT NULL, dispatched_at INTEGER, note TEXT, cancel_reason TEXT, refused TEXT, released INTEGER NOT NULL,
    returned INTEGER NOT NULL) STRICT;
CREATE INDEX transfers_by_state ON transfers (state, place);
CREATE TABLE transfer_lines (
    transfer BLOB NOT NULL, item TEXT NOT NULL, lot TEXT NOT NULL, expiry TEXT, dispatched INTEGER NOT NULL,
    received INTEGER NOT NULL, short INTEGER NOT NULL, over INTEGER NOT NULL, damaged INTEGER NOT NULL,
    returned INTEGER NOT NULL, PRIMARY KEY (transfer, item, lot)) STRICT, WITHOUT ROWID;
CREATE TABLE transfer_documents (
    transfer BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (transfer, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE transfer_said (
    transfer BLOB NOT NULL, kind INTEGER NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (transfer, kind)) STRICT, WITHOUT ROWID;
CREATE INDEX transfers_given_back ON transfer_said (transfer) WHERE kind = {int(OutboxKind.TRANSFER_VOIDED)}
"""

_COLUMNS: Final = "transfer, direction, peer, number, dispatched_at, note, cancel_reason, refused, released, returned"
_EVENTS: Final = (int(EventKind.TRANSFER_CANCEL_REQUESTED), int(EventKind.TRANSFER_RELEASED))


class TransferRow(msgspec.Struct, frozen=True):
    """A transfer in a list; `place` continues the page after it."""

    place: int
    transfer: Transfer


class Transfers:
    """Transfers inside the open transaction of the writer."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, transfer: bytes) -> Transfer | None:
        """A transfer by its id."""
        return find_transfer(self._connection, transfer)

    def note(self, seq: int, event_id: bytes, event: KnownEvent) -> None:
        """An entry was appended to the journal; what it says of a transfer is written."""
        self._save(after_event(self.find, event_id, event))
        transfer = transfer_of(event) if isinstance(event, DocumentPosted) and event.type == TRANSFER_IN else None
        if transfer is not None:
            self._connection.execute("INSERT OR IGNORE INTO transfer_documents VALUES (?, ?)", (transfer, seq))

    def hear(self, message: Said | TransferVoided) -> None:
        """Headquarters spoke of a transfer: its word is kept, and what it changes is written."""
        kind, payload = encode_outbox(message)
        self._connection.execute(
            "INSERT OR REPLACE INTO transfer_said VALUES (?, ?, ?)", (message.transfer, int(kind), payload)
        )
        if not isinstance(message, TransferVoided):
            self._save(after_message(self.find, message))

    def rebuild(self) -> None:
        """Compute every transfer again from the flushed journal and from what was said: an epoch set entries aside."""
        for table in ("transfers", "transfer_lines", "transfer_documents"):
            self._connection.execute(f"DELETE FROM {table}")
        for seq, event_id, event in transfer_entries(self._connection):
            self.note(seq, event_id, event)
        for message in said_of_transfers(self._connection):
            self._save(after_message(self.find, message))

    def given_back(self) -> list[tuple[TransferVoided, str | None]]:
        """Rests of this branch's transfers that headquarters gave back and that were not taken yet, with why it was asked."""
        # Asked with every word about a transfer: from the few that were ever given back, not from all there are.
        rows = self._connection.execute(
            "SELECT payload, cancel_reason FROM transfer_said CROSS JOIN transfers USING (transfer)"
            f" WHERE kind = {int(OutboxKind.TRANSFER_VOIDED)} AND direction = 'out' AND NOT returned ORDER BY place"
        )
        found = []
        for payload, reason in rows.fetchall():
            message = decode_outbox(int(OutboxKind.TRANSFER_VOIDED), payload)
            assert isinstance(message, TransferVoided), "kept under its own kind"
            found.append((message, reason))
        return found

    def _save(self, record: Transfer | None) -> None:
        if record is None:
            return
        run = self._connection
        run.execute(
            f"INSERT INTO transfers ({_COLUMNS}, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (transfer) DO"
            " UPDATE SET direction = excluded.direction, peer = excluded.peer, number = excluded.number,"
            " dispatched_at = excluded.dispatched_at, note = excluded.note, cancel_reason = excluded.cancel_reason,"
            " refused = excluded.refused, released = excluded.released, returned = excluded.returned, state = excluded.state",
            (
                record.id, record.direction.value, record.peer, record.number, record.dispatched_at, record.note,
                record.cancel_reason, record.refused, record.released, record.returned, record.state.value,
            ),
        )  # fmt: skip
        run.execute("DELETE FROM transfer_lines WHERE transfer = ?", (record.id,))
        run.executemany(
            "INSERT INTO transfer_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (record.id, *goods, record.expiries.get(goods), *msgspec.structs.astuple(figures))
                for goods, figures in record.cells.items()
            ],
        )


def transfer_entries(connection: sqlite3.Connection) -> list[tuple[int, bytes, KnownEvent]]:
    """The journal's entries that say something of transfers: (seq, event id, event), oldest first."""
    rows = connection.execute(
        "SELECT seq, event_id, kind, payload FROM journal WHERE seq IN (SELECT seq FROM documents WHERE type IN (?, ?)"
        " AND type != 'sale') OR kind IN (?, ?) ORDER BY seq",
        (TRANSFER_OUT, TRANSFER_IN, *_EVENTS),
    )
    found = []
    for seq, event_id, kind, payload in rows:
        event = decode_event(kind, payload)
        assert not isinstance(event, UnknownEvent), "entries are chosen by kinds that are known"
        found.append((seq, bytes(event_id), event))
    return found


def said_of_transfers(connection: sqlite3.Connection) -> list[Said]:
    """The newest of each thing headquarters said of each transfer, but for what is done by a document."""
    return [message for message in _said(connection) if not isinstance(message, TransferVoided)]


def _said(connection: sqlite3.Connection) -> list[Said | TransferVoided]:
    rows = connection.execute("SELECT kind, payload FROM transfer_said ORDER BY transfer, kind")
    found = []
    for kind, payload in rows:
        message = decode_outbox(kind, payload)
        assert isinstance(message, Said | TransferVoided), "only words about transfers are kept there"
        found.append(message)
    return found


def find_transfer(connection: sqlite3.Connection, transfer: bytes) -> Transfer | None:
    """A transfer by its id."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM transfers WHERE transfer = ?", (transfer,)).fetchone()
    return None if row is None else _read(connection, row)


def list_transfers(
    connection: sqlite3.Connection,
    *,
    before: int,
    limit: int,
    direction: Direction | None = None,
    state: TransferState | None = None,
) -> list[TransferRow]:
    """Transfers of a place below `before`, newest first."""
    where, values = ["place < ?"], list[object]([before])
    if direction is not None:
        where.append("direction = ?")
        values.append(direction.value)
    if state is not None:
        where.append("state = ?")
        values.append(state.value)
    rows = connection.execute(
        f"SELECT place, {_COLUMNS} FROM transfers WHERE {' AND '.join(where)} ORDER BY place DESC LIMIT ?",
        (*values, limit),
    )
    return [TransferRow(place, _read(connection, tuple(row))) for place, *row in rows.fetchall()]


def count_transfers(connection: sqlite3.Connection) -> dict[tuple[Direction, TransferState], int]:
    """How many there are, by direction and state."""
    rows = connection.execute("SELECT direction, state, count(*) FROM transfers GROUP BY direction, state")
    return {(Direction(direction), TransferState(state)): count for direction, state, count in rows}


def documents_of(connection: sqlite3.Connection, transfer: bytes) -> list[bytes]:
    """The ids of this branch's transfer-in documents of a transfer, oldest first."""
    rows = connection.execute(
        "SELECT event_id FROM transfer_documents JOIN journal USING (seq) WHERE transfer = ? ORDER BY seq", (transfer,)
    )
    return [bytes(event_id) for (event_id,) in rows]


def _read(connection: sqlite3.Connection, row: Sequence[Any]) -> Transfer:
    id_, direction, peer, number, dispatched_at, note, cancel_reason, refused, released, returned = row
    cells: dict[Goods, Figures] = {}
    expiries: dict[Goods, str] = {}
    lines = connection.execute(
        "SELECT item, lot, expiry, dispatched, received, short, over, damaged, returned FROM transfer_lines"
        " WHERE transfer = ? ORDER BY item, lot",
        (id_,),
    )
    for item, lot, expiry, *figures in lines:
        cells[item, lot] = Figures(*figures)
        if expiry is not None:
            expiries[item, lot] = expiry
    return Transfer(
        id_, Direction(direction), peer, number, dispatched_at, note, cells, expiries, cancel_reason, refused,
        bool(released), bool(returned),
    )  # fmt: skip
