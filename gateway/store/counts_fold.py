"""What counts found, and which class each item is in: folded behind the posting path, made anew where an epoch moved the ground."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from gateway.domain.costing import MILLIONTHS, Valuation, unit_cost
from gateway.domain.counting import CountClass, CountRules, classify, needs_second
from gateway.domain.told import said_in
from gateway.store.pruned import is_pruned, pruned_to
from gateway.store.reversals import original_of
from gateway.store.worths import DAY_MILLISECONDS
from replication.storage.rows import RowWriter
from replication.wire.events import DocumentPosted, decode_event
from replication.wire.location import SHOP
from replication.wire.quantity import THOUSANDTHS

STEP_COUNTS: Final = 20
"""Counts folded at once: at most some thousand lines, a few milliseconds of the writer."""
_UNIX_DAY: Final = dt.date(1970, 1, 1).toordinal()

_RESULTS: Final = RowWriter("INSERT OR REPLACE INTO count_results", 11)
_CLASSES: Final = RowWriter("INSERT INTO count_classes", 3)


_SOME: Final = "SELECT * FROM (SELECT seq FROM documents WHERE type = '{}' AND type != 'sale' AND seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3)"
_NEXT: Final = (
    f"SELECT seq, kind, payload, hash FROM ({_SOME.format('stock_count')} UNION ALL {_SOME.format('reversal')})"
    " JOIN journal USING (seq) ORDER BY seq LIMIT ?3"
)


def fold_counts(connection: sqlite3.Connection, rules: CountRules, zone: dt.tzinfo) -> bool:
    """Take the next counts, and those taken back, up to where worths are folded; False where nothing was left. Runs in the
    writer's transaction."""
    seq, hash_ = connection.execute("SELECT seq, hash FROM counts_followed").fetchone()
    if seq and connection.execute("SELECT 1 FROM journal WHERE seq = ? AND hash = ?", (seq, hash_)).fetchone() is None:
        # What was pruned stays: no epoch sets it aside, and its bytes tell nothing any more.
        seq = pruned_to(connection)
        connection.execute("DELETE FROM count_results WHERE seq > ?", (seq,))
    end_seq, end_hash = connection.execute("SELECT seq, hash FROM followed").fetchone()
    rows = connection.execute(
        _NEXT,
        (seq, end_seq, STEP_COUNTS),
    ).fetchall()
    if len(rows) == STEP_COUNTS:
        end_seq, end_hash = rows[-1][0], rows[-1][3]
    if end_seq <= seq:
        return False
    for at, kind, payload, _ in rows:
        if not is_pruned(kind, payload):
            event = decode_event(kind, payload)
            assert isinstance(event, DocumentPosted), "asked for by its type"
            original = original_of(event)
            if original is None:
                _RESULTS.write(connection, _results(connection, at, event, rules, zone))
            else:
                # Nobody counted what is taken back: it is due again, and says nothing of how right the book was.
                taken_back = "seq = (SELECT seq FROM journal WHERE event_id = ?)"
                connection.execute(f"DELETE FROM count_results WHERE {taken_back}", (original,))
    connection.execute("UPDATE counts_followed SET seq = ?, hash = ?", (end_seq, end_hash))
    return len(rows) == STEP_COUNTS


def local_day(at: int, zone: dt.tzinfo) -> int:
    """The site's day of UTC milliseconds, counted as `date.toordinal` does."""
    return dt.datetime.fromtimestamp(at / 1000, zone).date().toordinal()


def _results(
    connection: sqlite3.Connection, seq: int, event: DocumentPosted, rules: CountRules, zone: dt.tzinfo
) -> list[tuple[object, ...]]:
    day = local_day(event.posted_at, zone)
    rows: list[tuple[object, ...]] = []
    for index, line in enumerate(lines_counted(event)):
        item_id, class_, *worth = connection.execute(
            "SELECT items.item_id, coalesce(class, 'C'), coalesce(quantity, 0), coalesce(valuations.value, 0),"
            " coalesce(last, 0) FROM items LEFT JOIN count_classes USING (item_id) LEFT JOIN valuations USING (item_id)"
            " WHERE sku = ?",
            (line.item,),
        ).fetchone()
        each = unit_cost(Valuation(*worth))
        value = _half_up((line.counted - line.expected) * each, THOUSANDTHS * MILLIONTHS)
        within = not needs_second(line.counted, line.expected, rules.of(CountClass(class_)))
        rows.append((
            seq, index, item_id, line.location, line.lot, class_, line.counted, line.expected, int(within), value, day,
        ))  # fmt: skip
    return rows


class CountedLine(msgspec.Struct, frozen=True):
    """A line of a posted count, in thousandths of the base unit."""

    item: str
    location: str
    lot: str
    counted: int
    expected: int


def lines_counted(event: DocumentPosted) -> Iterator[CountedLine]:
    """What a stock count found, line by line."""
    for line in event.lines:
        detail = line.detail
        factor = None if detail is None else detail.factor
        counted = int(line.quantity) if factor is None else line.quantity * factor // THOUSANDTHS
        location = SHOP if detail is None or detail.location is None else detail.location
        expected = int(said_in(detail, "expected") or 0)
        yield CountedLine(line.item, location, said_in(detail, "lot") or "", counted, expected)


def _half_up(number: int, by: int) -> int:
    return (2 * number + by) // (2 * by)


class Classified(msgspec.Struct, frozen=True):
    """How many items fell into each class."""

    a: int
    b: int
    c: int


def recompute_classes(connection: sqlite3.Connection, rules: CountRules, now: int, today: int) -> Classified:
    """Class every item that was issued in the trailing days by what its issues were worth: at cost, or at what was taken
    for it where no cost was ever told. Runs in the writer's transaction."""
    since = now // DAY_MILLISECONDS - rules.trailing_days
    values: dict[int, int] = dict(
        connection.execute(
            "SELECT item_id, CASE WHEN sum(cost) > 0 THEN sum(cost) ELSE sum(revenue) * ? END FROM turnovers"
            " WHERE day >= ? GROUP BY item_id HAVING max(sum(cost), sum(revenue)) > 0",
            (MILLIONTHS, since),
        ).fetchall()
    )
    classes = classify(values, rules)
    connection.execute("DELETE FROM count_classes")
    _CLASSES.write(connection, [(item, class_.value, values[item] // MILLIONTHS) for item, class_ in classes.items()])
    connection.execute("UPDATE counts_followed SET classified_day = ?", (today,))
    found = list(classes.values())
    return Classified(*[found.count(class_) for class_ in CountClass])


def classified_day(connection: sqlite3.Connection) -> int | None:
    """The site's day on which classes were made last."""
    (day,) = connection.execute("SELECT classified_day FROM counts_followed").fetchone()
    return None if day is None else int(day)
