"""What goods are worth, and what was turned over a day: folded from the journal behind the posting path.

A step is read and folded in a snapshot beside the writer, and written by it in one short transaction that checks that nobody
moved the ground: where it stood is named by seq and hash, and where an epoch put other entries there the fold begins anew. What a
pruned entry said is not known any more then: the days before stay as they were folded, and what its goods cost is what they
were worth before.
"""

import datetime as dt
import sqlite3
from collections.abc import Iterable
from typing import Final

import msgspec

from gateway.domain.costing import Valuation
from gateway.domain.usage import Use
from gateway.domain.worth import Turnover
from gateway.store.pruned import pruned_to
from gateway.store.usages import USAGE_TABLES, write_usages
from gateway.store.worths_folding import Folding, Kept
from replication.storage.rows import RowWriter
from replication.wire.chain import GENESIS_HASH
from replication.wire.events import EventKind

STEP_ENTRIES: Final = 500
"""Entries folded at once: about 20 ms beside the writer, and a millisecond or two of its own."""
DAY_MILLISECONDS: Final = 24 * 3600 * 1000
"""A day of turnover has as many; where it begins is the site's matter."""
_UNIX_DAY: Final = dt.date(1970, 1, 1).toordinal()

WORTH_TABLES: Final = (
    """
CREATE TABLE followed (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL, kept_seq INTEGER NOT NULL,
    kept_day INTEGER NOT NULL) STRICT;
INSERT INTO followed VALUES (1, 0, zeroblob(32), 0, 0);
CREATE TABLE valuations (
    item_id INTEGER PRIMARY KEY, quantity INTEGER NOT NULL, value INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
CREATE TABLE valuations_before (
    item_id INTEGER PRIMARY KEY, quantity INTEGER NOT NULL, value INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
CREATE TABLE turnovers (
    day INTEGER NOT NULL, item_id INTEGER NOT NULL, issued INTEGER NOT NULL, cost INTEGER NOT NULL, sold INTEGER NOT NULL,
    revenue INTEGER NOT NULL, revalued INTEGER NOT NULL, made INTEGER NOT NULL,
    sold_cost INTEGER NOT NULL,
    PRIMARY KEY (day, item_id)) STRICT, WITHOUT ROWID;
CREATE INDEX turnovers_by_item ON turnovers (item_id, day);
"""
    + USAGE_TABLES
)

_VALUATIONS: Final = RowWriter("INSERT OR REPLACE INTO valuations", 4)
_TURNOVERS: Final = RowWriter(
    "INSERT INTO turnovers", 9,
    " ON CONFLICT (day, item_id) DO UPDATE SET issued = issued + excluded.issued, cost = cost + excluded.cost,"
    " sold = sold + excluded.sold, revenue = revenue + excluded.revenue, revalued = revalued + excluded.revalued,"
    " made = made + excluded.made, sold_cost = sold_cost + excluded.sold_cost",
)  # fmt: skip


class Place(msgspec.Struct, frozen=True):
    """An entry of the journal; 0 is before the first."""

    seq: int
    hash: bytes


class Step(msgspec.Struct, frozen=True):
    """The entries after `start` up to `end`, folded. `anew`: what `start` names is not in the journal any more."""

    start: Place
    end: Place
    anew: bool
    kept: Kept
    valuations: dict[int, Valuation]
    turnovers: dict[tuple[int, int], Turnover]
    usages: dict[tuple[int, int], Use]


def fold_step(connection: sqlite3.Connection, zone: dt.tzinfo = dt.UTC) -> Step | None:
    """The next entries of the journal; None where all are folded. `zone` is where the site's days begin. Runs in a reader's
    snapshot."""
    start, anew = _standing(connection), False
    if not _holds(connection, start):
        start, anew = Place(0, GENESIS_HASH), True
    rows = connection.execute(
        "SELECT seq, hash, kind, payload FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (start.seq, STEP_ENTRIES)
    ).fetchall()
    if not rows and not anew:
        return None
    kept = _kept_days(connection, zone) if anew else _kept(connection)
    folding = Folding(connection, lambda at: site_day(at, zone), kept, anew=anew)
    for seq, _, kind, payload in rows:
        if kind == EventKind.DOCUMENT_POSTED:
            folding.take(seq, kind, payload)
    end = Place(*rows[-1][:2]) if rows else start
    return Step(_standing(connection), end, anew, kept, folding.valuations, folding.turnovers, folding.usages)


def _kept(connection: sqlite3.Connection) -> Kept:
    return Kept(*connection.execute("SELECT kept_seq, kept_day FROM followed").fetchone())


