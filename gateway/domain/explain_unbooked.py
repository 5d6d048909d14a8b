"""What happened in the shop and in no document: returns, gifts, what was made, what was thrown away."""

import re
from collections.abc import Iterator
from typing import Final

from gateway.domain import explain_mending as mending
from gateway.domain.document_type import DocumentType
from gateway.domain.explain_arriving import RECEIVED, day_text, named
from gateway.domain.explain_finding import DAY, CauseCode, Evidence, EvidenceCode, Finding, Gap, fit, told
from gateway.domain.explain_history import History, Said, in_units
from gateway.domain.explain_usual import gaps, median
from replication.wire.money import line_amount
from replication.wire.quantity import Quantity

SALE: Final = DocumentType.SALE.value
CASH: Final = DocumentType.CASH_MOVEMENT.value
ISSUED: Final = DocumentType.INTERNAL_ISSUE.value
MADE: Final = DocumentType.PRODUCTION.value
COUNTED: Final = DocumentType.STOCK_COUNT.value
PIECES_MAX: Final = 20
"""Nobody pays more pieces of an item back out of the drawer at once."""
REFUND_WORDS: Final = re.compile(r"refund|return|money back|brought back|退")
GIFT_WORDS: Final = re.compile(r"gift|free|give ?away|gave|complimentary|on the house|promo|赠|送")
AMOUNT: Final = re.compile(r"\d{1,3}")
CHINESE_NUMBERS: Final = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5}


def unbooked_return(history: History, gap: Gap) -> Iterator[Finding]:
    """Cash that went out of a drawer and is just the price of some of it; or a till receipt for just what is too much."""
    found = False
    for paid in history.standing(CASH):
        if paid.direction != "out" or paid.amount <= 0 or paid.seq > gap.seq:
            continue
        said_so = bool(REFUND_WORDS.search(paid.text.casefold()))
        for quantity in _bought_for(history, paid.amount):
            score = fit(gap, quantity, paid.at)
            if score is None or not (said_so or gap.exact == quantity):
                continue
            found = True
            sold = _sold_before(history, paid.seq, quantity)
            named_here = _names(history, paid.text)
            strength = (330 if said_so else 120) + (90 if sold is not None else 0) + (80 if named_here else 0)
            facts = {"number": paid.number, "amount": str(paid.amount), "quantity": told(quantity), "at": str(paid.at)}
            mend = mending.adjustment(history, (history.item.sku, quantity))
            if sold is not None:
                mend = mending.give_back(history, sold, quantity)
            yield Finding(
                CauseCode.UNBOOKED_RETURN, score + strength, quantity, (Evidence(EvidenceCode.CASH_OUT, facts),),
                (named(paid), *(() if sold is None else (named(sold),))), mend=mend,
            )  # fmt: skip
    if not found and gap.exact is not None and gap.exact > 0:
        sold = _sold_before(history, gap.seq, gap.exact)
        few = gap.exact <= in_units(3)
        if sold is not None and few:
            facts = {"number": sold.number, "quantity": told(gap.exact), "at": str(sold.at)}
            yield Finding(
                CauseCode.UNBOOKED_RETURN, 330, gap.exact, (Evidence(EvidenceCode.SOLD_SO_MANY, facts),), (named(sold),),
                mend=mending.give_back(history, sold, gap.exact),
            )  # fmt: skip


