"""Findings of the lower rooms as problem answers. The sentences are `sentences`' business, the form is the kit's."""

from collections.abc import Sequence
from typing import Final

from admin_ui.serving.problem import FieldProblem, Problem, make, problem
from admin_ui.serving.problem_texts import TEXTS
from gateway.domain.fault import Fault
from gateway.web.sentences import Sentences
from replication.storage.checks import Check
from replication.storage.errors import StoreBusy, StoreFull
from replication.wire.sentence import Sentence

SENTENCES_MAX: Final = 3
"""Sentences joined into a problem's own detail; the rest stand in its errors."""
UNSAFE_RETRY_SECONDS: Final = 60
CLOSING_RETRY_SECONDS: Final = 2

_CODES: Final = {400: "invalid_value", 409: "conflict", 422: "rejected"}


def refusal(sentences: Sentences, status: int, faults: Sequence[Fault], code: str | None = None) -> Problem:
    """A refusal with everything that was found wrong. `code` only where the contract names one of its own."""
    errors = fields(sentences, faults)
    known = _CODES[status]
    text = TEXTS[known]
    shown = errors[:SENTENCES_MAX]
    return problem(
        status,
        code or known,
        title=text.title,
        title_zh=text.title_zh,
        detail=" ".join(error.detail for error in shown) or text.detail,
        detail_zh="".join(error.detail_zh for error in shown) or text.detail_zh,
        errors=errors,
    )


def fields(sentences: Sentences, faults: Sequence[Fault]) -> tuple[FieldProblem, ...]:
    """Findings as the errors of a problem."""
    found = []
    for fault in faults:
        words = sentences.of(fault)
        found.append(FieldProblem(fault.path, fault.code, words.en, words.zh))
    return tuple(found)


def other_content(seq: int | None) -> Problem:
    """The id belongs to a document with other content."""
    text = TEXTS["conflict"]
    where, where_zh = (f" (entry {seq})", f"（流水 {seq}）") if seq is not None else ("", "")
    return problem(
        409,
        "conflict",
        title=text.title,
        title_zh=text.title_zh,
        detail=f"This id belongs to a document with other content{where}. A new document needs a new id.",
        detail_zh=f"此编号已属于另一份内容不同的单据{where_zh}，新单据请使用新编号。",
    )


def store_busy(error: StoreBusy) -> Problem:
    """The writer's queue is full, or the disk is: nothing was written."""
    return make("disk_full" if isinstance(error, StoreFull) else "busy", retry_after=error.retry_after_seconds)


def store_closing() -> Problem:
    """The gateway is stopping; a retry by the same id finds out what became of it."""
    return make("busy", retry_after=CLOSING_RETRY_SECONDS)


def unsafe_ledger(check: Check) -> Problem:
    """The ledger's end does not chain: nothing is added to it."""
    return problem(
        503,
        "unsafe_ledger",
        title="The ledger is damaged",
        title_zh="账本已损坏",
        detail=f"{check.found}. {check.advice}",
        detail_zh=check.advice_zh,
        retry_after=UNSAFE_RETRY_SECONDS,
    )


def simple(status: int, code: str, title: Sentence, detail: Sentence, *, path: str = "") -> Problem:
    """A problem of one sentence."""
    errors = (FieldProblem(path, code, detail.en, detail.zh),) if path else ()
    return problem(
        status, code, title=title.en, title_zh=title.zh, detail=detail.en, detail_zh=detail.zh, errors=errors
    )
