"""Verify headquarters' transfers: fold them again from every branch's batches, and compare what does not depend on order.

Branches are read one after another here and arrived interleaved there, so a decision about a cancel is not computed
again: figures, ends, requests and what was returned are. Of two branches that sent under one id the order of arrival said
whose it is, so that is taken from the database; that this branch did send it is computed.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator

from replication.headquarters.fold import Effects, transfer_events
from replication.headquarters.stores.sqlite.transfers import list_transfers
from replication.headquarters.transfers import ChainTransfer, Step, after
from replication.wire.events import DocumentPosted
from replication.wire.requisition import closes_requisition

PLACE_MAX = 2**62
ALL = -1


class TransferFold:
    """Transfers as the batches read so far give them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._closed: set[bytes] = set()
        self._computed = {
            bytes(id_): ChainTransfer(bytes(id_), sender=sender)
            for id_, sender in connection.execute(
                "SELECT transfer, sender FROM transfers WHERE transfer IN (SELECT stray_of FROM transfers)"
            )
        }

    def note(self, branch: str, effects: Effects) -> None:
        """A batch of a branch, in the order of its journal."""
        for entry, event in transfer_events(effects):
            closed = closes_requisition(event) if isinstance(event, DocumentPosted) else None
            if closed is not None:
                self._closed.add(closed)
                continue
            outcome = after(self._computed.get, lambda _: True, branch, entry.event_id, event)
            if isinstance(outcome, Step):
                self._computed |= {one.id: one for one in outcome.changed}

    def compare(self, connection: sqlite3.Connection, compare: Callable[[str, object, object], None]) -> None:
        """Tell every transfer that differs, and every figure of what is on its way."""
        stored = {row.transfer.id: row.transfer for row in list_transfers(connection, before=PLACE_MAX, limit=ALL)}
        for transfer in sorted(stored.keys() | self._computed.keys()):
            held, computed = stored.get(transfer), self._computed.get(transfer)
            compare(f"transfer {transfer.hex()}", held and _fixed(held), computed and _fixed(computed))
        closed = {bytes(id_) for (id_,) in connection.execute("SELECT id FROM requisitions_closed")}
        compare("requisitions taken back", closed, self._closed)
        rows = connection.execute("SELECT item, branch, lot, quantity FROM transits")
        transits: dict[tuple[str, str, str], int] = {}
        for cell, quantity in _on_the_way(stored.values()):
            transits[cell] = transits.get(cell, 0) + quantity
        compare(
            "what is on its way",
            {tuple(cell): quantity for *cell, quantity in rows},
            {cell: quantity for cell, quantity in transits.items() if quantity},
        )


def _fixed(transfer: ChainTransfer) -> object:
    """What does not depend on the order in which branches' batches arrived."""
    return (
        transfer.sender, transfer.number, transfer.dispatched_at, transfer.note, sorted(transfer.cells.items()),
        sorted(transfer.expiries.items()), transfer.takers, transfer.dispatches, transfer.cancel_reason, transfer.returned, transfer.stray_of,
        transfer.requisition,
    )  # fmt: skip


def _on_the_way(transfers: Iterable[ChainTransfer]) -> Iterator[tuple[tuple[str, str, str], int]]:
    for transfer in transfers:
        for (item, lot), figures in transfer.cells.items():
            yield (item, transfer.receiver, lot), figures.in_transit
