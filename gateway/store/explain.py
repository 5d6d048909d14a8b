"""Reading what explaining a figure needs: an item's movements in a bounded window, and the documents and shelves around them.

Everything is found by an index and every step has a bound, so that a reader thread is done within some tens of milliseconds
whatever the size of the ledger. What is read for one item of a count is kept for the next.
"""

import sqlite3
from collections.abc import Collection
from typing import Final

import msgspec

from gateway.domain.document import Body
from gateway.domain.explain_history import Asked, History, OnTheWay, Said, SheetLine, Shelf, Sibling, Step, sign_of
from gateway.domain.transfers import Direction
from gateway.store.explain_documents import documents_at, newest_of, sales_with_notes
from gateway.store.items import load_item
from gateway.store.pending import list_pending
from gateway.store.reversals import find_reversal
from gateway.store.shelves import MOVEMENTS_PER_DOCUMENT
from gateway.store.stock import MovementRow, list_movements, stock_head
from gateway.store.transfers import list_transfers
from replication.wire.item import Item
from replication.wire.quantity import THOUSANDTHS, QuantityError, parse_quantity
from replication.wire.transfer import TransferState

STEPS_MAX: Final = 3_000
"""Movements that are read with their documents' heads: a quarter of an item sold thirty times a day, some ten milliseconds."""
FIRST_WALKED_MAX: Final = 20_000
"""Movements that are walked for the first that ever went below zero: without their documents, some ten milliseconds."""
SALES_READ: Final = 400
"""Sales of the item that are decoded, the newest up to the moment: some five milliseconds."""
PAPERS_READ: Final = 300
"""Other documents of the item that are decoded."""
ODD_READ: Final = 20
"""The largest sales of the window are decoded whenever they were."""
ORDERS_READ: Final = 300
"""Newest orders, and as many receipts and cash movements, that are looked through: no index knows their items."""
TRANSFERS_READ: Final = 100
"""Newest transfers on their way, in each direction."""
REQUESTS_READ: Final = 200
"""Oldest documents that wait for a person."""
NEIGHBOURS: Final = 6
"""Items that are read before and after it in the order of names."""
SIBLINGS_MAX: Final = 8
SIBLING_STEPS: Final = 300
"""Movements that are read of an item it may be taken for."""
SHELVES_MAX: Final = 200
"""Balances of an item by place and lot."""
_OPEN: Final = (
    TransferState.IN_TRANSIT,
    TransferState.PARTLY_RECEIVED,
    TransferState.AWAITING_DISPATCH,
    TransferState.RECEIVED,
)
_ELSEWHERE: Final = ("purchase_order", "purchase_order_close", "goods_receipt", "cash_movement")

_body_decoder = msgspec.json.Decoder(Body)


