"""The lines of a document being planned: item, money, lot, and the movements each line makes.

Walks one line at a time and collects what it finds; what policy says to the breaches is `posting`'s to decide.
"""

from typing import Final, Protocol, assert_never

from msgspec import UNSET

from gateway.domain.document import (
    Adjustment,
    Body,
    Disposition,
    GoodsReceipt,
    Line,
    OpeningBalance,
    Sale,
    SaleReturn,
    TransferIn,
    TransferInLine,
    TransferOut,
)
from gateway.domain.draft import Draft
from gateway.domain.fault import Fault
from gateway.domain.policy import Breach
from gateway.domain.transfers import Transfer
from replication.wire.events import LineDetail, PostedLine
from replication.wire.item import Item, Pack, Tracking
from replication.wire.location import INSPECTION, SHOP, Virtual, is_virtual
from replication.wire.money import AMOUNT_MAX, line_amount
from replication.wire.movement import Movement
from replication.wire.quantity import QUANTITY_MAX, THOUSANDTHS, Quantity, format_quantity

_WITH_MONEY: Final = (Sale, SaleReturn)
CUSTOMER: Final = Virtual.CUSTOMER.value
NO_LOT: Final = ""
"""The lot of goods that are not kept by lot."""


class LedgerView(Protocol):
    """What planning may ask of the ledger, as it stands inside the current transaction."""

    def item(self, sku: str) -> Item | None:
        """The item, or None if nobody made it."""

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        """Thousandths of the base unit there; 0 where nothing ever was."""

    def on_shelf(self, sku: str) -> tuple[Item, int] | None:
        """The item, and what of it stands in the shop in no lot; None if nobody made it."""

    def is_sold(self, document_id: str) -> bool:
        """Whether a sale of that id is in the journal."""

    def transfer(self, transfer: bytes) -> Transfer | None:
        """What this branch knows of a transfer, or None if nobody told it."""

    def lot_expiry(self, sku: str, lot: str) -> str | None:
        """The expiry date of a lot, where one is known."""


class LinePlan:
    """What accumulates while the lines of one draft are walked."""

    __slots__ = (
        "body", "breaches", "faults", "has_money", "ledger", "lines", "movements", "plain", "quantities", "routes", "taken",
        "total",
    )  # fmt: skip

    def __init__(self, draft: Draft, ledger: LedgerView) -> None:
        self.body = draft.body
        self.has_money = isinstance(draft.body, _WITH_MONEY)
        self.quantities = draft.quantities
        self.ledger = ledger
        self.lines: list[PostedLine] = []
        self.movements: list[Movement] = []
        self.routes: dict[tuple[str, str], int] = {}
        self.taken: dict[tuple[str, str, str], int] = {}
        self.breaches: list[tuple[Breach, Fault]] = []
        self.faults: list[Fault] = []
        self.total = 0
        self.plain = True


def plan_line(state: LinePlan, index: int, line: Line) -> None:
    """One line: its item, its money, its movement."""
    quantity = state.quantities[index]
    item = state.ledger.item(line.item)
    if item is None:
        state.faults.append(Fault(f"lines[{index}].item", "unknown_item", {"item": line.item[:64]}))
        return
    if quantity <= 0 and not (_only_differs(line) if quantity == 0 else isinstance(state.body, Adjustment)):
        state.faults.append(Fault(f"lines[{index}].quantity", "quantity_not_positive", {"text": line.quantity}))
        return
    pack = None
    if line.unit is not UNSET and line.unit != item.unit:
        pack = item.pack(line.unit)
        if pack is None:
            facts = {"unit": line.unit[:32], "item": item.sku, "base": item.unit}
            state.faults.append(Fault(f"lines[{index}].unit", "unknown_unit", facts))
            return
    base = int(quantity) if pack is None else quantity * pack.factor // THOUSANDTHS
    if abs(base) > QUANTITY_MAX:
        state.faults.append(Fault(f"lines[{index}].quantity", "quantity_out_of_range", {"text": line.quantity}))
        return
    usual = item.price if pack is None else item.price * pack.factor // THOUSANDTHS
    if state.has_money and line.discount is UNSET and (line.price is UNSET or line.price == usual):
        price, discount, amount = usual, 0, line_amount(usual, quantity)
        told = None
    else:
        price, discount, amount = _money(state, index, line, usual)
        told = None if amount == line_amount(price, quantity) - discount else amount
    if abs(amount) > AMOUNT_MAX:
        # Two lines of an adjustment may cancel, so the total alone does not bound them.
        state.faults.append(Fault(f"lines[{index}]", "amount_out_of_range", {"limit": str(AMOUNT_MAX)}))
        return
    state.total += amount
    plain = pack is None and (line.reading, line.cost, line.location, line.expiry, line.disposition) == _PLAIN
    detail = None if plain else _detail(line, pack)
    state.lines.append(PostedLine(item.sku, quantity, price, discount, told, detail))
    if item.tracking is Tracking.NONE:
        lot: str | None = NO_LOT if line.lot is UNSET else line.lot
    else:
        lot = _lot(state, index, line, item, abs(base))
    if lot is not None and base:
        _move(state, index, line, base, lot)


