"""Finding items by a part of either name, of the SKU or of a barcode, in the order of names and however many items there are.

What many items contain is met soon on a walk by name. What few contain is looked up by its runs of three characters, kept by SQLite's
full-text index; the two together are a page in some milliseconds. The index only proposes: each row is compared with what was typed.
It knows no more of an item than these texts.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from replication.wire.item import Item
from replication.wire.item_entry import codes_of
from replication.wire.name_order import NameOrder

WALKED_MAX: Final = 1_000
"""Names compared one by one before the index is asked: some milliseconds, and a page where one item of twenty is meant."""
GRAM: Final = 3

# It keeps which items have a run and nothing else: their texts stand in `items`, and no place or count within a text is asked.
SEARCH_TABLES: Final = """
CREATE VIRTUAL TABLE item_search USING fts5(grams, content = '', columnsize = 0, detail = none, tokenize = 'ascii');
CREATE VIRTUAL TABLE item_search_grams USING fts5vocab(item_search, instance)
"""

_PRIVATE: Final = 0xE000
_FOLDED: Final = {code: code + 32 if chr(code).isupper() else _PRIVATE + code for code in range(128)} | {
    code: code for code in range(128) if chr(code).isdecimal() or chr(code).islower()
}
"""As `LIKE` compares, capitals of ASCII are small letters; what the index would take for the end of a word is moved out of ASCII."""

_MATCHES: Final = (
    " AND (items.name LIKE ? ESCAPE '\\' OR items.name_zh LIKE ? ESCAPE '\\' OR items.sku LIKE ? ESCAPE '\\'"
    " OR EXISTS (SELECT 1 FROM barcodes WHERE barcodes.item_id = items.item_id AND barcode LIKE ? ESCAPE '\\'))"
)
_PROPOSED: Final = " AND items.item_id IN (SELECT rowid FROM item_search WHERE item_search MATCH ?)"


def rows_by_name(
    connection: sqlite3.Connection,
    select: str,
    *,
    order: NameOrder,
    after: tuple[str, int],
    limit: int,
    search: str = "",
    few: bool = False,
) -> list[tuple[Any, ...]]:
    """A page of `select`, which ends in a condition on `items`, behind a place among the names. `few`: an index of its own finds the
    few items that meet the condition; they are sorted, and names are not walked."""
    column = f"items.{order.value}"

    def page(chosen: str, values: Iterable[object], *, after: tuple[str, int], limit: int, few: bool) -> list[Any]:
        name = f"+{column}" if few else column
        sql = f"{select} AND ({name}, items.item_id) > (?, ?){chosen} ORDER BY {name}, items.item_id LIMIT ?"
        return connection.execute(sql, (*after, *values, limit)).fetchall()

    if not search:
        return page("", (), after=after, limit=limit, few=few)
    like = [_pattern(search)] * 4
    edge = None
    if not few:
        edge = connection.execute(
            f"SELECT {column}, item_id FROM items WHERE ({column}, item_id) > (?, ?) ORDER BY {column}, item_id LIMIT 1 OFFSET ?",
            (*after, WALKED_MAX - 1),
        ).fetchone()
    if edge is None:
        return page(_MATCHES, like, after=after, limit=limit, few=few)
    found = page(
        f"{_MATCHES} AND ({column}, items.item_id) <= (?, ?)", (*like, *edge), after=after, limit=limit, few=False
    )
    if len(found) < limit:
        left = limit - len(found)
        found += page(_MATCHES + _PROPOSED, (*like, _proposing(search)), after=edge, limit=left, few=True)
    return found


def index_item(
    connection: sqlite3.Connection, item_id: int, before: Iterable[str | None], now: Iterable[str | None]
) -> None:
    """Keep an item found by these texts instead of those it had; part of the writer's transaction."""
    old, new = set(before), set(now)
    if old == new:
        return
    if old:
        connection.execute(
            "INSERT INTO item_search (item_search, rowid, grams) VALUES ('delete', ?, ?)", (item_id, _document(old))
        )
    connection.execute("INSERT INTO item_search (rowid, grams) VALUES (?, ?)", (item_id, _document(new)))


def texts_of(item: Item) -> tuple[str | None, ...]:
    """What an item is found by."""
    return item.name, item.name_zh, item.sku, *codes_of(item)


def search_sum(item: Item) -> int:
    """What the index has of an item, as one number of this process."""
    return sum(map(hash, _grams(texts_of(item))))


def stored_search_sums(connection: sqlite3.Connection) -> dict[int, int]:
    """The same of the index itself, by item id: a few dozen runs of each item need not be held at once to be compared."""
    sums: dict[int, int] = {}
    for item_id, gram in connection.execute("SELECT doc, term FROM item_search_grams"):
        sums[item_id] = sums.get(item_id, 0) + hash(gram)
    return sums


def _grams(texts: Iterable[str | None]) -> set[str]:
    """Every run of three characters, and at the end of a text the shorter ones, so that each character begins one."""
    found: set[str] = set()
    for text in texts:
        if text:
            folded = text.translate(_FOLDED)
            found.update([folded[at : at + GRAM] for at in range(len(folded))])
    return found


def _document(texts: Iterable[str | None]) -> str:
    return " ".join(_grams(texts))


def _proposing(text: str) -> str:
    """The index's question for a text: all its runs of three, or what begins with a text that has none."""
    folded = text.translate(_FOLDED)
    if len(folded) < GRAM:
        return f'"{folded}" *'
    return " ".join({f'"{folded[at : at + GRAM]}"' for at in range(len(folded) - GRAM + 1)})


def _pattern(text: str) -> str:
    """Wildcards in the text stand for themselves."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
