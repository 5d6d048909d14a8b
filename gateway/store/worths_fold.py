"""What the journal says goods are worth, beside the rows that are folded behind the posting path: a part of verifying.

Compared as far as these rows were folded. Of goods that a pruned entry moved only the quantity is known.
"""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from gateway.domain.document_type import DocumentType
from gateway.domain.usage import Use
from gateway.store.counts_fold import lines_counted
from gateway.store.reversals import original_of
from gateway.store.worths_folding import Folding, Kept
from replication.wire.events import DocumentPosted

_COLLAPSE: Final = 500
"""Documents folded before their days are summed up: what is kept follows from the number of items."""
_TURNOVERS: Final = (
    "SELECT item_id, sum(issued), sum(cost), sum(sold), sum(revenue), sum(revalued), sum(made), sum(sold_cost) FROM turnovers"
    " GROUP BY item_id"
)
_COUNT: Final = DocumentType.STOCK_COUNT.value

Sums = tuple[int, ...]


class WorthsFold:
    """What the entries so far come to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._worth_to, self._counted_to = (_folded_to(connection, table) for table in ("followed", "counts_followed"))
        self._folding = Folding(connection, lambda _: 0, Kept(), anew=True)
        self._since = 0
        self._turnovers: dict[int, Sums] = {}
        self._usages: dict[int, Sums] = {}
        self._unsure: set[int] = set()
        self._counts: dict[bytes, dict[tuple[int, int], tuple[object, ...]]] = {}
        self._pruned: set[int] = set()

    def read(self, seq: int, event_id: bytes, event: DocumentPosted) -> None:
        """A document, whole."""
        if seq <= self._worth_to:
            self._folding.take_document(seq, event)
            self._since += 1
            if self._since == _COLLAPSE:
                self._collapse()
        if seq <= self._counted_to:
            if event.type == _COUNT:
                lines = enumerate(lines_counted(event))
                self._counts[event_id] = {(seq, index): msgspec.structs.astuple(line) for index, line in lines}
            elif (original := original_of(event)) is not None:
                self._counts.pop(original, None)

    def pass_over(self, seq: int) -> None:
        """A document that lost its bytes."""
        self._pruned.add(seq)
        if seq <= self._worth_to:
            self._unsure.update(self._folding.take_pruned(seq))

    def compare(self, compare: Callable[[str, Mapping[Any, Any], Mapping[Any, Any]], None]) -> None:
        """The journal says no more."""
        self._collapse()
        run = self._connection.execute
        if self._worth_to >= 0:
            valued = {item: msgspec.structs.astuple(one) for item, one in self._folding.valuations.items()}
            stored = {item: tuple(row) for item, *row in run("SELECT item_id, quantity, value, last FROM valuations")}
            compare("valuations", self._known(valued, of_unsure=1), self._known(stored, of_unsure=1))
        if self._worth_to >= 0 and not self._has_kept_days():
            turned = {item: tuple(row) for item, *row in run(_TURNOVERS)}
            compare("turnovers", self._known(self._turnovers), self._known(turned))
            causes = ", ".join(f"sum({cause})" for cause in Use.__struct_fields__)
            used = {item: tuple(row) for item, *row in run(f"SELECT item_id, {causes} FROM usages GROUP BY item_id")}
            compare("usages", self._known(self._usages), self._known(used))
        if self._counted_to >= 0:
            query = "SELECT count_results.seq, line, sku, location, lot, counted, expected FROM count_results JOIN items USING (item_id)"
            counts = {(seq, line): tuple(row) for seq, line, *row in run(query) if seq not in self._pruned}
            told = {place: row for rows in self._counts.values() for place, row in rows.items()}
            compare("count results", told, counts)

    def _has_kept_days(self) -> bool:
        """Whether days stayed as they were when the fold began anew over pruned entries: nobody can fold them again."""
        row = self._connection.execute("SELECT kept_seq FROM followed").fetchone()
        return row is not None and row[0] > 0

    def _known(self, rows: Mapping[int, Sums], of_unsure: int = 0) -> dict[int, Sums]:
        """Rows that are not all nothing; of goods that pruned entries moved so many of their figures."""
        known = {item: row[:of_unsure] if item in self._unsure else row for item, row in rows.items()}
        return {item: row for item, row in known.items() if any(row)}

    def _collapse(self) -> None:
        folding, self._since = self._folding, 0
        for (_, item), done in folding.turnovers.items():
            _add(self._turnovers, item, msgspec.structs.astuple(done)[1:])
        for (item, _), use in folding.usages.items():
            _add(self._usages, item, msgspec.structs.astuple(use))
        folding.turnovers, folding.usages = {}, {}


def _add(sums: dict[int, Sums], item: int, more: Sums) -> None:
    before = sums.get(item)
    sums[item] = more if before is None else tuple(one + two for one, two in zip(before, more, strict=True))


def _folded_to(connection: sqlite3.Connection, table: str) -> int:
    """Up to which entry rows were folded; -1 where an epoch moved the ground since, so that they are folded anew."""
    row = connection.execute(f"SELECT seq, hash FROM {table}").fetchone()
    if row is None or row[0] == 0:
        return 0 if row is not None else -1
    found = connection.execute("SELECT 1 FROM journal WHERE seq = ? AND hash = ?", row).fetchone()
    return -1 if found is None else int(row[0])
