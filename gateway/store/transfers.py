"""Transfers as this branch knows them, kept beside the journal and what headquarters said, and recomputable from both.

Rows are written at once and never cached: a transfer is a handful of documents, and the transaction they are written in
is that of the document they come from.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from gateway.domain.transfers import Direction, Find, Said, Transfer, after_event, after_message
from replication.wire.events import (
    DocumentPosted,
    KnownEvent,
    TransferCancelRequested,
    TransferReleased,
    UnknownEvent,
    decode_event,
)
from replication.wire.outbox import OutboxKind, TransferTakenElsewhere, TransferVoided, decode_outbox, encode_outbox
from replication.wire.requisition import Answering
from replication.wire.transfer import TRANSFER_IN, TRANSFER_OUT, Figures, Goods, TransferState, transfer_of

# `transfer_said` holds the newest word of headquarters of each kind: beside the journal the only source of the others.
# `place` is the order in which this branch met its transfers; `transfer_entries` are the journal's entries about one.
TRANSFER_TABLES: Final = f"""
CREATE TABLE transfers (
    place INTEGER PRIMARY KEY, transfer BLOB NOT NULL UNIQUE, direction TEXT NOT NULL, state TEXT NOT NULL, peer TEXT NOT NULL,
    number TEXT NOT NULL, dispatched_at INTEGER, note TEXT, cancel_reason TEXT, refused TEXT, released INTEGER NOT NULL,
    returned INTEGER NOT NULL, requisition BLOB) STRICT;
CREATE INDEX transfers_by_state ON transfers (direction, state, place);
CREATE INDEX transfers_by_requisition ON transfers (requisition, place) WHERE requisition IS NOT NULL;
CREATE TABLE transfer_lines (
    transfer BLOB NOT NULL, item TEXT NOT NULL, lot TEXT NOT NULL, expiry TEXT, dispatched INTEGER NOT NULL,
    received INTEGER NOT NULL, short INTEGER NOT NULL, over INTEGER NOT NULL, damaged INTEGER NOT NULL,
    returned INTEGER NOT NULL, PRIMARY KEY (transfer, item, lot)) STRICT, WITHOUT ROWID;
CREATE TABLE transfer_entries (seq INTEGER PRIMARY KEY, transfer BLOB NOT NULL) STRICT;
CREATE INDEX transfer_entries_by_transfer ON transfer_entries (transfer, seq);
CREATE TABLE transfer_said (
    transfer BLOB NOT NULL, kind INTEGER NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (transfer, kind)) STRICT, WITHOUT ROWID;
CREATE INDEX transfers_given_back ON transfer_said (transfer) WHERE kind = {int(OutboxKind.TRANSFER_VOIDED)}
"""

COUNTED_MAX: Final = 1_000
"""Transfers of a direction and state that are counted: beyond, a page only says that there are more."""

_COLUMNS: Final = (
    "transfer, direction, peer, number, dispatched_at, note, cancel_reason, refused, released, returned, requisition"
)


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
        transfer = transfer_named(event_id, event)
        if transfer is not None:
            self._connection.execute("INSERT OR REPLACE INTO transfer_entries VALUES (?, ?)", (seq, transfer))
        self._save(after_event(self.find, event_id, event))

    def hear(self, message: Said | TransferVoided) -> None:
        """Headquarters spoke of a transfer: its word is kept, and what it changes is written."""
        kind, payload = encode_outbox(message)
        self._connection.execute(
            "INSERT OR REPLACE INTO transfer_said VALUES (?, ?, ?)", (message.transfer, int(kind), payload)
        )
        if not isinstance(message, TransferVoided):
            self._save(after_message(self.find, message))

    def set_aside(self, after: int) -> set[bytes]:
        """The entries after a seq leave the journal; answers which transfers they were about. `recompute` follows."""
        gone = self._connection.execute("DELETE FROM transfer_entries WHERE seq > ? RETURNING transfer", (after,))
        return {transfer for (transfer,) in gone}

    def taken_since(self, after: int) -> set[bytes]:
        """The transfers that entries after a seq are about."""
        rows = self._connection.execute("SELECT transfer FROM transfer_entries WHERE seq > ?", (after,))
        return {transfer for (transfer,) in rows}

    def recompute(self, transfers: Iterable[bytes]) -> None:
        """Compute these again from their entries in the flushed journal and from what was said: their entries moved."""
        for transfer in transfers:
            record: Transfer | None = None
            for event_id, event in entries_of(self._connection, transfer):
                record = after_event(_known(record), event_id, event) or record
            for message in said_of_transfers(self._connection, transfer):
                record = after_message(_known(record), message) or record
            if record is None:
                self._connection.execute("DELETE FROM transfers WHERE transfer = ?", (transfer,))
                self._connection.execute("DELETE FROM transfer_lines WHERE transfer = ?", (transfer,))
            self._save(record)

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
            f"INSERT INTO transfers ({_COLUMNS}, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (transfer) DO"
            " UPDATE SET direction = excluded.direction, peer = excluded.peer, number = excluded.number,"
            " dispatched_at = excluded.dispatched_at, note = excluded.note, cancel_reason = excluded.cancel_reason,"
            " refused = excluded.refused, released = excluded.released, returned = excluded.returned, state = excluded.state,"
            " requisition = excluded.requisition",
            (
                record.id, record.direction.value, record.peer, record.number, record.dispatched_at, record.note,
                record.cancel_reason, record.refused, record.released, record.returned, record.requisition, record.state.value,
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


def _known(record: Transfer | None) -> Find:
    """Of all transfers, the one at hand."""
    return lambda transfer: record if record is not None and record.id == transfer else None


def transfer_named(event_id: bytes, event: KnownEvent) -> bytes | None:
    """The transfer an entry is about; None where it is about none."""
    match event:
        case DocumentPosted(type=kind) if kind == TRANSFER_OUT:
            return event_id
        case DocumentPosted(type=kind) if kind == TRANSFER_IN:
            return transfer_of(event)
        case TransferCancelRequested(transfer=transfer) | TransferReleased(transfer=transfer):
            return transfer
        case _:
            return None


ENTRIES_OF: Final = (
    "SELECT event_id, kind, payload FROM transfer_entries JOIN journal USING (seq) WHERE transfer = ? ORDER BY seq"
)


def entries_of(connection: sqlite3.Connection, transfer: bytes) -> Iterator[tuple[bytes, KnownEvent]]:
    """What the journal says of a transfer, oldest first: each entry's id and event."""
    for event_id, kind, payload in connection.execute(ENTRIES_OF, (transfer,)):
        event = decode_event(kind, payload)
        assert not isinstance(event, UnknownEvent), "entries are noted by kinds that are known"
        yield bytes(event_id), event


