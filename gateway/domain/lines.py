"""The lines of a document being planned: item, money, lot, and the movements each line makes.

Walks one line at a time and collects what it finds; which way goods go is its kind's to say, and what policy says to the
breaches is `posting`'s.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import UNSET

from gateway.domain.document import Line, Sale
from gateway.domain.draft import Draft
from gateway.domain.fault import Fault
from gateway.domain.goods import MOVEMENTS_MAX, Goods
from gateway.domain.ledger_view import LedgerView
from gateway.domain.original import MoreThanSold, Original
from gateway.domain.policy import Breach
from gateway.domain.scale_reading import reading_fault
from gateway.domain.terms import Terms
from gateway.domain.told import LINE_TOLD, line_with
from gateway.domain.told import told as told_of
from replication.wire.events import LineDetail, PostedLine, Tender
from replication.wire.item import Item, Pack, Tracking
from replication.wire.location import SHOP, Virtual, is_virtual
from replication.wire.money import AMOUNT_MAX, line_amount
from replication.wire.movement import Movement
from replication.wire.quantity import QUANTITY_MAX, THOUSANDTHS, Quantity, format_quantity

CUSTOMER: Final = Virtual.CUSTOMER.value
NO_LOT: Final = ""
"""The lot of goods that are not kept by lot."""
_NO_DETAIL: Final = LineDetail()

RouteOf = Callable[[Any, str, int], tuple[str, str]]
"""From where to where a line moves, given the line, the place it names and its quantity in base units."""
Allows = Callable[[Any, int], bool]
"""Whether a line may have a quantity, in thousandths of its own unit."""


class LinePlan:
    """What accumulates while the lines of one draft are walked. `told` is what only this type says in its
    document's detail, `paid` the tenders of one whose body has none, `original` the sale that goods come back of,
    `overlooked` what would have been refused had the customer not left with the goods."""

    __slots__ = (
        "_goods", "body", "breaches", "draft", "faults", "has_money", "ledger", "lines", "movements", "original",
        "overlooked", "paid", "plain", "quantities", "routes", "taken", "terms", "told", "told_total", "total",
    )  # fmt: skip

    def __init__(self, draft: Draft, ledger: LedgerView, terms: Terms, *, has_money: bool) -> None:
        self.draft = draft
        self.body = draft.body
        self.has_money = has_money
        self.quantities = draft.quantities
        self.ledger = ledger
        self.terms = terms
        self.lines: list[PostedLine] = []
        self.movements: list[Movement] = []
        self.routes: dict[tuple[str, str], int] = {}
        self.taken: dict[tuple[str, str, str], int] = {}
        self.breaches: list[tuple[Breach, Fault]] = []
        self.faults: list[Fault] = []
        self.overlooked: list[Fault] = []
        self.told: dict[str, Any] = {}
        self.paid: tuple[Tender, ...] = ()
        self.original: Original | None = None
        self._goods: Goods | None = None
        self.total = 0
        self.told_total: int | None = None
        self.plain = True

    @property
    def goods(self) -> Goods:
        """What the lines so far did to lots and single pieces; most documents have neither."""
        if self._goods is None:
            overlooked = self.overlooked if self.is_settled else None
            self._goods = Goods(
                self.ledger, self.terms, self.taken, self.breaches, self.faults, self.original, overlooked
            )
        return self._goods

    @property
    def is_settled(self) -> bool:
        """Whether the goods of a sale are gone and paid: what came to forbid it since is told, and it is posted."""
        return isinstance(self.body, Sale) and self.body.settled is True and self.terms.may_settle

    def refuse_unless_settled(self, fault: Fault) -> bool:
        """Something that no policy allows, but that has happened where a sale is settled: whether it has."""
        (self.overlooked if self.is_settled else self.faults).append(fault)
        return self.is_settled

    def refuse(self, path: str, code: str, **facts: str) -> None:
        """Something that no policy allows."""
        self.faults.append(Fault(path, code, facts))

    def tell_last(self, **changes: Any) -> None:
        """Say more in the detail of the line that was planned last."""
        self.tell_line(len(self.lines) - 1, **changes)

    def tell_line(self, index: int, **changes: Any) -> None:
        """Say more in the detail of a line."""
        line = self.lines[index]
        detail = line_with(line.detail or _NO_DETAIL, changes)
        self.lines[index] = msgspec.structs.replace(line, detail=detail)


class Planned(msgspec.Struct, frozen=True, gc=False):
    """A line that was found to make sense: `base` is its quantity in the item's base unit, `here` the place it names."""

    index: int
    line: Any
    item: Item
    base: int
    lot: str
    here: str
    factor: Quantity | None


