"""Why an item's figure is what it is, over HTTP: where it went below zero, what moved around it, likely causes and what mends them."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import FromPath, FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.domain.explain import Explanation, explain
from gateway.domain.explain_history import History, Said, Step
from gateway.domain.unit_words import plain_quantity, unit_word
from gateway.store.explain import HistoryReader
from gateway.web.branch import Branch
from gateway.web.document_id import write_id
from gateway.web.explain_sentences import STANDS
from gateway.web.explain_views import CauseView, Teller
from gateway.web.moments import moment
from replication.wire.quantity import format_quantity, shortest
from replication.wire.sentence import Sentence

BEFORE: Final = 8
AFTER: Final = 4
"""Movements of the story before the moment and after it: what fits on a page, and what a person can follow."""
RECENT: Final = 10
"""Newest movements, for a figure that is only doubted."""


class LinkView(msgspec.Struct, frozen=True):
    """Another document that one names: `order`, `original`, `transfer`."""

    rel: str
    to: str


class StepView(msgspec.Struct, frozen=True):
    """A movement of the story; `balance` is the figure after it. `occurred_at` is the sender's own word on when it was."""

    seq: int
    document: str
    type: str
    number: str
    quantity: str
    balance: str
    location: str
    lot: str | None
    person: str
    station: str | None
    posted_at: str
    occurred_at: str | None
    reversed: bool
    links: tuple[LinkView, ...]


class CountedView(msgspec.Struct, frozen=True):
    """The newest count, and what it found."""

    document: str
    number: str
    posted_at: str
    counted: str
    expected: str


class ExplanationView(msgspec.Struct, frozen=True):
    """`state`: `negative` below zero now, `was_negative` lately, `positive` otherwise. `below` is the movement that went below
    zero since the figure was last at or above it, `first_below` the first that ever did. `chain` is what moved around it,
    `recent` what moved lately, both oldest first. `complete` is false where the item's history is longer than was read."""

    item: str
    name: str
    name_zh: str | None
    unit: str
    location: str | None
    on_hand: str
    as_of_seq: int
    state: str
    summary: str
    summary_zh: str
    below: StepView | None
    first_below: StepView | None
    lowest: str
    chain: tuple[StepView, ...]
    recent: tuple[StepView, ...]
    counted: CountedView | None
    causes: tuple[CauseView, ...]
    complete: bool


class Explained(msgspec.Struct, frozen=True):
    """A history with what it was found to mean."""

    history: History
    explanation: Explanation


def teller_of(branch: Branch) -> Teller:
    """Says findings as this site does."""
    return Teller(branch.sentences, ZoneInfo(branch.config.site.time_zone))


