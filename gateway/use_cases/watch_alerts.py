"""Watches the shop for what wants a person, beside the selling: follow-up tasks and alerts, looked at once the tills rest and
every minute, a bounded piece at a time.

What was moved is looked at first; everything else comes round on a walk over all items, so that a changed minimum or a quiet
change of price is found as well. Alerts are decided by the pure core and kept before anybody is told.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, TypeVar

from gateway.domain.alerts import OF_ITEMS, AlertKind, AlertRule, Fact, Key, Standing, after_decision, decide
from gateway.domain.counting import CountRules
from gateway.domain.telling import Receiver
from gateway.store import alert_facts
from gateway.store.alert_facts import ITEMS_MAX, Day, LotPlace
from gateway.store.alerts import Alert, keep_decision, open_alerts, sweep_history
from gateway.store.tasks import Place, Task, follow_tasks, load_task, write_tasks
from gateway.use_cases.device_facts import device_facts
from gateway.use_cases.kitchen_facts import kitchen_facts
from gateway.use_cases.shop import Shop
from peripherals.device_state import DeviceState

LOOK_SECONDS: Final = 60.0
"""Minutes are the finest unit of a rule."""
PAUSE_SECONDS: Final = 0.05
"""Between two pieces: selling has the processor."""
START_SECONDS: Final = 10.0
"""Before the first look: starting up belongs to the tills."""
SLOW_LOOK_MILLISECONDS: Final = 3_600_000
"""Lots, counts and history change by the day; an hour is often enough."""

_OF_LOTS: Final = frozenset({AlertKind.EXPIRING, AlertKind.EXPIRED})
_OF_STOCK: Final = OF_ITEMS - _OF_LOTS
_QUICK: Final = frozenset({
    AlertKind.DOCUMENT_WAITING, AlertKind.TRANSFER_OVERDUE, AlertKind.MANY_WRITE_OFFS, AlertKind.MANY_VOIDS,
    AlertKind.DEVICE_LOST, AlertKind.KITCHEN_TICKET,
})  # fmt: skip
_COUNTS: Final = frozenset({AlertKind.COUNT_DUE})

T = TypeVar("T")


class AlertWatch:
    """`tell_alert` and `tell_task` are told of every change after its commit, on the event loop."""

    def __init__(
        self,
        shop: Shop,
        rules: Sequence[AlertRule],
        counting: CountRules,
        receivers: Mapping[str, Receiver],
        *,
        tell_alert: Callable[[Alert], None],
        tell_task: Callable[[Task], None],
        devices: Callable[[], Sequence[DeviceState]] = tuple,
    ) -> None:
        self._shop, self._rules, self._counting, self._receivers = shop, rules, counting, receivers
        self._devices = devices
        self._tell_alert, self._tell_task = tell_alert, tell_task
        self._state: dict[Key, Standing] | None = None
        self._walked = 0
        self._followed: Place | None = None
        self._slow_at: int | None = None

    async def run(self, rested: asyncio.Event) -> None:
        """Look until cancelled, once at least every minute; `rested` is set when the journal was followed at a rest. Raises
        StoreBusy; whoever runs it starts it again."""
        self._state = self._followed = None
        await asyncio.sleep(START_SECONDS)
        while True:
            rested.clear()
            await self.look()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await rested.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Follow what was posted, then look at everything whose time has come."""
        ledger = self._shop.ledger
        if self._state is None:
            self._state = await ledger.read(open_alerts)
        await self._look_at_items(sorted(await self._follow_tasks() | await self._calming()))
        walk = await ledger.read(lambda connection: alert_facts.items_after(connection, self._walked))
        await self._look_at_items(walk)
        self._walked = walk[-1] if walk else 0
        rules, site = self._rules, self._shop.site
        quick = await ledger.read(
            lambda connection: [
                *alert_facts.waiting_facts(connection, self._day()),
                *alert_facts.transfer_facts(connection, site, self._day()),
                *alert_facts.people_facts(connection, rules, self._day()),
                *kitchen_facts(connection, self._shop.clock(), self._shop.calendar.zone),
            ]
        )
        quick += device_facts(self._devices(), self._shop.clock(), self._shop.calendar.zone)
        await self._settle(quick, _QUICK)
        now = self._shop.clock()
        if self._slow_at is None or not 0 <= now - self._slow_at < SLOW_LOOK_MILLISECONDS:
            await self._look_at_lots()
            counts = await ledger.read(
                lambda connection: alert_facts.count_facts(connection, self._counting, self._day())
            )
            await self._settle(counts, _COUNTS)
            await ledger.write(lambda session: sweep_history(session.connection, now))
            self._slow_at = now

    async def _follow_tasks(self) -> set[int]:
        """Open and close follow-up tasks; answers the items that moved."""
        ledger = self._shop.ledger
        moved: set[int] = set()
        while (
            step := await ledger.read(lambda connection: follow_tasks(connection, self._shop.clock(), self._followed))
        ) is not None:
            moved |= step.items
            self._followed = step.end
            if not step.worth_keeping:
                continue
            places = await ledger.write(lambda session, step=step: write_tasks(session.connection, step))  # type: ignore[misc]
            for place in places:
                task = await ledger.read(lambda connection, place=place: load_task(connection, place))  # type: ignore[misc]
                if task is not None:
                    self._tell_task(task)
            await asyncio.sleep(PAUSE_SECONDS)
        return moved

    async def _calming(self) -> set[int]:
        """Items with an alert that is about to be over: time alone decides there."""
        assert self._state is not None, "read before anything is looked at"
        skus = [sku for (kind, sku), one in self._state.items() if kind in _OF_STOCK and one.calm_since is not None]
        return set(await self._shop.ledger.read(lambda connection: alert_facts.ids_of(connection, skus)))

    async def _look_at_items(self, ids: Sequence[int]) -> None:
        for first in range(0, len(ids), ITEMS_MAX):
            piece = ids[first : first + ITEMS_MAX]
            await self._settle(
                await self._shop.ledger.read(
                    lambda connection, piece=piece: alert_facts.item_facts(connection, piece, self._rules, self._day())  # type: ignore[misc]
                ),
                (),
            )
            await asyncio.sleep(PAUSE_SECONDS)

    async def _look_at_lots(self) -> None:
        facts: list[Fact] = []
        place: LotPlace | None = LotPlace()
        while place is not None:
            found, place = await self._shop.ledger.read(
                lambda connection, after=place: alert_facts.lot_facts(connection, after, self._rules, self._day())  # type: ignore[misc]
            )
            facts += found
            await asyncio.sleep(PAUSE_SECONDS)
        await self._settle(facts, _OF_LOTS)

    async def _settle(self, facts: Sequence[Fact], complete: Collection[AlertKind]) -> None:
        """Decide, keep what changes, and tell it."""
        assert self._state is not None, "read before anything is looked at"
        now = self._shop.clock()
        decision = decide(self._rules, facts, self._state, now, complete)
        if not (decision.raised or decision.cleared or decision.calm):
            return
        changed = await self._shop.ledger.write(
            lambda session: keep_decision(session.connection, decision, now, self._receivers)
        )
        self._state = after_decision(self._state, decision)
        for alert in changed:
            self._tell_alert(alert)

    def _day(self) -> Day:
        return Day(self._shop.clock(), self._shop.calendar.zone)
