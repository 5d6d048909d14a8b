"""Every opening of a drawer is in the journal, one that nobody asked for too."""

import asyncio
import contextlib
from collections.abc import Callable

import msgspec

from gateway.domain.policy import GENERAL, Answer, Breach, PolicyRule
from gateway.store.documents import load_document
from gateway.use_cases.cash_drawers import BY_HAND, CashDrawers
from peripherals.events import DrawerOpened
from peripherals.hub import Hub
from tests.store.conftest import START, Branch, Story

Tell = Callable[[Story], None]


class Drawers(Hub):
    """A hub without devices whose drawers tests open by hand."""

    def __init__(self) -> None:
        super().__init__(())

    def opened_by_hand(self, device: str) -> None:
        """What the printer's queue says."""
        self._emit(device, DrawerOpened())


def test_a_drawer_opened_by_hand_is_journalled_whatever_policy_says(tell: Tell) -> None:
    """It is open already. A switch that rattles is one opening; a device that opens no drawer of ours is none."""

    async def story(branch: Branch) -> None:
        branch.shop.policy = msgspec.structs.replace(GENERAL, rules=(PolicyRule(Breach.NO_SALE, Answer.BLOCK),))
        now = START
        branch.shop.clock = lambda: now
        drawers = Drawers()
        running = asyncio.create_task(CashDrawers(branch.shop, drawers, {"till-1": "printer-1"}).run())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for device in ("printer-2", "printer-1", "printer-1"):
            drawers.opened_by_hand(device)

        async def entries(count: int) -> list[tuple[str, str | None, str | None]]:
            async with asyncio.timeout(10):
                while True:
                    found = await branch.ledger.read(
                        lambda connection: [
                            load_document(connection, row[0])
                            for row in connection.execute("SELECT event_id FROM journal ORDER BY seq")
                        ]
                    )
                    told = [
                        (one.event.type, one.event.station, one.event.detail and one.event.detail.reason)
                        for one in found
                        if one is not None and one.event.type == "cash_movement"
                    ]
                    if len(told) >= count:
                        return told
                    await asyncio.sleep(0.01)

        assert await entries(1) == [("cash_movement", "till-1", BY_HAND)]
        now += 60_000
        drawers.opened_by_hand("printer-1")
        assert len(await entries(2)) == 2
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    tell(story)
