"""Which branches are there and how they stand: pure, from hellos, heartbeats and commits. Memory only; the store keeps the rest."""

import enum
from collections.abc import Callable
from typing import Final

import msgspec

from replication.headquarters.binding import UNBOUND, Binding
from replication.headquarters.outcome import Outcome
from replication.headquarters.stores.store import BranchState
from replication.lag import Lag
from replication.wire.envelope import SEQ_MAX
from replication.wire.messages import (
    PERIPHERALS_LOST_MAX,
    Fenced,
    Heartbeat,
    Hello,
    HelloAnswer,
    Later,
    Peripherals,
    Refused,
)

OFFLINE_SECONDS: Final = 45.0
"""Three missed heartbeats."""
NAME_CHARACTERS_MAX: Final = 32
"""Of a device's name in a branch's settings."""
FENCING_CODES: Final = frozenset({"pruned"})
"""Refusals of the branch's own device that no resending heals: it must be rejoined."""


class State(enum.StrEnum):
    """What headquarters should know of a branch at a glance."""

    CURRENT = "current"
    CATCHING_UP = "catching_up"
    OFFLINE = "offline"
    BLOCKED = "blocked"
    FENCED = "fenced"


class _Present(msgspec.Struct):
    """One branch as last heard of."""

    applied_seq: int
    head_seq: int
    heard_at: float | None = None
    contact_at: int | None = None
    block_code: str | None = None
    refused_code: str | None = None
    boot_id: bytes = b""
    strangers: tuple[bytes, ...] = ()
    stranger_at: float | None = None
    told_seq: int = 0
    greeted: bool = False
    lag: Lag = msgspec.field(default_factory=Lag)
    peripherals: Peripherals | None = None
    shown: tuple[State, bool, Peripherals | None] | None = None


class Standing(msgspec.Struct, frozen=True):
    """A branch now: `contact_at` is the last time it was heard (UTC ms). `second_device`: one that is not the branch
    speaks under its name at the moment. `peripherals` is what the branch last said of its counters."""

    state: State
    applied_seq: int
    head_seq: int
    contact_at: int | None
    lag_seconds: float
    second_device: bool = False
    peripherals: Peripherals | None = None


