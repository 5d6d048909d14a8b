"""The rows of the order book: what was ordered, which receipts came of it, and what became of their goods.

Each row is of one entry and follows from it, so that setting an entry aside is leaving out its rows; `place` is the entry's
seq * 1024 + its place among those of the entry. Only an order's `state` follows from all of them, and is settled again.
"""

from typing import Final

ORDER_TABLES: Final = """
CREATE TABLE orders (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, number TEXT NOT NULL, supplier TEXT NOT NULL, currency TEXT, rate TEXT,
    expected TEXT, state TEXT NOT NULL) STRICT;
CREATE INDEX orders_by_state ON orders (state, seq);
CREATE INDEX orders_by_supplier ON orders (supplier, state, seq);
CREATE INDEX orders_by_number ON orders (number, seq);
CREATE TABLE order_lines (
    place INTEGER PRIMARY KEY, item TEXT NOT NULL, unit TEXT, factor INTEGER NOT NULL, ordered INTEGER NOT NULL, cost INTEGER,
    free INTEGER NOT NULL) STRICT;
CREATE TABLE order_ends (seq INTEGER PRIMARY KEY, id BLOB NOT NULL) STRICT;
CREATE INDEX order_ends_of_an_order ON order_ends (id);
CREATE TABLE receipts (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, number TEXT NOT NULL, supplier TEXT, order_id BLOB) STRICT;
CREATE INDEX receipts_of_an_order ON receipts (order_id, seq) WHERE order_id IS NOT NULL;
CREATE TABLE bought (
    place INTEGER PRIMARY KEY, receipt BLOB NOT NULL, document BLOB NOT NULL, item TEXT NOT NULL, lot TEXT NOT NULL,
    paid INTEGER NOT NULL, free INTEGER NOT NULL, inspecting INTEGER NOT NULL, rejected INTEGER NOT NULL,
    returned INTEGER NOT NULL, sent_back INTEGER NOT NULL) STRICT;
CREATE INDEX bought_with_a_receipt ON bought (receipt, place);
CREATE INDEX bought_by_document ON bought (document)
"""
