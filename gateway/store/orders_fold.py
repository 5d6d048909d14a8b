"""What the journal says of orders and of goods that were bought, beside the rows the ledger keeps of it: a part of verifying.

Rows are compared in the order of the journal; of a pruned entry they are taken as they stand.
"""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from gateway.domain.order_words import BUYING, bought, came_with, ended, placed
from gateway.store.goods_tables import PLACES
from gateway.store.ordered_rows import OrderedRows, Row
from gateway.store.orders import receipt_of
from gateway.store.orders_asked import find_order, order_named
from replication.wire.events import DocumentPosted

_STORED: Final = {
    "orders": "SELECT seq, id, number, supplier, currency, rate, expected FROM orders",
    "order ends": "SELECT seq, id FROM order_ends",
    "receipts": "SELECT seq, id, number, supplier, order_id FROM receipts",
    "order lines": "SELECT place, item, unit, factor, ordered, cost, free FROM order_lines",
    "bought": "SELECT place, receipt, document, item, lot, paid, free, inspecting, rejected, returned, sent_back FROM bought",
}
_BY_PLACE: Final = frozenset({"order lines", "bought"})


class OrdersFold:
    """What the entries so far said of orders."""

    def __init__(self, connection: sqlite3.Connection, differ: Callable[[str], None]) -> None:
        self._connection = connection
        self._differ = differ
        self._rows = {name: OrderedRows(name, _stored(connection, name), differ) for name in _STORED}

    def read(self, seq: int, event_id: bytes, event: DocumentPosted) -> None:
        """A document, whole."""
        if event.type not in BUYING:
            return
        meet, first = self._meet, seq * PLACES
        order, receipt, end = placed(event), came_with(event), ended(event)
        if order is not None:
            meet("orders", seq, (event_id, order.number, order.supplier, order.currency, order.rate, order.expected))
            for place, line in enumerate(order.lines, first):
                meet("order lines", place, msgspec.structs.astuple(line))
        if receipt is not None:
            of = None if receipt.order is None else order_named(self._connection, receipt.order, seq)
            meet("receipts", seq, (event_id, receipt.number, receipt.supplier, of))
        if end is not None and (of := order_named(self._connection, end, seq)) is not None:
            meet("order ends", seq, (of,))
        for place, one in enumerate(
            bought(event_id, event, lambda document: receipt_of(self._connection, document)), first
        ):
            meet("bought", place, (one.receipt, one.document, one.item, one.lot, *msgspec.structs.astuple(one.came)))

    def pass_over(self, seq: int) -> None:
        """An entry that lost its bytes."""
        for name, query in _STORED.items():
            key = "place" if name in _BY_PLACE else "seq"
            first, last = (seq * PLACES, (seq + 1) * PLACES) if name in _BY_PLACE else (seq, seq + 1)
            for at, *row in self._connection.execute(
                f"{query} WHERE {key} >= ? AND {key} < ? ORDER BY {key}", (first, last)
            ):
                self._meet(name, at, tuple(row))

    def end(self) -> None:
        """The journal says no more: the state of each order is that of its rows."""
        for rows in self._rows.values():
            rows.end()
        for order_id, stored in self._connection.execute("SELECT id, state FROM orders ORDER BY seq"):
            order = find_order(self._connection, order_id)
            if order is not None and order.state != stored:
                self._differ(f"orders: {order.number} is stored as {stored}, its receipts say {order.state}")

    def _meet(self, name: str, key: int, row: Row) -> None:
        self._rows[name].meet(key, row)


def _stored(connection: sqlite3.Connection, name: str) -> Iterator[tuple[int, Row]]:
    for key, *row in connection.execute(f"{_STORED[name]} ORDER BY 1"):
        yield key, tuple(row)
