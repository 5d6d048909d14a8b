"""An explanation as the API shows it: figures as text, times as moments, each cause with its sentences and what would mend it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, assert_never

import msgspec

from gateway.domain.explain_finding import (
    ApproveDocument,
    CancelTransfer,
    CauseCode,
    Evidence,
    EvidenceCode,
    Finding,
    Mend,
    PostDocument,
)
from gateway.domain.unit_words import unit_word
from gateway.web.document_id import write_id
from gateway.web.explain_sentences import CAUSES, EVIDENCE
from gateway.web.sentences import PLACES, Sentences
from replication.wire.quantity import format_quantity
from replication.wire.sentence import Sentence

_TIMES: Final = ("at", "happened_at")
_REASON_MAX: Final = 300


class EvidenceView(msgspec.Struct, frozen=True):
    """What shows a cause, with its own figures; times among the facts are UTC milliseconds."""

    code: EvidenceCode
    facts: dict[str, str]
    detail: str
    detail_zh: str


class NamedView(msgspec.Struct, frozen=True):
    """A document that shows it."""

    id: str
    type: str
    number: str


class MendView(msgspec.Struct, frozen=True):
    """What a person may send to mend it, ready as it is. `{id}` in a path is a new document's id, which the sender makes."""

    method: str
    path: str
    body: Any


class CauseView(msgspec.Struct, frozen=True):
    """A likely cause, likeliest first. `effect` is what the book would change by; `other` the item, lot or place it is
    mixed up with. `mend` is null where nothing is left to be done but to look."""

    code: CauseCode
    title: str
    title_zh: str
    effect: str
    evidence: tuple[EvidenceView, ...]
    documents: tuple[NamedView, ...]
    other: str | None
    mend: MendView | None


class Teller:
    """Says findings in both languages, in the site's own time and money."""

    def __init__(self, sentences: Sentences, zone: dt.tzinfo) -> None:
        self._sentences, self._zone = sentences, zone

    def cause(self, found: Finding) -> CauseView:
        """A cause as it is shown."""
        title = CAUSES[found.code]
        evidence = tuple(self.evidence(one) for one in found.evidence)
        return CauseView(
            found.code, title.en, title.zh, format_quantity(found.effect), evidence,
            tuple(NamedView(write_id(one.id), one.type, one.number) for one in found.documents), found.other or None,
            None if found.mend is None else mend_view(found.mend, _reason(title, found)),
        )  # fmt: skip

    def evidence(self, one: Evidence) -> EvidenceView:
        """A fact as it is shown."""
        said = self.fill(EVIDENCE[one.code], one.facts)
        return EvidenceView(one.code, one.facts, said.en, said.zh)

    def fill(
        self, sentence: Sentence, facts: Mapping[str, str], words: Mapping[str, Sentence] | None = None
    ) -> Sentence:
        """A sentence with its facts: times as a clock on the wall shows them, amounts with their currency."""
        plain = {name: self._said(name, value) for name, value in facts.items()}
        named = dict(words or {})
        if facts.get("location") in PLACES:
            named["location"] = PLACES[facts["location"]]
        if "unit" in facts:
            named["unit"] = unit_word(facts["unit"])
        return Sentence(
            sentence.en.format(**{**plain, **{name: word.en for name, word in named.items()}}),
            sentence.zh.format(**{**plain, **{name: word.zh for name, word in named.items()}}),
        )

    def _said(self, name: str, value: str) -> str:
        if name in _TIMES:
            return f"{dt.datetime.fromtimestamp(int(value) / 1000, self._zone):%Y-%m-%d %H:%M}"
        if name == "amount":
            return self._sentences.money(int(value))
        return value.replace("-", "\N{MINUS SIGN}", 1) if value.startswith("-") else value


def _reason(title: Sentence, found: Finding) -> str:
    """Why the document is posted, for those who read it later: in both languages, with the numbers that show it."""
    numbers = ", ".join(one.number for one in found.documents if one.number)
    return f"{title.en} {title.zh}{f' ({numbers})' if numbers else ''}"[:_REASON_MAX]


def mend_view(mend: Mend, reason: str) -> MendView:
    """What is to be sent, with its reason."""
    match mend:
        case PostDocument(body):
            named = "reason" if hasattr(body, "reason") else "note"
            return MendView(
                "PUT", "/api/v1/documents/{id}", msgspec.to_builtins(msgspec.structs.replace(body, **{named: reason}))
            )
        case CancelTransfer(transfer):
            return MendView("POST", f"/api/v1/transfers/{write_id(transfer)}/cancel", {"reason": reason})
        case ApproveDocument(document):
            return MendView("POST", f"/api/v1/documents/{write_id(document)}/approve", {"reason": reason})
        case _:
            assert_never(mend)
