"""Joining the branch's journal to what headquarters holds: pulls, checks, stages, switches. Decides nothing.

Restartable at every step: what was staged before a crash is not pulled again where headquarters offers it again, and nothing
of the journal changes before everything is staged.
"""

import asyncio
from typing import Final

from replication.branch.exchange import Rebased, RebaseFailed
from replication.branch.journal import Clock, Journal, RebaseImpossible
from replication.branch.pace import Pace
from replication.branch.packer import Card
from replication.link import BranchLink, LinkError
from replication.storage.errors import StoreBusy
from replication.wire.entry import Entry, Position
from replication.wire.envelope import CHECK_BYTES, EnvelopeError, read_envelope, unpack_entries
from replication.wire.messages import Lane, Pull, PullAnswer, PullRefused, Rebase

STAGED_AT_ONCE_MAX: Final = 250
"""Entries staged in one transaction: a sale never waits behind more than a few milliseconds of them."""


class _Failed(Exception):
    """It goes no further; `code` and `detail` are for the status."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


async def carry_out(
    rebase: Rebase, journal: Journal, link: BranchLink, card: Card, clock: Clock
) -> Rebased | RebaseFailed:
    """Pull what is missing, step by step, then switch."""
    pace = Pace()
    try:
        position = await journal.begin_rebase(rebase)
        while position.seq < rebase.held_seq:
            pull = Pull(
                card.branch, Lane.JOURNAL, position.seq, position.hash, rebase.incarnation, card.device, card.boot_id
            )
            if (wait := pace.moment() - clock.monotonic()) > 0:
                await asyncio.sleep(wait)
            pace.went(clock.monotonic())
            run = read_run(await link.pull(pull), position, rebase)
            for start in range(0, len(run), STAGED_AT_ONCE_MAX):
                await journal.stage(run[start : start + STAGED_AT_ONCE_MAX])
            last, last_hash = run[-1]
            position = Position(last.epoch, last.seq, last_hash)
        if position.hash != rebase.held_hash:
            await journal.drop_staged()
            return RebaseFailed("other_history", f"entry {position.seq} is not what headquarters named")
        return Rebased(await journal.switch(rebase))
    except (_Failed, RebaseImpossible) as failed:
        return RebaseFailed(failed.code, failed.detail)
    except LinkError as error:
        return RebaseFailed(error.code, str(error))
    except StoreBusy as error:
        return RebaseFailed("store_busy", str(error))


def read_run(answer: PullAnswer, position: Position, rebase: Rebase) -> list[tuple[Entry, bytes]]:
    """The entries of an answer that follow `position`, with their hashes; at least one. What comes before it, and what is
    beyond the held position, is left away; the chain must lead to the hash that the envelope announces."""
    if isinstance(answer, PullRefused):
        raise _Failed(answer.code, answer.detail)
    if answer.lane is not Lane.JOURNAL or answer.incarnation != rebase.incarnation:
        raise _Failed("headquarters_changed", f"incarnation {answer.incarnation}, lane {answer.lane}")
    if not answer.envelope:
        raise _Failed("not_held", f"nothing after {position.seq}")
    try:
        envelope = read_envelope(answer.envelope)
        entries = unpack_entries(envelope)
    except EnvelopeError as error:
        raise _Failed("bad_pull", str(error)) from error
    run: list[tuple[Entry, bytes]] = []
    running = position.hash
    for entry in entries:
        if entry.seq <= position.seq:
            continue
        running = entry.hash_after(running)
        run.append((entry, running))
    if not run or running[:CHECK_BYTES] != envelope.last:
        raise _Failed("bad_pull", f"{envelope.first_seq}-{envelope.last_seq} does not follow {position.seq}")
    wanted = [one for one in run if one[0].seq <= rebase.held_seq]
    if not wanted:
        raise _Failed("bad_pull", f"{envelope.first_seq}-{envelope.last_seq} leaves {rebase.held_seq} out")
    return wanted
