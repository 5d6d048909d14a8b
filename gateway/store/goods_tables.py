"""The rows of the goods part of a ledger: what was said of lots, where single pieces went, what of a sale came back.

Each row is of one entry and follows from it; `place` is the entry's seq * 1024 + its place among those of the entry, as in
movements, so that they stand in the order of the journal.
"""

from typing import Final

from gateway.domain.goods import MOVEMENTS_MAX

PLACES: Final = MOVEMENTS_MAX
"""Room for the rows of one entry in `place`."""

# What a lot's row says of its expiry and its block is found from its words again when entries leave the journal.
GOODS_TABLES: Final = """
CREATE TABLE lot_words (
    place INTEGER PRIMARY KEY, lot_id INTEGER NOT NULL, expiry TEXT, blocked INTEGER, reason TEXT NOT NULL,
    person TEXT NOT NULL, at INTEGER NOT NULL, withdrawn INTEGER NOT NULL) STRICT;
CREATE INDEX lot_words_of_a_lot ON lot_words (lot_id, place);
CREATE INDEX lots_by_name ON lots (lot, item_id);
CREATE INDEX lots_blocked ON lots (lot_id) WHERE blocked IS NOT NULL;
CREATE TABLE serial_moves (
    place INTEGER PRIMARY KEY, item_id INTEGER NOT NULL, serial TEXT NOT NULL, source TEXT NOT NULL,
    destination TEXT NOT NULL, lot TEXT NOT NULL) STRICT;
CREATE INDEX serial_moves_of_a_piece ON serial_moves (serial, place);
CREATE INDEX serial_moves_of_an_item ON serial_moves (item_id, serial, place);
CREATE TABLE came_back (
    place INTEGER PRIMARY KEY, original BLOB NOT NULL, document BLOB NOT NULL, item TEXT NOT NULL, lot TEXT NOT NULL,
    quantity INTEGER NOT NULL) STRICT;
CREATE INDEX came_back_of_a_sale ON came_back (original);
CREATE INDEX came_back_by_document ON came_back (document)
"""