def _only_differs(line: Line) -> bool:
    """Whether nothing arrived well of a transfer's line, only short or damaged goods are told."""
    return isinstance(line, TransferInLine) and line.variance is not UNSET and len(line.variance) > 0


def _money(state: LinePlan, index: int, line: Line, usual: int) -> tuple[int, int, int]:
    """Price, discount and amount of a line in minor units; `usual` is the item's price in the line's unit."""
    quantity = state.quantities[index]
    if not state.has_money:
        return 0, 0, 0 if line.cost is UNSET else line_amount(line.cost, quantity)
    price = usual
    if line.price is not UNSET and line.price != usual:
        price = line.price
        facts = {"price": str(price), "usual": str(usual)}
        state.breaches.append((Breach.PRICE_OVERRIDE, Fault(f"lines[{index}].price", "price_override", facts)))
    amount = line_amount(price, quantity)
    discount = 0 if line.discount is UNSET else line.discount
    if discount > amount:
        facts = {"discount": str(discount), "amount": str(amount)}
        state.faults.append(Fault(f"lines[{index}].discount", "discount_too_large", facts))
    elif discount:
        facts = {"discount": str(discount)}
        state.breaches.append((Breach.DISCOUNT, Fault(f"lines[{index}].discount", "discount", facts)))
    return price, discount, amount - discount


def _lot(state: LinePlan, index: int, line: Line, item: Item, base: int) -> str | None:
    """The lot a line moves, NO_LOT for goods not kept by lot, None where one is missing."""
    lot = NO_LOT if line.lot is UNSET else line.lot
    if item.tracking is Tracking.LOT and not lot:
        state.faults.append(Fault(f"lines[{index}].lot", "lot_required", {"item": item.sku}))
        return None
    if item.tracking is Tracking.SERIAL:
        serials = () if line.serials is UNSET else line.serials
        if len(serials) * THOUSANDTHS != base or len(set(serials)) != len(serials):
            facts = {"item": item.sku, "quantity": format_quantity(base)}
            state.faults.append(Fault(f"lines[{index}].serials", "serials_required", facts))
            return None
    return lot


def _route(body: Body, line: Line, here: str, base: int) -> tuple[str, str]:
    """From where to where a line of that document moves goods."""
    match body:
        case Sale():
            return here, CUSTOMER
        case SaleReturn():
            match line.disposition:
                case Disposition.SCRAP:
                    return Virtual.CUSTOMER, Virtual.SCRAP
                case Disposition.INSPECT:
                    return Virtual.CUSTOMER, INSPECTION
                case _:
                    return Virtual.CUSTOMER, here
        case GoodsReceipt():
            return Virtual.SUPPLIER, here
        case OpeningBalance():
            return Virtual.OPENING, here
        case Adjustment():
            return (Virtual.SHRINKAGE, here) if base > 0 else (here, Virtual.SHRINKAGE)
        case TransferOut():
            return here, Virtual.IN_TRANSIT
        case TransferIn():
            return Virtual.IN_TRANSIT, here
        case _:
            assert_never(body)


def _move(state: LinePlan, index: int, line: Line, base: int, lot: str) -> None:
    """Record a line's movement, and whether it takes more than there is."""
    here = SHOP if line.location is UNSET else line.location
    if is_virtual(here):
        state.faults.append(Fault(f"lines[{index}].location", "virtual_location", {"location": here}))
        return
    body = state.body
    way = (here, CUSTOMER) if type(body) is Sale else _route(body, line, here, base)
    source, destination = way
    route = state.routes.setdefault(way, len(state.routes))
    serials = () if line.serials is UNSET else line.serials
    state.movements.append(Movement(index, route, Quantity(abs(base)), lot or None, serials))
    if route or lot or serials or base != state.quantities[index] or base < 0:
        state.plain = False
    taken = state.taken
    if source != here:
        if destination == here:
            taken[line.item, here, lot] = taken.get((line.item, here, lot), 0) - base
        return
    cell = (line.item, here, lot)
    taken[cell] = already = taken.get(cell, 0) + abs(base)
    before = state.ledger.on_hand(line.item, here, lot)
    if before < already:
        facts = {
            "item": line.item, "location": here, "on_hand": format_quantity(before), "after": format_quantity(before - already),
        }  # fmt: skip
        state.breaches.append((Breach.NEGATIVE_STOCK, Fault(f"lines[{index}].quantity", "negative_stock", facts)))


def _detail(line: Line, pack: Pack | None) -> LineDetail:
    """The seldom parts of a line."""
    return LineDetail(
        None if pack is None else pack.unit,
        None if pack is None else pack.factor,
        line.cost or None,
        line.reading or None,
        None if line.disposition is UNSET else line.disposition.value,
        line.location or None,
        line.expiry or None,
    )


_PLAIN: Final = (UNSET, UNSET, UNSET, UNSET, UNSET)
