"""Applying what arrived: one transaction for many batches of many branches, then what to tell whom. Knows no line.

Raw bytes, events, figures and cursors are committed together; only then may the line acknowledge and a watermark go.
A branch whose batch cannot be applied is blocked with its bytes in quarantine; its neighbours in the same group are not
touched.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, assert_never

import msgspec

from replication.headquarters.binding import Binding, is_untouched
from replication.headquarters.decide import Duplicate, Fork, Gap, Next, Poison, StaleEpoch, decide
from replication.headquarters.fold import Effects, FoldError, fold
from replication.headquarters.hello import CREDIT_EVENTS, Block
from replication.headquarters.outcome import Advance, Blocked, Outcome
from replication.headquarters.park import Park
from replication.headquarters.projection import Projection
from replication.headquarters.readmit import readmit
from replication.headquarters.second_history import DAMAGED_FORK, Taken, take_in
from replication.headquarters.stores.store import (
    AppliedBatch,
    ApplySession,
    BranchState,
    ContentError,
    Forked,
    Quarantined,
    Store,
)
from replication.link import Delivery
from replication.wire.digest import DIGEST_BYTES, format_digest, moved_along
from replication.wire.envelope import Envelope, EnvelopeError, read_envelope
from replication.wire.identity import SITE_ID
from replication.wire.messages import Refused, Want, Watermark

ASK_AGAIN_SECONDS: Final = 2.0
"""A want or a refusal is said once per branch and position within this time, however many batches wait behind it."""
ASKED_MAX: Final = 20_000
"""Branches and starts of theirs whose last want or refusal is remembered; then all are forgotten, and said once more."""

NOBODYS_MAX: Final = 8
"""Batches without a legible sender, at an unmoved cursor, that are taken for a fenced device's. What stands before the
branch's next entry so often is its own: unstopped, it would be sent again for ever, and no person would see it."""


class ApplyStatistics(msgspec.Struct):
    """Counted since start, for /metrics and the bench."""

    groups: int = 0
    batches: int = 0
    events: int = 0
    duplicates: int = 0
    quarantined: int = 0
    held: int = 0
    forked: int = 0
    readmitted: int = 0


class Applier:
    """Applies deliveries to a store. `monotonic` paces repeated messages; `utc_milliseconds` dates what is kept."""

    def __init__(
        self,
        store: Store,
        incarnation: int,
        *,
        monotonic: Callable[[], float],
        utc_milliseconds: Callable[[], int],
        projections: Sequence[Projection] = (),
    ) -> None:
        self.statistics = ApplyStatistics()
        self._projections = projections
        self._store = store
        self._incarnation = incarnation
        self._monotonic = monotonic
        self._utc_milliseconds = utc_milliseconds
        self._park = Park()
        self._asked: dict[tuple[str, bytes], tuple[int, float]] = {}
        self._nobodys: dict[str, int] = {}

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
        nobodys = dict(self._nobodys)
        outcome = await self._store.transact(
            lambda session: apply_group(session, deliveries, waiting, now, incarnation, self._projections, nobodys)
        )
        self._nobodys = nobodys
        return outcome

    async def _one_by_one(self, deliveries: Sequence[Delivery]) -> Outcome:
        """The store refused something in the group: find it, quarantine it, apply the others."""
        whole = Outcome()
        for delivery in deliveries:
            try:
                part = await self._commit([delivery])
            except ContentError:
                part = await self._alone(delivery)
            whole.join(part)
        return whole

    async def _alone(self, delivery: Delivery) -> Outcome:
        """Without what waited for its turn behind it: that may be what is refused, and its branch sends it again."""
        self._park.drop(delivery.branch)
        try:
            return await self._commit([delivery])
        except ContentError as error:
            return await self._reject(delivery, Poison("refused_by_store", str(error)))

    async def _reject(self, delivery: Delivery, poison: Poison) -> Outcome:
        now, incarnation = self._utc_milliseconds(), self._incarnation

        def reject(session: ApplySession) -> Outcome:
            outcome = Outcome()
            _Desk(session, now, incarnation, (), outcome, {}).stop(delivery, poison)
            session.reached(delivery.place)
            return outcome

        return await self._store.transact(reject)

    def _after(self, outcome: Outcome) -> None:
        """Memory follows only what was committed."""
        for first_seq, delivery in outcome.parked:
            self._park.put(first_seq, delivery)
        for branch, watermark in outcome.watermarks.items():
            self._park.drop_through(branch, watermark.applied_seq)
        for branch, refused in outcome.refusals.items():
            if not refused.boot_id:
                self._park.drop(branch)  # the whole branch is stopped, not one device of it
        now = self._monotonic()
        outcome.wants = {b: want for b, want in outcome.wants.items() if self._may_say(b, b"", want.from_seq, now)}
        outcome.refusals = {b: said for b, said in outcome.refusals.items() if self._may_say(b, said.boot_id, -1, now)}
        statistics = self.statistics
        statistics.groups += 1
        statistics.batches += len(outcome.advances)
        statistics.events += sum(advance.last_seq - advance.first_seq + 1 for advance in outcome.advances)
        statistics.duplicates += outcome.duplicates
        statistics.quarantined += len(outcome.blocked)
        statistics.held += outcome.held
        statistics.forked += sum(outcome.forked.values())
        statistics.readmitted += outcome.readmitted

    def _may_say(self, branch: str, boot_id: bytes, position: int, now: float) -> bool:
        last = self._asked.get((branch, boot_id))
        if last is not None and last[0] == position and now - last[1] < ASK_AGAIN_SECONDS:
            return False
        if len(self._asked) >= ASKED_MAX:
            self._asked.clear()
        self._asked[branch, boot_id] = (position, now)
        return True


