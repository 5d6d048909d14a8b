"""Transfers of the whole chain: rows beside the batches they are folded from, written in the transaction that applies them.

What is on its way to a branch stands summed in `transits`, so that the stock of a page is one look-up and no sum over
every open transfer.
"""

import itertools
import sqlite3
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final

import msgspec

from replication.headquarters.stores.store import ContentError
from replication.headquarters.stores.transfer_rows import TransferRow, TransitRow
from replication.headquarters.transfers import ChainTransfer, Decided, Met, Step, Told, after
from replication.wire.events import DocumentPosted, KnownEvent
from replication.wire.outbox import OutboxMessage
from replication.wire.requisition import Answering, AnswerView, answer_of, closes_requisition
from replication.wire.transfer import Figures, Goods, TransferState

# `sender` is empty and `dispatches` 0 until the transfer out is known; `takers` are names of branches, joined by commas.
# `place` is headquarters' own order of first hearing. A cell of `transits` that is nothing has no row. `stray_of` is null
# for all but goods that were sent under the id of another branch's transfer.
TRANSFER_TABLES: Final = """
CREATE TABLE transfers (
    place INTEGER PRIMARY KEY, transfer BLOB NOT NULL UNIQUE, sender TEXT NOT NULL, receiver TEXT NOT NULL,
    number TEXT NOT NULL, dispatched_at INTEGER, note TEXT, takers TEXT NOT NULL, dispatches INTEGER NOT NULL,
    cancel_reason TEXT, released INTEGER NOT NULL, returned INTEGER NOT NULL, decided TEXT NOT NULL,
    stray_of BLOB, state TEXT NOT NULL, requisition BLOB) STRICT;
CREATE INDEX transfers_by_requisition ON transfers (requisition, place) WHERE requisition IS NOT NULL;
CREATE TABLE requisitions_closed (id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE INDEX transfers_by_state ON transfers (state, place);
CREATE INDEX transfers_by_sender ON transfers (sender, state, place);
CREATE INDEX transfers_by_receiver ON transfers (receiver, state, place);
CREATE TABLE transfer_lines (
    transfer BLOB NOT NULL, item TEXT NOT NULL, lot TEXT NOT NULL, expiry TEXT, dispatched INTEGER NOT NULL,
    received INTEGER NOT NULL, short INTEGER NOT NULL, over INTEGER NOT NULL, damaged INTEGER NOT NULL,
    returned INTEGER NOT NULL, PRIMARY KEY (transfer, item, lot)) STRICT, WITHOUT ROWID;
CREATE TABLE transits (
    item TEXT NOT NULL, branch TEXT NOT NULL, lot TEXT NOT NULL, quantity INTEGER NOT NULL,
    PRIMARY KEY (item, branch, lot)) STRICT, WITHOUT ROWID;
CREATE INDEX transits_by_branch ON transits (branch, item)
"""

_COLUMNS: Final = (
    "transfer, sender, receiver, number, dispatched_at, note, takers, dispatches, cancel_reason, released, returned,"
    " decided, stray_of, requisition"
)
COUNTED_MAX: Final = 1_000
"""Transfers of a state that are counted: beyond, a page only says that there are more."""


