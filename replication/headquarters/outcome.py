"""What a committed group of batches leads to: what to tell whom, what changed, what was set aside. Plain facts."""

import msgspec

from replication.headquarters.fold import Effects
from replication.headquarters.hello import Block
from replication.link import Delivery
from replication.wire.messages import Refused, Want, Watermark


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
    position is to be told, `parked` what came before its turn, by first seq; `forked` counts batches of other histories,
    by branch, and `readmitted` the events handed on from them; `unread` are branches whose fork store holds more to go
    through."""

    met: set[str] = set()
    advances: list[Advance] = []
    blocked: list[Blocked] = []
    watermarks: dict[str, Watermark] = {}
    wants: dict[str, Want] = {}
    refusals: dict[str, Refused] = {}
    heads: dict[str, int] = {}
    parked: list[tuple[int, Delivery]] = []
    forked: dict[str, int] = {}
    unread: set[str] = set()
    duplicates: int = 0
    held: int = 0
    readmitted: int = 0

    def join(self, part: "Outcome") -> None:
        """Take in what another group led to."""
        self.met |= part.met
        self.advances += part.advances
        self.blocked += part.blocked
        self.watermarks |= part.watermarks
        self.wants |= part.wants
        self.refusals |= part.refusals
        self.heads |= part.heads
        self.parked += part.parked
        for branch, count in part.forked.items():
            self.forked[branch] = self.forked.get(branch, 0) + count
        self.unread |= part.unread
        self.duplicates += part.duplicates
        self.held += part.held
        self.readmitted += part.readmitted
