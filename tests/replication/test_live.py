"""Headquarters' live events: what is told, and what waits for what."""

import asyncio
import contextlib
from collections.abc import Callable
from sqlite3 import Connection
from typing import Any, cast

from admin_ui.serving.events import EventHub
from replication.headquarters.fold import Effects
from replication.headquarters.outcome import Advance, Outcome
from replication.headquarters.web.live import Live
from replication.headquarters.web.office import Office
from replication.wire.entry import Entry
from replication.wire.events import DocumentPosted


class NobodyMoved:
    """Presence of branches that stay as they are."""

    def moved(self) -> tuple[str, ...]:
        """Nobody."""
        return ()


class DeadDisk:
    """An office whose database never answers when it is asked for rows."""

    presence = NobodyMoved()

    async def read(self, query: Callable[[Connection], Any]) -> tuple[dict[str, Any], Any]:
        """Branches and the answer, which never comes where rows are wanted."""
        try:
            answer = query(cast("Connection", None))
        except AttributeError:
            await asyncio.Event().wait()
        return {}, answer


def sold(seq: int) -> Outcome:
    """A committed sale that changed the stock of an item."""
    document = DocumentPosted("sale", f"SA-{seq:06d}", 1_000 + seq, None, "lin", None, None, None, (), (), (), None)
    entry = Entry(1, seq, seq.to_bytes(16, "big"), 1, b"")
    effects = Effects({("shop", "customer", ""): {"flour": 1_000}}, [(entry, document, 700)], [], [])
    return Outcome(met={"b001"}, advances=[Advance("b001", seq, seq, 2_000, effects)])


def test_news_do_not_wait_behind_figures() -> None:
    """While the figures of a branch are read for as long as it takes, its sales are told as they come."""
    told = asyncio.run(_told_of(1, 2, 3))
    assert [b"SA-%06d" % seq in told for seq in (1, 2, 3)] == [True] * 3


async def _told_of(*seqs: int) -> bytes:
    hub = EventHub(clock=lambda: 0.0)
    live = Live(hub)
    subscription = hub.subscribe({"document"})
    assert subscription is not None
    telling = asyncio.create_task(live.run(cast("Office", DeadDisk())))
    told = b""
    async with asyncio.timeout(10):
        for seq in seqs:
            live.changed(sold(seq))
            await subscription.hurry.wait()
            told += subscription.take(hub)
    telling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await telling
    return told
