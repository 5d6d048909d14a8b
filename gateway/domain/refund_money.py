"""What a refund adds to the sum of its lines: the taxes of the sale that goods come back of and its 抹零, by the share that
comes back. Today's rates and today's 抹零 are another sale's.

Each part is worth what all that came back up to it is worth, less what came back before: goods that come back piece by piece
give back what was paid for them, no minor unit more or less. A document keeps no rate per line; a class whose rate was
changed since had the rate of the sale that is nearest to it, the lower of two.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from gateway.domain.original import Original
from gateway.domain.till_money import TillMoney
from replication.wire.events import PostedLine, TaxPart


class RefundSum(msgspec.Struct, frozen=True):
    """Minor units. `added` comes on top of the lines (the taxes of prices without them), then `rounding`."""

    taxes: tuple[TaxPart, ...]
    added: int
    rounding: int


def refund_sum(original: Original, lines: Sequence[PostedLine], rate_of: Callable[[str], int]) -> RefundSum:
    """What the return of `lines` adds; `rate_of` is today's rate of an item in basis points."""
    sale = original.sale
    more = None if sale.detail is None else sale.detail.more
    told = () if more is None else more.taxes
    whole, tax = sum([line.worth() for line in sale.lines]), sum([part.tax for part in told])
    asked = sale.worth() - (0 if more is None else more.rounding)
    money = TillMoney(inclusive=not tax or asked != whole + tax)
    if not money.inclusive:
        whole += tax

    def rate(sku: str) -> int:
        return min([part.rate for part in told], key=lambda one: (abs(one - rate_of(sku)), one)) if told else 0

    came = [(line.item, line.worth()) for line in lines]
    before = _by_rate(money, original.worth_before.items(), rate)
    after = _by_rate(money, [*original.worth_before.items(), *came], rate)
    taxes = [part if (then := before.get(part.rate)) is None else _less(part, then) for part in after.values()]
    reached, reaches = _gross(before), _gross(after)
    off = sale.worth() - whole
    return RefundSum(
        tuple(sorted(taxes, key=lambda part: part.rate)) if told else (),
        reaches - reached - sum([worth for _, worth in came]),
        _share(off, reaches, whole) - _share(off, reached, whole),
    )


def _by_rate(money: TillMoney, worths: Iterable[tuple[str, int]], rate: Callable[[str], int]) -> dict[int, TaxPart]:
    sums: dict[int, int] = {}
    for sku, worth in worths:
        sums[rate(sku)] = sums.get(rate(sku), 0) + worth
    return {one: money.part(one, amount) for one, amount in sums.items()}


def _less(part: TaxPart, then: TaxPart) -> TaxPart:
    return TaxPart(part.rate, part.base - then.base, part.tax - then.tax)


def _gross(parts: dict[int, TaxPart]) -> int:
    return sum([part.base + part.tax for part in parts.values()])


def _share(off: int, reached: int, whole: int) -> int:
    """What of `off` belongs to so much of the whole, towards zero; all of it to all."""
    part = min(max(reached, 0), whole)
    share = abs(off) * part // whole if whole > 0 else 0
    return share if off >= 0 else -share
