"""Applying what arrived: one transaction for many batches of many branches, then what to tell whom. Knows no line.

Raw bytes, events, figures and cursors are committed together; only then may the line acknowledge and a watermark go.
A branch whose batch cannot be applied is blocked with its bytes in quarantine; its neighbours in the same group are not
touched.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, assert_never

import msgspec

from replication.headquarters.decide import Duplicate, Fork, Gap, Next, Poison, StaleEpoch, decide
from replication.headquarters.fold import Effects, FoldError, fold
from replication.headquarters.hello import CREDIT_EVENTS, FORK_CODES, Block
from replication.headquarters.park import Park
from replication.headquarters.stores.store import AppliedBatch, ApplySession, ContentError, Quarantined, Store
from replication.link import Delivery
from replication.wire.identity import SITE_ID
from replication.wire.messages import Refused, Want, Watermark

ASK_AGAIN_SECONDS: Final = 2.0
"""A want or a refusal is said once per branch and position within this time, however many batches wait behind it."""


class Advance(msgspec.Struct, frozen=True):
    """What a committed batch changed, for whoever watches live."""

    branch: str
    first_seq: int
    last_seq: int
    received_at: int
    effects: Effects


class Blocked(msgspec.Struct, frozen=True):
    """A branch was stopped just now."""

    branch: str
    block: Block


class Outcome(msgspec.Struct):
    """What a committed group leads to. `heads` is the newest entry each branch spoke of; `met` the branches whose
    position is to be told, `parked` what came before its turn, by first seq."""

    met: set[str] = set()
    advances: list[Advance] = []
    blocked: list[Blocked] = []
    watermarks: dict[str, Watermark] = {}
    wants: dict[str, Want] = {}
    refusals: dict[str, Refused] = {}
    heads: dict[str, int] = {}
    parked: list[tuple[int, Delivery]] = []
    duplicates: int = 0
    held: int = 0


class ApplyStatistics(msgspec.Struct):
    """Counted since start, for /metrics and the bench."""

    groups: int = 0
    batches: int = 0
    events: int = 0
    duplicates: int = 0
    quarantined: int = 0
    held: int = 0


class Applier:
    """Applies deliveries to a store. `monotonic` paces repeated messages; `utc_milliseconds` dates what is kept."""

    def __init__(
        self,
        store: Store,
        incarnation: int,
        *,
        monotonic: Callable[[], float],
        utc_milliseconds: Callable[[], int],
    ) -> None:
        self.statistics = ApplyStatistics()
        self._store = store
        self._incarnation = incarnation
        self._monotonic = monotonic
        self._utc_milliseconds = utc_milliseconds
        self._park = Park()
        self._asked: dict[str, tuple[int, float]] = {}

    async def apply(self, deliveries: Sequence[Delivery]) -> Outcome:
        """Commit a group; what the outcome says may be told afterwards."""
        if not deliveries:
            return Outcome()
        try:
            outcome = await self._commit(deliveries)
        except ContentError:
            outcome = await self._one_by_one(deliveries)
        self._after(outcome)
        return outcome

    async def _commit(self, deliveries: Sequence[Delivery]) -> Outcome:
        now, incarnation = self._utc_milliseconds(), self._incarnation
        waiting = {branch: self._park.of(branch) for branch in {delivery.branch for delivery in deliveries}}
        return await self._store.transact(lambda session: apply_group(session, deliveries, waiting, now, incarnation))

    async def _one_by_one(self, deliveries: Sequence[Delivery]) -> Outcome:
        """The store refused something in the group: find it, quarantine it, apply the others."""
        whole = Outcome()
        for delivery in deliveries:
            try:
                part = await self._commit([delivery])
            except ContentError as error:
                part = await self._reject(delivery, Poison("refused_by_store", str(error)))
            _join(whole, part)
        return whole

    async def _reject(self, delivery: Delivery, poison: Poison) -> Outcome:
        now, incarnation = self._utc_milliseconds(), self._incarnation

        def reject(session: ApplySession) -> Outcome:
            outcome = Outcome()
            _stop(session, delivery, poison, now, incarnation, outcome)
            session.reached(delivery.place)
            return outcome

        return await self._store.transact(reject)

    def _after(self, outcome: Outcome) -> None:
        """Memory follows only what was committed."""
        for first_seq, delivery in outcome.parked:
            self._park.put(first_seq, delivery)
        for branch, watermark in outcome.watermarks.items():
            self._park.drop_through(branch, watermark.applied_seq)
        for branch in outcome.refusals:
            self._park.drop(branch)
        now = self._monotonic()
        outcome.wants = {b: want for b, want in outcome.wants.items() if self._may_say(b, want.from_seq, now)}
        outcome.refusals = {b: said for b, said in outcome.refusals.items() if self._may_say(b, -1, now)}
        statistics = self.statistics
        statistics.groups += 1
        statistics.batches += len(outcome.advances)
        statistics.events += sum(advance.last_seq - advance.first_seq + 1 for advance in outcome.advances)
        statistics.duplicates += outcome.duplicates
        statistics.quarantined += len(outcome.blocked)
        statistics.held += outcome.held

    def _may_say(self, branch: str, position: int, now: float) -> bool:
        last = self._asked.get(branch)
        if last is not None and last[0] == position and now - last[1] < ASK_AGAIN_SECONDS:
            return False
        self._asked[branch] = (position, now)
        return True


def apply_group(
    session: ApplySession,
    deliveries: Sequence[Delivery],
    waiting: Mapping[str, Sequence[tuple[int, Delivery]]],
    now: int,
    incarnation: int,
) -> Outcome:
    """Judge and apply deliveries in order inside one transaction. Changes nothing but the session."""
    outcome = Outcome()
    advanced: set[str] = set()
    for delivery in deliveries:
        if _apply_one(session, delivery, now, incarnation, outcome):
            advanced.add(delivery.branch)
    for branch in sorted(advanced):
        before_their_turn = [*waiting.get(branch, ()), *(one for one in outcome.parked if one[1].branch == branch)]
        for _, parked in sorted(before_their_turn, key=lambda one: one[0]):
            _apply_one(session, parked, now, incarnation, outcome)
    for branch in sorted(outcome.met | outcome.wants.keys()):
        state = session.branch(branch)
        if branch in outcome.met:
            cursor = state.cursor
            outcome.watermarks[branch] = Watermark(
                branch, cursor.epoch, cursor.seq, cursor.hash, state.durable_seq, CREDIT_EVENTS, incarnation
            )
        want = outcome.wants.get(branch)
        if want is not None and want.from_seq <= state.cursor.seq:
            del outcome.wants[branch]
    session.reached(max((delivery.place for delivery in deliveries), key=lambda place: place.sequence))
    return outcome


def _apply_one(session: ApplySession, delivery: Delivery, now: int, incarnation: int, outcome: Outcome) -> bool:
    """True when the branch's cursor moved."""
    branch = delivery.branch
    if not SITE_ID.fullmatch(branch):
        detail = f"a branch cannot be called {branch[:80]!r}"
        session.quarantine(Quarantined(branch[:80], "bad_subject", detail, delivery.data, delivery.place, now))
        return False
    state = session.branch(branch)
    if state.block is not None:
        # Its journal keeps what is not applied here; a bounded headquarters keeps the one batch that stopped it.
        outcome.held += 1
        outcome.refusals[branch] = _refusal(session, branch, state.block, incarnation)
        return False
    decision = decide(branch, delivery.data, state.cursor, lambda seq: session.hash_at(branch, seq))
    if isinstance(decision, Next):
        outcome.heads[branch] = decision.envelope.head_seq
        try:
            effects = fold(decision.entries)
        except FoldError as error:
            decision = Poison(error.code, str(error))
        else:
            _append(session, delivery, decision, effects, now, outcome)
            return True
    match decision:
        case Duplicate(envelope):
            outcome.duplicates += 1
            outcome.heads[branch] = max(outcome.heads.get(branch, 0), envelope.head_seq)
            outcome.met.add(branch)
        case Gap(envelope, want_from):
            outcome.parked.append((envelope.first_seq, delivery))
            outcome.wants[branch] = Want(branch, state.cursor.epoch, want_from)
        case StaleEpoch(envelope):
            detail = f"epoch {envelope.epoch}; headquarters is in {state.cursor.epoch}"
            session.quarantine(Quarantined(branch, "stale_epoch", detail, delivery.data, delivery.place, now))
        case Fork() | Poison():
            _stop(session, delivery, decision, now, incarnation, outcome)
        case _:
            assert_never(decision)
    return False