async def look_into(branch: Branch, sku: str, location: str) -> Explained | None:
    """Read and explain an item's figure beside the writer; None for an unknown item."""
    now, today = branch.shop.ledger.now(), branch.shop.calendar.today()

    def query(connection: Connection) -> Explained | None:
        history = HistoryReader(connection, now, today).read(sku, location)
        return None if history is None else Explained(history, explain(history))

    return await branch.shop.ledger.read(query)


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /items/{sku}/explain`."""
    teller = teller_of(branch)

    @get(
        "/api/v1/items/{sku:str}/explain",
        tags=["stock"],
        summary="Why the figure is what it is: “why is it −12?”",
        guards=[at_least(Role.MANAGER)],
        responses={200: ResponseSpec(ExplanationView, examples=[Example(summary="−12 kg", value=EXAMPLE)])},
    )
    async def explain_item(sku: FromPath[str], location: FromQuery[str | None] = None) -> ExplanationView:
        """Over the whole branch, or at one location."""
        found = await look_into(branch, sku, location or "")
        if found is None:
            raise ProblemRaised(make("not_found"))
        return explanation_view(teller, found)

    return [explain_item]


def explanation_view(teller: Teller, found: Explained) -> ExplanationView:
    """An explanation as it is shown."""
    history, explanation = found.history, found.explanation
    said = {one.seq: one for one in history.documents}

    def shown(step: Step) -> StepView:
        return _step_view(step, said.get(step.seq), history)

    state, summary = summary_of(teller, found)
    counted = explanation.counted
    return ExplanationView(
        history.item.sku, history.item.name, history.item.name_zh, history.item.unit, history.location or None,
        format_quantity(history.on_hand), history.head_seq, state, summary.en, summary.zh,
        None if explanation.below is None else shown(explanation.below),
        None if explanation.first_below is None else shown(explanation.first_below), format_quantity(explanation.lowest),
        tuple(shown(step) for step in movements_around(history, explanation)), tuple(shown(step) for step in history.steps[-RECENT:]),
        None if counted is None else CountedView(
            write_id(counted.said.id), counted.said.number, moment(counted.said.at), format_quantity(counted.counted),
            format_quantity(counted.expected),
        ),
        tuple(teller.cause(cause) for cause in explanation.causes), history.complete,
    )  # fmt: skip


def movements_around(history: History, explanation: Explanation) -> Sequence[Step]:
    """What moved just before the moment and just after it; papers that causes name are in it wherever they stand."""
    if explanation.below is None:
        return ()
    place = next(index for index, step in enumerate(history.steps) if step.seq >= explanation.below.seq)
    named = {document.id for cause in explanation.causes for document in cause.documents}
    near = range(max(0, place - BEFORE), place + AFTER + 1)
    return [step for index, step in enumerate(history.steps) if index in near or step.document in named]


def summary_of(teller: Teller, found: Explained) -> tuple[str, Sentence]:
    """How the figure stands: its state, and one sentence."""
    history, explanation = found.history, found.explanation
    item, below, counted = history.item, explanation.below, explanation.counted
    facts: dict[str, str] = {}
    unit, stands = unit_word(item.unit), plain_quantity(shortest(history.on_hand))
    words = {
        "item": Sentence(item.name, item.name_zh or item.name),
        "on_hand": Sentence(f"{stands} {unit.en}", f"{stands} {unit.zh}"),
    }
    state = "negative" if history.on_hand < 0 else "was_negative" if explanation.gap.least is not None else "positive"
    if below is not None and explanation.gap.least is not None:
        name = "below" if state == "negative" else "was_below"
        facts |= {"number": below.number, "at": str(below.at), "lowest": shortest(explanation.lowest)}
    elif counted is not None:
        name = "counted_right" if counted.counted == counted.expected else "counted_off"
        facts |= {
            "number": counted.said.number, "at": str(counted.said.at), "counted": shortest(counted.counted),
            "expected": shortest(counted.expected),
        }  # fmt: skip
    else:
        name = "never_counted"
    return state, teller.fill(STANDS[name], facts, words)


def _step_view(step: Step, said: Said | None, history: History) -> StepView:
    links = () if said is None else tuple(
        LinkView(rel, to)
        for rel, to in (("order", said.order), ("original", said.original), ("transfer", said.transfer))
        if to is not None
    )  # fmt: skip
    occurred = None if said is None or said.occurred_at is None else moment(said.occurred_at)
    return StepView(
        step.seq, write_id(step.document), step.type, step.number, format_quantity(step.quantity),
        format_quantity(step.balance), step.location, step.lot or None, step.person, step.station, moment(step.at), occurred,
        step.document in history.reversed, links,
    )  # fmt: skip


_SALE: Final = StepView(
    41, "019ab3c4-5d6e-7f80-9123-456789abcd41", "sale", "SA-000019", "-15.000", "-12.000", "shop", None, "lin", "till-1",
    "2026-11-22T09:30:00.000Z", None, False, (),
)  # fmt: skip
EXAMPLE: Final = msgspec.to_builtins(
    ExplanationView(
        "sauce", "Chilli sauce", "辣椒酱", "kg", None, "-12.000", 41, "negative",
        "Chilli sauce stands at −12 kg. It went below zero with SA-000019 on 2026-11-22 17:30 and was at −12 at the lowest.",
        "辣椒酱 账面为 −12 千克。2026-11-22 17:30 的 SA-000019 使其变为负数，最低为 −12。",
        _SALE, _SALE, "-12.000", (_SALE,), (_SALE,), None, (), True,
    )
)  # fmt: skip