def _bought_for(history: History, amount: int) -> Iterator[int]:
    """How much of the item costs so much, at its price or at one it was sold at."""
    if history.item.price > 0 and amount % history.item.price == 0 and amount // history.item.price <= PIECES_MAX:
        yield in_units(amount // history.item.price)
    if history.item.weighed:
        for _, line in history.lines(SALE):
            if line_amount(history.item.price, Quantity(line.base)) == amount:
                yield line.base
                return


def _sold_before(history: History, seq: int, quantity: int) -> Said | None:
    newest = None
    for said, line in history.lines(SALE):
        if said.seq < seq and line.base == quantity:
            newest = said
    return newest


def _names(history: History, text: str) -> bool:
    item = history.item
    plain = text.casefold()
    return any(name and name.casefold() in plain for name in (item.name, item.name_zh, item.sku))


def unbooked_gift(history: History, gap: Gap) -> Iterator[Finding]:
    """Gifts that a note tells of, or that were always booked and stopped; free goods that always came and stopped."""
    given_days = {said.at // DAY for said, _ in history.lines(ISSUED)}
    notes: list[tuple[int, Finding]] = []
    for said in history.standing(SALE):
        text = said.text.casefold()
        if said.seq > gap.seq or not text or not GIFT_WORDS.search(text) or said.at // DAY in given_days:
            continue
        if not _names(history, said.text):
            continue
        quantity = _amount_in(history, text)
        facts = {"number": said.number, "note": said.text[:80], "quantity": told(quantity), "at": str(said.at)}
        mend = mending.gift(history, quantity)
        notes.append((quantity, Finding(
            CauseCode.UNBOOKED_GIFT, said.at, -quantity, (Evidence(EvidenceCode.GIFT_NOTE, facts),), (named(said),), mend=mend
        )))  # fmt: skip
    if notes:
        total = sum(quantity for quantity, _ in notes)
        newest = notes[-1][1]
        score = fit(gap, -total, newest.score)
        if score is not None:
            yield Finding(
                CauseCode.UNBOOKED_GIFT, score + 380, -total, tuple(one.evidence[0] for _, one in notes[-3:]),
                tuple(one.documents[0] for _, one in notes[-3:]), mend=mending.gift(history, total),
            )  # fmt: skip
    yield from _gifts_stopped(history, gap)
    yield from _free_goods_stopped(history, gap)


def _amount_in(history: History, text: str) -> int:
    """How many a note tells of, apart from digits of the item's own name."""
    for name in (history.item.name, history.item.name_zh or "", history.item.sku):
        text = text.replace(name.casefold(), " ")
    number = AMOUNT.search(text)
    if number is not None and 0 < int(number.group()) <= PIECES_MAX:
        return in_units(int(number.group()))
    return next((in_units(value) for word, value in CHINESE_NUMBERS.items() if word in text), in_units(1))


def _gifts_stopped(history: History, gap: Gap) -> Iterator[Finding]:
    given = [
        (said, line.base)
        for said, line in history.lines(ISSUED)
        if said.purpose in ("gift", "sample") and said.seq <= gap.seq
    ]
    if len(given) < 3:
        return
    times = [said.at for said, _ in given]
    between = max(median(gaps(times)), DAY // 2)
    silences = [*gaps(times), gap.at - times[-1]]
    longest = max(silences)
    since = given[silences.index(longest)][0]
    if longest * 10 < between * 18:
        return
    usual = median([base for _, base in given])
    effect = -usual * max(1, longest // between)
    score = fit(gap, effect, gap.at)
    if score is None:
        return
    facts = {"number": since.number, "quantity": told(usual), "days": str(longest // DAY), "at": str(since.at)}
    yield Finding(
        CauseCode.UNBOOKED_GIFT, score + 320, effect, (Evidence(EvidenceCode.GIFTS_STOPPED, facts),), (named(since),),
        mend=mending.gift(history, -effect if gap.exact is None else abs(gap.exact)),
    )  # fmt: skip


def _free_goods_stopped(history: History, gap: Gap) -> Iterator[Finding]:
    receipts = [said for said in history.standing(RECEIVED) if said.of(history.item.sku) and said.seq <= gap.seq]
    with_free = [said for said in receipts if any(line.free for line in said.of(history.item.sku))]
    without = [said for said in receipts if said not in with_free and with_free and said.seq > with_free[0].seq]
    if len(with_free) < 2 or not without or len(without) > len(with_free):
        return
    last, usual = (
        without[-1],
        median([line.base for said in with_free for line in said.of(history.item.sku) if line.free]),
    )
    score = fit(gap, usual * len(without), last.at)
    if score is None:
        return
    facts = {"number": last.number, "other": with_free[-1].number, "quantity": told(usual), "at": str(last.at)}
    yield Finding(
        CauseCode.UNBOOKED_GIFT, score + 330, usual * len(without), (Evidence(EvidenceCode.FREE_GOODS_STOPPED, facts),),
        (named(with_free[-1]), named(last)), mend=mending.receipt(history, usual * len(without), free=True),
    )  # fmt: skip


def unbooked_production(history: History, gap: Gap) -> Iterator[Finding]:
    """Goods that are made here and sold, and of which no production was booked for longer than usual."""
    made = [(said, line.base) for said, line in history.lines(MADE) if line.role == "output" and said.seq <= gap.seq]
    if not made:
        return
    last, times = made[-1][0], [said.at for said, _ in made]
    usual = median([base for _, base in made])
    silent = max([*gaps(times), gap.at - times[-1]])
    between = median(gaps(times)) if len(times) > 1 else DAY
    late = silent * 10 >= max(between, DAY // 4) * 14
    score = fit(gap, usual, gap.at)
    if score is None:
        return
    facts = {"number": last.number, "quantity": told(usual), "days": str(silent // DAY), "at": str(last.at)}
    yield Finding(
        CauseCode.UNBOOKED_PRODUCTION, score + (360 if late else 150), usual,
        (Evidence(EvidenceCode.PRODUCTION_OVERDUE, facts),), (named(last),),
        mend=mending.production(history, last, max(usual, gap.least or 0)),
    )  # fmt: skip


def expired(history: History, gap: Gap) -> Iterator[Finding]:
    """Goods of a lot past its date that the book still has: somebody threw them away, or they stand there still."""
    missing = _missing_of_lots(history, gap)
    for shelf in history.shelves:
        quantity = shelf.quantity if gap.exact is None else missing.get(shelf.lot, shelf.quantity)
        if shelf.expiry is None or shelf.expiry >= min(history.today, day_text(gap.at + DAY)) or quantity <= 0:
            continue
        score = fit(gap, -quantity, gap.at)
        if score is None:
            continue
        facts = {"lot": shelf.lot, "expiry": shelf.expiry, "quantity": told(quantity)}
        yield Finding(
            CauseCode.EXPIRED_NOT_WRITTEN_OFF, score + 340, -quantity, (Evidence(EvidenceCode.LOT_EXPIRED, facts),),
            (), shelf.lot, mending.write_off(history, shelf.lot, shelf.location, quantity),
        )  # fmt: skip


def _missing_of_lots(history: History, gap: Gap) -> dict[str, int]:
    """What the count that is explained, or that explains, did not find of each lot."""
    found = {line.lot: -line.difference for line in history.sheet if line.item == history.item.sku and line.lot}
    for said, line in history.lines(COUNTED):
        if said.seq > gap.seq and line.lot and line.expected is not None:
            found[line.lot] = line.expected - line.base
    return found


DETECTORS: Final = (unbooked_return, unbooked_gift, unbooked_production, expired)
