"""The lines of a document being planned: item, money, lot, and the movements each line makes.

Walks one line at a time and collects what it finds; what policy says to the breaches is `posting`'s to decide.
"""

from typing import Final, Protocol, assert_never

import msgspec
from msgspec import UNSET

from gateway.domain.document import Adjustment, Body, Disposition, GoodsReceipt, Line, OpeningBalance, Sale, SaleReturn
from gateway.domain.draft import Draft
from gateway.domain.fault import Fault
from gateway.domain.policy import Breach
from replication.wire.events import LineDetail, PostedLine
from replication.wire.item import Item, Tracking
from replication.wire.location import INSPECTION, SHOP, Virtual, is_virtual
from replication.wire.money import line_amount
from replication.wire.movement import Movement
from replication.wire.quantity import QUANTITY_MAX, THOUSANDTHS, Quantity, format_quantity

NO_LOT: Final = ""
"""The lot of goods that are not kept by lot."""


class LedgerView(Protocol):
    """What planning may ask of the ledger, as it stands inside the current transaction."""

    def item(self, sku: str) -> Item | None:
        """The item, or None if nobody made it."""

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        """Thousandths of the base unit there; 0 where nothing ever was."""

    def is_posted(self, document_id: str) -> bool:
        """Whether a document of that id is in the journal."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """One side of a movement: `delta` thousandths of the line's item at a location and lot."""

    line: int
    location: str
    lot: str
    delta: int


class LinePlan:
    """What accumulates while the lines of one draft are walked."""

    __slots__ = ("breaches", "changes", "draft", "faults", "ledger", "lines", "movements", "pending", "routes", "total")

    def __init__(self, draft: Draft, ledger: LedgerView) -> None:
        self.draft = draft
        self.ledger = ledger
        self.lines: list[PostedLine] = []
        self.movements: list[Movement] = []
        self.routes: dict[tuple[str, str], int] = {}
        self.changes: list[Change] = []
        self.pending: dict[tuple[str, str, str], int] = {}
        self.breaches: list[tuple[Breach, Fault]] = []
        self.faults: list[Fault] = []
        self.total = 0


def plan_line(state: LinePlan, index: int, line: Line) -> None:
    """One line: its item, its money, its movements."""
    body = state.draft.body
    quantity = state.draft.quantities[index]
    item = state.ledger.item(line.item)
    if item is None:
        state.faults.append(Fault(f"lines[{index}].item", "unknown_item", {"item": line.item[:64]}))
        return
    if quantity == 0 or (quantity < 0 and not isinstance(body, Adjustment)):
        state.faults.append(Fault(f"lines[{index}].quantity", "quantity_not_positive", {"text": line.quantity}))
        return
    factor: int = THOUSANDTHS
    unit: str | None = None
    if line.unit is not UNSET and line.unit != item.unit:
        pack = item.pack(line.unit)
        if pack is None:
            state.faults.append(
                Fault(
                    f"lines[{index}].unit",
                    "unknown_unit",
                    {"unit": line.unit[:32], "item": item.sku, "base": item.unit},
                )
            )
            return
        factor, unit = pack.factor, pack.unit
    base = quantity * factor // THOUSANDTHS
    if abs(base) > QUANTITY_MAX:
        state.faults.append(Fault(f"lines[{index}].quantity", "quantity_out_of_range", {"text": line.quantity}))
        return
    price, discount, amount, cost = _money(state, index, line, item, quantity, factor)
    state.total += amount
    disposition = None if line.disposition is UNSET else line.disposition.value
    state.lines.append(
        PostedLine(
            item.sku, quantity, price, discount, amount,
            _line_detail(line, unit, factor if unit is not None else None, cost, disposition),
        )
    )  # fmt: skip
    lot = _lot(state, index, line, item, abs(base))
    if lot is None:
        return
    here = SHOP if line.location is UNSET else line.location
    if is_virtual(here):
        state.faults.append(Fault(f"lines[{index}].location", "virtual_location", {"location": here}))
        return
    source, destination = _route(body, line, here, base)
    _move(state, index, source, destination, abs(base), lot, () if line.serials is UNSET else line.serials)


