"""How a branch takes what headquarters sends, as a pure state machine: facts in, orders out. Knows no line, ledger or clock.

The outbox is headquarters' log for this branch; the branch pulls from its own position and checks the chain before
anything is applied. Messages are applied in order, in bounded steps, and the position moves in the transaction that
applies them. What this version cannot read stops the inbox there, visibly; nothing behind it is taken.
"""

from collections.abc import Callable
from typing import Final, assert_never

import msgspec

from replication.branch.pace import Pace
from replication.branch.status import Trouble, trouble
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry
from replication.wire.envelope import CHECK_BYTES, EnvelopeError, read_envelope, unpack_entries
from replication.wire.messages import InboxPosition, Lane, PullAnswer, Pulled, PullRefused
from replication.wire.outbox import OutboxError, OutboxMessage, UnknownOutboxKind, decode_outbox

STEP_MESSAGES_MAX: Final = 64
"""Messages applied in one transaction: a sale never waits behind more than a few milliseconds of them."""
NOTHING_APPLIED: Final = InboxPosition(0, 0, GENESIS_HASH)


class AppliedUpTo(msgspec.Struct, frozen=True):
    """Where the ledger's inbox stands; `at` is UTC milliseconds of the last step, None before the first."""

    position: InboxPosition
    at: int | None


class InboxSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds, each with its reason."""

    pull_every: float = 15.0
    """A lost nudge is healed after this at the latest: one small question per heartbeat."""
    backoff_first: float = 0.25
    backoff_max: float = 60.0
    """Full jitter between nothing and this: a thousand branches must not knock at the same moment."""
    stopped_again: float = 300.0
    """How soon a stopped inbox looks again: only an update of this branch, or of headquarters, helps."""


class Connected(msgspec.Struct, frozen=True):
    """The line stands, and headquarters accepts this branch. Said again of another opening of headquarters: an answer of
    the one before is not waited for."""


class Disconnected(msgspec.Struct, frozen=True):
    """The line is gone; what was asked is not answered any more."""


class Nudged(msgspec.Struct, frozen=True):
    """Headquarters says that its outbox for this branch ends at `head_seq`."""

    incarnation: int
    head_seq: int


class PullAnswered(msgspec.Struct, frozen=True):
    """The answer to the pull of that ticket."""

    ticket: int
    answer: PullAnswer


class PullFailed(msgspec.Struct, frozen=True):
    """The pull of that ticket got no answer."""

    ticket: int
    code: str
    detail: str = ""


class Applied(msgspec.Struct, frozen=True):
    """The step of that ticket is committed, position included; `at` is when, in UTC milliseconds."""

    ticket: int
    at: int


class ApplyFailed(msgspec.Struct, frozen=True):
    """The step of that ticket was not committed; it may be tried again."""

    ticket: int
    code: str
    detail: str = ""


class Tick(msgspec.Struct, frozen=True):
    """Time went by."""


InboxFact = Connected | Disconnected | Nudged | PullAnswered | PullFailed | Applied | ApplyFailed | Tick


class SendPull(msgspec.Struct, frozen=True):
    """Ask headquarters for what follows `after`; this also says that everything up to there is applied."""

    ticket: int
    after: InboxPosition


class Step(msgspec.Struct, frozen=True):
    """Messages for one transaction, the position after them, and headquarters' clock when it sent them (UTC ms)."""

    messages: tuple[OutboxMessage, ...]
    position: InboxPosition
    told_at: int


class Apply(msgspec.Struct, frozen=True):
    """Apply a step in one transaction and keep its position in it."""

    ticket: int
    step: Step


class Wait(msgspec.Struct, frozen=True):
    """Nothing to do before that time, unless a fact comes in."""

    until: float


InboxOrder = SendPull | Apply | Wait


class InboxStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far the branch has applied what headquarters sent. `head_seq` is the last headquarters told of; `error` is
    what stands in the way, `stopped` whether it needs a person; `applied_at` is UTC milliseconds, None before the first."""

    seq: int
    head_seq: int
    incarnation: int
    applied_at: int | None
    stopped: bool
    error: Trouble | None = None


class _UnderWay(msgspec.Struct):
    """A step in the ledger's hands; `retry_at` is set while it waits to be tried again."""

    order: Apply
    retry_at: float | None = None