def apply_group(
    session: ApplySession,
    deliveries: Sequence[Delivery],
    waiting: Mapping[str, Sequence[tuple[int, Delivery]]],
    now: int,
    incarnation: int,
    projections: Sequence[Projection] = (),
    nobodys: dict[str, int] | None = None,
) -> Outcome:
    """Judge and apply deliveries in order inside one transaction. Changes nothing but the session, and `nobodys`: how many
    batches without a legible sender each branch had since its cursor moved."""
    outcome = Outcome()
    desk = _Desk(session, now, incarnation, projections, outcome, {} if nobodys is None else nobodys)
    advanced: set[str] = set()
    for delivery in deliveries:
        if desk.apply(delivery):
            advanced.add(delivery.branch)
    for branch in sorted(advanced):
        before_their_turn = [*waiting.get(branch, ()), *(one for one in outcome.parked if one[1].branch == branch)]
        for _, parked in sorted(before_their_turn, key=lambda one: one[0]):
            desk.apply(parked)
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


class _Desk:
    """One transaction's work: each delivery is judged, and its consequences are written and noted."""

    def __init__(
        self,
        session: ApplySession,
        now: int,
        incarnation: int,
        projections: Sequence[Projection],
        outcome: Outcome,
        nobodys: dict[str, int],
    ) -> None:
        self._session = session
        self._now = now
        self._incarnation = incarnation
        self._projections = projections
        self._outcome = outcome
        self._nobodys = nobodys

    def apply(self, delivery: Delivery) -> bool:
        """True when the branch's cursor moved."""
        session, outcome, branch = self._session, self._outcome, delivery.branch
        if not SITE_ID.fullmatch(branch):
            detail = f"a branch cannot be called {branch[:80]!r}"
            session.quarantine(
                Quarantined(branch[:80], "bad_subject", detail, delivery.data, delivery.place, self._now)
            )
            return False
        state = session.branch(branch)
        if state.block is not None:
            # Its journal keeps what is not applied here; a bounded headquarters keeps the one batch that stopped it.
            outcome.held += 1
            outcome.refusals[branch] = refusal(state, state.block, self._incarnation)
            return False
        offer = state.binding.offer
        decision = decide(
            branch,
            delivery.data,
            state.cursor,
            lambda seq: session.hash_at(branch, seq),
            at_base=offer is not None and is_untouched(state.cursor, offer),
        )
        if isinstance(decision, Next | Gap | StaleEpoch | Duplicate):
            outcome.heads[branch] = max(outcome.heads.get(branch, 0), decision.envelope.head_seq)
        if isinstance(decision, Next | Gap) and is_fenced(state.binding, decision.envelope.boot_id):
            detail = "the device that sent it is not the branch"
            self._set_aside(delivery, state, decision.envelope, "fenced_device", detail)
            return False
        match decision:
            case Next():
                return self._follow(delivery, state, decision)
            case Duplicate():
                outcome.duplicates += 1
                outcome.met.add(branch)
            case Gap(envelope, want_from):
                session.saw(branch, envelope.last_seq)
                outcome.parked.append((envelope.first_seq, delivery))
                outcome.wants[branch] = Want(branch, state.cursor.epoch, want_from)
            case StaleEpoch(envelope):
                detail = f"epoch {envelope.epoch}; headquarters is in {state.cursor.epoch}"
                self._set_aside(delivery, state, envelope, "stale_epoch", detail)
            case Fork(code, detail):
                self._set_aside(delivery, state, read_envelope(delivery.data), code, detail)
            case Poison(code, detail):
                self._poisoned(delivery, state, Poison(code, detail))
            case _:
                assert_never(decision)
        return False

    def _follow(self, delivery: Delivery, state: BranchState, following: Next) -> bool:
        session, branch, envelope, entries = self._session, delivery.branch, following.envelope, following.entries
        try:
            effects = fold(entries)
            digest = told_digest(envelope, state, effects)
        except FoldError as error:
            self.stop(delivery, Poison(error.code, str(error)))
            return False
        session.append(
            AppliedBatch(
                branch, envelope.epoch, entries, following.hash, delivery.data, effects,
                envelope.head_seq, self._now,
            )
        )  # fmt: skip
        if digest is not None:
            session.settle_digest(branch, digest)
        for projection in self._projections:
            projection.applied(session, branch, effects, self._now)
        self._outcome.advances.append(Advance(branch, entries[0].seq, entries[-1].seq, self._now, effects))
        self._outcome.met.add(branch)
        self._nobodys.pop(branch, None)
        return True

    def _set_aside(self, delivery: Delivery, state: BranchState, envelope: Envelope, code: str, detail: str) -> None:
        """Another history of the branch: kept whole, and its device is asked to say hello. The branch itself goes on."""
        session, branch, boot_id = self._session, delivery.branch, envelope.boot_id
        taken = take_in(
            session,
            Forked(
                branch, code, detail, envelope.epoch, envelope.first_seq, envelope.last_seq, boot_id, delivery.data,
                self._now,
            ),
            delivery.place,
        )  # fmt: skip
        session.saw(branch, envelope.last_seq)
        self._outcome.forked[branch] = self._outcome.forked.get(branch, 0) + 1
        if taken is Taken.DAMAGED or not is_fenced(state.binding, boot_id):
            cursor = state.cursor
            self._outcome.refusals[branch] = Refused(
                "fork", f"{code}: {detail}", cursor.seq, cursor.hash, self._incarnation, boot_id
            )
        if taken is Taken.PROVED and boot_id != state.binding.boot_id:
            asked, more = readmit(session, branch, self._now)
            self._outcome.readmitted += asked
            if more:
                self._outcome.unread.add(branch)

    def _poisoned(self, delivery: Delivery, state: BranchState, why: Poison) -> None:
        """Only the branch itself is stopped by what cannot be read: of another device nothing is applied anyway, and what
        an earlier start of its own sent, the present one sends again."""
        sender = sender_of(delivery)
        if sender is None:
            self._nobodys[delivery.branch] = self._nobodys.get(delivery.branch, 0) + 1
        if may_stop(state.binding, sender, self._nobodys.get(delivery.branch, 0)):
            self._nobodys.pop(delivery.branch, None)
            self.stop(delivery, why)
            return
        session, cursor, detail = self._session, state.cursor, f"{why.code}: {why.detail}"
        session.quarantine(Quarantined(delivery.branch, DAMAGED_FORK, detail, delivery.data, delivery.place, self._now))
        self._outcome.forked[delivery.branch] = self._outcome.forked.get(delivery.branch, 0) + 1
        self._outcome.refusals[delivery.branch] = Refused(
            "fork", detail, cursor.seq, cursor.hash, self._incarnation, sender or b""
        )

    def stop(self, delivery: Delivery, why: Poison) -> None:
        """Nothing more of this branch is applied until a person decides; the bytes that stopped it are kept."""
        session, branch = self._session, delivery.branch
        block = Block(why.code, why.detail, self._now)
        session.quarantine(Quarantined(branch, why.code, why.detail, delivery.data, delivery.place, self._now))
        session.block(branch, block)
        self._outcome.blocked.append(Blocked(branch, block))
        self._outcome.refusals[branch] = refusal(session.branch(branch), block, self._incarnation)


