"""Sends alerts to those who want them: what waits for a receiver goes as one message, once the line is up and nobody sleeps.

What arrived is noted after it arrived: a gateway killed in between sends that message again, and none is lost.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import Final

from gateway.domain.alert_words import AlertWords
from gateway.domain.alerts import AlertKind
from gateway.domain.telling import LINES_MAX, RETRY_SECONDS_MAX, Receiver, pause_after
from gateway.store.deliveries import Waiting, forget_others, note_failed, note_sent, tries_of, waiting_for
from gateway.use_cases.messenger import Carried, Messenger
from gateway.use_cases.shop import Shop

LOOK_SECONDS: Final = 20.0
"""Between two looks at what is due: the first retry is after thirty."""
AT_ONCE_MAX: Final = 2
"""Messages carried at the same time: each is a process of fifty megabytes."""
GATHER_SECONDS: Final = 2.0
"""What is raised together is told together."""

log = logging.getLogger("kontor.alerts")


class AlertDelivery:
    """`addresses` are secrets; they are given to the messenger and to nobody else. `tell` hears what each try came to, once it is
    kept."""

    def __init__(
        self,
        shop: Shop,
        receivers: Mapping[str, Receiver],
        addresses: Mapping[str, str],
        words: AlertWords,
        messenger: Messenger,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._shop, self._receivers, self._addresses = shop, receivers, addresses
        self._words, self._messenger, self._tell = words, messenger, tell
        self._raised = asyncio.Event()

    def raised(self) -> None:
        """Something was queued."""
        self._raised.set()

    async def run(self) -> None:
        """Send until cancelled. Raises StoreBusy; whoever runs it starts it again."""
        gone = await self._shop.ledger.write(lambda session: forget_others(session.connection, self._receivers.keys()))
        if gone:
            log.warning("%d alerts waited for receivers that the settings do not name any more", gone)
        while True:
            self._raised.clear()
            await self.deliver_due()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._raised.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(GATHER_SECONDS)

    async def deliver_due(self) -> None:
        """Try everybody for whom something waits and whose time has come; a receiver that hangs holds up its own queue."""
        few = asyncio.Semaphore(AT_ONCE_MAX)

        async def one(receiver: Receiver) -> None:
            async with few:
                await self._deliver(receiver)

        async with asyncio.TaskGroup() as tasks:
            for receiver in self._receivers.values():
                tasks.create_task(one(receiver))

    async def _deliver(self, receiver: Receiver) -> None:
        ledger, name, now = self._shop.ledger, receiver.name, self._shop.clock()
        tries, (waiting, counted) = await ledger.read(
            lambda connection: (tries_of(connection, name), waiting_for(connection, name))
        )
        # A try further ahead than any pause is of a clock that was set back.
        if now < tries.next_at <= now + RETRY_SECONDS_MAX * 1000:
            return
        minute = self._minute(now)
        due = [one for one in waiting if receiver.awake_for(one.told.severity, minute)]
        if len(due) < len(waiting):
            # Somebody sleeps: only what cannot wait is told now, the rest as one summary afterwards.
            counted = {}
        elif counted and receiver.quiet is not None and receiver.quiet.covers(minute):
            counted = {}
        if not due and not counted:
            return
        told, rest = due[-LINES_MAX:], dict(counted)
        for one in due[:-LINES_MAX]:
            rest[one.told.kind] = rest.get(one.told.kind, 0) + 1
        message = self._words.message([one.told for one in told], rest, receiver.language)
        carried = await self._messenger.carry(self._addresses[name], message)
        await self._note(receiver, due, counted, carried, tries.tries)
        self._tell("sent" if carried.result == "sent" else "failed")

    async def _note(
        self, receiver: Receiver, due: list[Waiting], counted: Mapping[AlertKind, int], carried: Carried, tries: int
    ) -> None:
        ledger, name, now = self._shop.ledger, receiver.name, self._shop.clock()
        if carried.result == "sent":
            alerts, taken = [one.alert for one in due], dict(counted)
            await ledger.write(lambda session: note_sent(session.connection, name, alerts, taken, now))
            if tries:
                log.info("alerts reach %s again", name)
            return
        error = f"{carried.result} {carried.detail}".strip()
        if not tries:
            log.warning("alerts do not reach %s: %s; they wait and are tried again", name, error)
        next_at = now + pause_after(tries + 1) * 1000
        await ledger.write(lambda session: note_failed(session.connection, name, tries + 1, next_at, error))

    def _minute(self, now: int) -> int:
        local = dt.datetime.fromtimestamp(now / 1000, self._shop.calendar.zone)
        return local.hour * 60 + local.minute
