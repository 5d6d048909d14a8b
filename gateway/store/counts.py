"""What counting asks of the ledger file: the classes, the list of a person's day, and how accurate the book was."""

import sqlite3
from typing import Final

import msgspec

from gateway.domain.counting import Candidate, CountClass, CountRules, deal, due_today
from replication.storage.rows import RowWriter

LISTS_KEPT_DAYS: Final = 7
"""A list is of use on its day only; a week of them shows who was asked what."""
WEEK_DAYS: Final = 7

_LISTS: Final = RowWriter("INSERT INTO count_lists", 7)


class ClassRow(msgspec.Struct, frozen=True):
    """An item's class; `value` is what its issues were worth in the trailing days, in minor units."""

    item_id: int
    item: str
    name: str
    name_zh: str | None
    class_: str
    value: int


def list_classes(
    connection: sqlite3.Connection, *, after: tuple[int, int] | None = None, class_: str | None = None, limit: int
) -> list[ClassRow]:
    """Dearest first; `after` is the value and the id of the last row already seen."""
    value, item_id = after or (2**62, 0)
    rows = connection.execute(
        "SELECT item_id, sku, name, name_zh, class, value FROM count_classes INDEXED BY count_classes_by_value"
        " JOIN items USING (item_id) WHERE value <= ? AND (value < ? OR item_id > ?) AND (? IS NULL OR class = ?)"
        " ORDER BY value DESC, item_id LIMIT ?",
        (value, value, item_id, class_, class_, limit),
    )
    return [ClassRow(*row) for row in rows]


class TaskRow(msgspec.Struct, frozen=True):
    """An item a person is asked to count today, and whether somebody did."""

    place: int
    item: str
    name: str
    name_zh: str | None
    unit_body: bytes
    class_: str
    reason: str
    counted: bool


def list_today(connection: sqlite3.Connection, day: int, person: str, location: str) -> list[TaskRow] | None:
    """A person's list as it was made this morning; None where it was not."""
    asked = connection.execute(
        "SELECT 1 FROM count_askers WHERE day = ? AND location = ? AND person = ?", (day, location, person)
    ).fetchone()
    if asked is None:
        return None
    rows = connection.execute(
        "SELECT place, sku, name, name_zh, body, class, reason, EXISTS (SELECT 1 FROM count_results WHERE"
        " count_results.location = count_lists.location AND count_results.item_id = count_lists.item_id"
        " AND count_results.day = count_lists.day) FROM count_lists JOIN items USING (item_id)"
        " WHERE day = ? AND location = ? AND person = ? ORDER BY place",
        (day, location, person),
    )
    return [
        TaskRow(place, sku, name, name_zh, body, class_, reason, bool(done))
        for place, sku, name, name_zh, body, class_, reason, done in rows
    ]


def make_today(connection: sqlite3.Connection, day: int, person: str, location: str, rules: CountRules) -> None:
    """Deal out what is due at a location: to the people of the site at once, to anybody else what they left."""
    if list_today(connection, day, person, location) is not None:
        return
    connection.execute("DELETE FROM count_lists WHERE day < ?", (day - LISTS_KEPT_DAYS,))
    connection.execute("DELETE FROM count_askers WHERE day < ?", (day - LISTS_KEPT_DAYS,))
    where = (day, location)
    taken = {
        item for (item,) in connection.execute("SELECT item_id FROM count_lists WHERE day = ? AND location = ?", where)
    }
    due = [one for one in due_today(_candidates(connection, location), day, rules) if one.item not in taken]
    first = not connection.execute("SELECT 1 FROM count_askers WHERE day = ? AND location = ?", where).fetchone()
    dealt = {one: deal(due, one, rules) for one in (rules.people if first else ())}
    given = {one.item for part in dealt.values() for one in part}
    if person not in dealt:
        dealt[person] = [one for one in due if one.item not in given][: rules.list_max]
    for one, part in dealt.items():
        connection.execute("INSERT INTO count_askers VALUES (?, ?, ?)", (*where, one))
        _LISTS.write(connection, [
            (*where, task.item, one, place, task.class_.value, task.reason.value) for place, task in enumerate(part)
        ])  # fmt: skip


def _candidates(connection: sqlite3.Connection, location: str) -> list[Candidate]:
    """Everything that has goods, or too few, at a location, or was counted there. Read once a person and day."""
    rows = connection.execute(
        "SELECT here.item_id, coalesce(class, 'C'), least, last, EXISTS (SELECT 1 FROM count_results"
        " WHERE location = ?1 AND item_id = here.item_id AND seq = newest AND NOT within) FROM"
        " (SELECT item_id, min(quantity) AS least, max(quantity != 0) AS any_there FROM balances WHERE location_id ="
        " (SELECT location_id FROM locations WHERE name = ?1) GROUP BY item_id) AS here"
        " LEFT JOIN (SELECT item_id, max(day) AS last, max(seq) AS newest FROM count_results WHERE location = ?1"
        " GROUP BY item_id) AS counts USING (item_id) LEFT JOIN count_classes USING (item_id)"
        " WHERE any_there OR last IS NOT NULL",
        (location,),
    )
    return [Candidate(item, CountClass(class_), least < 0, last, bool(off)) for item, class_, least, last, off in rows]


class AccuracyRow(msgspec.Struct, frozen=True):
    """A week's counted lines of a class: how many, how many within tolerance, and what too much and too little was worth in
    minor units. `day` is the week's Monday, counted as `date.toordinal` does."""

    day: int
    class_: str
    lines: int
    within: int
    surplus: int
    shortage: int


def list_accuracy(connection: sqlite3.Connection, first_day: int) -> list[AccuracyRow]:
    """By week and class, oldest first."""
    rows = connection.execute(
        "SELECT (day - 1) / ?1 * ?1 + 1 AS week, class, count(*), sum(within), sum(max(value, 0)), -sum(min(value, 0))"
        " FROM count_results WHERE day >= ?2 GROUP BY week, class ORDER BY week, class",
        (WEEK_DAYS, first_day),
    )
    return [AccuracyRow(*row) for row in rows]
