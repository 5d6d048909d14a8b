"""Questions to headquarters' database: each one statement or a few, each page found by its key. Reads only."""

from collections.abc import Iterator
from sqlite3 import Connection
from typing import Final

import msgspec

from replication.headquarters.binding import read_binding
from replication.headquarters.hello import Block
from replication.headquarters.second_history import DAMAGED_FORK
from replication.headquarters.stores.rows import (
    BranchRow,
    DocumentFound,
    DocumentRow,
    ItemRow,
    JournalRow,
    StockRow,
    TakingsRow,
)
from replication.headquarters.stores.sqlite.archive import entries_between, hash_before
from replication.wire.events import DocumentPosted, decode_event
from replication.wire.item import Item
from replication.wire.name_order import NameOrder

PLACE_MAX: Final = 2**62

_item_decoder = msgspec.msgpack.Decoder(Item)


def list_branches(connection: Connection) -> list[BranchRow]:
    """Every branch by name."""
    rows = connection.execute(
        "SELECT b.branch_id, b.branch, b.name, b.name_zh, b.epoch, b.seq, b.durable_seq, b.head_seq, b.applied_at,"
        " b.contact_at, b.block_code, b.block_detail, b.block_at, d.binding, IFNULL(f.batches, 0), IFNULL(f.not_kept, 0),"
        " IFNULL(f.bytes, 0), IFNULL(f.came, 0), IFNULL(f.asked, 0)"
        " FROM branches b LEFT JOIN bindings d ON d.branch_id = b.branch_id LEFT JOIN fork_totals f ON f.branch = b.branch"
        " ORDER BY b.branch"
    ).fetchall()
    # Few branches ever have any of these, and few of each: counted by group, not by branch.
    skips = dict(connection.execute("SELECT branch_id, COUNT(*) FROM skips GROUP BY branch_id").fetchall())
    damaged = dict(
        connection.execute(
            f"SELECT branch, COUNT(*) FROM quarantine WHERE code = '{DAMAGED_FORK}' GROUP BY branch"
        ).fetchall()
    )
    return [
        BranchRow(
            branch_id, branch, name, name_zh, epoch, seq, durable_seq, head_seq, applied_at, contact_at,
            None if code is None else Block(code, detail, at), read_binding(binding), skips.get(branch_id, 0), forked,
            not_kept, aside, came, asked, damaged.get(branch, 0),
        )
        for branch_id, branch, name, name_zh, epoch, seq, durable_seq, head_seq, applied_at, contact_at, code, detail, at,
        binding, forked, not_kept, aside, came, asked in rows
    ]  # fmt: skip


def list_stock(
    connection: Connection,
    *,
    after: tuple[str, int, str],
    limit: int,
    item: str | None = None,
    branch: str | None = None,
    by_lot: bool = False,
) -> list[StockRow]:
    """One row per item and branch, or per lot, that ever lay at a physical place; by SKU, then branch."""
    last: StockRow | None = None
    if by_lot:
        # A page of lots is of no more items and branches than it has rows: only these are sorted.
        whole = list_stock(connection, after=(after[0], after[1] - 1, ""), limit=limit + 1, item=item, branch=branch)
        if not whole:
            return []
        last = whole[-1]
    lot = "b.lot" if by_lot else "NULL"
    group = "i.sku, b.branch_id" + (", b.lot" if by_lot else "")
    key = "(i.sku, b.branch_id, b.lot) > (?, ?, ?)" if by_lot else "(i.sku, b.branch_id) > (?, ?)"
    where = ["i.sku >= ?", key]
    arguments: list[object] = [after[0], *(after if by_lot else after[:2])]
    if last is not None:
        where.append("i.sku <= ? AND (i.sku, b.branch_id) <= (?, ?)")
        arguments += [last.item, last.item, last.branch_id]
    if item is not None:
        where.append("i.sku = ?")
        arguments.append(item)
    if branch is not None:
        where.append("b.branch_id = (SELECT branch_id FROM branches WHERE branch = ?)")
        arguments.append(branch)
    rows = connection.execute(
        f"SELECT b.branch_id, r.branch, i.sku, {lot}, SUM(b.quantity),"
        " SUM(CASE WHEN l.kind = 0 AND (b.lot = '' OR NOT EXISTS (SELECT 1 FROM blocked_lots w WHERE w.lot = b.lot"
        " AND w.item = i.sku AND w.branch_id = b.branch_id)) THEN b.quantity ELSE 0 END)"
        " FROM items i CROSS JOIN balances b ON b.item_id = i.item_id JOIN locations l ON l.location_id = b.location_id"
        " JOIN branches r ON r.branch_id = b.branch_id"
        f" WHERE l.kind < 2 AND {' AND '.join(where)} GROUP BY {group} ORDER BY {group} LIMIT ?",
        (*arguments, limit),
    )
    return [StockRow(row[0], row[1], row[2], row[3] or None, row[4], row[5]) for row in rows]


def stock_of(connection: Connection, branch: str, item: str) -> list[StockRow]:
    """The figure of an item at a branch, for live pages; nothing where it never lay."""
    return list_stock(connection, after=("", 0, ""), limit=1, item=item, branch=branch)


