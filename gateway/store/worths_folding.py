"""Folds documents into what goods are worth, what was turned over and what was used of them: in memory, beside the writer.

Begins where the file stands, or at nothing. A pruned document is folded by its movements alone.
"""

import sqlite3
from collections.abc import Callable

import msgspec

from gateway.domain.costing import Valuation, issue, receive, unit_cost
from gateway.domain.usage import Use, uses_of
from gateway.domain.worth import Turnover, value_document
from gateway.store.pruned import is_pruned
from gateway.store.shelves import MOVEMENTS_PER_DOCUMENT
from replication.wire.events import DocumentPosted, decode_event


class Kept(msgspec.Struct, frozen=True):
    """Where the fold began anew in a journal that had lost bytes: of days up to `day`, entries up to `seq` stay as they were
    turned over when all of them was there."""

    seq: int = 0
    day: int = 0


class Folding:
    """The valuations that entries have changed so far, and what they turned over and used. `anew`: what the file says of earlier
    entries does not count."""

    def __init__(self, connection: sqlite3.Connection, day_of: Callable[[int], int], kept: Kept, *, anew: bool) -> None:
        self._connection, self._day_of, self._kept, self._anew = connection, day_of, kept, anew
        self._ids: dict[str, int] = {}
        self.valuations: dict[int, Valuation] = {}
        self.turnovers: dict[tuple[int, int], Turnover] = {}
        self.usages: dict[tuple[int, int], Use] = {}

    def take(self, seq: int, kind: int, payload: bytes) -> None:
        """A document, whole or pruned."""
        if is_pruned(kind, payload):
            self.take_pruned(seq)
            return
        event = decode_event(kind, payload)
        assert isinstance(event, DocumentPosted), "asked for by its kind"
        self.take_document(seq, event)

    def take_document(self, seq: int, event: DocumentPosted) -> None:
        """A document, whole."""
        valuations, turnovers = value_document(lambda sku: self._valuation(self.id_of(sku)), event)
        for sku, valuation in valuations.items():
            self.valuations[self.id_of(sku)] = valuation
        day = self._day_of(event.posted_at)
        if seq <= self._kept.seq and day <= self._kept.day:
            return
        for sku, done in turnovers.items():
            place = (day, self.id_of(sku))
            self.turnovers[place] = _sum(self.turnovers.get(place), done)
        for sku, use in uses_of(event).items():
            place = (self.id_of(sku), day)
            self.usages[place] = self.usages.get(place, Use()).plus(use)

    def take_pruned(self, seq: int) -> tuple[int, ...]:
        """What a document moved is known without its bytes, what it cost is not: goods come and go at their average. Answers
        the items."""
        first = seq * MOVEMENTS_PER_DOCUMENT
        changes: dict[int, int] = {}
        for item_id, quantity in self._connection.execute(
            "SELECT item_id, quantity FROM movements WHERE movement_id >= ? AND movement_id < ?",
            (first, first + MOVEMENTS_PER_DOCUMENT),
        ):
            changes[item_id] = changes.get(item_id, 0) + quantity
        for item_id, change in changes.items():
            before = self._valuation(item_id)
            if not before.last:
                before = msgspec.structs.replace(before, last=self._worth_before(item_id))
            if change > 0:
                self.valuations[item_id] = receive(before, change).now
            elif change < 0:
                self.valuations[item_id] = issue(before, -change).left
        return tuple(changes)

    def _worth_before(self, item_id: int) -> int:
        """What one was worth before the fold began anew."""
        for table in ("valuations", "valuations_before") if self._anew else ("valuations_before",):
            row = self._connection.execute(
                f"SELECT quantity, value, last FROM {table} WHERE item_id = ?", (item_id,)
            ).fetchone()
            if row is not None and (each := unit_cost(Valuation(*row))):
                return each
        return 0

    def id_of(self, sku: str) -> int:
        """The ledger's id of an item."""
        found = self._ids.get(sku)
        if found is None:
            (found,) = self._connection.execute("SELECT item_id FROM items WHERE sku = ?", (sku,)).fetchone()
            self._ids[sku] = found
        return found

    def _valuation(self, item_id: int) -> Valuation:
        known = self.valuations.get(item_id)
        if known is not None or self._anew:
            return known or Valuation()
        row = self._connection.execute(
            "SELECT quantity, value, last FROM valuations WHERE item_id = ?", (item_id,)
        ).fetchone()
        return Valuation() if row is None else Valuation(*row)


def _sum(so_far: Turnover | None, more: Turnover) -> Turnover:
    if so_far is None:
        return more
    return Turnover(
        more.item, so_far.issued + more.issued, so_far.cost + more.cost, so_far.sold + more.sold,
        so_far.revenue + more.revenue, so_far.revalued + more.revalued, so_far.made + more.made,
        so_far.sold_cost + more.sold_cost,
    )  # fmt: skip
