"""Goods booked as others: a sibling item, another lot, another place. One figure is too low by what another is too high."""

from collections.abc import Iterator
from typing import Final

from gateway.domain import explain_mending as mending
from gateway.domain.document_type import DocumentType
from gateway.domain.explain_arriving import ORDERED, RECEIVED, named
from gateway.domain.explain_finding import DAY, CauseCode, Evidence, EvidenceCode, Finding, Gap, fit, told
from gateway.domain.explain_history import History, Said, Sibling, Step
from gateway.domain.explain_usual import is_near
from replication.wire.item import Tracking
from replication.wire.location import SHOP, is_virtual

SALE: Final = DocumentType.SALE.value
COUNTED: Final = DocumentType.STOCK_COUNT.value
NEAR_COUNT_DAYS: Final = 7
"""Two counts that mirror each other are of one week."""
STRETCH_DAYS: Final = 6
"""Days of a stretch in which one item is sold as another, at most; so many before it show what is usual."""
LOOKED_BACK_DAYS: Final = 12
"""Days that such a stretch may have ended before the moment."""
EXPECTED_LEAST: Final = 4
"""Sales that were to be expected in a stretch: fewer may fail to come by chance."""


def swapped_sibling(history: History, gap: Gap) -> Iterator[Finding]:
    """A delivery, a count or sales that went to a sibling."""
    if gap.exact is not None:
        yield from _same_sheet(history, gap)
    for sibling in history.siblings:
        yield from _delivered_as(history, gap, sibling)
        yield from _counted_mirror(history, gap, sibling)
        yield from _sold_as(history, gap, sibling)


def _same_sheet(history: History, gap: Gap) -> Iterator[Finding]:
    if gap.exact is None:
        return
    known = {sibling.item.sku for sibling in history.siblings}
    for line in history.sheet:
        if line.item not in known or line.location != history.location or line.difference * gap.exact >= 0:
            continue
        effect = -line.difference
        score = fit(gap, effect, gap.at)
        if score is not None and (effect == gap.exact or is_near(effect, gap.exact, 12)):
            facts = {"item": line.item, "difference": told(line.difference), "number": ""}
            yield Finding(
                CauseCode.SWAPPED_SIBLING, score + 300, effect, (Evidence(EvidenceCode.MIRROR_COUNT, facts),), (),
                line.item, mending.adjustment(history, (history.item.sku, effect), (line.item, -effect)),
            )  # fmt: skip


def _delivered_as(history: History, gap: Gap, sibling: Sibling) -> Iterator[Finding]:
    """An order names one and its receipt the other."""
    orders = {name: order for order in history.standing(ORDERED) for name in (order.number, mending.id_text(order.id))}
    ours, theirs = history.item.sku, sibling.item.sku
    for said in history.standing(RECEIVED):
        order = orders.get(said.order or "")
        if order is None or said.seq > gap.seq:
            continue
        for wrong, right, sign in ((theirs, ours, 1), (ours, theirs, -1)):
            extra = _base(said, wrong) - _base(order, wrong)
            missing = _base(order, right) - _base(said, right)
            if extra <= 0 or missing <= 0 or not is_near(extra, missing, 12):
                continue
            effect = sign * extra
            score = fit(gap, effect, said.at)
            if score is not None:
                facts = {
                    "number": said.number, "order": order.number, "item": theirs, "quantity": told(extra), "at": str(said.at)
                }  # fmt: skip
                yield Finding(
                    CauseCode.SWAPPED_SIBLING, score + 500, effect, (Evidence(EvidenceCode.ORDERED_OTHER, facts),),
                    (named(order), named(said)), theirs, mending.adjustment(history, (ours, effect), (theirs, -effect)),
                )  # fmt: skip


def _counted_mirror(history: History, gap: Gap, sibling: Sibling) -> Iterator[Finding]:
    """A count of the sibling that was off by just so much, the other way."""
    for said in history.standing(COUNTED):
        if abs(said.at - gap.at) > NEAR_COUNT_DAYS * DAY:
            continue
        for line in said.of(sibling.item.sku):
            if line.expected is None or line.base == line.expected:
                continue
            effect = line.expected - line.base
            score = fit(gap, effect, min(said.at, gap.at))
            if score is None or (gap.exact is not None and not is_near(effect, gap.exact, 12)):
                continue
            facts = {"item": sibling.item.sku, "difference": told(-effect), "number": said.number}
            yield Finding(
                CauseCode.SWAPPED_SIBLING, score + (300 if gap.exact == effect else 230), effect,
                (Evidence(EvidenceCode.MIRROR_COUNT, facts),), (named(said),), sibling.item.sku,
                mending.adjustment(history, (history.item.sku, effect)),
            )  # fmt: skip


