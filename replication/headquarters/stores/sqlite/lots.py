"""Lots of the whole chain: which branch blocked one, and what every branch has of it. Folded from what branches said."""

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Final

import msgspec

from replication.headquarters.fold import OtherEvent
from replication.wire.entry import Entry
from replication.wire.events import LotBlocked, LotReleased

KIND_SELLABLE: Final = 0
KIND_UNSELLABLE: Final = 1
KIND_VIRTUAL: Final = 2
"""Kinds of places, as the figures count them: available, on hand only, neither."""

LOT_TABLES: Final = """
CREATE TABLE blocked_lots (
    branch_id INTEGER NOT NULL, item TEXT NOT NULL, lot TEXT NOT NULL, reason TEXT NOT NULL, person TEXT NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (lot, item, branch_id)) STRICT, WITHOUT ROWID;
CREATE INDEX balances_by_lot ON balances (lot, item_id, branch_id) WHERE lot != '';
CREATE INDEX transits_by_lot ON transits (lot, item, branch) WHERE lot != ''
"""


class LotFigure(msgspec.Struct, frozen=True):
    """A lot of an item at a branch; `reason`, `person` and `blocked_at` (UTC ms) are None where its goods may be taken.
    `in_transit` is on its way to that branch."""

    item: str
    branch_id: int
    branch: str
    on_hand: int
    available: int
    in_transit: int
    reason: str | None
    person: str | None
    blocked_at: int | None


def note_lots(connection: Connection, branch_id: int, events: Iterable[tuple[Entry, OtherEvent]]) -> None:
    """What a branch said of lots, in the order of its journal."""
    for _, event in events:
        match event:
            case LotBlocked():
                values = (branch_id, event.item, event.lot, event.reason, event.person, event.blocked_at)
                connection.execute("INSERT OR REPLACE INTO blocked_lots VALUES (?, ?, ?, ?, ?, ?)", values)
            case LotReleased():
                named = (branch_id, event.item, event.lot)
                connection.execute("DELETE FROM blocked_lots WHERE branch_id = ? AND item = ? AND lot = ?", named)
            case _:
                pass


FIGURES: Final = f"""
WITH met (item, branch_id) AS (
    SELECT i.sku, b.branch_id FROM balances b JOIN items i USING (item_id) JOIN locations l USING (location_id)
     WHERE b.lot = ?1 AND b.lot != '' AND l.kind != {KIND_VIRTUAL}
    UNION SELECT item, branch_id FROM blocked_lots WHERE lot = ?1
    UNION SELECT t.item, r.branch_id FROM transits t JOIN branches r USING (branch) WHERE t.lot = ?1 AND t.lot != ''
)
SELECT met.item, met.branch_id, r.branch,
    coalesce((SELECT sum(b.quantity) FROM balances b JOIN items i USING (item_id) JOIN locations l USING (location_id)
      WHERE b.lot = ?1 AND b.lot != '' AND i.sku = met.item AND b.branch_id = met.branch_id AND l.kind != {KIND_VIRTUAL}), 0),
    coalesce((SELECT sum(b.quantity) FROM balances b JOIN items i USING (item_id) JOIN locations l USING (location_id)
      WHERE b.lot = ?1 AND b.lot != '' AND i.sku = met.item AND b.branch_id = met.branch_id AND l.kind = {KIND_SELLABLE}), 0),
    coalesce((SELECT t.quantity FROM transits t WHERE t.lot = ?1 AND t.item = met.item AND t.branch = r.branch), 0),
    w.reason, w.person, w.at
  FROM met JOIN branches r USING (branch_id)
  LEFT JOIN blocked_lots w ON w.lot = ?1 AND w.item = met.item AND w.branch_id = met.branch_id
 WHERE (met.item, met.branch_id) > (?2, ?3) ORDER BY met.item, met.branch_id LIMIT ?4
"""


def list_lot(connection: Connection, lot: str, *, after: tuple[str, int], limit: int) -> list[LotFigure]:
    """Every branch that ever had goods of a lot of that name, has some coming, or blocked it; by SKU, then branch."""
    found = []
    for item, branch_id, branch, on_hand, sellable, in_transit, *block in connection.execute(
        FIGURES, (lot, *after, limit)
    ):
        available = sellable if block[0] is None else 0
        found.append(LotFigure(item, branch_id, branch, on_hand, available, in_transit, *block))
    return found


def blocks_of(connection: Connection, branch_id: int) -> dict[tuple[str, str], tuple[str, str, int]]:
    """What a branch has blocked, by item and lot."""
    rows = connection.execute(
        "SELECT item, lot, reason, person, at FROM blocked_lots WHERE branch_id = ?", (branch_id,)
    )
    return {(item, lot): (reason, person, at) for item, lot, reason, person, at in rows}


def blocks_after(
    blocks: dict[tuple[str, str], tuple[str, str, int]], events: Iterable[tuple[Entry, OtherEvent]]
) -> None:
    """What blocks are after these events: how `note_lots` is verified."""
    for _, event in events:
        if isinstance(event, LotBlocked):
            blocks[event.item, event.lot] = (event.reason, event.person, event.blocked_at)
        elif isinstance(event, LotReleased):
            blocks.pop((event.item, event.lot), None)
