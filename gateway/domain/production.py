"""Productions: components into goods by a recipe, or without one; and goods taken apart again.

Whoever says what was used is believed, and what differs from the recipe is asked of policy. Whoever says nothing is taken to
have kept to it. Goods that came out and were scrapped at once were made as well, and took their components.
"""

from typing import Final, assert_never

import msgspec
from msgspec import UNSET

from gateway.domain.bodies.using import Production, ProductionLine, ProductionRole
from gateway.domain.dishes import PRODUCTION, add_line, made_before
from gateway.domain.fault import Fault
from gateway.domain.lines import NO_LOT, LinePlan, Planned, is_positive, move, plan_line
from gateway.domain.policy import Breach
from gateway.domain.recipe import Plan, grain_of, is_beyond
from replication.wire.events import LineMore, Making, WorkStep
from replication.wire.item import Item, Tracking
from replication.wire.location import SHOP, Virtual
from replication.wire.quantity import QUANTITY_MAX, Quantity, format_quantity

_SCRAP: Final = Virtual.SCRAP.value


def plan_production(state: LinePlan, body: Production) -> None:
    """Components go into production; what they became comes out of it, to a place or to scrap."""
    plan = _find(state, body)
    roles = {line.role for line in body.lines}
    if ProductionRole.COMPONENT not in roles and plan is None:
        state.refuse("lines", "component_required")
    if ProductionRole.OUTPUT not in roles:
        state.refuse("lines", "output_required")
    run = _Run(state, body, plan)
    for index, line in enumerate(body.lines):
        run.take(index, line)
    if plan is not None and not state.faults:
        run.keep_to(plan)
    if body.unbuild is True or body.steps is not UNSET:
        steps = () if body.steps is UNSET else tuple(step.done() for step in body.steps)
        state.told["made"] = Making(body.unbuild is True, tuple(WorkStep(*step) for step in steps))


def _find(state: LinePlan, body: Production) -> Plan | None:
    """The recipe named. A name that no recipe has is a word like any other, where the components are told: policy is asked."""
    if not isinstance(body.recipe, str):
        return None
    plan = state.ledger.recipe(body.recipe)
    if plan is None:
        fault = Fault("recipe", "unknown_recipe", {"recipe": body.recipe[:64]})
        state.breaches.append((Breach.OVER_RECIPE, fault))
        return None
    for index, line in enumerate(body.lines):
        if line.role is ProductionRole.OUTPUT and line.item != plan.recipe.item:
            facts = {"recipe": plan.recipe.code, "item": plan.recipe.item, "other": line.item[:64]}
            state.refuse(f"lines[{index}].item", "recipe_makes_other", **facts)
    return plan


