"""Reading the order book: an order by its id or number, a receipt, and lists by a key. Changes nothing."""

import sqlite3
from typing import Any, Final

import msgspec

from gateway.domain.orders import NOTHING, Came, Order, OrderLine, OrderState, Receipt
from gateway.store.goods_tables import PLACES
from replication.wire.transfer import read_transfer_id

SUMS: Final = "sum(paid), sum(free), sum(inspecting), sum(rejected), sum(returned), sum(sent_back)"
CAME: Final = f"SELECT item, {SUMS} FROM receipts CROSS JOIN bought ON receipt = id WHERE order_id = ? GROUP BY item"
GOODS: Final = f"SELECT item, lot, {SUMS} FROM bought WHERE receipt = ? GROUP BY item, lot ORDER BY min(place)"
NAMED: Final = "SELECT id FROM orders WHERE number = ? AND seq < ? ORDER BY seq DESC LIMIT 1"
_ORDER: Final = "SELECT seq, id, number, supplier, currency, rate, expected FROM orders"


class OrderRow(msgspec.Struct, frozen=True):
    """An order in a list, with where and by whom it was placed; `total` in minor units of its own currency."""

    seq: int
    id: bytes
    number: str
    supplier: str
    currency: str | None
    expected: str | None
    state: OrderState
    total: int
    person: str
    posted_at: int


class ReceiptRow(msgspec.Struct, frozen=True):
    """A receipt of an order, and where it stands in the journal."""

    seq: int
    receipt: Receipt


def order_named(connection: sqlite3.Connection, named: str, before: int) -> bytes | None:
    """The id of the order that a text names, by its id or, among the entries before a seq, by its number. An id is believed:
    its order may stand behind what names it for a while, when histories meet."""
    by_id = read_transfer_id(named)
    if by_id is not None:
        return by_id
    row = connection.execute(NAMED, (named, before)).fetchone()
    return None if row is None else bytes(row[0])


def find_order(connection: sqlite3.Connection, order_id: bytes) -> Order | None:
    """An order with what came of it."""
    row = connection.execute(f"{_ORDER} WHERE id = ?", (order_id,)).fetchone()
    if row is None:
        return None
    seq, id_, number, supplier, currency, rate, expected = row
    lines = connection.execute(
        "SELECT item, unit, factor, ordered, cost, free FROM order_lines WHERE place >= ? AND place < ? ORDER BY place",
        (seq * PLACES, (seq + 1) * PLACES),
    )
    came = connection.execute(CAME, (order_id,))
    ended = connection.execute("SELECT 1 FROM order_ends WHERE id = ?", (order_id,)).fetchone()
    return Order(
        id_, number, supplier, currency, rate, expected,
        tuple(_line(*line) for line in lines.fetchall()),
        {item: Came(*sums) for item, *sums in came}, ended is not None,
    )  # fmt: skip


def find_receipt(connection: sqlite3.Connection, document_id: bytes) -> Receipt | None:
    """A receipt with what became of its goods."""
    row = connection.execute(
        "SELECT id, number, supplier, order_id FROM receipts WHERE id = ?", (document_id,)
    ).fetchone()
    return None if row is None else _receipt(connection, *row)


def receipts_of(connection: sqlite3.Connection, order_id: bytes) -> list[ReceiptRow]:
    """The receipts that name an order, oldest first."""
    rows = connection.execute(
        "SELECT seq, id, number, supplier, order_id FROM receipts WHERE order_id = ? ORDER BY seq", (order_id,)
    ).fetchall()
    return [ReceiptRow(seq, _receipt(connection, *row)) for seq, *row in rows]


def documents_about(connection: sqlite3.Connection, receipt: bytes) -> list[bytes]:
    """What was posted about a receipt after it: inspections, returns and reversals, oldest first."""
    rows = connection.execute(
        "SELECT document, min(place) FROM bought WHERE receipt = ? AND document != ? GROUP BY document ORDER BY 2",
        (receipt, receipt),
    )
    return [bytes(document) for document, _ in rows]


def closed_by(connection: sqlite3.Connection, order_id: bytes) -> bytes | None:
    """The document that closed an order or took it back."""
    row = connection.execute(
        "SELECT event_id FROM order_ends JOIN journal USING (seq) WHERE id = ? ORDER BY seq LIMIT 1", (order_id,)
    ).fetchone()
    return None if row is None else bytes(row[0])


ORDER_LIST: Final = (
    "SELECT orders.seq, orders.id, number, supplier, currency, expected, state, total, person, posted_at FROM orders"
    " JOIN documents USING (seq) WHERE {chosen}orders.seq < ? ORDER BY orders.seq DESC LIMIT ?"
)


def list_orders(
    connection: sqlite3.Connection,
    *,
    before: int,
    limit: int,
    state: OrderState | None = None,
    supplier: str | None = None,
) -> list[OrderRow]:
    """Orders with a seq below `before`, newest first."""
    if supplier is None:
        chosen, values = ("", ()) if state is None else ("state = ? AND ", (state.value,))
        found = connection.execute(ORDER_LIST.format(chosen=chosen), (*values, before, limit)).fetchall()
    else:
        # Each state of a supplier stands in the index in this order: the newest few of each hold the newest few.
        query, found = ORDER_LIST.format(chosen="supplier = ? AND state = ? AND "), []
        for one in OrderState if state is None else (state,):
            found += connection.execute(query, (supplier, one.value, before, limit)).fetchall()
        found = sorted(found, reverse=True)[:limit]
    return [_row(*row) for row in found]


def _line(item: str, unit: str | None, factor: int, ordered: int, cost: int | None, free: int) -> OrderLine:
    return OrderLine(item, unit, factor, ordered, cost, bool(free))


def _row(
    seq: int, id_: bytes, number: str, supplier: str, currency: str | None, expected: str | None, state: str, total: int,
    person: str, posted_at: int,
) -> OrderRow:  # fmt: skip
    return OrderRow(seq, id_, number, supplier, currency, expected, OrderState(state), total, person, posted_at)


def _receipt(connection: sqlite3.Connection, *row: Any) -> Receipt:
    id_, number, supplier, order_id = row
    goods = connection.execute(GOODS, (id_,)).fetchall()
    since = connection.execute(
        f"SELECT {SUMS} FROM bought WHERE receipt = ? AND document != ? GROUP BY item, lot", (id_, id_)
    )
    went_on = any(Came(*sums) != NOTHING for sums in since)
    return Receipt(id_, number, supplier, order_id, {(item, lot): Came(*sums) for item, lot, *sums in goods}, went_on)