class Presence:
    """Keeps the standing of every branch; clocks are passed in."""

    def __init__(self, *, monotonic: Callable[[], float], utc_milliseconds: Callable[[], int]) -> None:
        self._monotonic = monotonic
        self._utc_milliseconds = utc_milliseconds
        self._branches: dict[str, _Present] = {}

    def known(
        self,
        branch: str,
        applied_seq: int,
        head_seq: int,
        contact_at: int | None,
        block_code: str | None,
        binding: Binding = UNBOUND,
    ) -> None:
        """A branch of the database, at start."""
        present = self._branches[branch] = _Present(applied_seq, head_seq, None, contact_at, block_code)
        present.boot_id, present.strangers = binding.boot_id, binding.fenced

    def greeted(self, hello: Hello, state: BranchState, answer: HelloAnswer) -> None:
        """A device introduced itself and was answered."""
        known = self._branches.setdefault(hello.branch, _Present(0, 0))
        known.boot_id, known.strangers, known.greeted = state.binding.boot_id, state.binding.fenced, True
        if isinstance(answer, Fenced):
            known.stranger_at = self._monotonic()
            return
        present = self._heard(hello.branch)
        if isinstance(answer, Later):
            return
        present.applied_seq = state.cursor.seq
        present.head_seq = max(state.cursor.seq, hello.head.seq)
        present.block_code = state.block.code if state.block else None
        present.refused_code = answer.code if isinstance(answer, Refused) else None
        present.lag = Lag()
        self._reckon(present)

    def beat(self, heartbeat: Heartbeat) -> None:
        """A branch is there, or leaves; or a device that is not the branch is."""
        known = self._branches.get(heartbeat.branch)
        if known is None:
            return  # a hello comes first
        known.told_seq = max(known.told_seq, min(heartbeat.head_seq, SEQ_MAX))
        boot_id = heartbeat.boot_id
        if boot_id and known.boot_id and boot_id != known.boot_id:
            if boot_id in known.strangers:
                known.stranger_at = None if heartbeat.leaving else self._monotonic()
            return
        present = self._heard(heartbeat.branch)
        present.head_seq = max(present.applied_seq, heartbeat.head_seq)
        present.peripherals = _bounded(heartbeat.peripherals)
        present.lag.ends(present.head_seq)
        if heartbeat.leaving:
            present.heard_at = None
        self._reckon(present)

    def is_unasked(self, branch: str) -> bool:
        """Whether a branch that was heard has not said hello since start: it may believe of headquarters what this one,
        put back to an older copy, does not know."""
        known = self._branches.get(branch)
        return known is None or not known.greeted

    def unasked(self) -> list[str]:
        """All such branches that are known."""
        return [branch for branch in self._branches if self.is_unasked(branch)]

    def told_seq(self, branch: str) -> int:
        """The highest seq that any device of the branch said it stands at, since start."""
        known = self._branches.get(branch)
        return 0 if known is None else known.told_seq

    def applied(self, outcome: Outcome) -> None:
        """A group was committed. What waited in the stream does not prove that its branch is there now."""
        for branch, watermark in outcome.watermarks.items():
            present = self._branches.setdefault(branch, _Present(0, 0))
            present.applied_seq = watermark.applied_seq
            present.head_seq = max(present.head_seq, watermark.applied_seq, outcome.heads.get(branch, 0))
            self._reckon(present)
        for blocked in outcome.blocked:
            self._branches.setdefault(blocked.branch, _Present(0, 0)).block_code = blocked.block.code

    def unblocked(self, branch: str) -> None:
        """A person took the branch up again."""
        if branch in self._branches:
            self._branches[branch].block_code = None

    def standing(self, branch: str) -> Standing:
        """How a branch stands now."""
        present = self._branches.get(branch)
        if present is None:
            return Standing(State.OFFLINE, 0, 0, None, 0.0)
        now = self._monotonic()
        return Standing(
            self._state(present, now),
            present.applied_seq,
            present.head_seq,
            present.contact_at,
            round(present.lag.seconds(now), 3),
            self._stranger_speaks(present, now),
            present.peripherals,
        )

    def moved(self) -> list[str]:
        """Branches whose state is another one than at the last call, that a second device joined or left, or whose counters changed."""
        now, moved = self._monotonic(), []
        for branch, present in self._branches.items():
            shown = self._state(present, now), self._stranger_speaks(present, now), present.peripherals
            if shown != present.shown:
                present.shown = shown
                moved.append(branch)
        return moved

    def _heard(self, branch: str) -> _Present:
        present = self._branches.setdefault(branch, _Present(0, 0))
        present.heard_at = self._monotonic()
        present.contact_at = self._utc_milliseconds()
        return present

    def _reckon(self, present: _Present) -> None:
        present.lag.grew(present.head_seq, self._monotonic())
        present.lag.applied(present.applied_seq)

    def _stranger_speaks(self, present: _Present, now: float) -> bool:
        return present.stranger_at is not None and now - present.stranger_at <= OFFLINE_SECONDS

    def _state(self, present: _Present, now: float) -> State:
        if present.block_code is not None:
            return State.BLOCKED
        if present.refused_code is not None:
            return State.FENCED if present.refused_code in FENCING_CODES else State.BLOCKED
        if present.heard_at is None or now - present.heard_at > OFFLINE_SECONDS:
            return State.FENCED if self._stranger_speaks(present, now) else State.OFFLINE
        waiting = present.head_seq - present.applied_seq
        return State.CURRENT if present.lag.is_current(waiting, now) else State.CATCHING_UP


def _bounded(told: Peripherals | None) -> Peripherals | None:
    """What a branch said, no longer than it can truly be."""
    if told is None:
        return None
    lost = tuple(name[:NAME_CHARACTERS_MAX] for name in told.lost[:PERIPHERALS_LOST_MAX])
    return Peripherals(max(len(lost), min(told.count, PERIPHERALS_LOST_MAX)), lost)