def is_positive(line: Line, quantity: int) -> bool:
    """The bound of most quantities."""
    del line
    return quantity > 0


def move_lines(state: LinePlan, route: RouteOf, allows: Allows = is_positive, home: str = SHOP) -> None:
    """Plan every line, and move it along its route."""
    for index, line in enumerate(state.body.lines):
        planned = plan_line(state, index, line, allows, home, needs_lot=False)
        if planned is not None and planned.base:
            move(state, planned, *route(line, planned.here, planned.base))
        else:
            state.plain = False


def list_lines(state: LinePlan) -> None:
    """Plan every line of a document that moves nothing: no lot needs to be known of goods that are only spoken of."""
    for index, line in enumerate(state.body.lines):
        plan_line(state, index, line, is_positive, SHOP, moves=False)
    state.plain = False


def list_nothing(state: LinePlan) -> None:
    """A document that is about no goods by itself, and has no lines of its own."""
    if state.body.lines:
        state.refuse("lines", "lines_not_allowed")
    state.plain = False


def plan_line(
    state: LinePlan,
    index: int,
    line: Line,
    allows: Allows,
    home: str,
    *,
    moves: bool = True,
    needs_lot: bool = True,
    needs_serials: bool = True,
) -> Planned | None:
    """One line: its item, its money, its lot. None where it makes no sense. A lot that is not needed here is chosen, or
    missed, where the line is moved."""
    quantity = state.quantities[index]
    item = state.ledger.item(line.item)
    if item is None:
        state.faults.append(Fault(f"lines[{index}].item", "unknown_item", {"item": line.item[:64]}))
        return None
    if not allows(line, quantity):
        facts = {"text": line.quantity}
        state.faults.append(Fault(f"lines[{index}].{line.quantity_name}", "quantity_not_positive", facts))
        return None
    pack = None
    if line.unit is not UNSET and line.unit != item.unit:
        pack = item.pack(line.unit)
        if pack is None:
            facts = {"unit": line.unit[:32], "item": item.sku, "base": item.unit}
            state.faults.append(Fault(f"lines[{index}].unit", "unknown_unit", facts))
            return None
    base = _in_base_units(state, index, line, item, pack)
    found = None if base is None else _usual(state, index, item, base, THOUSANDTHS if pack is None else pack.factor)
    if base is None or found is None:
        return None
    _check_reading(state, index, line, item, base)
    usual, off = found
    if state.has_money and line.discount in {UNSET, off} and (line.price is UNSET or line.price == usual):
        price, discount, amount = usual, off, line_amount(usual, quantity) - off
        told = None
    else:
        price, discount, amount = _money(state, index, line, usual)
        _check_refund(state, index, amount, line_amount(usual, quantity) - off)
        told = None if amount == line_amount(price, quantity) - discount else amount
    if abs(amount) > AMOUNT_MAX:
        # Two lines of an adjustment may cancel, so the total alone does not bound them.
        state.faults.append(Fault(f"lines[{index}]", "amount_out_of_range", {"limit": str(AMOUNT_MAX)}))
        return None
    state.total += amount
    plain = pack is None and (line.reading, line.cost, line.location, line.expiry, line.disposition) == _PLAIN
    detail = None if plain else _detail(line, pack)
    state.lines.append(PostedLine(item.sku, quantity, price, discount, told, detail))
    _tell_more(state, line, moves=moves)
    if not moves or item.tracking is Tracking.NONE:
        lot: str | None = NO_LOT if line.lot is UNSET else line.lot
    else:
        lot = _lot(state, index, line, item, abs(base), needs_lot=needs_lot, needs_serials=needs_serials)
    here = home if line.location is UNSET else line.location
    if is_virtual(here):
        state.faults.append(Fault(f"lines[{index}].location", "virtual_location", {"location": here}))
        return None
    return None if lot is None else Planned(index, line, item, base, lot, here, None if pack is None else pack.factor)


