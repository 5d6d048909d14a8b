"""The physical limit: exactly the rows the ledger writes for the same sales, replayed by bare `sqlite3` with nothing around.

Each group's rows are recorded from the ledger's own session first; then only BEGIN, the inserts and COMMIT (FULL) are
timed. For comparison the session itself is timed at the same group size, and what a flush of the disk takes.

    python -m tests.bench.bare_sqlite TEMPLATE SCRATCH ITEMS SALES        JSON on stdout
"""

import os
import random
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from gateway.domain.draft import Draft, read_draft
from gateway.domain.policy import GENERAL, Role
from gateway.domain.posting import Posting, Terms, plan
from gateway.store.ledger import LEDGER_FILE, wall_milliseconds
from gateway.store.session import LedgerSession, Posted
from gateway.use_cases.post_document import append
from replication.storage.connection import open_writer
from tests.bench.figures import percentile
from tests.bench.sales import Sale, receipts, sales
from tests.bench.stocked_ledger import body_decoder, copy_ledger, settle_collector

GROUPS = (1, 8, 32, 64)
FLUSHES = 200
FLUSH_BYTES = 24 * 1024
"""What a commit of one sale writes to the WAL."""

Statement = tuple[str, list[tuple[Any, ...]]]


class Recorder:
    """A connection as the session uses it. Keeps every write while `written` is a list."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.written: list[Statement] | None = None
        # What does not write, or is not to be kept, goes straight to SQLite.
        self.execute = connection.execute
        self.executemany = connection.executemany

    def keep(self) -> None:
        """From here on."""
        self.written = []
        self.execute = self._execute  # type: ignore[method-assign,assignment]
        self.executemany = self._executemany  # type: ignore[method-assign,assignment]

    def taken(self) -> list[Statement]:
        """What was written since the last time."""
        assert self.written is not None
        written, self.written = self.written, []
        return written

    def _execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        if self.written is not None and not sql.lstrip().startswith("SELECT"):
            self.written.append((sql, [tuple(values)]))
        return self.connection.execute(sql, values)

    def _executemany(self, sql: str, rows: Iterable[Any]) -> sqlite3.Cursor:
        kept = [tuple(row) for row in rows]
        if self.written is not None:
            self.written.append((sql, kept))
        return self.connection.executemany(sql, kept)


def _open(folder: Path, items: int) -> tuple[Recorder, LedgerSession]:
    """The ledger's session, which has met every item, on a connection that can record."""
    recorder = Recorder(open_writer(folder / LEDGER_FILE))
    session = LedgerSession(cast("sqlite3.Connection", recorder), wall_milliseconds, random.Random(1).randbytes)
    recorder.connection.execute("BEGIN IMMEDIATE")
    _post(session, list(receipts(items)), Terms("admin", Role.ADMIN, GENERAL))
    recorder.connection.execute("COMMIT")
    session.committed()
    return recorder, session


def _grouped(taken: list[Sale], size: int) -> Iterator[list[Sale]]:
    for first in range(0, len(taken), size):
        yield taken[first : first + size]


def _post(session: LedgerSession, group: list[Sale], terms: Terms) -> None:
    """What the writer thread runs for a group of sales, decoding included."""
    for sale in group:
        draft = read_draft(sale.id, body_decoder.decode(sale.body))
        assert isinstance(draft, Draft)
        assert session.find_document(draft.id) is None
        planned = plan(draft, session, terms)
        assert isinstance(planned, Posting)
        assert isinstance(append(session, draft, planned, terms.person, "till-1", None), Posted)
    session.flush()


def ours(folder: Path, items: int, taken: list[Sale], size: int) -> float:
    """CPU µs per sale of decode, plan, append, flush and commit, in groups of that size, on one thread."""
    recorder, session = _open(folder, items)
    connection, terms = recorder.connection, Terms("lin", Role.CASHIER, GENERAL)
    settle_collector()
    started = time.thread_time()
    for group in _grouped(taken, size):
        connection.execute("BEGIN IMMEDIATE")
        _post(session, group, terms)
        connection.execute("COMMIT")
        session.committed()
    spent = time.thread_time() - started
    connection.close()
    return spent / len(taken) * 1e6


def record(folder: Path, items: int, taken: list[Sale], size: int) -> list[list[Statement]]:
    """The writes of each group."""
    recorder, session = _open(folder, items)
    connection, terms = recorder.connection, Terms("lin", Role.CASHIER, GENERAL)
    recorder.keep()
    found = []
    for group in _grouped(taken, size):
        connection.execute("BEGIN IMMEDIATE")
        _post(session, group, terms)
        connection.execute("COMMIT")
        session.committed()
        found.append(recorder.taken())
    connection.close()
    return found


def replay(folder: Path, items: int, groups: list[list[Statement]], count: int) -> tuple[float, float]:
    """(sales a second, CPU µs per sale) of nothing but the writes."""
    recorder, _ = _open(folder, items)
    connection = recorder.connection
    settle_collector()
    cpu, wall = time.thread_time(), time.perf_counter()
    for group in groups:
        connection.execute("BEGIN IMMEDIATE")
        for sql, rows in group:
            connection.executemany(sql, rows)
        connection.execute("COMMIT")
    spent, took = time.thread_time() - cpu, time.perf_counter() - wall
    connection.close()
    return count / took, spent / count * 1e6


def flush_milliseconds(folder: Path) -> float:
    """How long the disk takes to flush what a one-sale commit writes."""
    path, block, took = folder / "flush", os.urandom(FLUSH_BYTES), []
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, FLUSH_BYTES * FLUSHES)
        os.fsync(descriptor)
        for index in range(FLUSHES):
            started = time.perf_counter()
            os.pwrite(descriptor, block, index * FLUSH_BYTES)
            os.fdatasync(descriptor)
            took.append(time.perf_counter() - started)
    finally:
        os.close(descriptor)
        path.unlink()
    return percentile(took, 50) * 1e3


def main(template: Path, scratch: Path, items: int, count: int) -> dict[str, float]:
    """Every group size, and the flush."""
    found = {"flush_ms": flush_milliseconds(template)}
    for size in GROUPS:
        # A single commit costs many times one of a group: a share of the sales tells the same.
        taken = list(sales(max(count // 4, size) if size == 1 else max(count, size), items))
        found[f"ours_cpu_us_{size}"] = ours(copy_ledger(template, scratch / f"ours-{size}"), items, taken, size)
        groups = record(copy_ledger(template, scratch / f"record-{size}"), items, taken, size)
        rate, cpu = replay(copy_ledger(template, scratch / f"replay-{size}"), items, groups, len(taken))
        found |= {f"rate_{size}": rate, f"cpu_us_{size}": cpu}
    return found


if __name__ == "__main__":
    print(msgspec.json.encode(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))).decode())