class ChainTransfers:
    """Transfers inside the writer's transaction. `post` puts a message into a branch's outbox, `met` knows who spoke."""

    def __init__(self, connection: sqlite3.Connection, post: Callable[[str, OutboxMessage], int], met: Met) -> None:
        self._connection = connection
        self._post = post
        self._met = met

    def take(self, branch: str, event_id: bytes, event: KnownEvent) -> None:
        """An applied entry of a branch; one that is about no transfer and no requisition changes nothing."""
        closed = closes_requisition(event) if isinstance(event, DocumentPosted) else None
        if closed is not None:
            self._connection.execute("INSERT OR IGNORE INTO requisitions_closed VALUES (?)", (closed,))
            return
        before: dict[bytes, ChainTransfer | None] = {}

        def find(transfer: bytes) -> ChainTransfer | None:
            before[transfer] = find_transfer(self._connection, transfer)
            return before[transfer]

        outcome = after(find, self._met, branch, event_id, event)
        messages: tuple[Told, ...] = outcome.messages if isinstance(outcome, Step) else outcome
        try:
            for transfer in outcome.changed if isinstance(outcome, Step) else ():
                self._save(before.get(transfer.id), transfer)
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as error:
            raise ContentError(str(error)) from error
        for told in messages:
            self._post(told.branch, told.message)

    def _save(self, before: ChainTransfer | None, now: ChainTransfer) -> None:
        run = self._connection
        run.execute(
            f"INSERT INTO transfers ({_COLUMNS}, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (transfer) DO UPDATE SET sender = excluded.sender, receiver = excluded.receiver,"
            " number = excluded.number, dispatched_at = excluded.dispatched_at, note = excluded.note,"
            " takers = excluded.takers, dispatches = excluded.dispatches, cancel_reason = excluded.cancel_reason,"
            " released = excluded.released, returned = excluded.returned, decided = excluded.decided, state = excluded.state,"
            " requisition = excluded.requisition",
            (
                now.id, now.sender, now.receiver, now.number, now.dispatched_at, now.note, ",".join(now.takers),
                now.dispatches, now.cancel_reason, now.released, now.returned, now.decided.value, now.stray_of,
                now.requisition, now.state.value,
            ),
        )  # fmt: skip
        # Goods only ever join a transfer, and a receipt is mostly about a few of many.
        run.executemany(
            "INSERT OR REPLACE INTO transfer_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (now.id, *goods, now.expiries.get(goods), *msgspec.structs.astuple(figures))
                for goods, figures in now.cells.items()
                if before is None
                or before.cells.get(goods) != figures
                or before.expiries.get(goods) != now.expiries.get(goods)
            ],
        )
        self._move_transits(before, now)

    def _move_transits(self, before: ChainTransfer | None, now: ChainTransfer) -> None:
        changes: dict[tuple[str, str, str], int] = {}
        for transfer, sign in ((before, -1), (now, 1)):
            if transfer is not None:
                for (item, lot), figures in transfer.cells.items():
                    cell = (item, transfer.receiver, lot)
                    changes[cell] = changes.get(cell, 0) + sign * figures.in_transit
        moved = [(*cell, change) for cell, change in changes.items() if change]
        self._connection.executemany(
            "INSERT INTO transits VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET quantity = quantity + excluded.quantity",
            moved,
        )
        self._connection.executemany(
            "DELETE FROM transits WHERE item = ? AND branch = ? AND lot = ? AND quantity = 0",
            [cell[:3] for cell in moved],
        )


def find_transfer(connection: sqlite3.Connection, transfer: bytes) -> ChainTransfer | None:
    """A transfer by its id."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM transfers WHERE transfer = ?", (transfer,)).fetchone()
    return None if row is None else _read(connection, row)


def answer_to(connection: sqlite3.Connection, id_: bytes, document: DocumentPosted) -> AnswerView:
    """What became of a requisition."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM transfers WHERE requisition = ? ORDER BY place", (id_,))
    found = [_read(connection, row) for row in rows.fetchall()]
    closed = connection.execute("SELECT 1 FROM requisitions_closed WHERE id = ?", (id_,)).fetchone() is not None
    return answer_of(document, [Answering(one.id, one.state, one.cells) for one in found], closed=closed)


def list_transfers(
    connection: sqlite3.Connection,
    *,
    before: int,
    limit: int,
    branch: str | None = None,
    direction: str | None = None,
    state: TransferState | None = None,
) -> list[TransferRow]:
    """Transfers of a place below `before`, newest first; `direction` is "in" or "out" as seen from `branch`."""
    # Each end and state is an index in this order: the newest few of each, of all that are asked for, hold the newest few.
    newest = "place < ? ORDER BY place DESC LIMIT ?"
    found: list[tuple[int]] = []
    if branch is not None:
        for end in {"in": ("receiver",), "out": ("sender",)}.get(direction or "", ("receiver", "sender")):
            for one in TransferState if state is None else (state,):
                query = f"SELECT place FROM transfers WHERE {end} = ? AND state = ? AND {newest}"
                found += connection.execute(query, (branch, one.value, before, limit)).fetchall()
    elif state is not None:
        query = f"SELECT place FROM transfers WHERE state = ? AND {newest}"
        found = connection.execute(query, (state.value, before, limit)).fetchall()
    else:
        found = connection.execute(f"SELECT place FROM transfers WHERE {newest}", (before, limit)).fetchall()
    places = sorted({place for (place,) in found}, reverse=True)[: limit if limit >= 0 else None]
    query = f"SELECT {_COLUMNS} FROM transfers WHERE place = ?"
    return [TransferRow(one, _read(connection, connection.execute(query, (one,)).fetchone())) for one in places]