def _tell_more(state: LinePlan, line: Line, *, moves: bool) -> None:
    """What only lines of this type tell, and a lot that no movement will tell."""
    if more := LINE_TOLD[type(line)]:
        state.tell_last(**told_of(line, more))
    if not moves and line.lot is not UNSET:
        state.tell_last(lot=line.lot or None)


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
        if state.refuse_unless_settled(Fault(f"lines[{index}].discount", "discount_too_large", facts)):
            discount = amount
    elif discount:
        facts = {"discount": str(discount)}
        state.breaches.append((Breach.DISCOUNT, Fault(f"lines[{index}].discount", "discount", facts)))
    return price, discount, amount - discount


def _check_refund(state: LinePlan, index: int, amount: int, paid: int) -> None:
    """No more is given back for goods than was paid for them, unless policy says so: a discount left out is money."""
    if state.original is not None and amount > paid:
        facts = {"paid": str(paid), "amount": str(amount)}
        state.breaches.append((Breach.OVER_RETURN, Fault(f"lines[{index}].price", "over_return", facts)))


def _check_reading(state: LinePlan, index: int, line: Line, item: Item, base: int) -> None:
    """Of a line that names a scale's reading, as long as that is remembered."""
    seen = None if line.reading is UNSET else state.terms.readings.get(line.reading)
    misread = None if seen is None else reading_fault(seen, state.draft, index, item, base)
    if misread is not None:
        state.refuse_unless_settled(misread)


def _in_base_units(state: LinePlan, index: int, line: Line, item: Item, pack: Pack | None) -> int | None:
    """The quantity of a line in its item's base unit, None where that cannot be."""
    quantity = state.quantities[index]
    base = int(quantity) if pack is None else quantity * pack.factor // THOUSANDTHS
    path = f"lines[{index}].{line.quantity_name}"
    if abs(base) > QUANTITY_MAX:
        state.faults.append(Fault(path, "quantity_out_of_range", {"text": line.quantity}))
        return None
    parted = not_whole(path, item, base)
    if parted is not None and not state.refuse_unless_settled(parted):
        return None
    return base


def not_whole(path: str, item: Item, base: int) -> Fault | None:
    """What speaks against so much of goods that are not parted; None where it is whole, or they may be parted."""
    if not item.whole or base % THOUSANDTHS == 0:
        return None
    return Fault(path, "not_whole", {"item": item.sku, "unit": item.unit, "quantity": format_quantity(base)})


def _usual(state: LinePlan, index: int, item: Item, base: int, factor: int) -> tuple[int, int] | None:
    """The price per unit of the line, and what is off it: the item's, or what was paid for goods that come back. None where
    more would come back than went."""
    if state.original is None:
        return item.price * factor // THOUSANDTHS, 0
    found = state.original.take(item.sku, base, state.quantities[index], factor)
    if isinstance(found, MoreThanSold):
        facts = {
            "item": item.sku, "sold": format_quantity(found.sold), "returned": format_quantity(found.returned),
            "quantity": format_quantity(base),
        }  # fmt: skip
        state.faults.append(Fault(f"lines[{index}].quantity", "more_than_sold", facts))
        return None
    return found.price, found.discount


