"""The order book inside the open transaction of the writer, recomputable from the journal.

Rows are written at once and never cached: orders and receipts are few beside sales, which say nothing here.
"""

import sqlite3
from collections.abc import Iterable
from typing import Final

import msgspec

from gateway.domain.order_words import BUYING, bought, came_with, ended, placed
from gateway.domain.orders import Order, OrderState, Receipt
from gateway.store.goods_tables import PLACES
from gateway.store.orders_asked import find_order, find_receipt, order_named
from replication.wire.events import DocumentPosted

_BY_SEQ: Final = ("orders", "order_ends", "receipts")
_BY_PLACE: Final = ("order_lines", "bought")


class Orders:
    """See the module."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def note(self, seq: int, event_id: bytes, event: DocumentPosted) -> None:
        """A document was appended to the journal; what it says of orders and of goods that were bought is written."""
        if event.type not in BUYING:
            return
        run, first, touched = self._connection.execute, seq * PLACES, set[bytes]()
        order, receipt, end = placed(event), came_with(event), ended(event)
        if order is not None:
            values = (order.number, order.supplier, order.currency, order.rate, order.expected, OrderState.OPEN.value)
            run("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (seq, event_id, *values))
            self._connection.executemany(
                "INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(place, *msgspec.structs.astuple(line)) for place, line in enumerate(order.lines, first)],
            )
            touched.add(event_id)
        if receipt is not None:
            of = None if receipt.order is None else order_named(self._connection, receipt.order, seq)
            run("INSERT INTO receipts VALUES (?, ?, ?, ?, ?)", (seq, event_id, receipt.number, receipt.supplier, of))
        if end is not None and (of := order_named(self._connection, end, seq)) is not None:
            run("INSERT INTO order_ends VALUES (?, ?)", (seq, of))
            touched.add(of)
        words = list(bought(event_id, event, self.receipt_of))
        self._connection.executemany(
            "INSERT INTO bought VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (place, one.receipt, one.document, one.item, one.lot, *msgspec.structs.astuple(one.came))
                for place, one in enumerate(words, first)
            ],
        )
        self._settle(touched | self._orders_of({one.receipt for one in words}))

    def set_aside(self, after: int) -> None:
        """The entries after a seq leave the journal, and what they said with them."""
        run, first = self._connection.execute, (after + 1) * PLACES
        moved = {bytes(one) for (one,) in run("SELECT DISTINCT receipt FROM bought WHERE place >= ?", (first,))}
        touched = self._orders_of(moved) | {
            bytes(one) for (one,) in run("SELECT id FROM order_ends WHERE seq > ?", (after,))
        }
        for table in _BY_SEQ:
            run(f"DELETE FROM {table} WHERE seq > ?", (after,))
        for table in _BY_PLACE:
            run(f"DELETE FROM {table} WHERE place >= ?", (first,))
        self._settle(touched)

    def order(self, named: str | bytes, before: int) -> Order | None:
        """An order by its id, or by its number among the entries before a seq."""
        order_id = named if isinstance(named, bytes) else order_named(self._connection, named, before)
        return None if order_id is None else find_order(self._connection, order_id)

    def receipt(self, document_id: bytes) -> Receipt | None:
        """A receipt with what became of its goods."""
        return find_receipt(self._connection, document_id)

    def receipt_of(self, document: bytes) -> bytes | None:
        """The receipt that a document was about."""
        return receipt_of(self._connection, document)

    def _orders_of(self, receipts: Iterable[bytes]) -> set[bytes]:
        query = "SELECT order_id FROM receipts WHERE id = ? AND order_id IS NOT NULL"
        return {bytes(one) for receipt in receipts for (one,) in self._connection.execute(query, (receipt,))}

    def _settle(self, orders: Iterable[bytes]) -> None:
        """The state of orders as their rows say."""
        for order_id in orders:
            order = find_order(self._connection, order_id)
            if order is not None:
                self._connection.execute("UPDATE orders SET state = ? WHERE id = ?", (order.state.value, order_id))


def receipt_of(connection: sqlite3.Connection, document: bytes) -> bytes | None:
    """The receipt that a document was about."""
    row = connection.execute("SELECT receipt FROM bought WHERE document = ? LIMIT 1", (document,)).fetchone()
    return None if row is None else bytes(row[0])
