"""What lies at branches and what is on its way to them, as one list: each its own question, joined row by row by key."""

from sqlite3 import Connection

import msgspec

from replication.headquarters.stores.rows import StockRow
from replication.headquarters.stores.sqlite.queries import list_stock
from replication.headquarters.stores.sqlite.transfers import list_transits


class StockFigure(StockRow, frozen=True):
    """An item at a branch, with what is on its way there: goods that never lay there have a row by being sent."""

    in_transit: int = 0


def list_figures(
    connection: Connection,
    *,
    after: tuple[str, int, str],
    limit: int,
    item: str | None = None,
    branch: str | None = None,
    by_lot: bool = False,
) -> list[StockFigure]:
    """By SKU, then branch, or by lot too. Each list is cut at `limit` in the same order, so its cut end is beyond ours."""
    rows: dict[tuple[str, int, str], StockFigure] = {}
    for lying in list_stock(connection, after=after, limit=limit, item=item, branch=branch, by_lot=by_lot):
        rows[lying.item, lying.branch_id, lying.lot or ""] = StockFigure(*msgspec.structs.astuple(lying))
    for moving in list_transits(connection, after=after, limit=limit, item=item, branch=branch, by_lot=by_lot):
        key = (moving.item, moving.branch_id, moving.lot or "")
        row = rows.get(key) or StockFigure(moving.branch_id, moving.branch, moving.item, moving.lot, 0, 0)
        rows[key] = msgspec.structs.replace(row, in_transit=moving.quantity)
    return [rows[key] for key in sorted(rows)][:limit]


def figure_of(connection: Connection, branch: str, item: str) -> list[StockFigure]:
    """The figure of an item at a branch, for live pages; nothing where it never lay and nothing comes."""
    return list_figures(connection, after=("", 0, ""), limit=1, item=item, branch=branch)