def _append(
    session: ApplySession, delivery: Delivery, following: Next, effects: Effects, now: int, outcome: Outcome
) -> None:
    envelope, entries = following.envelope, following.entries
    session.append(
        AppliedBatch(
            delivery.branch, envelope.epoch, entries, following.hash, delivery.data, effects,
            envelope.head_seq, envelope.minimum_seq, now,
        )
    )  # fmt: skip
    outcome.advances.append(Advance(delivery.branch, entries[0].seq, entries[-1].seq, now, effects))
    outcome.met.add(delivery.branch)


def _stop(
    session: ApplySession, delivery: Delivery, why: Fork | Poison, now: int, incarnation: int, outcome: Outcome
) -> None:
    branch = delivery.branch
    block = Block(why.code, why.detail, now)
    session.quarantine(Quarantined(branch, why.code, why.detail, delivery.data, delivery.place, now))
    session.block(branch, block)
    outcome.blocked.append(Blocked(branch, block))
    outcome.refusals[branch] = _refusal(session, branch, block, incarnation)


def _refusal(session: ApplySession, branch: str, block: Block, incarnation: int) -> Refused:
    cursor = session.branch(branch).cursor
    code = "fork" if block.code in FORK_CODES else "blocked"
    return Refused(code, f"{block.code}: {block.detail}", cursor.seq, cursor.hash, incarnation)


def _join(whole: Outcome, part: Outcome) -> None:
    whole.met |= part.met
    whole.advances += part.advances
    whole.blocked += part.blocked
    whole.watermarks |= part.watermarks
    whole.wants |= part.wants
    whole.refusals |= part.refusals
    whole.heads |= part.heads
    whole.parked += part.parked
    whole.duplicates += part.duplicates
    whole.held += part.held