def is_fenced(binding: Binding, boot_id: bytes) -> bool:
    """Whether that start of a process was told that it is not the branch."""
    return boot_id != binding.boot_id and boot_id in binding.fenced


def sender_of(delivery: Delivery) -> bytes | None:
    """The start of a process that a batch names; None where not even its header can be read, or is of another branch."""
    try:
        envelope = read_envelope(delivery.data)
    except EnvelopeError:
        return None
    return envelope.boot_id if envelope.branch == delivery.branch else None


def may_stop(binding: Binding, sender: bytes | None, nobodys: int) -> bool:
    """Whether damage is the branch's own: its present start's, or nobody's while no other device is known to speak, or
    nobody's once more than can be taken for another's."""
    if not binding.boot_id:
        return True
    return not binding.fenced or nobodys > NOBODYS_MAX if sender is None else sender == binding.boot_id


def told_digest(envelope: Envelope, state: BranchState, effects: Effects) -> int | None:
    """Compare the branch's digest with ours as it will be. Answers the branch's where its word is to be taken, after a
    person passed entries over; raises FoldError where the two differ otherwise."""
    if envelope.digest is None:
        return None
    if len(envelope.digest) != DIGEST_BYTES:
        raise FoldError("bad_digest", envelope.last_seq, f"{len(envelope.digest)} bytes")
    theirs, ours = int.from_bytes(envelope.digest, "big"), moved_along(state.digest, effects.flows)
    if state.digest_open:
        return theirs
    if theirs != ours:
        detail = f"the branch says {format_digest(theirs)}, headquarters computes {format_digest(ours)}"
        raise FoldError("digest_differs", envelope.last_seq, detail)
    return None


def refusal(state: BranchState, block: Block, incarnation: int) -> Refused:
    """What a stopped branch is told."""
    return Refused("blocked", f"{block.code}: {block.detail}", state.cursor.seq, state.cursor.hash, incarnation)
