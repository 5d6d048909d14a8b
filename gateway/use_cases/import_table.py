"""Bring in a table: judged whole, then all of it or nothing, in steps so small that no till waits.

Nothing is written while any row is bad. What is good is staged on disk first; with one transaction it begins to count, and from
there it is carried through to its end, across crashes. Every step asks again: what a person changed in between is not written
over by a row that was judged before it, and is told.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from gateway.domain.import_changes import Change, OpeningPart, RowFault, TableRead, Taken
from gateway.domain.import_columns import ImportKind
from gateway.domain.recipe import RecipeBook
from gateway.store.imports import (
    STAGE_ROWS,
    ImportRow,
    add_import,
    begin,
    drop_stagings,
    find_import,
    next_applying,
    note_done,
    stage_changes,
    staged_after,
)
from gateway.store.recipes import recipes_in_force
from gateway.store.session import LedgerSession
from gateway.use_cases.import_changes import (
    Verdict,
    apply_alone,
    apply_in,
    judge_in,
    judge_opening,
    judge_recipes,
    stands_alone,
)
from gateway.use_cases.read_table import TableReader
from gateway.use_cases.shop import Poster, Shop
from replication.storage.errors import StoreBusy

JUDGE_ROWS: Final = 100
"""Judged in one go beside the writer: some milliseconds, then the loop is asked what else there is."""
APPLY_ROWS: Final = 25
"""Changed in one transaction: about as long as a sale of a hundred lines."""
PAUSE_SECONDS: Final = 0.002
"""Between two steps: selling has the writer."""
BUSY_SECONDS: Final = 0.5


class ImportReport(msgspec.Struct, frozen=True):
    """What a file would do, or is doing. `fault_count` counts bad rows beyond the listed ones; with any, nothing is done."""

    kind: ImportKind
    taken: Taken
    columns: tuple[str, ...]
    rows: int
    made: int
    changed: int
    same: int
    faults: tuple[RowFault, ...]
    fault_count: int
    known: ImportRow | None = None


class OtherImport(msgspec.Struct, frozen=True):
    """The id belongs to an import of another file."""


class ImportDesk:
    """Takes tables in. `digits` are the currency's decimals."""

    def __init__(self, shop: Shop, digits: int) -> None:
        self._shop = shop
        self._digits = digits
        self._reader = TableReader()
        self._one = asyncio.Lock()
        self._work = asyncio.Event()

    async def bring(
        self, poster: Poster, kind: ImportKind, data: bytes, import_id: bytes | None, *, dry_run: bool
    ) -> ImportReport | OtherImport:
        """Judge a file, and unless it is a rehearsal or something is wrong begin with it. Raises StoreBusy."""
        content = hashlib.blake2b(kind.value.encode() + b"\0" + data, digest_size=16).digest()
        ledger, name = self._shop.ledger, import_id or content
        async with self._one:
            known = await ledger.read(lambda connection: find_import(connection, name))
            if known is not None and known.state != "staging" and not dry_run:
                if known.content != content:
                    return OtherImport()
                return ImportReport(kind, Taken("unknown"), (), known.rows, 0, 0, 0, known.faults, 0, known)
            taken, table = await self._reader.read(kind, data, self._digits)
            report = await self._judge(poster, kind, taken, table)
            if dry_run or report.fault_count:
                return report
            begun = await self._stage(poster, kind, name, content, table)
        self._work.set()
        return msgspec.structs.replace(report, known=begun)

    async def find(self, import_id: bytes) -> ImportRow | None:
        """How far an import is."""
        return await self._shop.ledger.read(lambda connection: find_import(connection, import_id))

    async def run(self) -> None:
        """Carry through what has begun, until cancelled."""
        await self._shop.ledger.write(lambda session: drop_stagings(session.connection))
        while True:
            self._work.clear()
            while await self.step():
                await asyncio.sleep(PAUSE_SECONDS)
            await self._work.wait()

    async def step(self) -> bool:
        """The next few changes of the oldest import; False where nothing waits."""
        row = await self._shop.ledger.read(next_applying)
        if row is None:
            return False
        try:
            changes = await self._shop.ledger.read(
                lambda connection: staged_after(connection, row.number, row.done, APPLY_ROWS)
            )
            poster = Poster(row.person, row.role)
            if changes and stands_alone(changes[0]):
                verdict = await apply_alone(self._shop, poster, row.kind, _name(row, changes[0]), changes[0])
                await self._shop.ledger.write(
                    lambda session: note_done(session.connection, row, 1, verdict.changes, verdict.faults)
                )
                return True
            told = await self._shop.ledger.write(lambda session: self._apply(session, row, poster, changes))
        except StoreBusy:
            await asyncio.sleep(BUSY_SECONDS)
            return True
        for sku, seq in told:
            for watcher in self._shop.watchers:
                watcher.item_changed(sku, seq)
        return True

    def _apply(
        self, session: LedgerSession, row: ImportRow, poster: Poster, changes: Sequence[Change]
    ) -> list[tuple[str, int]]:
        verdicts = [apply_in(session, poster, row.kind, change, self._shop.clock()) for change in changes]
        faults = [fault for verdict in verdicts for fault in verdict.faults]
        note_done(session.connection, row, len(changes), sum(verdict.changes for verdict in verdicts), faults)
        return [verdict.told for verdict in verdicts if verdict.told is not None]

    async def _judge(self, poster: Poster, kind: ImportKind, taken: Taken, table: TableRead) -> ImportReport:
        ledger, verdicts = self._shop.ledger, list[Verdict]()
        recipes = await ledger.read(recipes_in_force) if kind is ImportKind.RECIPES else RecipeBook()
        for some in _blocks(table.changes, JUDGE_ROWS):
            if kind is ImportKind.RECIPES:
                verdicts += await ledger.read(lambda c, some=some: judge_recipes(c, some, recipes))  # type: ignore[misc]
            elif kind is ImportKind.BALANCES:
                verdicts += [
                    await judge_opening(self._shop, poster, part) for part in some if isinstance(part, OpeningPart)
                ]
            else:
                verdicts += await ledger.read(lambda c, some=some: _judged(c, kind, some))  # type: ignore[misc]
        found = sorted((fault for verdict in verdicts for fault in verdict.faults), key=lambda fault: fault.row)
        faults = sorted((*table.faults, *found), key=lambda fault: fault.row)
        good = [verdict for verdict in verdicts if not verdict.faults]
        made, changed = sum(verdict.made for verdict in good), sum(verdict.changes for verdict in good)
        return ImportReport(
            kind, taken, table.columns, table.rows, made, changed - made, len(good) - changed, tuple(faults[:1000]),
            table.fault_count + len(found),
        )  # fmt: skip

    async def _stage(
        self, poster: Poster, kind: ImportKind, name: bytes, content: bytes, table: TableRead
    ) -> ImportRow | None:
        ledger = self._shop.ledger
        row = ImportRow(
            0, name, kind, content, "staging", poster.person, poster.role, self._shop.clock(), table.rows,
            len(table.changes), 0, 0, (),
        )  # fmt: skip
        number = await ledger.write(lambda session: add_import(session.connection, row))
        at = 0
        for some in _blocks(table.changes, STAGE_ROWS):
            await ledger.write(
                lambda session, some=some, at=at: stage_changes(session.connection, number, at, some)  # type: ignore[misc]
            )
            at += len(some)
        await ledger.write(lambda session: begin(session.connection, number))
        return await self.find(name)


def _judged(connection: sqlite3.Connection, kind: ImportKind, changes: Sequence[Change]) -> list[Verdict]:
    return [judge_in(connection, kind, change) for change in changes]


def _blocks(changes: Sequence[Change], size: int) -> Iterable[Sequence[Change]]:
    return (changes[at : at + size] for at in range(0, len(changes), size))


def _name(row: ImportRow, change: Change) -> bytes:
    """The id of the document of a part: the same however often it is tried."""
    return hashlib.blake2b(row.id + change.row.to_bytes(4, "big"), digest_size=16).digest()