def count_transfers(connection: sqlite3.Connection) -> dict[TransferState, int]:
    """How many there are of each state, up to COUNTED_MAX."""
    query = "SELECT count(*) FROM (SELECT 1 FROM transfers WHERE state = ? LIMIT ?)"
    counts = {one: connection.execute(query, (one.value, COUNTED_MAX)).fetchone()[0] for one in TransferState}
    return {state: count for state, count in counts.items() if count}


def count_open(connection: sqlite3.Connection) -> int:
    """Transfers of which something may still be on its way, up to COUNTED_MAX of each state."""
    ended = (TransferState.RECEIVED, TransferState.CANCELLED)
    return sum(count for state, count in count_transfers(connection).items() if state not in ended)


def list_transits(
    connection: sqlite3.Connection,
    *,
    after: tuple[str, int, str],
    limit: int,
    item: str | None = None,
    branch: str | None = None,
    by_lot: bool = False,
) -> list[TransitRow]:
    """What is on its way, in the order of the list of stock: by SKU, then branch, or by lot too. Branches once met only."""
    where, values = ["t.item >= ?"], list[object]([after[0]])
    for column, value in (("t.item", item), ("t.branch", branch)):
        if value is not None:
            where.append(f"{column} = ?")
            values.append(value)
    # Read in the order of its key or index, and no further than the page goes: sorted by branch inside one item only.
    moving = connection.execute(
        "SELECT t.item, b.branch_id, t.lot, t.branch, t.quantity FROM transits t CROSS JOIN branches b ON b.branch = t.branch"
        f" WHERE {' AND '.join(where)} ORDER BY t.item",
        values,
    )
    rows: list[TransitRow] = []
    for sku, cells in itertools.groupby(moving, key=itemgetter(0)):
        sums: dict[tuple[int, str], TransitRow] = {}
        for _, branch_id, lot, name, quantity in cells:
            key = (branch_id, lot if by_lot else "")
            before = sums.get(key)
            whole = quantity + (0 if before is None else before.quantity)
            sums[key] = TransitRow(branch_id, name, sku, key[1] or None, whole)
        rows += [sums[key] for key in sorted(sums) if (sku, *key)[: 3 if by_lot else 2] > after[: 3 if by_lot else 2]]
        if len(rows) >= limit:
            break
    return rows[:limit]


def _read(connection: sqlite3.Connection, row: Sequence[Any]) -> ChainTransfer:
    (
        id_, sender, receiver, number, dispatched_at, note, takers, dispatches, cancel_reason, released, returned, decided,
        stray_of, requisition,
    ) = row  # fmt: skip
    cells: dict[Goods, Figures] = {}
    dates: dict[Goods, str] = {}
    for item, lot, expiry, *figures in connection.execute(
        "SELECT item, lot, expiry, dispatched, received, short, over, damaged, returned FROM transfer_lines"
        " WHERE transfer = ? ORDER BY item, lot",
        (id_,),
    ):
        cells[item, lot] = Figures(*figures)
        if expiry is not None:
            dates[item, lot] = expiry
    return ChainTransfer(
        bytes(id_), sender, receiver, number, dispatched_at, note, cells, dates,
        tuple(takers.split(",")) if takers else (), dispatches, cancel_reason, bool(released), bool(returned),
        Decided(decided), stray_of, requisition,
    )  # fmt: skip
