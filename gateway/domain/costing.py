"""Moving-average cost: what the goods of an item are worth, as receipts and issues go by.

Whole numbers only. A value is in millionths of a minor unit, so that many issues of a few grams drift by nothing: what comes in
is what went out, plus what is there, plus what was written off because goods had been sold before they were booked.
Knows no documents and no ledger.
"""

from typing import Final

import msgspec

MILLIONTHS: Final = 1_000_000
"""Of a minor unit in one."""
_THOUSANDTHS: Final = 1000


class Valuation(msgspec.Struct, frozen=True, gc=False):
    """`quantity` in thousandths of the base unit, `value` in millionths of a minor unit, and what one base unit was last
    worth in the same. While more went out than came in, both are below zero and the last worth is what counts."""

    quantity: int = 0
    value: int = 0
    last: int = 0


class Issued(msgspec.Struct, frozen=True, gc=False):
    """What is left, and what the goods that went were worth."""

    left: Valuation
    cost: int


class Received(msgspec.Struct, frozen=True, gc=False):
    """What is there now, and by how much what went out before had been valued wrongly (above zero: too low)."""

    now: Valuation
    revalued: int


def unit_cost(valuation: Valuation) -> int:
    """What one base unit is worth, in millionths of a minor unit, rounded half up; never below zero."""
    if valuation.quantity <= 0 or valuation.value < 0:
        return valuation.last
    return _half_up(valuation.value * _THOUSANDTHS, valuation.quantity)


def issue(valuation: Valuation, quantity: int) -> Issued:
    """Take goods at the average. What is not there is taken at what one was last worth."""
    assert quantity > 0, "an issue takes something"
    each = unit_cost(valuation)
    held = max(valuation.quantity, 0)
    if quantity < held:
        cost = _half_up(valuation.value * quantity, held)
    else:
        # The last of it takes the whole value along: nothing stays behind that has no goods.
        cost = (valuation.value if held else 0) + _half_up(each * (quantity - held), _THOUSANDTHS)
    return Issued(Valuation(valuation.quantity - quantity, valuation.value - cost, each), cost)


def receive(valuation: Valuation, quantity: int, value: int | None = None) -> Received:
    """Take goods in for a value in millionths of a minor unit; None where nobody said what they cost: as the ones before."""
    assert quantity > 0, "a receipt brings something"
    worth = _half_up(unit_cost(valuation) * quantity, _THOUSANDTHS) if value is None else value
    assert worth >= 0, "nobody is paid for taking goods"
    after, each = valuation.quantity + quantity, _half_up(worth * _THOUSANDTHS, quantity)
    if valuation.quantity >= 0:
        now = Valuation(after, valuation.value + worth, each)
        return Received(msgspec.structs.replace(now, last=unit_cost(now)), 0)
    # What had gone out before it was booked was valued by guess; now it is known what it was worth.
    if after > 0:
        rest = _half_up(worth * after, quantity)
    elif after == 0:
        rest = 0
    else:
        rest = -_half_up(-valuation.value * -after, -valuation.quantity)
    return Received(Valuation(after, rest, each), valuation.value + worth - rest)


def take_back(valuation: Valuation, quantity: int, value: int) -> Received:
    """Undo a receipt that brought so much for that value: a slip of the keyboard must not stay in the average. What of it went
    out before was valued by the slip; that is what past issues cost less."""
    assert quantity > 0, "a receipt brought something"
    if valuation.quantity <= quantity:
        issued = issue(valuation, quantity)
        return Received(issued.left, issued.cost - value)
    cost = min(value, valuation.value)
    left = Valuation(valuation.quantity - quantity, valuation.value - cost, valuation.last)
    return Received(msgspec.structs.replace(left, last=unit_cost(left)), cost - value)


def _half_up(numerator: int, denominator: int) -> int:
    """Neither is below zero."""
    return (2 * numerator + denominator) // (2 * denominator)
