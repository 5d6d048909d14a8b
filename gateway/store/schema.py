"""The tables of a ledger file, as migrations in order. A migration, once released, is never edited."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from gateway.store.alerts import ALERT_TABLES
from gateway.store.counts_tables import COUNT_TABLES
from gateway.store.deliveries import DELIVERY_TABLES
from gateway.store.goods_tables import GOODS_TABLES
from gateway.store.imports import IMPORT_TABLES
from gateway.store.kitchen_tickets import KITCHEN_TABLES
from gateway.store.orders_tables import ORDER_TABLES
from gateway.store.partners import PARTNER_TABLES
from gateway.store.recipes import RECIPE_TABLES
from gateway.store.reversals import REVERSAL_TABLES
from gateway.store.reviews import REVIEW_TABLES
from gateway.store.search import SEARCH_TABLES
from gateway.store.shifts import SHIFT_TABLES
from gateway.store.tasks import TASK_TABLES
from gateway.store.transfers import TRANSFER_TABLES
from gateway.store.work_orders import WORK_ORDER_TABLES
from gateway.store.worths import WORTH_TABLES
from replication.storage.migrations import run_script

ledger_migrations = Migrations("ledger")


@ledger_migrations()
def first_ledger(db: Database) -> None:
    """Items, balances, movements, documents, the journal, and what waits for a person or a printer."""
    run_script(db, _FIRST_LEDGER)
    run_script(db, TRANSFER_TABLES)
    run_script(db, REVERSAL_TABLES)
    run_script(db, GOODS_TABLES)
    run_script(db, ORDER_TABLES)
    run_script(db, SHIFT_TABLES)
    run_script(db, REVIEW_TABLES)
    run_script(db, WORTH_TABLES)
    run_script(db, COUNT_TABLES)
    run_script(db, TASK_TABLES)
    run_script(db, ALERT_TABLES)
    run_script(db, DELIVERY_TABLES)
    run_script(db, RECIPE_TABLES)
    run_script(db, WORK_ORDER_TABLES)
    run_script(db, PARTNER_TABLES)
    run_script(db, IMPORT_TABLES)
    run_script(db, KITCHEN_TABLES)
    run_script(db, SEARCH_TABLES)


# Interned ids keep rows small. A sale appends to journal, documents and movements and updates a few small rows; it writes
# to no index but that of the event ids. Movements are therefore not clustered by item: each names the one of its item
# before it, item_totals names the newest, and an item's history is a walk. What an item has over all its places stands
# among its balances, at place 0 and as of its newest movement (0 while it has none), so that a sale changes one page of the file for
# it, not two. What the tabs of the stock page ask is in partial indexes of these, which a sale seldom touches.
# movement_id is seq * 1024 + its place in the document; lot_id 0 means "not kept by lot"; previous 0 means "the first".
# A barcode that two items claim (only an epoch can bring that about) belongs to the one put last. `staged` is filled for the offer in `staging`, after which entry it says; `epochs` are those begun here;
# `forked` keeps what an epoch set aside, and which seq it became (set_aside_by 0: another device wrote it).
_FIRST_LEDGER = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE items (
    item_id INTEGER PRIMARY KEY, sku TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_zh TEXT, zh_order TEXT NOT NULL, category TEXT,
    weighed INTEGER NOT NULL, low_below INTEGER, body BLOB NOT NULL, content BLOB NOT NULL, seq INTEGER NOT NULL,
    version INTEGER NOT NULL, list_price INTEGER) STRICT;
CREATE INDEX items_by_seq ON items (seq);
CREATE INDEX items_with_minimum ON items (item_id, low_below) WHERE low_below IS NOT NULL;
CREATE INDEX items_by_name ON items (name, item_id);
CREATE INDEX items_by_chinese_name ON items (zh_order, item_id);
CREATE TABLE barcodes (
    barcode TEXT NOT NULL, item_id INTEGER NOT NULL REFERENCES items, unit TEXT, PRIMARY KEY (barcode, item_id)
    ) STRICT, WITHOUT ROWID;
CREATE INDEX barcodes_by_item ON barcodes (item_id);
CREATE TABLE locations (location_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, virtual INTEGER NOT NULL) STRICT;
CREATE TABLE lots (
    lot_id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES items, lot TEXT NOT NULL, expiry TEXT,
    blocked INTEGER, UNIQUE (item_id, lot)) STRICT;
CREATE TABLE stations (station_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE balances (
    item_id INTEGER NOT NULL, location_id INTEGER NOT NULL, lot_id INTEGER NOT NULL, quantity INTEGER NOT NULL,
    seq INTEGER NOT NULL, PRIMARY KEY (item_id, location_id, lot_id)) STRICT, WITHOUT ROWID;
CREATE INDEX balances_negative ON balances (item_id) WHERE location_id = 0 AND lot_id = 0 AND quantity < 0;
CREATE INDEX balances_none ON balances (item_id) WHERE location_id = 0 AND lot_id = 0 AND quantity = 0;
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, event_id BLOB NOT NULL UNIQUE, kind INTEGER NOT NULL,
    payload BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE documents (
    seq INTEGER PRIMARY KEY, type TEXT NOT NULL, count INTEGER NOT NULL, total INTEGER NOT NULL, station_id INTEGER,
    person TEXT NOT NULL, posted_at INTEGER NOT NULL, content BLOB NOT NULL) STRICT;
CREATE INDEX documents_other_than_sales ON documents (type, seq) WHERE type != 'sale';
CREATE TABLE counters (type TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE movements (
    movement_id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL, location_id INTEGER NOT NULL, lot_id INTEGER NOT NULL,
    quantity INTEGER NOT NULL, balance INTEGER NOT NULL, previous INTEGER NOT NULL) STRICT;
CREATE VIEW item_totals AS SELECT item_id, quantity AS total, seq AS last_movement FROM balances
    WHERE location_id = 0 AND lot_id = 0;
CREATE TABLE slots (
    slot INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, sales INTEGER NOT NULL, sales_total INTEGER NOT NULL,
    returns_total INTEGER NOT NULL) STRICT;
CREATE TABLE pending (
    id BLOB PRIMARY KEY, body BLOB NOT NULL, content BLOB NOT NULL, reasons TEXT NOT NULL, person TEXT NOT NULL,
    role TEXT NOT NULL, requested_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, state TEXT NOT NULL, decided_by TEXT,
    decided_at INTEGER, decision TEXT) STRICT;
CREATE INDEX pending_waiting ON pending (expires_at, id) WHERE state = 'waiting';
CREATE TABLE print_jobs (
    job INTEGER PRIMARY KEY, seq INTEGER NOT NULL, printer TEXT NOT NULL, duplicate INTEGER NOT NULL, state TEXT NOT NULL,
    detail TEXT NOT NULL, at INTEGER NOT NULL, kitchen TEXT NOT NULL) STRICT;
CREATE INDEX print_jobs_by_document ON print_jobs (seq);
CREATE INDEX print_jobs_unfinished ON print_jobs (state) WHERE state IN ('queued', 'printing');
CREATE TABLE replication (
    id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, applied_seq INTEGER NOT NULL, applied_hash BLOB NOT NULL,
    durable_seq INTEGER NOT NULL, incarnation INTEGER NOT NULL, at INTEGER, digest BLOB NOT NULL) STRICT;
INSERT INTO replication VALUES (1, 1, 0, zeroblob(32), 0, 0, NULL, zeroblob(8));
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY CHECK (id = 1), incarnation INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
    at INTEGER) STRICT;
INSERT INTO inbox VALUES (1, 0, 0, zeroblob(32), NULL);
CREATE TABLE prices (
    price_list TEXT NOT NULL, sku TEXT NOT NULL, effective_at INTEGER NOT NULL, price INTEGER NOT NULL,
    version INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (price_list, sku, effective_at)) STRICT, WITHOUT ROWID;
CREATE INDEX prices_by_time ON prices (price_list, effective_at);
CREATE TABLE held_items (
    sku TEXT PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL, code TEXT NOT NULL, facts TEXT NOT NULL,
    at INTEGER NOT NULL, seal BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE anchors (
    item TEXT NOT NULL, location TEXT NOT NULL, lot TEXT NOT NULL, quantity INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (item, location, lot)) STRICT, WITHOUT ROWID;
CREATE TABLE epochs (
    epoch INTEGER PRIMARY KEY, base_seq INTEGER NOT NULL, ancestor_seq INTEGER NOT NULL, held_seq INTEGER NOT NULL,
    held_hash BLOB NOT NULL, reason TEXT NOT NULL, begun_at INTEGER NOT NULL, set_aside INTEGER NOT NULL,
    readmitted INTEGER NOT NULL) STRICT;
CREATE TABLE staging (
    id INTEGER PRIMARY KEY CHECK (id = 1), after_seq INTEGER NOT NULL, after_hash BLOB NOT NULL,
    held_seq INTEGER NOT NULL, held_hash BLOB NOT NULL) STRICT;
CREATE TABLE staged (
    seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, event_id BLOB NOT NULL, kind INTEGER NOT NULL, payload BLOB NOT NULL,
    hash BLOB NOT NULL) STRICT;
CREATE TABLE forked (
    set_aside_by INTEGER NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, event_id BLOB NOT NULL, kind INTEGER NOT NULL,
    payload BLOB NOT NULL, hash BLOB NOT NULL, content BLOB, became INTEGER,
    PRIMARY KEY (set_aside_by, epoch, seq)) STRICT, WITHOUT ROWID;
CREATE INDEX forked_by_event ON forked (event_id);
CREATE INDEX forked_by_place ON forked (became) WHERE became IS NOT NULL
"""
