"""Counts that were wrong themselves: what moved around them, or the next one, says otherwise."""

from collections.abc import Iterator
from typing import Final

from gateway.domain import explain_mending as mending
from gateway.domain.document_type import DocumentType
from gateway.domain.explain_arriving import named
from gateway.domain.explain_finding import CauseCode, Evidence, EvidenceCode, Finding, Gap, fit, told
from gateway.domain.explain_history import History, SaidLine
from gateway.domain.explain_usual import is_near

COUNTED: Final = DocumentType.STOCK_COUNT.value


def count_error(history: History, gap: Gap) -> Iterator[Finding]:
    """A count that corrected the book by about what is missing, or too much, now."""
    counts = [
        (said, line, line.base - line.expected)
        for said, line in history.lines(COUNTED)
        if line.expected is not None and said.seq <= gap.seq
    ]
    for index, (said, line, difference) in enumerate(counts):
        if not difference:
            continue
        effect = -difference
        score = fit(gap, effect, said.at)
        if score is None:
            continue
        facts = {
            "number": said.number, "counted": told(line.base), "expected": told(line.expected or 0), "at": str(said.at),
            "difference": told(difference),
        }  # fmt: skip
        evidence, strength = [Evidence(EvidenceCode.COUNT_DIFFERED, facts)], 300
        later = next(
            (one for one in counts[index + 1 :] if is_near(one[2], difference, 13) and one[2] * difference < 0), None
        )
        if later is not None:
            strength += 150
            evidence.append(
                Evidence(EvidenceCode.COUNT_TAKEN_BACK, {"number": later[0].number, "difference": told(later[2])})
            )
        if gap.exact == effect or (gap.least is not None and _is_last_word(history, said.seq, gap)):
            strength += 60
        if _is_large(line, difference):
            strength += 60
        yield Finding(
            CauseCode.COUNT_ERROR, score + strength, effect, tuple(evidence), (named(said),),
            mend=mending.adjustment(history, (history.item.sku, effect)),
        )  # fmt: skip


def _is_last_word(history: History, seq: int, gap: Gap) -> bool:
    """Whether only everyday sales stand between the count and the moment."""
    return all(step.type in ("sale", "sale_return") for step in history.steps if seq < step.seq <= gap.seq)


def _is_large(line: SaidLine, difference: int) -> bool:
    return abs(difference) * 4 >= abs(line.expected or 0)


DETECTORS: Final = (count_error,)
