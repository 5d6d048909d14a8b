"""The start-up check of the journal's end, on rows as a torn page leaves them."""

import sqlite3

import pytest

from gateway.store.tail import check_tail
from replication.storage.checks import CheckState
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry


def _journal(*rows: tuple[object, ...]) -> sqlite3.Connection:
    """A table without the promises of ours: what SQLite answers for a torn page keeps none of them."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE journal (seq, epoch, event_id, kind, payload, hash)")
    connection.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", rows)
    return connection


def _entry(seq: int, previous: bytes) -> tuple[int, int, bytes, int, bytes, bytes]:
    entry = Entry(1, seq, seq.to_bytes(16, "big"), 1, b"\x80")
    return seq, 1, entry.event_id, entry.kind, entry.payload, entry.hash_after(previous)


FIRST = _entry(1, GENESIS_HASH)
SECOND = _entry(2, FIRST[5])


def test_a_chain_that_follows_is_good() -> None:
    check = check_tail(_journal(FIRST, SECOND))
    assert (check.state, check.found) == (CheckState.GOOD, "#2")


@pytest.mark.parametrize("column", range(1, 6))
def test_an_entry_that_lost_a_column_is_bad_and_named(column: int) -> None:
    torn = tuple(None if index == column else value for index, value in enumerate(SECOND))
    check = check_tail(_journal(FIRST, torn))
    assert (check.state, check.found) == (CheckState.BAD, "the entry after #1 is torn")
    assert check.advice
    assert check.advice_zh


def test_an_entry_whose_hash_is_another_is_bad_and_named() -> None:
    check = check_tail(_journal(FIRST, (*SECOND[:5], bytes(32))))
    assert (check.state, check.found) == (CheckState.BAD, "entry 2 does not follow entry 1")
