"""Post a count sheet as one stock count: every line at its own position, so that sales before and after it are right."""

import sqlite3

import msgspec
from msgspec import UNSET

from gateway.domain.document import CountLine, StockCount
from gateway.domain.fault import Fault
from gateway.domain.posting import Rejected
from gateway.store.counts_sheets import Sheet, find_sheet
from gateway.store.documents import load_document
from gateway.store.session import LedgerSession
from gateway.use_cases.post_document import Answer, post_document
from gateway.use_cases.shop import Poster, Shop
from replication.wire.location import SHOP


class UnknownSheet(msgspec.Struct, frozen=True):
    """Nobody began such a sheet."""


async def post_count(shop: Shop, poster: Poster, sheet: bytes) -> Answer | UnknownSheet:
    """Post a sheet; it is answered like any document, by the sheet's id. Raises StoreBusy when too many documents wait."""

    def query(connection: sqlite3.Connection) -> tuple[Sheet | None, int, bool]:
        (epoch,) = connection.execute("SELECT epoch FROM replication").fetchone()
        return find_sheet(connection, sheet), epoch, load_document(connection, sheet) is not None

    found, epoch, posted = await shop.ledger.read(query)
    if found is None:
        return UnknownSheet()
    faults = () if posted else _unfinished(found, epoch)
    if faults:
        return Rejected(faults)

    def still_so(session: LedgerSession) -> tuple[Fault, ...]:
        now = find_sheet(session.connection, sheet)
        return () if now is not None and now.lines == found.lines else (Fault("lines", "count_went_on"),)

    return await post_document(shop, poster, sheet, body_of(found), still_so=still_so)


def _unfinished(sheet: Sheet, epoch: int) -> tuple[Fault, ...]:
    """What has to be counted once more: far off the book, or at a position that another history has taken."""
    faults = []
    for line in sheet.lines:
        path, facts = f"lines[{line.line}]", {"item": line.item}
        if line.epoch != epoch:
            faults.append(Fault(path, "position_moved", facts))
        elif line.again:
            faults.append(Fault(path, "second_count_needed", facts))
    return tuple(faults)


def body_of(sheet: Sheet) -> StockCount:
    """The document a sheet becomes."""
    return StockCount(
        lines=tuple(
            CountLine(
                line.item, line.quantity, unit=line.unit or UNSET, lot=line.lot or UNSET,
                location=UNSET if line.location == SHOP else line.location, at_seq=line.at_seq,
            )
            for line in sheet.lines
        )
    )  # fmt: skip
