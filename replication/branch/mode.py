"""What a branch may do towards headquarters now, and the state a person is shown for it: part of BranchSync. Pure."""

import enum
from typing import assert_never

from replication.branch.status import State


class Mode(enum.Enum):
    """What may be done now."""

    ASKING = enum.auto()
    """Headquarters' answer is waited for; nothing is sent."""
    ACCEPTED = enum.auto()
    """The histories agree: batches are sent."""
    REBASING = enum.auto()
    """The journal is being joined with headquarters' entries: nothing is sent, not even a hello."""
    FENCED = enum.auto()
    """Another device is the branch: what is here is sent to be kept, and no watermark counts."""
    STOPPED = enum.auto()
    """Headquarters refuses, or asks for what is no longer held: only hellos are sent."""


def shown(mode: Mode, *, connected: bool, why: str | None, current: bool) -> State:
    """The state at a glance; `why` is the code of what stands in the way, `current` whether little waits."""
    match mode:
        case Mode.FENCED:
            return State.FENCED
        case Mode.STOPPED:
            return State.FENCED if why == "pruned" else State.BLOCKED
        case Mode.REBASING:
            return State.CATCHING_UP if connected else State.OFFLINE
        case Mode.ASKING:
            return State.CATCHING_UP if connected and why is not None else State.OFFLINE
        case Mode.ACCEPTED:
            return State.CURRENT if current else State.CATCHING_UP
        case _:
            assert_never(mode)