def _money(
    state: LinePlan, index: int, line: Line, item: Item, quantity: Quantity, factor: int
) -> tuple[int, int, int, int | None]:
    """Price, discount and amount of a line in minor units, and its cost per unit where one was told."""
    body = state.draft.body
    if not isinstance(body, Sale | SaleReturn):
        cost = None if line.cost is UNSET else line.cost
        return 0, 0, 0 if cost is None else line_amount(cost, quantity), cost
    usual = item.price * factor // THOUSANDTHS
    price = usual if line.price is UNSET else line.price
    if price != usual:
        state.breaches.append(
            (
                Breach.PRICE_OVERRIDE,
                Fault(f"lines[{index}].price", "price_override", {"price": str(price), "usual": str(usual)}),
            )
        )
    amount = line_amount(price, quantity)
    discount = 0 if line.discount is UNSET else line.discount
    if discount > amount:
        state.faults.append(
            Fault(f"lines[{index}].discount", "discount_too_large", {"discount": str(discount), "amount": str(amount)})
        )
    elif discount:
        state.breaches.append(
            (Breach.DISCOUNT, Fault(f"lines[{index}].discount", "discount", {"discount": str(discount)}))
        )
    return price, discount, amount - discount, None


def _lot(state: LinePlan, index: int, line: Line, item: Item, base: int) -> str | None:
    """The lot a line moves, NO_LOT for goods not kept by lot, None where one is missing."""
    lot = NO_LOT if line.lot is UNSET else line.lot
    if item.tracking is Tracking.NONE:
        return lot
    if item.tracking is Tracking.LOT and not lot:
        state.faults.append(Fault(f"lines[{index}].lot", "lot_required", {"item": item.sku}))
        return None
    if item.tracking is Tracking.SERIAL:
        serials = () if line.serials is UNSET else line.serials
        if len(serials) * THOUSANDTHS != base or len(set(serials)) != len(serials):
            state.faults.append(
                Fault(
                    f"lines[{index}].serials", "serials_required", {"item": item.sku, "quantity": format_quantity(base)}
                )
            )
            return None
    return lot


def _route(body: Body, line: Line, here: str, base: int) -> tuple[str, str]:
    """From where to where a line of that document moves goods."""
    match body:
        case Sale():
            return here, Virtual.CUSTOMER.value
        case SaleReturn():
            match line.disposition:
                case Disposition.SCRAP:
                    return Virtual.CUSTOMER.value, Virtual.SCRAP.value
                case Disposition.INSPECT:
                    return Virtual.CUSTOMER.value, INSPECTION
                case _:
                    return Virtual.CUSTOMER.value, here
        case GoodsReceipt():
            return Virtual.SUPPLIER.value, here
        case OpeningBalance():
            return Virtual.OPENING.value, here
        case Adjustment():
            return (Virtual.SHRINKAGE.value, here) if base > 0 else (here, Virtual.SHRINKAGE.value)
        case _:
            assert_never(body)


def _move(
    state: LinePlan, index: int, source: str, destination: str, base: int, lot: str, serials: tuple[str, ...]
) -> None:
    """Record a movement, and whether it takes more than there is."""
    route = state.routes.setdefault((source, destination), len(state.routes))
    state.movements.append(Movement(index, route, Quantity(base), lot or None, serials))
    state.changes.append(Change(index, source, lot, -base))
    state.changes.append(Change(index, destination, lot, base))
    sku = state.draft.body.lines[index].item
    pending = state.pending
    if not is_virtual(destination):
        cell = (sku, destination, lot)
        pending[cell] = pending.get(cell, 0) + base
    if is_virtual(source):
        return
    cell = (sku, source, lot)
    taken = pending[cell] = pending.get(cell, 0) - base
    before = state.ledger.on_hand(sku, source, lot)
    after = before + taken
    if after < 0:
        facts = {"item": sku, "location": source, "on_hand": format_quantity(before), "after": format_quantity(after)}
        state.breaches.append((Breach.NEGATIVE_STOCK, Fault(f"lines[{index}].quantity", "negative_stock", facts)))


def _line_detail(
    line: Line, unit: str | None, factor: int | None, cost: int | None, disposition: str | None
) -> LineDetail | None:
    reading = None if line.reading is UNSET else line.reading
    location = None if line.location is UNSET else line.location
    expiry = None if line.expiry is UNSET else line.expiry
    if (unit, cost, reading, disposition, location, expiry) == (None,) * 6:
        return None
    return LineDetail(unit, None if factor is None else Quantity(factor), cost, reading, disposition, location, expiry)
