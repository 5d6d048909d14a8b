"""Finding items by a condition, or by a part of either name, of the SKU or of a barcode, in the order of names and however many there are.

What many items meet is met soon on a walk by name. What few meet is looked up: a text by its runs of three characters, kept by SQLite's
full-text index. The two together are a page in some milliseconds. An index only proposes: each row is compared with what was asked.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from replication.wire.item import Item
from replication.wire.item_entry import codes_of
from replication.wire.name_order import NameOrder

WALKED_MAX: Final = 1_000
"""Names compared one by one before an index is asked: a millisecond or two, and a page where one item of twenty is meant."""
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
_FOUND: Final = "SELECT rowid FROM item_search WHERE item_search MATCH ?"


def rows_by_name(
    connection: sqlite3.Connection,
    select: str,
    *,
    order: NameOrder,
    after: tuple[str, int],
    limit: int,
    search: str = "",
    proposed: str = "",
) -> list[tuple[Any, ...]]:
    """A page of `select`, which ends in a condition on `items`, behind a place among the names. `proposed` asks an index for the ids of
    all that meet the condition, where there is one."""
    column = f"items.{order.value}"
    like = [_pattern(search)] * 4 if search else []
    matches = _MATCHES if search else ""

    def page(chosen: str, values: Iterable[object], *, after: tuple[str, int], limit: int, walked: bool) -> list[Any]:
        name = column if walked else f"+{column}"
        sql = f"{select}{matches} AND ({name}, items.item_id) > (?, ?){chosen} ORDER BY {name}, items.item_id LIMIT ?"
        return connection.execute(sql, (*like, *after, *values, limit)).fetchall()

    edge = None
    if search or proposed:
        edge = connection.execute(
            f"SELECT {column}, item_id FROM items WHERE ({column}, item_id) > (?, ?) ORDER BY {column}, item_id LIMIT 1 OFFSET ?",
            (*after, WALKED_MAX - 1),
        ).fetchone()
    if edge is None:
        return page("", (), after=after, limit=limit, walked=True)
    found = page(f" AND ({column}, items.item_id) <= (?, ?)", edge, after=after, limit=limit, walked=True)
    if len(found) < limit:
        among = "".join(f" AND items.item_id IN ({ids})" for ids in (proposed, _FOUND if search else "") if ids)
        asked = [_proposing(search)] if search else []
        found += page(among, asked, after=edge, limit=limit - len(found), walked=False)
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
