"""The tables of headquarters' database, as migrations in order. A migration, once released, is never edited."""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from replication.headquarters.stores.sqlite.catalogue import CATALOGUE_TABLES
from replication.headquarters.stores.sqlite.lots import LOT_TABLES
from replication.headquarters.stores.sqlite.transfers import TRANSFER_TABLES
from replication.storage.migrations import run_script

headquarters_migrations = Migrations("headquarters")


@headquarters_migrations()
def first_headquarters(db: Database) -> None:
    """Branches with their cursors, raw batches, events, documents, items, balances, quarantine."""
    run_script(db, _FIRST_HEADQUARTERS)
    run_script(db, CATALOGUE_TABLES)
    run_script(db, TRANSFER_TABLES)
    run_script(db, LOT_TABLES)


# `seal_key` is made at the first opening; what bears its seal was said here (`headquarters.downlink`).
# A batch's bytes are kept as they came and are what everything else can be computed from again. `hash` is the full
# chain hash at `last_seq`; a batch that overlapped what was applied counts from its `first_seq` here.
# `events` is the second guard: an event id exists once per branch, whatever the cursors say (two branches may use one id). A document's id is its event id.
# A slot is a quarter of an hour of posting times, so that any time zone's day is a run of them.
# The digest of a branch is that of all its balances here at the cursor, plus the corrections of its skips: what a branch
# said after a skip, less what was computed here. The fork store (`forked`) keeps the batches of second histories of a
# branch by name; `readmissions` says which of their events the present device was asked to append, and where it did.
# `pending` counts the events of a batch, once gone through, that stand nowhere else: at 0 its `raw` is emptied, and counts
# no more in `fork_totals.bytes`; `previous` then says by its first bytes which hash it was chained to, and neighbours become
# one row. `fork_totals.not_kept` counts proved ones turned away since there was last room, `asked` and `came` the events on
# their way to the present device and those that came up.
# An outbox belongs to a branch's name: headquarters may have something for a branch that it has not met.
# Balances are the sums of movements per cell, virtual places included, so that every item sums to zero.
_FIRST_HEADQUARTERS = """
CREATE TABLE site (
    id INTEGER PRIMARY KEY CHECK (id = 1), incarnation INTEGER NOT NULL, stream_created TEXT, stream_seq INTEGER,
    seal_key BLOB NOT NULL) STRICT;
INSERT INTO site VALUES (1, 1, NULL, NULL, x'');
CREATE TABLE branches (
    branch_id INTEGER PRIMARY KEY, branch TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_zh TEXT NOT NULL,
    currency TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
    durable_seq INTEGER NOT NULL, head_seq INTEGER NOT NULL, applied_at INTEGER,
    contact_at INTEGER, block_code TEXT, block_detail TEXT, block_at INTEGER, seen_seq INTEGER NOT NULL,
    digest BLOB NOT NULL, digest_open INTEGER NOT NULL) STRICT;
CREATE TABLE bindings (branch_id INTEGER PRIMARY KEY, binding BLOB NOT NULL) STRICT;
CREATE TABLE batches (
    branch_id INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, received_at INTEGER NOT NULL,
    hash BLOB NOT NULL, raw BLOB NOT NULL, UNIQUE (branch_id, first_seq)) STRICT;
CREATE TABLE events (
    event_id BLOB NOT NULL, branch_id INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (event_id, branch_id)) STRICT, WITHOUT ROWID;
CREATE TABLE documents (
    document INTEGER PRIMARY KEY, branch_id INTEGER NOT NULL, seq INTEGER NOT NULL, event_id BLOB NOT NULL,
    type TEXT NOT NULL, number TEXT NOT NULL, posted_at INTEGER NOT NULL, total INTEGER NOT NULL,
    UNIQUE (branch_id, seq)) STRICT;
CREATE INDEX documents_other_than_sales ON documents (type, document) WHERE type != 'sale';
CREATE INDEX documents_other_than_sales_of_a_branch ON documents (branch_id, type, seq) WHERE type != 'sale';
CREATE TABLE items (
    item_id INTEGER PRIMARY KEY, sku TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_zh TEXT, zh_order TEXT NOT NULL, unit TEXT,
    body BLOB, version INTEGER NOT NULL, branch_id INTEGER, seq INTEGER) STRICT;
CREATE INDEX items_by_name ON items (name, item_id);
CREATE INDEX items_by_chinese_name ON items (zh_order, item_id);
CREATE TABLE item_differences (
    item_id INTEGER NOT NULL, branch_id INTEGER NOT NULL, unit TEXT NOT NULL, body BLOB NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (item_id, branch_id)) STRICT, WITHOUT ROWID;
CREATE TABLE locations (location_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL) STRICT;
CREATE TABLE balances (
    branch_id INTEGER NOT NULL, item_id INTEGER NOT NULL, location_id INTEGER NOT NULL, lot TEXT NOT NULL,
    quantity INTEGER NOT NULL, PRIMARY KEY (branch_id, item_id, location_id, lot)) STRICT, WITHOUT ROWID;
CREATE INDEX balances_by_item ON balances (item_id);
CREATE INDEX balances_below_zero ON balances (location_id, branch_id, item_id) WHERE quantity < 0;
CREATE TABLE slots (
    branch_id INTEGER NOT NULL, slot INTEGER NOT NULL, documents INTEGER NOT NULL, sales_total INTEGER NOT NULL,
    returns_total INTEGER NOT NULL, PRIMARY KEY (branch_id, slot)) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine (
    quarantine INTEGER PRIMARY KEY, branch TEXT NOT NULL, fingerprint BLOB NOT NULL, code TEXT NOT NULL,
    detail TEXT NOT NULL, raw BLOB NOT NULL, stream_created TEXT, stream_seq INTEGER, received_at INTEGER NOT NULL,
    times INTEGER NOT NULL, UNIQUE (branch, fingerprint)) STRICT;
CREATE INDEX quarantine_of_a_branch ON quarantine (branch, quarantine);
CREATE INDEX quarantine_of_other_devices ON quarantine (branch) WHERE code = 'damaged_fork';
CREATE INDEX quarantine_of_no_branch ON quarantine (quarantine) WHERE code = 'bad_subject';
CREATE TABLE outbox (
    branch TEXT NOT NULL, seq INTEGER NOT NULL, incarnation INTEGER NOT NULL, event_id BLOB NOT NULL,
    kind INTEGER NOT NULL, payload BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (branch, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE forked (
    forked INTEGER PRIMARY KEY, branch TEXT NOT NULL, fingerprint BLOB NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL,
    epoch INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, boot_id BLOB NOT NULL,
    raw BLOB NOT NULL, received_at INTEGER NOT NULL, times INTEGER NOT NULL, looked_at INTEGER,
    hash BLOB, pending INTEGER, previous BLOB, UNIQUE (branch, fingerprint)) STRICT;
CREATE INDEX forked_of_a_branch ON forked (branch, forked);
CREATE INDEX forked_by_end ON forked (branch, last_seq);
CREATE INDEX forked_unproved ON forked (branch, first_seq) WHERE hash IS NULL;
CREATE INDEX forked_by_boot ON forked (branch, boot_id, first_seq);
CREATE INDEX forked_not_looked_at ON forked (branch, forked) WHERE looked_at IS NULL;
CREATE INDEX forked_let_go ON forked (branch, boot_id, first_seq) WHERE previous IS NOT NULL;
CREATE INDEX forked_pending ON forked (pending) WHERE pending > 0;
CREATE TABLE fork_totals (
    branch TEXT PRIMARY KEY, batches INTEGER NOT NULL, bytes INTEGER NOT NULL, not_kept INTEGER NOT NULL,
    asked INTEGER NOT NULL, came INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE readmissions (
    branch TEXT NOT NULL, event_id BLOB NOT NULL, forked INTEGER NOT NULL, from_seq INTEGER NOT NULL,
    outbox_seq INTEGER NOT NULL, asked_at INTEGER NOT NULL, seq INTEGER,
    PRIMARY KEY (branch, event_id)) STRICT, WITHOUT ROWID;
CREATE INDEX readmissions_pending ON readmissions (branch, forked) WHERE seq IS NULL;
CREATE TABLE skips (
    skip INTEGER PRIMARY KEY, branch_id INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    hash BLOB NOT NULL, code TEXT NOT NULL, person TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
    signature BLOB NOT NULL, with_effects INTEGER NOT NULL, correction BLOB, corrected_at_seq INTEGER) STRICT;
CREATE INDEX skips_of_a_branch ON skips (branch_id, skip)
"""
