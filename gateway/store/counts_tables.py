"""The tables of counting. Classes and results are folds and may be made anew; sheets are drafts that no journal knows yet."""

from typing import Final

COUNT_TABLES: Final = """
CREATE TABLE count_classes (
    item_id INTEGER PRIMARY KEY, class TEXT NOT NULL, value INTEGER NOT NULL) STRICT;
CREATE INDEX count_classes_by_value ON count_classes (value DESC, item_id);
CREATE TABLE counts_followed (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL, classified_day INTEGER) STRICT;
INSERT INTO counts_followed VALUES (1, 0, zeroblob(32), NULL);
CREATE TABLE count_results (
    seq INTEGER NOT NULL, line INTEGER NOT NULL, item_id INTEGER NOT NULL, location TEXT NOT NULL, lot TEXT NOT NULL,
    class TEXT NOT NULL, counted INTEGER NOT NULL, expected INTEGER NOT NULL, within INTEGER NOT NULL,
    value INTEGER NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (seq, line)) STRICT, WITHOUT ROWID;
CREATE INDEX count_results_by_item ON count_results (location, item_id, seq);
CREATE INDEX count_results_by_day ON count_results (day);
CREATE TABLE count_lists (
    day INTEGER NOT NULL, location TEXT NOT NULL, item_id INTEGER NOT NULL, person TEXT NOT NULL, place INTEGER NOT NULL,
    class TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (day, location, item_id)) STRICT, WITHOUT ROWID;
CREATE TABLE count_askers (
    day INTEGER NOT NULL, location TEXT NOT NULL, person TEXT NOT NULL,
    PRIMARY KEY (day, location, person)) STRICT, WITHOUT ROWID;
CREATE TABLE count_sheets (
    id BLOB PRIMARY KEY, location TEXT NOT NULL, person TEXT NOT NULL, begun_at INTEGER NOT NULL) STRICT;
CREATE INDEX count_sheets_by_age ON count_sheets (begun_at);
CREATE TABLE count_lines (
    sheet BLOB NOT NULL, line INTEGER NOT NULL, item TEXT NOT NULL, location TEXT NOT NULL, lot TEXT NOT NULL,
    quantity TEXT NOT NULL, unit TEXT, counted INTEGER NOT NULL, time INTEGER NOT NULL, person TEXT NOT NULL,
    epoch INTEGER NOT NULL, at_seq INTEGER NOT NULL, at INTEGER NOT NULL, again INTEGER NOT NULL,
    PRIMARY KEY (sheet, line)) STRICT, WITHOUT ROWID
"""