class HistoryReader:
    """Reads histories in one snapshot. `today` is the site's date."""

    def __init__(self, connection: sqlite3.Connection, now: int, today: str) -> None:
        self._connection = connection
        self._now, self._today = now, today
        self._around: tuple[Said, ...] | None = None
        self._transfers: list[tuple[OnTheWay, str]] | None = None
        self._waiting: list[tuple[Asked, str]] | None = None
        self._documents: dict[int, Said] = {}

    def read(
        self, sku: str, location: str = "", *, until: int | None = None, sheet: tuple[SheetLine, ...] = ()
    ) -> History | None:
        """An item's history, up to an entry where one is named; None for an unknown item."""
        row = load_item(self._connection, sku)
        if row is None:
            return None
        rows = list_movements(self._connection, sku, limit=STEPS_MAX)
        complete = len(rows) < STEPS_MAX
        shelves = self._shelves(sku)
        on_hand = sum(shelf.quantity for shelf in shelves if not location or shelf.location == location)
        steps = _steps(rows, location, on_hand)
        if until is not None:
            steps = [step for step in steps if step.seq <= until]
            on_hand = steps[-1].balance if steps else 0
        moment = self._moment(steps)
        own = self._own_documents(steps, moment)
        around = self._documents_around()
        documents = {said.seq: said for said in (*around, *own)}
        siblings = self._siblings(row.item, documents.values(), until)
        return History(
            row.item, location, self._now, self._today, stock_head(self._connection), on_hand, tuple(steps),
            tuple(said for _, said in sorted(documents.items()) if until is None or said.seq <= until),
            self._reversed(documents.values()), siblings, self._on_the_way(sku), tuple(shelves), self._asked(sku), sheet,
            self._first_below(sku) if not location and until is None else None, complete,
        )  # fmt: skip

    def _moment(self, steps: list[Step]) -> int:
        """Where sales are of interest: the newest entry below zero that was not before, else the newest."""
        for before, step in zip(reversed([None, *steps][:-1]), reversed(steps), strict=True):
            if step.balance < 0 and (before is None or before.balance >= 0):
                return step.seq
        return steps[-1].seq if steps else 0

    def _own_documents(self, steps: list[Step], moment: int) -> list[Said]:
        sales = [step for step in steps if step.type == "sale"]
        papers = [step.seq for step in steps if step.type != "sale"]
        near = [step.seq for step in sales if step.seq <= moment][-SALES_READ:]
        odd = [step.seq for step in sorted(sales, key=lambda step: step.quantity)[:ODD_READ]]
        return documents_at(self._connection, {*papers[-PAPERS_READ:], *near, *odd}, self._documents)

    def _documents_around(self) -> tuple[Said, ...]:
        """Documents that may be about the item and did not move it: orders, receipts, cash, and sales with a note."""
        if self._around is None:
            found = [said for type_ in _ELSEWHERE for said in newest_of(self._connection, type_, ORDERS_READ)]
            self._around = (*found, *sales_with_notes(self._connection))
        return self._around

    def _shelves(self, sku: str) -> list[Shelf]:
        rows = self._connection.execute(
            "SELECT locations.name, coalesce(lot, ''), quantity, expiry FROM balances JOIN locations USING (location_id)"
            " LEFT JOIN lots USING (lot_id) WHERE balances.item_id = (SELECT item_id FROM items WHERE sku = ?)"
            " AND NOT virtual LIMIT ?",
            (sku, SHELVES_MAX),
        )
        return [Shelf(*row) for row in rows]

    def _reversed(self, documents: Collection[Said]) -> frozenset[bytes]:
        return frozenset(said.id for said in documents if find_reversal(self._connection, said.id) is not None)

    def _first_below(self, sku: str) -> Step | None:
        row = self._connection.execute(
            "WITH RECURSIVE walk (movement_id) AS (SELECT last_movement FROM item_totals WHERE item_id ="
            " (SELECT item_id FROM items WHERE sku = ?) UNION ALL SELECT previous FROM movements JOIN walk USING (movement_id)"
            " WHERE previous > 0 LIMIT ?) SELECT movement_id FROM walk JOIN movements USING (movement_id) WHERE balance < 0"
            " ORDER BY movement_id LIMIT 1",
            (sku, FIRST_WALKED_MAX),
        ).fetchone()
        return None if row is None else self._step_at(row[0])

    def _step_at(self, movement: int) -> Step:
        quantity, balance, location, lot = self._connection.execute(
            "SELECT quantity, balance, locations.name, coalesce(lot, '') FROM movements"
            " JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id) WHERE movement_id = ?",
            (movement,),
        ).fetchone()
        seq = movement // MOVEMENTS_PER_DOCUMENT
        (said,) = documents_at(self._connection, {seq}, self._documents)
        return Step(
            seq, said.id, said.type, said.number, said.at, quantity, balance, location, lot, said.person, said.station
        )

    def _siblings(self, item: Item, documents: Collection[Said], until: int | None) -> tuple[Sibling, ...]:
        run = self._connection.execute
        names = [
            sku
            for sql in (
                "SELECT sku FROM items WHERE name < ? ORDER BY name DESC LIMIT ?",
                "SELECT sku FROM items WHERE name > ? ORDER BY name LIMIT ?",
            )
            for (sku,) in run(sql, (item.name, NEIGHBOURS))
        ]
        beside = [
            line.item
            for said in documents
            if said.type not in ("cash_movement", "sale") and said.of(item.sku)
            for line in said.lines
        ]
        found = []
        for sku in dict.fromkeys((*beside, *names)):
            row = load_item(self._connection, sku) if sku != item.sku else None
            if row is not None and is_sibling(item, row.item):
                steps = _steps(list_movements(self._connection, sku, limit=SIBLING_STEPS), "", 0)
                kept = tuple(step for step in steps if until is None or step.seq <= until)
                found.append(Sibling(row.item, steps[-1].balance if steps else 0, kept))
            if len(found) == SIBLINGS_MAX:
                break
        return tuple(found)

    def _on_the_way(self, sku: str) -> tuple[OnTheWay, ...]:
        if self._transfers is None:
            self._transfers = []
            for direction in Direction:
                for state in _OPEN:
                    rows = list_transfers(
                        self._connection, before=2**62, limit=TRANSFERS_READ, direction=direction, state=state
                    )
                    for row in rows:
                        one = row.transfer
                        for (item, _), figures in one.cells.items():
                            if figures.in_transit:
                                at = one.dispatched_at if one.dispatched_at is not None else self._now
                                self._transfers.append((
                                    OnTheWay(one.id, one.direction, one.peer, one.number, at, figures.in_transit), item
                                ))  # fmt: skip
        return tuple(one for one, item in self._transfers if item == sku)

    def _asked(self, sku: str) -> tuple[Asked, ...]:
        if self._waiting is None:
            self._waiting = []
            for pending in list_pending(self._connection, limit=REQUESTS_READ):
                body = _body_decoder.decode(pending.body)
                for line in body.lines:
                    quantity = self._base(line.item, line.quantity, line.unit if isinstance(line.unit, str) else None)
                    role = getattr(line, "role", None)
                    type_ = str(type(body).__struct_config__.tag)
                    sign = 1 if type_ == "adjustment" else sign_of(type_, role)
                    if sign:
                        asked = Asked(pending.id, type_, pending.person, pending.requested_at, sign * quantity)
                        self._waiting.append((asked, line.item))
        return tuple(asked for asked, item in self._waiting if item == sku)

    def _base(self, sku: str, quantity: str, unit: str | None) -> int:
        row = load_item(self._connection, sku)
        pack = None if row is None or unit is None else row.item.pack(unit)
        try:
            entered = int(parse_quantity(quantity))
        except QuantityError:
            return 0
        return entered if pack is None else entered * pack.factor // THOUSANDTHS


def is_sibling(item: Item, other: Item) -> bool:
    """Whether goods are easily taken for each other: of one category, with like names or one price."""
    if item.category != other.category or item.unit != other.unit:
        return False
    like = item.name[:3].casefold() == other.name[:3].casefold() or item.name[-4:] == other.name[-4:]
    return like or item.price == other.price


def _steps(rows: list[MovementRow], location: str, on_hand: int) -> list[Step]:
    """Oldest first; at one place the running figure is counted back from what stands there."""
    steps, running = [], on_hand
    for row in rows:
        if location and row.location != location:
            continue
        balance = running if location else row.balance
        running -= row.quantity
        steps.append(
            Step(
                row.seq, bytes(row.document), row.type, row.number, row.posted_at, row.quantity, balance, row.location,
                row.lot or "", row.person, row.station,
            )
        )  # fmt: skip
    steps.reverse()
    return steps
