"""The server in the middle and every line to it: loses, repeats, delays and reorders, one way or both, all from one seed.

One stream, as JetStream keeps it: it may forget what it acknowledged, be wiped and begin again, or hand out damaged
bytes. Several devices may call themselves by one branch's name; what is said to the branch, all of them hear.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import msgspec

from replication.link import Delivery, Parcel, StreamPlace, Told

PING_SECONDS = 25.0
"""After so long without a word from the other side, a line is taken for dead."""
DEDUPE_SECONDS = 120.0
"""How long the stream remembers message ids."""


class Weather(msgspec.Struct):
    """How bad one line is. Probabilities are per message and direction; delays are drawn evenly up to the maximum."""

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay_max: float = 0.01

    def turn(self, *, loss: float = 0.0, duplicate: float = 0.0, delay_max: float = 0.01) -> None:
        """The line as it is from now on; fair where nothing is said."""
        self.loss, self.duplicate, self.reorder, self.delay_max = loss, duplicate, 0.0, delay_max


class Line:
    """One process's connection to the server. `is_open` both ways, `up_blocked` and `down_blocked` one way each."""

    def __init__(self, network: "Network", weather: Weather) -> None:
        self.network = network
        self.weather = weather
        self.stands = False
        self.unplugged = False
        self.up_blocked = False
        self.down_blocked = False
        self.dead = False
        self.cut_event = asyncio.Event()
        self.closed = asyncio.Event()
        self.receive: Callable[[Any], None] = lambda _: None
        self.answer: Callable[[Any], Awaitable[object]] | None = None
        self.spawn: Callable[[Any], None] = lambda _: None

    def cut(self) -> None:
        """Break the connection; it is rebuilt when that is possible again."""
        self.cut_event.set()

    def kill(self) -> None:
        """The process behind it is gone."""
        self.dead = True
        self.stands = False
        self.cut_event.set()

    async def block(self, up: bool, down: bool, seconds: float) -> None:
        """Half a partition, or a whole one, for a while: nothing is said, words only stop coming."""
        self.up_blocked, self.down_blocked = self.up_blocked or up, self.down_blocked or down
        if seconds > PING_SECONDS:
            await asyncio.sleep(PING_SECONDS)
            self.cut()
        await asyncio.sleep(min(seconds, max(0.0, seconds - PING_SECONDS)) if seconds > PING_SECONDS else seconds)
        self.up_blocked = self.down_blocked = False

    @property
    def is_reachable(self) -> bool:
        """Whether a new connection could be made."""
        return self.network.is_up and not (self.unplugged or self.up_blocked or self.down_blocked or self.dead)

    def up(self) -> list[float]:
        """Delays of the copies of a message to the server; none when it is lost."""
        return self._copies(self.up_blocked)

    def down(self) -> list[float]:
        """Delays of the copies of a message from the server."""
        return self._copies(self.down_blocked)

    def _copies(self, blocked: bool) -> list[float]:
        network, weather = self.network, self.weather
        random, counts = network.random, network.counts
        if blocked or not network.is_up or self.dead:
            return []
        if weather.loss and random.random() < weather.loss:
            counts["message lost"] += 1
            return []
        count = 1
        if weather.duplicate and random.random() < weather.duplicate:
            counts["message repeated"] += 1
            count = 2
        if weather.delay_max > 0.5:
            counts["message delayed"] += 1
        return [random.random() * weather.delay_max for _ in range(count)]


class Network:
    """The server: a stream, and who is connected."""

    def __init__(self, random: Random, counts: Counter[str]) -> None:
        self.random = random
        self.counts = counts
        self.is_up = True
        self.messages: list[Delivery] = []
        self.devices: dict[str, list[Line]] = {}
        self.headquarters: Line | None = None
        self.stored = 0
        self._created = 1
        self._last_sequence = 0
        self._known_ids: dict[str, tuple[int, float]] = {}
        self._grew = asyncio.Event()

    @property
    def created(self) -> str:
        """Which incarnation of the stream this is."""
        return str(self._created)

    def lines(self) -> list[Line]:
        """Every connection there is."""
        lines = [line for devices in self.devices.values() for line in devices]
        return lines if self.headquarters is None else [*lines, self.headquarters]

    def stop(self) -> None:
        """The server goes away; every line breaks."""
        self.is_up = False
        for line in self.lines():
            line.cut()

    def start(self) -> None:
        """The server is back, with what it kept."""
        self.is_up = True

    def wipe(self) -> None:
        """The stream and all it held is gone; a new one begins."""
        self.messages.clear()
        self._known_ids.clear()
        self._last_sequence = 0
        self._created += 1

    def forget_newest(self, count: int) -> None:
        """Acknowledged messages that were not on disk yet are gone, though the stream is the same."""
        keep = max(0, len(self.messages) - count)
        lost = {delivery.place.sequence for delivery in self.messages[keep:]}
        del self.messages[keep:]
        self._last_sequence = self.messages[-1].place.sequence if self.messages else 0
        self._known_ids = {known: at for known, at in self._known_ids.items() if at[0] not in lost}

    def damage_newest(self) -> str | None:
        """A byte of the newest stored message turns; says whose message that was."""
        if not self.messages:
            return None
        newest = self.messages[-1]
        at = self.random.randrange(len(newest.data))
        data = bytearray(newest.data)
        data[at] ^= 1 << self.random.randrange(8)
        self.messages[-1] = Delivery(newest.branch, bytes(data), newest.place)
        return newest.branch

    def store(self, branch: str, parcel: Parcel) -> None:
        """Keep a message, unless its id is remembered."""
        now = asyncio.get_running_loop().time()
        known = self._known_ids.get(parcel.message_id)
        if known is not None and now - known[1] < DEDUPE_SECONDS:
            return
        self._last_sequence += 1
        self.stored += 1
        self._known_ids[parcel.message_id] = (self._last_sequence, now)
        self.messages.append(Delivery(branch, parcel.data, StreamPlace(self.created, self._last_sequence)))
        self._grew.set()

    def clear_applied(self, keep: int) -> None:
        """The stream holds what waits and a little more; its memory of old messages goes."""
        del self.messages[: max(0, len(self.messages) - keep)]

    async def wait_until_grown(self) -> None:
        """Return once a message was stored after this call."""
        self._grew.clear()
        await self._grew.wait()

    def tell(self, branch: str, message: Told, deliver: Callable[[Line, Told], None]) -> None:
        """What headquarters says reaches every device of that name, each through its own line."""
        loop = asyncio.get_running_loop()
        for line in self.devices.get(branch, []):
            for delay in line.down():
                loop.call_later(delay, deliver, line, message)