class _Run:
    """One production while its lines are walked: what was used and made of each item, in thousandths of its base unit."""

    def __init__(self, state: LinePlan, body: Production, plan: Plan | None) -> None:
        self._state, self._plan, self._unbuild = state, plan, body.unbuild is True
        self._roles = {line.role for line in body.lines}
        self._sums: dict[tuple[ProductionRole, str], int] = {}
        self._first: dict[str, int] = {}
        self._more: list[int] = []
        self._output = 0
        self._home = SHOP
        outputs = (line.lot for line in body.lines if line.role is ProductionRole.OUTPUT)
        self._lot = next((lot for lot in outputs if isinstance(lot, str)), None)
        # Asked before anything moves: the remainders of what was made so far.
        made = None if plan is None else state.ledger.item(plan.recipe.item)
        self._before = 0 if made is None else made_before(state.ledger, made)

    def take(self, index: int, line: ProductionLine) -> None:
        """A line as it was entered."""
        state, item = self._state, self._state.ledger.item(line.item)
        told = line if item is None else self._with_lot(line, item)
        home = SHOP
        if self._plan is not None and line.role is ProductionRole.COMPONENT:
            home = self._plan.recipe.location or SHOP
        planned = plan_line(state, index, told, is_positive, home, needs_lot=False)
        if planned is None or not planned.base:
            state.plain = False
            return
        if line.role is ProductionRole.OUTPUT:
            self._output, self._home = index, planned.here
        elif line.role is ProductionRole.BY_PRODUCT and self._plan is not None:
            shares = {one.item: one.share for one in self._plan.recipe.by_products}
            if shares.get(line.item):
                state.tell_last(share=shares[line.item])
        place = (line.role, line.item)
        self._sums[place] = self._sums.get(place, 0) + planned.base
        if line.role is ProductionRole.COMPONENT:
            if line.item in self._first:
                self._more.append(index)
            self._first.setdefault(line.item, index)
        move(state, planned, *self._way(line.role, planned.here))

    def _with_lot(self, line: ProductionLine, item: Item) -> ProductionLine:
        """What a recipe makes has its day as its lot, where nobody named one, and keeps as long as the recipe says."""
        plan, days = self._plan, None if self._plan is None else self._plan.recipe.shelf_life_days
        if plan is None or self._unbuild or item.tracking is not Tracking.LOT or line.role is ProductionRole.COMPONENT:
            return line
        calendar = self._state.terms.calendar
        if line.lot is UNSET:
            # What was scrapped is of the lot that came out with it.
            mine = line.item == plan.recipe.item and self._lot is not None
            line = msgspec.structs.replace(line, lot=self._lot if mine else calendar.today().replace("-", ""))
        if line.expiry is UNSET and days is not None and line.role is ProductionRole.OUTPUT:
            line = msgspec.structs.replace(line, expiry=calendar.after(days))
        return line

    def _way(self, role: ProductionRole, here: str) -> tuple[str, str]:
        match role:
            case ProductionRole.SCRAP:
                return PRODUCTION, _SCRAP
            case ProductionRole.COMPONENT:
                return (PRODUCTION, here) if self._unbuild else (here, PRODUCTION)
            case ProductionRole.OUTPUT | ProductionRole.BY_PRODUCT:
                return (here, PRODUCTION) if self._unbuild else (PRODUCTION, here)
            case _:
                assert_never(role)

    def keep_to(self, plan: Plan) -> None:
        """What the recipe asks for: beside what was told, or in its place."""
        made = self._of(ProductionRole.OUTPUT, plan.recipe.item)
        if not self._unbuild:
            made += self._of(ProductionRole.SCRAP, plan.recipe.item)
        before = self._before - made if self._unbuild else self._before
        told = ProductionRole.COMPONENT in self._roles
        for part in plan.parts:
            item = self._state.ledger.item(part.item)
            if item is None:
                continue
            grain = grain_of(whole=item.whole)
            asked = part.between(before, made, grain)
            if not told:
                self._add(item, ProductionRole.COMPONENT, asked - self._scrapped(item.sku), plan.recipe.location)
                continue
            actual = self._of(ProductionRole.COMPONENT, item.sku) + self._scrapped(item.sku)
            if is_beyond(actual, part.exactly(made), plan.recipe.tolerance, grain):
                self._differs(item.sku, asked, actual)
            self._tell_planned(item, asked, actual)
        foreign = self._first.keys() - {part.item for part in plan.parts}
        for sku in [sku for sku in self._first if sku in foreign]:
            self._differs(sku, 0, self._of(ProductionRole.COMPONENT, sku))
            self._tell(self._first[sku], 0)
        for index in self._more:
            self._tell(index, 0)
        if ProductionRole.BY_PRODUCT not in self._roles and not self._unbuild:
            for sku, quantity, share in plan.comes_with(before, made, self._grain):
                by_product = self._state.ledger.item(sku)
                if by_product is not None:
                    self._add(by_product, ProductionRole.BY_PRODUCT, quantity, self._home, share)

    def _grain(self, sku: str) -> int:
        item = self._state.ledger.item(sku)
        return grain_of(whole=item is not None and item.whole)

    def _of(self, role: ProductionRole, sku: str) -> int:
        return self._sums.get((role, sku), 0)

    def _scrapped(self, sku: str) -> int:
        """What of a component was lost when goods were taken apart."""
        return self._of(ProductionRole.SCRAP, sku) if self._unbuild else 0

    def _differs(self, sku: str, asked: int, actual: int) -> None:
        facts = {"item": sku, "planned": format_quantity(asked), "actual": format_quantity(actual)}
        path = f"lines[{self._first.get(sku, self._output)}].quantity"
        self._state.breaches.append((Breach.OVER_RECIPE, Fault(path, "over_recipe", facts)))

    def _tell_planned(self, item: Item, asked: int, actual: int) -> None:
        """What was planned, beside what was used; of what was not used at all a line says that."""
        if item.sku in self._first:
            if asked != self._state.lines[self._first[item.sku]].quantity or item.sku in self._repeated():
                self._tell(self._first[item.sku], asked)
        elif asked and not actual:
            more = LineMore(role=ProductionRole.COMPONENT.value, of=self._output, planned=Quantity(asked))
            add_line(self._state, item, 0, more)

    def _repeated(self) -> set[str]:
        return {self._state.lines[index].item for index in self._more}

    def _tell(self, index: int, asked: int) -> None:
        self._state.tell_line(index, planned=Quantity(asked))

    def _add(self, item: Item, role: ProductionRole, quantity: int, place: str | None, share: int = 0) -> None:
        """What nobody told: it goes, or comes, as the recipe says."""
        state = self._state
        if quantity <= 0:
            return
        if quantity > QUANTITY_MAX:
            state.refuse("lines", "quantity_out_of_range", text=format_quantity(quantity))
            return
        if item.tracking is Tracking.SERIAL:
            state.refuse("lines", "serials_required", item=item.sku, quantity=format_quantity(quantity))
            return
        index = add_line(state, item, quantity, LineMore(role=role.value, of=self._output, share=share or None))
        line = self._with_lot(ProductionLine(item.sku, "1", role=role), item)
        lot = NO_LOT if line.lot is UNSET else line.lot
        planned = Planned(index, line, item, quantity, lot, place or SHOP, None)
        state.quantities = (*state.quantities, *(Quantity(0),) * (index + 1 - len(state.quantities)))
        move(state, planned, *self._way(role, planned.here))
