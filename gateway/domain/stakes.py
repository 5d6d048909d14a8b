"""What is at stake in a finding: which goods, how much money, how many pieces. Asked only where a site has rules of its own."""

import re
from typing import Final

from gateway.domain.bodies.buying import PurchaseOrder
from gateway.domain.lines import LinePlan
from gateway.domain.orders import minor_rate
from gateway.domain.policy import Breach, Matter, Stake
from replication.wire.money import line_amount
from replication.wire.quantity import THOUSANDTHS, Quantity, parse_quantity

_LINE: Final = re.compile(r"lines\[(\d+)\]")


def stakes_of(state: LinePlan) -> list[Stake]:
    """One per breach found, in their order. A finding about a line has that line's; another has the whole document's."""
    own = [_own(state, breach, fault.path, fault.facts) for breach, fault in state.breaches]
    whole: dict[Breach, tuple[Matter, ...]] = {}
    for (breach, _), matters in zip(state.breaches, own, strict=True):
        whole[breach] = (*whole.get(breach, ()), *matters)
    return [Stake(matters, whole[breach]) for (breach, _), matters in zip(state.breaches, own, strict=True)]


def _own(state: LinePlan, breach: Breach, path: str, facts: dict[str, str]) -> tuple[Matter, ...]:
    """A fact named `amount` is what a finding without goods is about."""
    at = _LINE.match(path)
    if at is not None and int(at[1]) < len(state.lines):
        return (_of_line(state, breach, int(at[1]), facts),)
    if not state.lines:
        return (Matter(amount=abs(int(facts.get("amount", "0")))),)
    return tuple(_of_line(state, breach, index, {}) for index in range(len(state.lines)))


def _of_line(state: LinePlan, breach: Breach, index: int, facts: dict[str, str]) -> Matter:
    """Goods that have no price in their document count at their usual one."""
    line = state.lines[index]
    item = state.ledger.item(line.item)
    factor = THOUSANDTHS if line.detail is None or line.detail.factor is None else line.detail.factor
    quantity = Quantity(abs(line.quantity * factor // THOUSANDTHS))
    category, usual = (None, 0) if item is None else (item.category, item.price)
    amount = _in_site_money(state, abs(line.worth())) or line_amount(usual, quantity)
    match breach:
        case Breach.DISCOUNT:
            amount = line.discount
        case Breach.PRICE_OVERRIDE if "usual" in facts:
            amount = abs(line_amount(int(facts["usual"]) - int(facts["price"]), line.quantity))
        case Breach.COUNT_VARIANCE if "counted" in facts:
            quantity = Quantity(abs(parse_quantity(facts["counted"]) - parse_quantity(facts["expected"])))
            amount = line_amount(usual, quantity)
        case _:
            pass
    return Matter(line.item, category, amount, quantity)


def _in_site_money(state: LinePlan, amount: int) -> int:
    """Rules speak of the site's own money, whatever an order's is."""
    body = state.body
    if not isinstance(body, PurchaseOrder) or not isinstance(body.currency, str):
        return amount
    rate = minor_rate(body.currency, body.rate if isinstance(body.rate, str) else None, state.terms.money.currency)
    return amount if rate is None else amount * rate[0] // rate[1]
