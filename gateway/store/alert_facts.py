"""What is so in the shop, as alerts ask for it: facts about items, lots, waiting documents, transfers, counts and people.

Each query goes by an index and takes a bounded piece; whoever asks goes from piece to piece. Decides nothing.
"""

import datetime as dt
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from gateway.domain.alerts import AlertKind, AlertRule, Fact, rule_for
from gateway.domain.costing import MILLIONTHS, Valuation, unit_cost
from gateway.domain.counting import CountClass, CountRules
from gateway.store.counts_fold import local_day
from gateway.store.pending import list_pending
from gateway.store.tasks import sellable_locations
from replication.wire.item import Item
from replication.wire.location import SHOP
from replication.wire.quantity import format_quantity
from replication.wire.transfer import TransferState

ITEMS_MAX: Final = 500
"""Items looked at in one query: some ten milliseconds beside the writer."""
LOTS_MAX: Final = 2_000
WAITING_MAX: Final = 500
TRANSFERS_MAX: Final = 500
DOCUMENTS_MAX: Final = 1_000
"""Write-offs and voids that are looked at for people, newest first: many times what a shop has in a week."""
CLASSED_MAX: Final = 20_000
DAY_MILLISECONDS: Final = 24 * 3600 * 1000
_MINUTE_MILLISECONDS: Final = 60_000

_item_decoder = msgspec.msgpack.Decoder(Item)


class Day(msgspec.Struct, frozen=True):
    """The moment facts are of: UTC milliseconds, and where the site stands."""

    now: int
    zone: dt.tzinfo = dt.UTC

    @property
    def date(self) -> dt.date:
        """The site's day."""
        return self.moment(self.now).date()

    def moment(self, at: int) -> dt.datetime:
        """A moment on the site's clocks."""
        return dt.datetime.fromtimestamp(at / 1000, self.zone)


def items_after(connection: sqlite3.Connection, item_id: int) -> list[int]:
    """The next items of the walk over all of them; empty at its end."""
    rows = connection.execute(
        "SELECT item_id FROM items WHERE item_id > ? ORDER BY item_id LIMIT ?", (item_id, ITEMS_MAX)
    )
    return [found for (found,) in rows]


def ids_of(connection: sqlite3.Connection, skus: Iterable[str]) -> list[int]:
    """Items by their SKUs."""
    query = "SELECT item_id FROM json_each(?) CROSS JOIN items ON sku = value"
    return [found for (found,) in connection.execute(query, (_json(skus),))]


_STOCK: Final = (
    "SELECT balances.item_id, sum(CASE WHEN blocked IS NULL THEN quantity ELSE 0 END), min(quantity)"
    " FROM json_each(?1) CROSS JOIN balances ON balances.item_id = value LEFT JOIN lots USING (lot_id)"
    " WHERE location_id IN (SELECT value FROM json_each(?2)) GROUP BY balances.item_id"
)
_ISSUED: Final = (
    "SELECT item_id, day, issued FROM json_each(?1) CROSS JOIN turnovers INDEXED BY turnovers_by_item"
    " ON item_id = value WHERE day >= ?2"
)
_ITEMS: Final = (
    "SELECT items.item_id, body, list_price, coalesce(quantity, 0), coalesce(valuations.value, 0), coalesce(last, 0)"
    " FROM json_each(?1) AS ids CROSS JOIN items ON items.item_id = ids.value LEFT JOIN valuations USING (item_id)"
)


def item_facts(connection: sqlite3.Connection, ids: Sequence[int], rules: Sequence[AlertRule], day: Day) -> list[Fact]:
    """Stock and price of some items. An item that never had stock has no facts of stock: nobody misses it yet."""
    assert len(ids) <= ITEMS_MAX, "whoever asks goes from piece to piece"
    chosen, places = _json(ids), _json(sellable_locations(connection))
    stock = {item: (on_hand, least) for item, on_hand, least in connection.execute(_STOCK, (chosen, places))}
    today = local_day(day.now, day.zone) - _UNIX_DAY
    longest = max([rule.window_days for rule in rules if rule.kind in _BY_ISSUES], default=0)
    issued: dict[int, list[tuple[int, int]]] = {}
    for item_id, at, quantity in connection.execute(_ISSUED, (chosen, today - longest)):
        issued.setdefault(item_id, []).append((at, quantity))
    facts: list[Fact] = []
    for item_id, body, list_price, *worth in connection.execute(_ITEMS, (chosen,)):
        item = _item_decoder.decode(body)
        price = item.price if list_price is None else list_price
        facts += _price_facts(item, price, Valuation(*worth))
        if item_id in stock:
            facts += _stock_facts(item, *stock[item_id], issued.get(item_id, []), today, rules)
    return facts


