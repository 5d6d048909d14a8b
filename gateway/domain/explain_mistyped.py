"""Lines that say another quantity than was meant: packs for pieces, grams for kilograms, a digit too many."""

from collections.abc import Iterator
from typing import Final

from gateway.domain import explain_mending as mending
from gateway.domain.document_type import DocumentType
from gateway.domain.explain_arriving import ORDERED, RECEIVED, named
from gateway.domain.explain_finding import CauseCode, Evidence, EvidenceCode, Finding, Gap, fit, told
from gateway.domain.explain_history import INTO, OUT_OF, History, Said, SaidLine, sign_of
from gateway.domain.explain_usual import Habits, is_near, slips
from replication.wire.quantity import THOUSANDTHS

SALE: Final = DocumentType.SALE.value
_ENTERED: Final = (*sorted(INTO | OUT_OF), DocumentType.PRODUCTION.value)
UNLIKELY: Final = 25
"""Tenths: what is usual lies within two and a half times of what was meant."""
GRAMS_UNLIKELY: Final = 120
"""Tenths: what is a thousand times off is seen whatever somebody bought."""
GRAMS: Final = 1000
"""Grams in a kilogram: who types one for the other is off by it."""
GRAMS_LEAST: Final = 100 * THOUSANDTHS
"""Nobody weighs less than a hundred grams of what is sold by the kilogram, and types it in grams."""
MEASURES: Final = frozenset({"kg", "l", "公斤", "千克", "升"})
"""Units whose thousandth has a name of its own."""


def wrong_pack(history: History, gap: Gap) -> Iterator[Finding]:
    """Goods entered as pieces though they were packs, or as packs though they were pieces."""
    habits = Habits(history)
    for said, line in _lines(history, gap):
        for pack in history.item.packs:
            if pack.factor <= THOUSANDTHS:
                continue
            if line.unit is None:
                meant = line.base * pack.factor // THOUSANDTHS
            elif line.unit == pack.unit:
                meant = line.base * THOUSANDTHS // pack.factor
            else:
                continue
            found = _meant(habits, history, gap, said, line, meant, CauseCode.WRONG_PACK_FACTOR, pack.unit)
            if found is not None:
                yield found


def wrong_unit(history: History, gap: Gap) -> Iterator[Finding]:
    """Grams keyed as kilograms, or kilograms as grams."""
    if not history.item.weighed and history.item.unit.casefold() not in MEASURES:
        return
    habits = Habits(history)
    for said, line in _lines(history, gap):
        for meant in (line.base // GRAMS, line.base * GRAMS):
            found = _meant(habits, history, gap, said, line, meant, CauseCode.WRONG_UNIT, "")
            if found is not None:
                yield found


def typing_slip(history: History, gap: Gap) -> Iterator[Finding]:
    """A digit too many or too few, or two the other way round."""
    habits = Habits(history)
    for said, line in _lines(history, gap):
        factor = line.base * THOUSANDTHS // line.entered if line.unit is not None and line.entered else THOUSANDTHS
        for other in dict.fromkeys(slips(line.entered)):
            found = _meant(
                habits, history, gap, said, line, other * factor // THOUSANDTHS, CauseCode.TYPING_SLIP, line.unit or ""
            )
            if found is not None:
                yield found


def _lines(history: History, gap: Gap) -> Iterator[tuple[Said, SaidLine]]:
    for said, line in history.lines(*_ENTERED):
        if line.base > 0 and sign_of(said.type, line.role) and (said.seq <= gap.seq or gap.exact is None):
            yield said, line


def _meant(
    habits: Habits, history: History, gap: Gap, said: Said, line: SaidLine, meant: int, cause: CauseCode, unit: str
) -> Finding | None:
    """Whether it is likely that a line was to say `meant`: an order says so, or all others of its type, or the count."""
    if meant <= 0 or meant == line.base:
        return None
    effect = sign_of(said.type, line.role) * (meant - line.base)
    score = fit(gap, effect, said.at)
    if score is None:
        return None
    facts = {
        "number": said.number, "entered": told(line.base), "meant": told(meant), "unit": unit or history.item.unit,
        "at": str(said.at),
    }  # fmt: skip
    near = GRAMS_UNLIKELY if cause is CauseCode.WRONG_UNIT else UNLIKELY
    order, usual = _order_of(history, said), habits.usual(said.type, line.base)
    if order is not None and _ordered(history, order) == meant:
        strength, evidence = 470, Evidence(EvidenceCode.UNLIKE_ORDER, facts | {"other": order.number})
    elif order is not None and _ordered(history, order) == line.base:
        return None
    elif usual is not None and is_near(meant, usual, near) and _is_odd(habits, said, line, usual):
        strength, evidence = (
            _oddness(line.base, usual),
            Evidence(EvidenceCode.UNLIKE_USUAL, facts | {"usual": told(usual)}),
        )
    elif cause is CauseCode.WRONG_PACK_FACTOR and _is_only_pack(history, said, line):
        strength, evidence = 260, Evidence(EvidenceCode.ONLY_IN_PACKS, facts)
    elif (
        effect > 0
        and _may_be_slip(cause, line)
        and (stood := _took_more_than_stood(habits, said, line)) is not None
        and meant <= stood
    ):
        strength, evidence = 250, Evidence(EvidenceCode.MORE_THAN_STOOD, facts | {"stood": told(stood)})
    elif gap.exact == effect:
        strength, evidence = 120, Evidence(EvidenceCode.MEANT, facts)
    else:
        return None
    if cause is CauseCode.TYPING_SLIP:
        strength -= 40
    return Finding(
        cause, score + strength, effect, (evidence,), (named(said),), mend=mending.correct(history, said, line, effect)
    )


def _is_odd(habits: Habits, said: Said, line: SaidLine, usual: int) -> bool:
    """Unlike the usual, and unlike every other line of its type."""
    if is_near(line.base, usual, UNLIKELY):
        return False
    return line.base < usual or line.base * 2 > habits.most(said.type, line.base) * 3


def _is_only_pack(history: History, said: Said, line: SaidLine) -> bool:
    """A whole pack over the till, where hardly anybody ever buys one."""
    if said.type != SALE or line.unit is None:
        return False
    packs = sum(other.unit is not None for _, other in history.lines(SALE))
    return packs * 20 <= sum(1 for _ in history.lines(SALE))


def _may_be_slip(cause: CauseCode, line: SaidLine) -> bool:
    """Grams entered as kilograms are hundreds; fewer say nothing of a unit."""
    return cause is not CauseCode.WRONG_UNIT or line.base >= GRAMS_LEAST


def _took_more_than_stood(habits: Habits, said: Said, line: SaidLine) -> int | None:
    """What the book had when a document took more than that by itself, or much of it and is no sale; None where it did not."""
    stood = habits.stood(said.seq, -line.base)
    if stood is None or stood <= 0:
        return None
    return stood if (line.base > stood if said.type == SALE else line.base * 3 > stood) else None


def _oddness(base: int, usual: int) -> int:
    """The further from the usual, the surer."""
    smaller, larger = sorted((base, usual))
    return 300 if larger < smaller * 4 else 360 if larger < smaller * 9 else 420


def _order_of(history: History, said: Said) -> Said | None:
    """The order a receipt answers."""
    if said.type != RECEIVED or said.order is None:
        return None
    for order in history.standing(ORDERED):
        if said.order in (order.number, mending.id_text(order.id)):
            return order
    return None


def _ordered(history: History, order: Said) -> int:
    return sum(line.base for line in order.of(history.item.sku))


DETECTORS: Final = (wrong_pack, wrong_unit, typing_slip)