SAID: Final = "SELECT kind, payload FROM transfer_said"


def said_of_transfers(connection: sqlite3.Connection, transfer: bytes | None = None) -> Iterator[Said]:
    """The newest of each thing headquarters said of each transfer, or of one, but for what is done by a document."""
    rows = (
        connection.execute(f"{SAID} ORDER BY transfer, kind")
        if transfer is None
        else connection.execute(f"{SAID} WHERE transfer = ? ORDER BY kind", (transfer,))
    )
    for kind, payload in rows:
        message = decode_outbox(kind, payload)
        assert isinstance(message, Said | TransferVoided), "only words about transfers are kept there"
        if not isinstance(message, TransferVoided):
            yield message


def taken_elsewhere(connection: sqlite3.Connection, transfer: bytes) -> TransferTakenElsewhere | None:
    """Headquarters' newest word that branches took goods of it that were sent to another."""
    return next(
        (one for one in said_of_transfers(connection, transfer) if isinstance(one, TransferTakenElsewhere)), None
    )


def find_transfer(connection: sqlite3.Connection, transfer: bytes) -> Transfer | None:
    """A transfer by its id."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM transfers WHERE transfer = ?", (transfer,)).fetchone()
    return None if row is None else _read(connection, row)


def answering(connection: sqlite3.Connection, requisition: bytes) -> list[Answering]:
    """The transfers that name a requisition, as far as this branch knows them, oldest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM transfers WHERE requisition = ? ORDER BY place", (requisition,))
    found = [_read(connection, row) for row in rows.fetchall()]
    return [Answering(one.id, one.state, one.cells) for one in found]


def list_transfers(
    connection: sqlite3.Connection,
    *,
    before: int,
    limit: int,
    direction: Direction | None = None,
    state: TransferState | None = None,
) -> list[TransferRow]:
    """Transfers of a place below `before`, newest first."""
    newest = "place < ? ORDER BY place DESC LIMIT ?"
    found: list[tuple[int]] = []
    if direction is None and state is None:
        found = connection.execute(f"SELECT place FROM transfers WHERE {newest}", (before, limit)).fetchall()
    else:
        # Each direction and state stands in the index in this order: the newest few of each hold the newest few.
        query = f"SELECT place FROM transfers WHERE direction = ? AND state = ? AND {newest}"
        for way in Direction if direction is None else (direction,):
            for one in TransferState if state is None else (state,):
                found += connection.execute(query, (way.value, one.value, before, limit)).fetchall()
    places = sorted({place for (place,) in found}, reverse=True)[: limit if limit >= 0 else None]
    query = f"SELECT {_COLUMNS} FROM transfers WHERE place = ?"
    return [TransferRow(one, _read(connection, connection.execute(query, (one,)).fetchone())) for one in places]


def count_transfers(connection: sqlite3.Connection) -> dict[tuple[Direction, TransferState], int]:
    """How many there are, by direction and state, up to COUNTED_MAX of each."""
    query = "SELECT count(*) FROM (SELECT 1 FROM transfers WHERE direction = ? AND state = ? LIMIT ?)"
    counts = {
        (way, state): connection.execute(query, (way.value, state.value, COUNTED_MAX)).fetchone()[0]
        for way in Direction
        for state in TransferState
    }
    return {key: count for key, count in counts.items() if count}


def documents_of(connection: sqlite3.Connection, transfer: bytes) -> list[bytes]:
    """The ids of this branch's transfer-in documents of a transfer, oldest first."""
    rows = connection.execute(
        "SELECT event_id FROM transfer_entries JOIN journal USING (seq) JOIN documents USING (seq)"
        " WHERE transfer = ? AND type = ? ORDER BY seq",
        (transfer, TRANSFER_IN),
    )
    return [bytes(event_id) for (event_id,) in rows]


def _read(connection: sqlite3.Connection, row: Sequence[Any]) -> Transfer:
    id_, direction, peer, number, dispatched_at, note, cancel_reason, refused, released, returned, requisition = row
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
        bool(released), bool(returned), requisition,
    )  # fmt: skip