class BranchInbox:
    """Give it facts with `handle`; carry out the orders it returns. `jitter` answers a random float in [0, 1)."""

    def __init__(
        self,
        *,
        position: InboxPosition,
        applied_at: int | None,
        jitter: Callable[[], float],
        settings: InboxSettings,
        now: float,
    ) -> None:
        self._position = position
        self._applied_at = applied_at
        self._head_seq = position.seq
        self._jitter = jitter
        self._settings = settings
        self._connected = False
        self._pull_at = now
        self._pace = Pace()
        self._asked: int | None = None
        self._ask_again = False
        self._steps: list[Step] = []
        self._step: _UnderWay | None = None
        self._after_steps: Trouble | None = None
        self._more = False
        self._tickets = 0
        self._failures = 0
        self._error: Trouble | None = None
        self._stopped = False

    def handle(self, fact: InboxFact, now: float) -> list[InboxOrder]:
        """Take in one fact and answer what to do now."""
        match fact:
            case Connected() | Disconnected():
                self._line(isinstance(fact, Connected), now)
            case Nudged(incarnation, head_seq):
                self._nudged(incarnation, head_seq, now)
            case PullAnswered(ticket) | PullFailed(ticket) if ticket != self._asked:
                pass  # given up since
            case PullAnswered(_, answer):
                self._asked = None
                self._answered(answer, now)
            case PullFailed(_, code, detail):
                self._asked = None
                self._error = trouble(code, detail)
                self._pull_at = now + self._backoff()
            case Applied() | ApplyFailed():
                self._step_ended(fact, now)
            case Tick():
                pass
            case _:
                assert_never(fact)
        orders = self._due(now)
        orders.append(Wait(self._next_moment(now)))
        return orders

    def status(self) -> InboxStatus:
        """How things stand."""
        return InboxStatus(
            seq=self._position.seq,
            head_seq=max(self._head_seq, self._position.seq),
            incarnation=self._position.incarnation,
            applied_at=self._applied_at,
            stopped=self._stopped,
            error=self._error,
        )

    def _line(self, stands: bool, now: float) -> None:
        self._connected, self._asked, self._failures = stands, None, 0
        self._pull_at, self._ask_again = now, True

    # --- what headquarters says ---

    def _nudged(self, incarnation: int, head_seq: int, now: float) -> None:
        if incarnation == self._position.incarnation and head_seq <= self._position.seq:
            return  # late, about what is applied
        self._head_seq = max(self._head_seq, head_seq)
        self._ask_again = True
        if not self._stopped:
            # After failures a nudge shows that headquarters is there again, but must not become a storm of questions.
            self._pull_at = min(self._pull_at, now + (self._settings.backoff_first if self._failures else 0.0))

    def _answered(self, answer: PullAnswer, now: float) -> None:
        match answer:
            case PullRefused(code, detail):
                self._error = trouble(code, detail)
                self._pull_at = now + self._settings.pull_every * (0.5 + self._jitter() / 2)
            case Pulled():
                wrong = self._take(answer)
                if wrong is not None:
                    self._error = trouble("bad_outbox", wrong)
                    self._pull_at = now + self._backoff()
                elif not self._steps:
                    self._finish(now)
            case _:
                assert_never(answer)

    def _take(self, pulled: Pulled) -> str | None:
        """Check an answer and cut it into steps; says what is wrong with it, None if nothing."""
        if pulled.lane is not Lane.OUTBOX:
            return f"lane {pulled.lane}"
        start = InboxPosition(pulled.incarnation, 0, GENESIS_HASH) if pulled.from_beginning else self._position
        self._head_seq = pulled.head_seq
        self._after_steps = None
        if not pulled.envelope:
            self._more = False
            return (
                None if pulled.head_seq <= start.seq else f"empty, but headquarters' outbox ends at {pulled.head_seq}"
            )
        try:
            envelope = read_envelope(pulled.envelope)
            entries = unpack_entries(envelope)
        except EnvelopeError as error:
            return str(error)
        if envelope.first_seq != start.seq + 1 or envelope.previous != start.hash[:CHECK_BYTES]:
            return f"entries from {envelope.first_seq} do not follow our position {start.seq}"
        running, hashed = start.hash, list[tuple[Entry, bytes]]()
        for entry in entries:
            running = entry.hash_after(running)
            hashed.append((entry, running))
        if running[:CHECK_BYTES] != envelope.last:
            return f"the hash at {envelope.last_seq} is not that of the entries"
        self._more = pulled.head_seq > envelope.last_seq
        self._cut(hashed, pulled.incarnation, envelope.sent_at)
        return None

    def _cut(self, hashed: list[tuple[Entry, bytes]], incarnation: int, told_at: int) -> None:
        """Steps of what this version reads; `_after_steps` says why the rest is not taken."""
        messages: list[OutboxMessage] = []
        for index, (entry, hash_) in enumerate(hashed):
            try:
                message = decode_outbox(entry.kind, entry.payload)
            except OutboxError as error:
                self._after_steps = trouble("bad_outbox", f"entry {entry.seq}: {error}")
            else:
                if isinstance(message, UnknownOutboxKind):
                    self._after_steps = trouble("unknown_outbox_kind", f"entry {entry.seq}: kind {message.kind:#x}")
                else:
                    messages.append(message)
            stops = self._after_steps is not None
            if messages and (stops or len(messages) == STEP_MESSAGES_MAX or index + 1 == len(hashed)):
                seq, at_hash = (entry.seq, hash_) if not stops else (entry.seq - 1, hashed[index - 1][1])
                self._steps.append(Step(tuple(messages), InboxPosition(incarnation, seq, at_hash), told_at))
                messages = []
            if stops:
                return

    # --- steps ---

    def _step_ended(self, fact: Applied | ApplyFailed, now: float) -> None:
        step = self._step
        if step is None or step.order.ticket != fact.ticket:
            return
        if isinstance(fact, ApplyFailed):
            self._error = trouble(fact.code, fact.detail)
            step.retry_at = now + self._backoff()
            return
        self._position, self._applied_at, self._step = step.order.step.position, fact.at, None
        self._failures = 0
        if not self._steps:
            self._finish(now)

    def _finish(self, now: float) -> None:
        """Everything of an answer is applied, or nothing was in it."""
        self._stopped = self._after_steps is not None
        self._error = self._after_steps
        if self._stopped:
            self._pull_at = now + self._settings.stopped_again * (0.5 + self._jitter() / 2)
            self._ask_again = False
            return
        self._failures = 0
        again = self._more or self._ask_again
        self._more = self._ask_again = False
        self._pull_at = now if again else now + self._settings.pull_every

    def _due(self, now: float) -> list[InboxOrder]:
        if self._step is None and self._steps:
            self._tickets += 1
            self._step = _UnderWay(Apply(self._tickets, self._steps.pop(0)))
            return [self._step.order]
        if self._step is not None:
            if self._step.retry_at is None or now < self._step.retry_at:
                return []
            self._tickets += 1
            self._step = _UnderWay(msgspec.structs.replace(self._step.order, ticket=self._tickets))
            return [self._step.order]
        if self._may_pull() and now >= self._next_pull():
            self._pace.went(now)
            self._tickets += 1
            self._asked = self._tickets
            self._ask_again = False
            return [SendPull(self._tickets, self._position)]
        return []

    def _next_pull(self) -> float:
        return max(self._pull_at, self._pace.moment())

    def _may_pull(self) -> bool:
        return self._connected and self._asked is None and self._step is None and not self._steps

    def _backoff(self) -> float:
        longest = min(self._settings.backoff_max, self._settings.backoff_first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return self._jitter() * longest

    def _next_moment(self, now: float) -> float:
        moments = [now + self._settings.pull_every]
        if self._step is not None and self._step.retry_at is not None:
            moments.append(self._step.retry_at)
        if self._may_pull():
            moments.append(self._next_pull())
        return min(moments)