def list_documents(
    connection: Connection, *, before: int, limit: int, branch: str | None = None, type_: str | None = None
) -> list[DocumentRow]:
    """Newest first in headquarters' order of arrival; `before` is the place of the last row seen."""
    where, values, order = ["d.document < ?"], list[object]([before]), "d.document"
    if branch is not None:
        # A branch's documents arrive in the order of its journal, by which they have an index.
        order = "d.seq"
        where.append(
            "r.branch = ? AND d.seq < IFNULL((SELECT seq FROM documents WHERE document = ? AND branch_id = r.branch_id), ?)"
        )
        values += [branch, before, PLACE_MAX]
    if type_ is not None:
        where.append("d.type = ?" + ("" if type_ == "sale" else " AND d.type != 'sale'"))
        values.append(type_)
    rows = connection.execute(
        "SELECT d.document, d.event_id, r.branch, d.seq, d.type, d.number, d.posted_at, d.total"
        " FROM documents d JOIN branches r ON r.branch_id = d.branch_id"
        f" WHERE {' AND '.join(where)} ORDER BY {order} DESC LIMIT ?",
        (*values, limit),
    )
    return [DocumentRow(*row) for row in rows]


def find_document(connection: Connection, event_id: bytes) -> DocumentFound | None:
    """A document by its id; of two branches that used one id, the branch met first."""
    row = connection.execute(
        "SELECT r.branch_id, r.branch, e.seq FROM events e JOIN branches r ON r.branch_id = e.branch_id WHERE e.event_id = ?"
        " ORDER BY e.branch_id LIMIT 1",
        (event_id,),
    ).fetchone()
    if row is None:
        return None
    branch_id, branch, seq = row
    for found, received_at in _entries_from(connection, branch_id, seq):
        event = decode_event(found.entry.kind, found.entry.payload)
        if isinstance(event, DocumentPosted):
            return DocumentFound(branch, found.entry, found.hash, received_at, event)
        return None
    return None


def list_journal(connection: Connection, branch: str, *, after_seq: int, limit: int) -> list[JournalRow] | None:
    """Applied entries of a branch, oldest first; None for a branch never met."""
    row = connection.execute("SELECT branch_id FROM branches WHERE branch = ?", (branch,)).fetchone()
    if row is None:
        return None
    rows: list[JournalRow] = []
    for found, _ in _entries_from(connection, row[0], after_seq + 1):
        rows.append(found)
        if len(rows) >= limit:
            break
    return rows


def _entries_from(connection: Connection, branch_id: int, seq: int) -> Iterator[tuple[JournalRow, int]]:
    """Entries from a seq on with their hashes, read batch by batch from the raw bytes."""
    start = connection.execute(
        "SELECT first_seq FROM batches WHERE branch_id = ? AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1",
        (branch_id, seq),
    ).fetchone()
    if start is None:
        return
    running = hash_before(connection, branch_id, start[0])
    for first_seq, last_seq, received_at, raw in connection.execute(
        "SELECT first_seq, last_seq, received_at, raw FROM batches WHERE branch_id = ? AND first_seq >= ? ORDER BY first_seq",
        (branch_id, start[0]),
    ):
        for entry in entries_between(raw, first_seq, last_seq):
            running = entry.hash_after(running)
            if entry.seq >= seq:
                yield JournalRow(entry, running), received_at


_ITEM: Final = (
    "SELECT item_id, sku, name, name_zh, body, version, (SELECT version FROM catalogue WHERE catalogue.sku = items.sku),"
    " (SELECT price FROM prices WHERE price_list = 'default' AND prices.sku = items.sku AND effective_at <= ?"
    " ORDER BY effective_at DESC LIMIT 1) FROM items"
)


def list_items(
    connection: Connection,
    *,
    search: str,
    after: tuple[str, int],
    limit: int,
    now: int = 0,
    order: NameOrder = NameOrder.ENGLISH,
) -> list[ItemRow]:
    """Items by name; `search` finds parts of names and the beginning of codes. Prices are those in force at `now`."""
    where, values = [f"({order.value}, item_id) > (?, ?)"], list[object](after)
    if search:
        where.append(r"(name LIKE ? ESCAPE '\' OR name_zh LIKE ? ESCAPE '\' OR sku LIKE ? ESCAPE '\')")
        escaped = search.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        values += [f"%{escaped}%", f"%{escaped}%", f"{escaped}%"]
    rows = connection.execute(
        f"{_ITEM} WHERE {' AND '.join(where)} ORDER BY {order.value}, item_id LIMIT ?", (now, *values, limit)
    )
    return [_item_row(row) for row in rows]


def find_item(connection: Connection, sku: str, *, now: int = 0) -> ItemRow | None:
    """An item by its SKU, with the price in force at `now`."""
    row = connection.execute(f"{_ITEM} WHERE sku = ?", (now, sku)).fetchone()
    return None if row is None else _item_row(row)


def count_items(connection: Connection) -> int:
    """How many items the chain has."""
    return int(connection.execute("SELECT COUNT(*) FROM items").fetchone()[0])


def count_below_zero(connection: Connection) -> dict[str, int]:
    """Items below zero at a physical place, by branch; branches without any are left out."""
    rows = connection.execute(
        "SELECT r.branch, COUNT(DISTINCT b.item_id) FROM locations l CROSS JOIN balances b"
        " ON b.location_id = l.location_id AND b.quantity < 0 JOIN branches r ON r.branch_id = b.branch_id"
        " WHERE l.kind < 2 GROUP BY r.branch"
    )
    return dict(rows.fetchall())


def list_takings(connection: Connection, *, first_slot: int) -> list[TakingsRow]:
    """What every branch took since a quarter of an hour."""
    rows = connection.execute(
        "SELECT r.branch, s.slot, s.documents, s.sales_total, s.returns_total FROM branches r"
        " CROSS JOIN slots s ON s.branch_id = r.branch_id WHERE s.slot >= ?",
        (first_slot,),
    )
    return [TakingsRow(*row) for row in rows]


def _item_row(row: tuple[int, str, str, str | None, bytes | None, int, int | None, int | None]) -> ItemRow:
    item = None if row[4] is None else _item_decoder.decode(row[4])
    return ItemRow(row[0], row[1], row[2], row[3], item, *row[5:])
