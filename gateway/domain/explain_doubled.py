"""What was entered twice: the same lines within a breath at a till, the same paper twice on a day, a line twice in one document."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from gateway.domain import explain_mending as mending
from gateway.domain.document_type import DocumentType
from gateway.domain.explain_arriving import named
from gateway.domain.explain_finding import (
    DAY,
    CancelTransfer,
    CauseCode,
    Evidence,
    EvidenceCode,
    Finding,
    Gap,
    fit,
    told,
)
from gateway.domain.explain_history import History, Said, SaidLine, sign_of

SALE: Final = DocumentType.SALE.value
BREATH: Final = 180_000
"""Milliseconds: a customer who is scanned twice is scanned again at once."""
PAPER: Final = 2 * DAY
"""A paper that is entered twice is entered by the next shift, or the next morning."""
_PAPERS: Final = (
    DocumentType.GOODS_RECEIPT.value, DocumentType.TRANSFER_OUT.value, DocumentType.WRITE_OFF.value,
    DocumentType.INTERNAL_ISSUE.value, DocumentType.SUPPLIER_RETURN.value, DocumentType.PRODUCTION.value,
    DocumentType.OPENING_BALANCE.value, DocumentType.SALE_RETURN.value, DocumentType.ADJUSTMENT.value,
)  # fmt: skip


def twice_at_the_till(history: History, gap: Gap) -> Iterator[Finding]:
    """Two till receipts with the same goods within a breath."""
    sales = [said for said in history.standing(SALE) if said.of(history.item.sku) and said.seq <= gap.seq]
    sold = Counter(line.base for said in sales for line in said.of(history.item.sku))
    for index, later in enumerate(sales):
        for earlier in reversed(sales[max(0, index - 8) : index]):
            close = later.at - earlier.at
            if close > BREATH or earlier.station != later.station or not _same(earlier, later):
                continue
            score, lines = 250 + 90 * (BREATH - close) // BREATH, len(later.lines)
            score += min(lines - 1, 3) * 50 + (
                40 if _is_rare(sold, later.of(history.item.sku)[0].base) else -40 if lines == 1 else 0
            )
            yield from _doubled(history, gap, earlier, later, score)
            break


def twice_on_paper(history: History, gap: Gap) -> Iterator[Finding]:
    """Two documents of a kind with the same lines within two days."""
    for type_ in _PAPERS:
        papers = [said for said in history.standing(type_) if said.of(history.item.sku) and said.seq <= gap.seq]
        for index, later in enumerate(papers):
            earlier = next(
                (one for one in reversed(papers[:index]) if later.at - one.at <= PAPER and _same(one, later)), None
            )
            if earlier is None:
                continue
            alike = sum(_same(later, one) for one in papers) - 2
            score = 400 + min(len(later.lines) - 1, 3) * 20 - min(alike, 4) * 60
            score += 40 if (earlier.supplier, earlier.to_branch) == (later.supplier, later.to_branch) else -120
            yield from _doubled(history, gap, earlier, later, score)


def line_twice(history: History, gap: Gap) -> Iterator[Finding]:
    """One document that names the item twice, with the same quantity."""
    for said in history.standing(SALE, *_PAPERS):
        lines = said.of(history.item.sku)
        if said.seq > gap.seq or len(lines) < 2 or said.type == DocumentType.PRODUCTION:
            continue
        (_, count), *_ = Counter((line.base, line.unit, line.lot) for line in lines).most_common(1)
        line = lines[0]
        effect = -sign_of(said.type) * line.base
        score = fit(gap, effect, said.at) if count > 1 else None
        if score is None:
            continue
        facts = {"number": said.number, "quantity": told(line.base), "at": str(said.at)}
        yield Finding(
            CauseCode.DOUBLE_SCAN, score + 240, effect, (Evidence(EvidenceCode.LINE_TWICE, facts),), (named(said),),
            mend=mending.correct(history, said, _both(line), effect),
        )  # fmt: skip


def _doubled(history: History, gap: Gap, earlier: Said, later: Said, strength: int) -> Iterator[Finding]:
    moved = sum(sign_of(later.type, line.role) * line.base for line in later.of(history.item.sku))
    if later.type == DocumentType.ADJUSTMENT:
        moved = sum(line.base for line in later.of(history.item.sku))
    score = fit(gap, -moved, later.at)
    if score is None:
        return
    facts = {
        "number": earlier.number, "other": later.number, "seconds": str((later.at - earlier.at) // 1000),
        "quantity": told(abs(moved)), "lines": str(len(later.lines)), "at": str(later.at),
    }  # fmt: skip
    cause = CauseCode.DOUBLE_SCAN
    transfer = later.type == DocumentType.TRANSFER_OUT
    yield Finding(
        cause, score + strength, -moved, (Evidence(EvidenceCode.SAME_LINES, facts),), (named(earlier), named(later)),
        mend=CancelTransfer(later.id) if transfer else mending.reversal(later),
    )  # fmt: skip


def _same(one: Said, other: Said) -> bool:
    return _goods(one) == _goods(other)


def _goods(said: Said) -> Counter[tuple[str, int, str, str | None]]:
    return Counter((line.item, line.base, line.lot, line.role) for line in said.lines)


def _is_rare(sold: Counter[int], quantity: int) -> bool:
    """Whether so much of it is seldom sold at once."""
    return sold[quantity] * 8 <= sold.total()


def _both(line: SaidLine) -> SaidLine:
    """The two lines as one, of which one is too many."""
    return SaidLine(line.item, line.entered * 2, line.base * 2, line.unit, line.location, line.lot)


DETECTORS: Final = (twice_at_the_till, twice_on_paper, line_twice)