def _sold_as(history: History, gap: Gap, sibling: Sibling) -> Iterator[Finding]:
    """One stopped selling for some days though it was there, and the other sold more."""
    ours, theirs = _sold_by_day(history.steps, gap.at), _sold_by_day(sibling.steps, gap.at)
    if not ours or not theirs:
        return
    today, first = gap.at // DAY, max(min(ours), min(theirs))
    best: tuple[int, int, int, int] | None = None
    for end in range(today, max(first, today - LOOKED_BACK_DAYS), -1):
        for length in range(1, STRETCH_DAYS + 1):
            begin = end - length + 1
            if begin - first < STRETCH_DAYS or not _was_there(sibling.steps, begin, end):
                continue
            expected, missed = _lost(theirs, first, begin, end)
            _, gained = _lost(ours, first, begin, end)
            if expected >= EXPECTED_LEAST and missed > 0 and gained < 0:
                best = max(best or (0, 0, 0, 0), (expected, missed, length, end))
    if best is None:
        return
    expected, effect, length, end = best
    score = fit(gap, effect, min(end * DAY + DAY, gap.at))
    if score is None:
        return
    facts = {"item": sibling.item.sku, "days": str(length), "quantity": told(effect)}
    yield Finding(
        CauseCode.SWAPPED_SIBLING, score + 120 + 12 * min(expected, 25), effect,
        (Evidence(EvidenceCode.SALES_SHIFTED, facts),), (),
        sibling.item.sku, mending.adjustment(history, (history.item.sku, effect), (sibling.item.sku, -effect)),
    )  # fmt: skip


def _lost(sold: dict[int, tuple[int, int]], first: int, begin: int, end: int) -> tuple[int, int]:
    """How many sales the days before a stretch let expect in it, and how much less was sold; below zero where more was, and
    nothing where it is no clear change."""
    days, length = begin - first, end - begin + 1
    sales = sum(sold.get(day, (0, 0))[0] for day in range(first, begin)) * length // days
    before = sum(sold.get(day, (0, 0))[1] for day in range(first, begin)) * length // days
    stretch = sum(sold.get(day, (0, 0))[1] for day in range(begin, end + 1))
    clear = stretch * 8 <= before or stretch * 10 >= before * 12
    return sales, before - stretch if clear else 0


def _was_there(steps: tuple[Step, ...], begin: int, end: int) -> bool:
    """Whether the book had goods through a stretch of days."""
    low, last = 1, 1
    for step in steps:
        if step.at // DAY < begin:
            last = step.balance
        elif step.at // DAY <= end:
            low = min(low, step.balance)
    return min(low, last) > 0


def _sold_by_day(steps: tuple[Step, ...], until: int) -> dict[int, tuple[int, int]]:
    """Sales of each day, and what they took."""
    found: dict[int, tuple[int, int]] = {}
    for step in steps:
        if step.type == SALE and step.at <= until:
            sales, quantity = found.get(step.at // DAY, (0, 0))
            found[step.at // DAY] = (sales + 1, quantity - step.quantity)
    return found


def _base(said: Said, sku: str) -> int:
    return sum(line.base for line in said.of(sku))


def swapped_lot(history: History, gap: Gap) -> Iterator[Finding]:
    """A lot below zero beside one that has just so much, or two lots of a count that mirror each other."""
    if history.item.tracking is not Tracking.LOT:
        return
    for line in history.sheet:
        if line.item != history.item.sku or gap.exact is None or line.difference != -gap.exact:
            continue
        facts = {"lot": line.lot, "quantity": told(abs(line.difference))}
        yield Finding(
            CauseCode.SWAPPED_LOT, 900, gap.exact, (Evidence(EvidenceCode.MIRROR_LOT, facts),), (), line.lot,
            mending.adjustment(history, (history.item.sku, -line.difference)),
        )  # fmt: skip
    if gap.exact is not None:
        return
    for low in history.shelves:
        for high in history.shelves:
            if low.quantity >= 0 or high.lot == low.lot or high.location != low.location or high.quantity <= 0:
                continue
            effect = min(-low.quantity, high.quantity)
            facts = {"lot": high.lot, "quantity": told(high.quantity)}
            yield Finding(
                CauseCode.SWAPPED_LOT, 380, effect, (Evidence(EvidenceCode.MIRROR_LOT, facts),), (), high.lot,
                mending.adjustment(
                    history, (history.item.sku, effect), (history.item.sku, -effect), lots=(low.lot, high.lot)
                ),
            )  # fmt: skip


def other_place(history: History, gap: Gap) -> Iterator[Finding]:
    """Goods that the book has at another place of the branch, while they stand here."""
    here = history.location or SHOP
    total = sum(one.quantity for one in history.shelves if one.location == here)
    if gap.exact is not None or (not history.location and total >= 0):
        return
    for place in dict.fromkeys(one.location for one in history.shelves):
        there = sum(one.quantity for one in history.shelves if one.location == place)
        if place == here or there <= 0 or is_virtual(place):
            continue
        effect = min(there, -total) if total < 0 else there
        score = fit(gap, there, gap.at)
        if score is not None:
            facts = {"location": place, "quantity": told(there)}
            yield Finding(
                CauseCode.OTHER_PLACE, score + 380, effect, (Evidence(EvidenceCode.LIES_ELSEWHERE, facts),), (), place,
                mending.move(history, place, effect, here),
            )  # fmt: skip


DETECTORS: Final = (swapped_sibling, swapped_lot, other_place)
