"""Lists of lots: which expire soon, which have, which are blocked, and those of an item; and what was said of one lot.

Lots that were sold out stay known for ever, so a list walks only so many of them at once and says where it stopped.
"""

import sqlite3
from typing import Final

import msgspec

from gateway.store.lot_figures import LotBlock, LotRow, place_quantities

WALKED_MAX: Final = 500
"""Lots looked at for one page: some milliseconds. A page may be short; it says where the next begins."""
WORDS_SHOWN: Final = 50

_COLUMNS: Final = (
    "SELECT lots.item_id, sku, lots.lot, lots.expiry, reason, person, at, lots.lot_id FROM lots {index} JOIN items USING"
    " (item_id) LEFT JOIN lot_words ON place = lots.blocked WHERE "
)
_BY_EXPIRY: Final = _COLUMNS.format(index="INDEXED BY lots_by_expiry") + "lots.expiry IS NOT NULL AND "
EXPIRING: Final = (
    _BY_EXPIRY
    + "lots.expiry >= ?1 AND lots.expiry <= ?2 AND (lots.expiry, lots.lot_id) > (?3, ?4) ORDER BY lots.expiry, lots.lot_id LIMIT ?5"
)
EXPIRED: Final = (
    _BY_EXPIRY
    + "lots.expiry < ?1 AND (lots.expiry, lots.lot_id) < (?2, ?3) ORDER BY lots.expiry DESC, lots.lot_id DESC LIMIT ?4"
)
BLOCKED: Final = (
    _COLUMNS.format(index="INDEXED BY lots_blocked")
    + "lots.blocked IS NOT NULL AND lots.lot_id > ? ORDER BY lots.lot_id LIMIT ?"
)
OF_ITEM: Final = (
    _COLUMNS.format(index="")
    + "lots.item_id = (SELECT item_id FROM items WHERE sku = ?) AND lots.lot != '' AND lots.lot > ?"
    " ORDER BY lots.lot LIMIT ?"
)
_ONE: Final = _COLUMNS.format(index="") + "lots.item_id = (SELECT item_id FROM items WHERE sku = ?) AND lots.lot = ?"


class LotList(msgspec.Struct, frozen=True):
    """Lots with where each stands in its list: expiry and id. `walked_to` is set where the list has not ended."""

    rows: list[tuple[str, int, LotRow]]
    walked_to: tuple[str, int] | None


class LotWord(msgspec.Struct, frozen=True):
    """Something that was said of a lot: its expiry, or (`blocked`) that nobody may take of it, or may again."""

    expiry: str | None
    blocked: bool | None
    reason: str
    person: str
    at: int


def list_expiring(
    connection: sqlite3.Connection, *, first: str, last: str, after: tuple[str, int], limit: int
) -> LotList:
    """Lots on hand that expire from a day to another, soonest first."""
    found = connection.execute(EXPIRING, (first, last, *after, WALKED_MAX)).fetchall()
    return _listed(connection, found, limit, on_hand_only=True)


def list_expired(connection: sqlite3.Connection, *, today: str, before: tuple[str, int], limit: int) -> LotList:
    """Lots on hand that expired before today, the latest first."""
    found = connection.execute(EXPIRED, (today, *before, WALKED_MAX)).fetchall()
    return _listed(connection, found, limit, on_hand_only=True)


def list_blocked(connection: sqlite3.Connection, *, after: int, limit: int) -> LotList:
    """Lots nobody may take of, in the order they became known; a recall counts where nothing is left, too."""
    return _listed(connection, connection.execute(BLOCKED, (after, WALKED_MAX)).fetchall(), limit, on_hand_only=False)


def list_of_item(connection: sqlite3.Connection, sku: str, *, after: str, limit: int) -> list[LotRow]:
    """Every lot of an item that was ever known, by name."""
    found = connection.execute(OF_ITEM, (sku, after, limit)).fetchall()
    return [_row(connection, row) for row in found]


def find_lot(connection: sqlite3.Connection, sku: str, lot: str) -> tuple[LotRow, list[LotWord]] | None:
    """A lot of an item and what was said of it, newest first."""
    row = connection.execute(_ONE, (sku, lot)).fetchone()
    if row is None:
        return None
    words = connection.execute(
        "SELECT expiry, blocked, reason, person, at FROM lot_words WHERE lot_id = ? AND NOT withdrawn ORDER BY place DESC LIMIT ?",
        (row[7], WORDS_SHOWN),
    )
    return _row(connection, row), [
        LotWord(expiry, None if blocked is None else bool(blocked), reason, person, at)
        for expiry, blocked, reason, person, at in words
    ]


def _listed(
    connection: sqlite3.Connection, found: list[tuple[object, ...]], limit: int, *, on_hand_only: bool
) -> LotList:
    rows: list[tuple[str, int, LotRow]] = []
    for row in found:
        lot = _row(connection, row)
        place = (str(row[3] or ""), int(str(row[7])))
        if not on_hand_only or lot.on_hand:
            rows.append((*place, lot))
        if len(rows) == limit:
            return LotList(rows, None if row is found[-1] and len(found) < WALKED_MAX else place)
    last = found[-1] if len(found) == WALKED_MAX else None
    return LotList(rows, None if last is None else (str(last[3] or ""), int(str(last[7]))))


def _row(connection: sqlite3.Connection, row: tuple[object, ...]) -> LotRow:
    item_id, sku, name, expiry, reason, person, at, lot_id = row
    assert isinstance(item_id, int)
    assert isinstance(lot_id, int)
    block = None if reason is None else LotBlock(str(reason), str(person), int(str(at)))
    return LotRow(
        item_id, str(sku), str(name), None if expiry is None else str(expiry), block,
        place_quantities(connection, item_id, lot_id),
    )  # fmt: skip