_UNIX_DAY: Final = dt.date(1970, 1, 1).toordinal()
_BY_ISSUES: Final = (AlertKind.LOW_STOCK, AlertKind.OUT_OF_STOCK)


def _stock_facts(
    item: Item, on_hand: int, least: int, issued: list[tuple[int, int]], today: int, rules: Sequence[AlertRule]
) -> Iterable[Fact]:
    """Of low, out and negative the one that holds; what says nothing now leaves an open alert as it is."""
    yield _of_item(AlertKind.NEGATIVE_STOCK, item, int(least < 0), on_hand=format_quantity(least))
    if least < 0:
        return
    category = item.category or ""
    out, low = (rule_for(rules, kind, item.sku, category) for kind in (AlertKind.OUT_OF_STOCK, AlertKind.LOW_STOCK))
    wanted_at_all = item.low_below is not None or (out is not None and _sum_since(issued, today - out.window_days) > 0)
    yield _of_item(AlertKind.OUT_OF_STOCK, item, int(on_hand <= 0 and wanted_at_all))
    if low is None:
        yield _of_item(AlertKind.LOW_STOCK, item, 0)
    elif on_hand > 0:
        wanted = int(item.low_below or 0)
        if low.cover_days:
            recent = max(_sum_since(issued, today - low.window_days), 0)
            wanted = max(wanted, recent * low.cover_days // low.window_days)
        # In per cent of what is wanted; where nothing is, everything is enough.
        value = on_hand * 100 // wanted if wanted else max(low.at, low.clear_at)
        told = {"on_hand": format_quantity(on_hand), "wanted": format_quantity(wanted)}
        yield _of_item(AlertKind.LOW_STOCK, item, value, **told)


def _price_facts(item: Item, price: int, valuation: Valuation) -> Iterable[Fact]:
    each = unit_cost(valuation)
    below = 0 if each == 0 else (each - price * MILLIONTHS) * 100 // each
    cost = (2 * each + MILLIONTHS) // (2 * MILLIONTHS)
    # Where nobody told a cost, no price is below it: so far above that every rule is calm.
    value = below if each else -100
    yield _of_item(AlertKind.PRICE_BELOW_COST, item, value, price=str(price), cost=str(cost))


def _of_item(kind: AlertKind, item: Item, value: int, **told: str) -> Fact:
    words = {"item": item.sku, "name": item.name, "name_zh": item.name_zh or "", "unit": item.unit}
    return Fact(kind, item.sku, value, words | told, item.sku, item.category or "")


def _sum_since(issued: list[tuple[int, int]], day: int) -> int:
    return sum(quantity for at, quantity in issued if at > day)


LOTS: Final = (
    "SELECT lot_id, lots.item_id, lot, expiry, body FROM lots INDEXED BY lots_by_expiry JOIN items USING (item_id)"
    " WHERE expiry IS NOT NULL AND (expiry, lot_id) > (?, ?) AND expiry <= ? ORDER BY expiry, lot_id LIMIT ?"
)


class LotPlace(msgspec.Struct, frozen=True):
    """Where the walk over lots by expiry stands."""

    expiry: str = ""
    lot_id: int = 0


def lot_facts(
    connection: sqlite3.Connection, after: LotPlace, rules: Sequence[AlertRule], day: Day
) -> tuple[list[Fact], LotPlace | None]:
    """Lots that have expired or soon will and lie where they could be sold, and where to go on; None at the end."""
    today = day.date
    reach = max([rule.at for rule in rules if rule.kind is AlertKind.EXPIRING and not rule.off], default=0)
    last = (today + dt.timedelta(days=reach)).isoformat()
    rows = connection.execute(LOTS, (after.expiry, after.lot_id, last, LOTS_MAX)).fetchall()
    places = _json(sellable_locations(connection))
    facts: list[Fact] = []
    for lot_id, item_id, lot, expiry, body in rows:
        (on_hand,) = connection.execute(
            "SELECT coalesce(sum(quantity), 0) FROM json_each(?) CROSS JOIN balances"
            " ON item_id = ? AND location_id = value AND lot_id = ?",
            (places, item_id, lot_id),
        ).fetchone()
        if on_hand > 0:
            left = (dt.date.fromisoformat(expiry) - today).days
            kind, value = (AlertKind.EXPIRED, 1) if left < 0 else (AlertKind.EXPIRING, left)
            fact = _of_item(
                kind, _item_decoder.decode(body), value, lot=lot, expiry=expiry, on_hand=format_quantity(on_hand)
            )
            facts.append(msgspec.structs.replace(fact, subject=f"{fact.item}/{lot}"))
    more = LotPlace(rows[-1][3], rows[-1][0]) if len(rows) == LOTS_MAX else None
    return facts, more


def waiting_facts(connection: sqlite3.Connection, day: Day) -> list[Fact]:
    """Documents that wait for approval, in minutes."""
    return [
        Fact(
            AlertKind.DOCUMENT_WAITING, one.id.hex(), (day.now - one.requested_at) // _MINUTE_MILLISECONDS,
            {"person": one.person, "time": f"{day.moment(one.requested_at):%Y-%m-%d %H:%M}", "document": one.id.hex()},
        )
        for one in list_pending(connection, limit=WAITING_MAX)
    ]  # fmt: skip


_ON_THE_WAY: Final = "SELECT transfer, number, peer, dispatched_at FROM transfers WHERE direction = ? AND state = ? ORDER BY place LIMIT ?"


def transfer_facts(connection: sqlite3.Connection, site: str, day: Day) -> list[Fact]:
    """Transfers on their way to and from this branch, in days."""
    facts = []
    for direction in ("in", "out"):
        for state in (TransferState.IN_TRANSIT, TransferState.PARTLY_RECEIVED):
            rows = connection.execute(_ON_THE_WAY, (direction, state.value, TRANSFERS_MAX))
            for transfer, number, peer, at in rows.fetchall():
                if at is not None:
                    ends = (peer, site) if direction == "in" else (site, peer)
                    told = {"number": number, "from": ends[0], "to": ends[1], "date": day.moment(at).date().isoformat()}
                    days = (day.now - at) // DAY_MILLISECONDS
                    facts.append(
                        Fact(AlertKind.TRANSFER_OVERDUE, transfer.hex(), days, told | {"transfer": transfer.hex()})
                    )
    return facts


_DUE: Final = (
    "SELECT count(*) FROM (SELECT item_id AS classed FROM count_classes WHERE class = ? LIMIT ?) WHERE coalesce((SELECT day FROM"
    " count_results WHERE location = ? AND item_id = classed ORDER BY seq DESC LIMIT 1), 0) <= ?"
)


def count_facts(connection: sqlite3.Connection, counting: CountRules, day: Day) -> list[Fact]:
    """Items of the classes that weigh most, on the shop floor, that were not counted for as long as their class asks."""
    today = local_day(day.now, day.zone)
    facts = []
    for class_ in (CountClass.A, CountClass.B):
        since = today - counting.of(class_).days
        (count,) = connection.execute(_DUE, (class_.value, CLASSED_MAX, SHOP, since)).fetchone()
        told = {"class": class_.value, "count": str(count)}
        facts.append(Fact(AlertKind.COUNT_DUE, class_.value, count, told))
    return facts


WRITE_OFFS: Final = (
    "SELECT person, posted_at FROM documents WHERE type = 'write_off' AND type != 'sale' ORDER BY seq DESC LIMIT ?"
)
VOIDS: Final = (
    "SELECT back.person, back.posted_at FROM (SELECT seq, person, posted_at FROM documents WHERE type = 'reversal'"
    " AND type != 'sale' ORDER BY seq DESC LIMIT ?) AS back CROSS JOIN reversals ON reversals.seq = back.seq"
    " CROSS JOIN journal ON event_id = original CROSS JOIN documents ON documents.seq = journal.seq"
    " WHERE documents.type IN ('sale', 'sale_return')"
)


def people_facts(connection: sqlite3.Connection, rules: Sequence[AlertRule], day: Day) -> list[Fact]:
    """How often each person wrote goods off, or took back sales and returns, in the days their rule looks at."""
    facts = []
    for kind, query in ((AlertKind.MANY_WRITE_OFFS, WRITE_OFFS), (AlertKind.MANY_VOIDS, VOIDS)):
        rule = rule_for(rules, kind)
        if rule is None:
            continue
        counts: dict[str, int] = {}
        for person, at in connection.execute(query, (DOCUMENTS_MAX,)):
            if at > day.now - rule.window_days * DAY_MILLISECONDS:
                counts[person] = counts.get(person, 0) + 1
        for person, count in counts.items():
            told = {"person": person, "count": str(count), "days": str(rule.window_days)}
            facts.append(Fact(kind, person, count, told))
    return facts


def _json(values: Iterable[object]) -> str:
    return msgspec.json.encode(list(values)).decode()
