"""Goods that came and are not in the book, that are there twice, or that came into it late: receipts and transfers."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

import msgspec

from gateway.domain import explain_mending as mending
from gateway.domain.document_type import DocumentType
from gateway.domain.explain_finding import (
    DAY,
    ApproveDocument,
    CancelTransfer,
    CauseCode,
    Evidence,
    EvidenceCode,
    Finding,
    Gap,
    Named,
    fit,
    told,
)
from gateway.domain.explain_history import History, OnTheWay, Said
from gateway.domain.explain_usual import gaps, is_near, median
from gateway.domain.transfers import Direction

ORDERED: Final = DocumentType.PURCHASE_ORDER.value
RECEIVED: Final = DocumentType.GOODS_RECEIPT.value
ARRIVED: Final = DocumentType.TRANSFER_IN.value
CLOSED: Final = "purchase_order_close"
"""Nothing more is awaited of the order it names."""
MATCH_DAYS: Final = 21
"""A receipt that names no order is taken for one that was made so long ago at most."""
TRANSFERS_TOLD: Final = 3
"""Open transfers that are named together."""
GUESSED: Final = 50
"""What is left where deliveries keep no time: that one may be missing."""
TWICE_DAYS: Final = 3
"""A delivery that is booked twice is booked twice soon."""
LATE_DAYS: Final = 10
"""A receipt after the moment that heals it within this was late."""


def missed_receipt(history: History, gap: Gap) -> Iterator[Finding]:
    """An order of which nothing, or less, was ever booked; or a delivery that always came by now."""
    late = _free_receipts(history)
    any_order = False
    closed = {said.order for said in history.standing(CLOSED)}
    for order in history.standing(ORDERED):
        ordered = sum(line.base for line in order.of(history.item.sku))
        if not ordered or order.seq > gap.seq or closed & {order.number, mending.id_text(order.id)}:
            continue
        came = sum(
            line.base
            for said, line in history.lines(RECEIVED)
            if said.order in (mending.id_text(order.id), order.number)
        )
        for said, quantity in list(late):
            near = is_near(quantity, ordered, 15) and order.at <= said.at <= order.at + MATCH_DAYS * DAY
            if came < ordered and near and said.supplier in (None, order.supplier):
                late.remove((said, quantity))
                came += quantity
        score = fit(gap, ordered - came, order.at)
        if came * 10 >= ordered * 9 or score is None:
            continue
        any_order = True
        score += 420 if not came else 220
        if order.expected is not None and order.expected > day_text(gap.at):
            score -= 180
        if gap.exact is None and gap.at - order.at < DAY // 4:
            score -= 120
        facts = {
            "number": order.number, "ordered": told(ordered), "came": told(came), "supplier": order.supplier or "",
            "at": str(order.at),
        }  # fmt: skip
        yield Finding(
            CauseCode.MISSED_RECEIPT, score, ordered - came, (Evidence(EvidenceCode.ORDER_OPEN, facts),),
            (named(order),), mend=mending.receipt(history, ordered - came, order),
        )  # fmt: skip
    if not any_order:
        yield from _overdue(history, gap)


def _free_receipts(history: History) -> list[tuple[Said, int]]:
    return [(said, line.base) for said, line in history.lines(RECEIVED) if said.order is None]


def _overdue(history: History, gap: Gap) -> Iterator[Finding]:
    """Nobody ordered on paper, but goods used to come more often."""
    came = [(said, line.base) for said, line in history.lines(RECEIVED, ARRIVED) if said.seq <= gap.seq]
    came = list({said.seq: (said, base) for said, base in came}.values())
    if not came:
        return
    times = [said.at for said, _ in came]
    between = max(median(gaps(times)) if len(times) > 1 else 0, DAY // 2)
    silences = [*gaps(times), gap.at - times[-1]]
    silent, since = silences[-1], came[-1][0]
    if silent * 10 < between * 12 and max(silences) * 10 >= between * 17:
        silent = max(silences)
        since = came[silences.index(silent)][0]
    known = len(came) > 2
    strength = (
        260 if known and silent * 10 >= between * 14 else 160 if known and silent * 10 >= between * 11 else GUESSED
    )
    usual = median([base for _, base in came])
    score = fit(gap, usual, gap.at)
    if score is None:
        return
    facts = {"quantity": told(usual), "number": since.number, "at": str(since.at)}
    evidence = Evidence(EvidenceCode.LAST_RECEIPT, facts)
    if strength > GUESSED:
        days = {"days": str(silent // DAY), "usual_days": str(between // DAY)}
        evidence = Evidence(EvidenceCode.RECEIPT_OVERDUE, facts | days)
    yield Finding(
        CauseCode.MISSED_RECEIPT, score + strength, usual,
        (evidence,), (named(since),), mend=mending.receipt(history, usual),
    )  # fmt: skip


def open_transfers(history: History, gap: Gap) -> Iterator[Finding]:
    """What other branches sent and nobody took in; what this one sent and never arrived; what came beyond what was sent."""
    if history.location not in ("", "shop"):
        return
    found: dict[CauseCode, list[Finding]] = {}
    for one in history.transfers:
        score = fit(gap, one.quantity, one.at)
        if score is not None:
            finding = _open_transfer(history, gap, one, score)
            found.setdefault(finding.code, []).append(finding)
    for findings in found.values():
        findings.sort(key=lambda finding: -finding.score)
        # Several that are open tell one story; the likeliest is the one to begin with.
        yield msgspec.structs.replace(
            findings[0],
            evidence=tuple(finding.evidence[0] for finding in findings[:TRANSFERS_TOLD]),
            documents=tuple(finding.documents[0] for finding in findings[:TRANSFERS_TOLD]),
        )


def _open_transfer(history: History, gap: Gap, one: OnTheWay, score: int) -> Finding:
    facts = {"number": one.number, "peer": one.peer, "quantity": told(abs(one.quantity)), "at": str(one.at)}
    documents = (Named(one.transfer, DocumentType.TRANSFER_OUT.value, one.number),)
    if one.direction is Direction.OUT:
        old = min(3, max(0, gap.at - one.at) // DAY)
        return Finding(
            CauseCode.TRANSFER_NOT_ARRIVED, score + 260 + 50 * old, one.quantity,
            (Evidence(EvidenceCode.TRANSFER_OUT_OPEN, facts),), documents, mend=CancelTransfer(one.transfer),
        )  # fmt: skip
    if one.quantity > 0:
        return Finding(
            CauseCode.TRANSFER_UNRECEIVED, score + 460, one.quantity, (Evidence(EvidenceCode.TRANSFER_IN_OPEN, facts),),
            documents, mend=mending.arrival(history, one.transfer, one.quantity),
        )  # fmt: skip
    return Finding(
        CauseCode.RECEIVED_TWICE, score + 330, one.quantity, (Evidence(EvidenceCode.TRANSFER_OVER, facts),), documents,
        mend=mending.adjustment(history, (history.item.sku, one.quantity)),
    )  # fmt: skip


def received_twice(history: History, gap: Gap) -> Iterator[Finding]:
    """The same goods booked as they came off the lorry and once more from the paper."""
    came = [(said, line.base) for said, line in history.lines(RECEIVED, ARRIVED) if said.seq <= gap.seq]
    for index, (said, base) in enumerate(came):
        for other, same in came[index + 1 :]:
            if said.seq == other.seq or base != same or other.at - said.at > TWICE_DAYS * DAY:
                continue
            score = fit(gap, -base, other.at)
            if score is None:
                continue
            strength = 340 if said.type != other.type or said.order == other.order else 60
            if _may_repeat(history, said, other):
                strength -= 120
            facts = {"number": said.number, "other": other.number, "quantity": told(base), "at": str(other.at)}
            mend = mending.adjustment(history, (history.item.sku, -base))
            if other.type == RECEIVED and len(other.lines) == len(said.lines):
                mend = mending.reversal(other)
            yield Finding(
                CauseCode.RECEIVED_TWICE, score + strength, -base, (Evidence(EvidenceCode.ARRIVED_TWICE, facts),),
                (named(said), named(other)), mend=mend,
            )  # fmt: skip


def _may_repeat(history: History, said: Said, other: Said) -> bool:
    """Whether goods come so often that two deliveries of a size may follow each other."""
    times = sorted({one.at for one, _ in history.lines(RECEIVED, ARRIVED)})
    between = gaps(times)
    return len(between) > 1 and median(between) <= (other.at - said.at) * 3 // 2


def waiting(history: History, gap: Gap) -> Iterator[Finding]:
    """A document that somebody entered, and nobody decided about."""
    for asked in history.waiting:
        score = fit(gap, asked.quantity, min(asked.at, gap.at))
        if score is None:
            continue
        facts = {"type": asked.type, "person": asked.person, "quantity": told(abs(asked.quantity)), "at": str(asked.at)}
        yield Finding(
            CauseCode.WAITING_DOCUMENT, score + 470, asked.quantity, (Evidence(EvidenceCode.WAITS, facts),),
            (Named(asked.id, asked.type, ""),), mend=ApproveDocument(asked.id),
        )  # fmt: skip


def late_booking(history: History, gap: Gap) -> Iterator[Finding]:
    """A receipt that was booked after its goods were sold: it brought the figure up again."""
    if gap.least is None:
        return
    for said, line in history.lines(RECEIVED, ARRIVED, DocumentType.PRODUCTION.value):
        if said.seq <= gap.seq or said.at > gap.at + LATE_DAYS * DAY or line.base <= 0 or line.role == "component":
            continue
        told_late = said.occurred_at is not None and said.occurred_at <= gap.at < said.at
        healed = any(step.seq == said.seq and step.balance >= 0 for step in history.steps)
        score = 300 + (180 if told_late else 0) + (150 if healed else 0) - 10 * ((said.at - gap.at) // DAY)
        happened = said.at if said.occurred_at is None else said.occurred_at
        facts = {"number": said.number, "quantity": told(line.base), "at": str(said.at), "happened_at": str(happened)}
        yield Finding(
            CauseCode.LATE_BOOKING, score + (80 if line.base >= gap.least else 0), line.base,
            (Evidence(EvidenceCode.BOOKED_AFTER, facts),), (named(said),),
        )  # fmt: skip
        return


def named(said: Said) -> Named:
    """A document as evidence names it."""
    return Named(said.id, said.type, said.number)


def day_text(at: int) -> str:
    """The UTC day of a moment, as dates are written."""
    return (dt.date(1970, 1, 1) + dt.timedelta(days=at // DAY)).isoformat()


DETECTORS: Final = (missed_receipt, open_transfers, received_twice, waiting, late_booking)
