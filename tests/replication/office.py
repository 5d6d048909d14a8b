"""Headquarters answering hellos from memory, and a branch that says them: for the tests of its answers."""

import asyncio
from random import Random

import msgspec

from replication.branch.exchange import SendHello
from replication.branch.packer import Card, Packer
from replication.headquarters.binding import (
    Device,
)
from replication.headquarters.decide import NEW_BRANCH, Cursor
from replication.headquarters.hello import BranchKnown, HelloDecision, answer_hello
from replication.wire.messages import Bisect, Continue, Hello
from tests.replication.shop import MemoryJournal
from tests.simulation.virtual_time import VirtualClock

NOW = 1_795_000_000_000
INCARNATION = 7
HERE = Device("UDEVICE", "board-1")


class Office:
    """What headquarters holds of one branch, and its answers; what it decides is kept."""

    def __init__(self, held: MemoryJournal) -> None:
        self.held = held
        head = held.position()
        self.known = BranchKnown(cursor=Cursor(head.epoch, head.seq, head.hash) if head.seq else NEW_BRANCH)
        self.now = NOW

    def answer(self, hello: Hello, after: int = 0) -> HelloDecision:
        self.now += after
        decision = answer_hello(hello, self.known, self.held.hash_of, self.now, INCARNATION)
        self.known = msgspec.structs.replace(
            self.known, cursor=decision.cursor, binding=decision.binding, seen_seq=decision.seen_seq
        )
        return decision

    def ask(
        self,
        journal: MemoryJournal,
        boot: bytes = b"boot-1",
        device: Device = HERE,
        *,
        applied_seq: int = 0,
        questions: int = 8,
        **changes: object,
    ) -> object:
        """Say hello as a branch does, until something else than a question is answered."""
        order = SendHello(applied_seq)
        for _ in range(questions):
            answer = self.answer(hello_of(journal, boot, device, order, **changes)).answer
            if isinstance(answer, Bisect):
                order = SendHello(0, answer.low_seq, answer.high_seq)
            elif isinstance(answer, Continue) and journal.hash_of(answer.applied_seq) != answer.applied_hash:
                order = SendHello(0, 0, answer.applied_seq)  # as the branch does, which looks at its own row
            else:
                return answer
        raise AssertionError("it asks and asks")


def hello_of(
    journal: MemoryJournal,
    boot: bytes = b"boot-1",
    device: Device = HERE,
    order: SendHello | None = None,
    **changes: object,
) -> Hello:
    async def introduce() -> Hello:
        clock = VirtualClock(asyncio.get_running_loop())
        card = Card(branch="b001", boot_id=boot, device=device.key, hardware=device.hardware)
        return await Packer(card, journal, clock, lambda: None).introduce(order or SendHello(0))

    return msgspec.structs.replace(asyncio.run(introduce()), **changes)


def journal_of(count: int, seed: int = 1) -> MemoryJournal:
    journal = MemoryJournal("b001", Random(seed))
    journal.sell(count)
    return journal


def cut(journal: MemoryJournal, seq: int) -> MemoryJournal:
    """The journal as an old backup holds it."""
    old = journal.copy()
    old.entries, old.hashes = old.entries[:seq], old.hashes[:seq]
    old.epoch = old.entries[-1].epoch if old.entries else 1
    return old