def _lot(
    state: LinePlan, index: int, line: Line, item: Item, base: int, *, needs_lot: bool, needs_serials: bool
) -> str | None:
    """The lot a line names, NO_LOT where it names none, None where it must."""
    lot = NO_LOT if line.lot is UNSET else line.lot
    if item.tracking is Tracking.LOT and not lot and needs_lot:
        state.faults.append(Fault(f"lines[{index}].lot", "lot_required", {"item": item.sku}))
        return None
    if item.tracking is Tracking.SERIAL and (needs_serials or line.serials is not UNSET):
        serials = () if line.serials is UNSET else line.serials
        if len(serials) * THOUSANDTHS != base or len(set(serials)) != len(serials):
            facts = {"item": item.sku, "quantity": format_quantity(base)}
            if not state.refuse_unless_settled(Fault(f"lines[{index}].serials", "serials_required", facts)):
                return None
    return lot


def move(
    state: LinePlan,
    planned: Planned,
    source: str,
    destination: str,
    base: int | None = None,
    *,
    moves_serials: bool = True,
) -> None:
    """Record the movements of a line, all of it or `base` of it, and whether it takes more than there is: one, or one of each
    lot where several are taken."""
    index, line, lot, item = planned.index, planned.line, planned.lot, planned.item
    quantity = abs(planned.base if base is None else base)
    route = state.routes.setdefault((source, destination), len(state.routes))
    serials = line.serials if moves_serials and line.serials is not UNSET else ()
    parts: tuple[tuple[str, int], ...] = ((lot, quantity),)
    if lot or item.tracking is not Tracking.NONE:
        parts = state.goods.parts(index, line, item, lot, (source, destination), quantity)
        state.goods.move_serials(index, item, serials, source, destination)
    if route or serials or quantity != state.quantities[index]:
        state.plain = False
    for part_lot, part in parts:
        state.movements.append(Movement(index, route, Quantity(part), part_lot or None, serials))
        if part_lot:
            state.plain = False
        path = f"lines[{index}].{line.quantity_name}"
        shift(state, (item.sku, part_lot), source, destination, part, path)


def shift(
    state: LinePlan,
    goods: tuple[str, str],
    source: str,
    destination: str,
    quantity: int,
    path: str,
    breach: Breach = Breach.NEGATIVE_STOCK,
) -> None:
    """Count what goods (item, lot) leave a place and reach another; a place of the branch that has too few is a breach."""
    (sku, lot), taken = goods, state.taken
    if not is_virtual(destination):
        cell = (sku, destination, lot)
        taken[cell] = taken.get(cell, 0) - quantity
    if is_virtual(source):
        return
    cell = (sku, source, lot)
    taken[cell] = already = taken.get(cell, 0) + quantity
    before = state.ledger.on_hand(sku, source, lot)
    if before < already:
        facts = {
            "item": sku, "location": source, "on_hand": format_quantity(before), "after": format_quantity(before - already),
        }  # fmt: skip
        state.breaches.append((breach, Fault(path, breach.value, facts)))


def check_room(state: LinePlan) -> None:
    """Whether the ledger has room for the movements of a document, at whose ends are places of the branch, and for its
    single pieces."""
    if sum([len(movement.serials) for movement in state.movements]) > MOVEMENTS_MAX:
        state.goods.refuse_room()
    if len(state.movements) > MOVEMENTS_MAX // 2:
        physical = [(not is_virtual(source)) + (not is_virtual(destination)) for source, destination in state.routes]
        if sum([physical[movement.route] for movement in state.movements]) > MOVEMENTS_MAX:
            state.goods.refuse_room()


def _detail(line: Line, pack: Pack | None) -> LineDetail:
    """The seldom parts of a line."""
    return LineDetail(
        None if pack is None else pack.unit,
        None if pack is None else pack.factor,
        None if line.cost is UNSET else line.cost,
        line.reading or None,
        None if line.disposition is UNSET else line.disposition.value,
        line.location or None,
        line.expiry or None,
    )


_PLAIN: Final = (UNSET, UNSET, UNSET, UNSET, UNSET)