def _kept_days(connection: sqlite3.Connection, zone: dt.tzinfo) -> Kept:
    """The days up to that of the newest pruned entry, over the whole journal; none where no entry is pruned."""
    row = connection.execute(
        "SELECT (SELECT max(seq) FROM journal), posted_at FROM documents WHERE seq <= ? ORDER BY seq DESC LIMIT 1",
        (pruned_to(connection),),
    ).fetchone()
    return Kept() if row is None else Kept(row[0], site_day(row[1], zone))


def write_step(connection: sqlite3.Connection, step: Step) -> bool:
    """Keep a step. False, and nothing kept, where the ground moved since it was read. Runs in the writer's transaction."""
    if _standing(connection) != step.start or not _holds(connection, step.end):
        return False
    if step.anew:
        connection.execute(
            "INSERT OR REPLACE INTO valuations_before SELECT * FROM valuations"
            if step.kept.seq
            else "DELETE FROM valuations_before"
        )
        connection.execute("DELETE FROM valuations")
        for table in ("turnovers", "usages"):
            connection.execute(f"DELETE FROM {table} WHERE ? = 0 OR day > ?", (step.kept.seq, step.kept.day))
    _VALUATIONS.write(
        connection, [(id_, one.quantity, one.value, one.last) for id_, one in sorted(step.valuations.items())]
    )
    _TURNOVERS.write(connection, list(_turnover_rows(step)))
    write_usages(connection, step.usages)
    connection.execute(
        "UPDATE followed SET seq = ?, hash = ?, kept_seq = ?, kept_day = ?",
        (step.end.seq, step.end.hash, step.kept.seq, step.kept.day),
    )
    return True


def site_day(at: int, zone: dt.tzinfo) -> int:
    """The site's day of UTC milliseconds, counted since 1970."""
    return dt.datetime.fromtimestamp(at / 1000, zone).date().toordinal() - _UNIX_DAY


def followed_to(connection: sqlite3.Connection) -> int:
    """Up to which entry all that stands here was folded."""
    return _standing(connection).seq


class Worth(msgspec.Struct, frozen=True):
    """An item's valuation as the ledger stood at `seq`."""

    valuation: Valuation
    seq: int


def worth_of(connection: sqlite3.Connection, sku: str) -> Worth:
    """What an item's goods are worth; nothing where none ever were."""
    row = connection.execute(
        "SELECT quantity, value, last FROM valuations JOIN items USING (item_id) WHERE sku = ?", (sku,)
    ).fetchone()
    return Worth(Valuation(*row) if row is not None else Valuation(), _standing(connection).seq)


class DayTurnover(msgspec.Struct, frozen=True):
    """What was turned over of an item on a day of the site, counted since 1970; see `Turnover` for the figures."""

    day: int
    issued: int
    cost: int
    sold: int
    revenue: int
    revalued: int
    made: int
    sold_cost: int


def turnover_of(connection: sqlite3.Connection, sku: str, first_day: int, last_day: int) -> list[DayTurnover]:
    """An item's days, oldest first."""
    rows = connection.execute(
        "SELECT day, issued, cost, sold, revenue, revalued, made, sold_cost FROM turnovers"
        " WHERE item_id = (SELECT item_id FROM items WHERE sku = ?) AND day BETWEEN ? AND ? ORDER BY day",
        (sku, first_day, last_day),
    )
    return [DayTurnover(*row) for row in rows]


class DaySales(msgspec.Struct, frozen=True):
    """What was sold on a day of the site, over all items: `revenue` in minor units, `cost` of it and what past issues cost more
    in millionths of one."""

    day: int
    revenue: int
    cost: int
    revalued: int


SALES_BY_DAY: Final = (
    "SELECT day, sum(revenue), sum(sold_cost + made), sum(revalued) FROM turnovers WHERE day BETWEEN ? AND ?"
    " GROUP BY day ORDER BY day LIMIT ?"
)


def sales_by_day(connection: sqlite3.Connection, first_day: int, last_day: int, limit: int) -> list[DaySales]:
    """The days on which anything moved, oldest first."""
    return [DaySales(*row) for row in connection.execute(SALES_BY_DAY, (first_day, last_day, limit))]


def _turnover_rows(step: Step) -> Iterable[tuple[int, ...]]:
    for (day, item_id), done in sorted(step.turnovers.items()):
        yield day, item_id, done.issued, done.cost, done.sold, done.revenue, done.revalued, done.made, done.sold_cost


def _standing(connection: sqlite3.Connection) -> Place:
    return Place(*connection.execute("SELECT seq, hash FROM followed").fetchone())


def _holds(connection: sqlite3.Connection, place: Place) -> bool:
    """Whether the journal has that very entry."""
    if place.seq == 0:
        return True
    row = connection.execute("SELECT hash FROM journal WHERE seq = ?", (place.seq,)).fetchone()
    return row is not None and row[0] == place.hash
