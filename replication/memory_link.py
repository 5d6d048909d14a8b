"""The line's sibling in memory, for tests and the simulator: same promises, and weather that breaks all it may break.

Losses, repeats, delays and disorder come from one seeded source, so that a seed tells the same story again. The broker
may be stopped, wiped, or made to forget its newest messages, as a real server may after a power cut.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

import msgspec

from replication.link import (
    HELLO_SECONDS_MAX,
    PUBLISH_SECONDS_MAX,
    PULL_SECONDS_MAX,
    Answer,
    BranchHears,
    ConsumerLost,
    Delivery,
    HeadquartersHears,
    LineDown,
    LineUp,
    LinkDown,
    LinkTimeout,
    NobodyListens,
    Parcel,
    Question,
    StreamPlace,
    Told,
)
from replication.wire.messages import Heartbeat, Hello, HelloAnswer, Pull, PullAnswer

WHERE: Final = "memory"
_log = logging.getLogger(__name__)


class Weather(msgspec.Struct, kw_only=True):
    """How bad the line is. Probabilities are per message; delays are drawn evenly up to the maximum."""

    random: Random
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay_max: float = 0.0

    def copies(self) -> list[float]:
        """The delays after which copies of a message arrive: none when it is lost, two when it is repeated."""
        if self.random.random() < self.loss:
            return []
        count = 2 if self.random.random() < self.duplicate else 1
        return [self.random.random() * self.delay_max for _ in range(count)]

    def disorder(self) -> bool:
        """Whether this fetch comes out of order."""
        return self.random.random() < self.reorder


class MemoryBroker:
    """The server in the middle: one stream, and subscribers that are there or not."""

    def __init__(self, weather: Weather | None = None) -> None:
        self.weather = weather or Weather(random=Random(0))
        self.messages: list[Delivery] = []
        self._created = 1
        self._last_sequence = 0
        self._known_ids: dict[str, int] = {}
        self._is_up = asyncio.Event()
        self._is_up.set()
        self._grew = asyncio.Event()
        self.branches: dict[str, MemoryBranchLink] = {}
        self.headquarters: MemoryHeadquartersLink | None = None

    @property
    def created(self) -> str:
        """Which incarnation of the stream this is."""
        return str(self._created)

    @property
    def is_up(self) -> bool:
        """Whether the server runs."""
        return self._is_up.is_set()

    def stop(self) -> None:
        """The server goes away; every line breaks."""
        self._is_up.clear()
        for link in list(self.branches.values()):
            link.cut()
        if self.headquarters is not None:
            self.headquarters.cut()

    def start(self) -> None:
        """The server is back, with what it kept."""
        self._is_up.set()

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
        self._known_ids = {known: sequence for known, sequence in self._known_ids.items() if sequence not in lost}

    async def wait_until_up(self) -> None:
        """Return once the server runs."""
        await self._is_up.wait()

    async def wait_until_grown(self) -> None:
        """Return once a message was stored after this call."""
        self._grew.clear()
        await self._grew.wait()

    def store(self, branch: str, parcel: Parcel) -> None:
        """Keep a message, unless its id is known."""
        if parcel.message_id in self._known_ids:
            return
        self._last_sequence += 1
        self._known_ids[parcel.message_id] = self._last_sequence
        self.messages.append(Delivery(branch, parcel.data, StreamPlace(self.created, self._last_sequence)))
        self._grew.set()


class _Line:
    """What both ends share: a line that stands or not, and can be closed."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._closed = asyncio.Event()
        self._cut = asyncio.Event()
        self.stands = False

    def cut(self) -> None:
        """Break the line; it is rebuilt while the server runs."""
        self._cut.set()

    async def close(self) -> None:
        """End `run`."""
        self._closed.set()
        self._cut.set()

    async def _keep_up(self, up: Callable[[], None], down: Callable[[], None]) -> None:
        while not self._closed.is_set():
            await self._broker.wait_until_up()
            self._cut.clear()
            if self._closed.is_set():
                return
            self.stands = True
            up()
            try:
                await self._cut.wait()
            finally:
                self.stands = False
            down()
            await asyncio.sleep(0.05)

    def _must_stand(self, tried: str) -> None:
        if not self.stands or not self._broker.is_up:
            raise LinkDown(tried, WHERE)


class MemoryBranchLink(_Line):
    """Implements BranchLink."""

    def __init__(self, broker: MemoryBroker, branch: str) -> None:
        super().__init__(broker)
        self._branch = branch
        self._heard: Callable[[BranchHears], None] | None = None

    async def run(self, heard: Callable[[BranchHears], None]) -> None:
        """Keep the line up until `close`."""
        self._heard = heard
        self._broker.branches[self._branch] = self
        await self._keep_up(lambda: heard(LineUp()), lambda: heard(LineDown("line_down", "cut")))

    def receive(self, message: Told) -> None:
        """A message arrives at this end, if the line stands."""
        if self.stands and self._heard is not None:
            self._heard(message)

    async def publish(self, parcel: Parcel) -> None:
        """Put a batch on the stream; the acknowledgement has its own weather."""
        self._must_stand("publish")
        there, back = self._broker.weather.copies(), self._broker.weather.copies()
        loop = asyncio.get_running_loop()
        for delay in there:
            loop.call_later(delay, self._arrive, parcel)
        if not there or not back:
            await asyncio.sleep(PUBLISH_SECONDS_MAX)
            raise LinkTimeout("publish", WHERE)
        await asyncio.sleep(there[0] + back[0])
        self._must_stand("publish")

    def _arrive(self, parcel: Parcel) -> None:
        if self._broker.is_up:
            self._broker.store(self._branch, parcel)

    async def hello(self, hello: Hello) -> HelloAnswer:
        """Ask headquarters where it stands, if it is there."""
        answer = await self._ask("hello", hello, HELLO_SECONDS_MAX)
        assert isinstance(answer, HelloAnswer), "a hello is answered as one"
        return answer

    async def pull(self, pull: Pull) -> PullAnswer:
        """Ask headquarters for entries, if it is there."""
        answer = await self._ask("pull", pull, PULL_SECONDS_MAX)
        assert isinstance(answer, PullAnswer), "a pull is answered as one"
        return answer

    async def _ask(self, tried: str, question: Question, seconds_max: float) -> HelloAnswer | PullAnswer:
        self._must_stand(tried)
        there, back = self._broker.weather.copies(), self._broker.weather.copies()
        if not there or not back:
            await asyncio.sleep(seconds_max)
            raise LinkTimeout(tried, WHERE)
        await asyncio.sleep(there[0])
        self._must_stand(tried)
        headquarters = self._broker.headquarters
        if headquarters is None or not headquarters.stands:
            raise NobodyListens(tried, WHERE)
        try:
            async with asyncio.timeout(seconds_max):
                answer = await headquarters.answer(question)
        except TimeoutError:
            raise LinkTimeout(tried, WHERE) from None
        await asyncio.sleep(back[0])
        self._must_stand(tried)
        return answer

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Tell headquarters, if it is there."""
        self._must_stand("heartbeat")
        headquarters = self._broker.headquarters
        for delay in self._broker.weather.copies():
            if headquarters is not None:
                asyncio.get_running_loop().call_later(delay, headquarters.receive, heartbeat)


class MemoryHeadquartersLink(_Line):
    """Implements HeadquartersLink."""

    def __init__(self, broker: MemoryBroker) -> None:
        super().__init__(broker)
        self.acknowledged = 0
        self._next = 1
        self._reading: str | None = None
        self._heard: Callable[[HeadquartersHears], None] | None = None
        self._answer: Answer | None = None

    async def run(self, heard: Callable[[HeadquartersHears], None], answer: Answer) -> None:
        """Keep the line up until `close`."""
        self._heard, self._answer = heard, answer
        self._broker.headquarters = self
        await self._keep_up(lambda: heard(LineUp()), lambda: heard(LineDown("line_down", "cut")))

    async def answer(self, question: Question) -> HelloAnswer | PullAnswer:
        """A branch asks. A question whose answer raises stays unanswered for ever."""
        assert self._answer is not None, "nobody asks before run"
        try:
            return await self._answer(question)
        except Exception:  # noqa: BLE001 - the outermost edge: the one who asks is another process
            _log.exception("a question of %s stays unanswered", question.branch)
        await asyncio.Event().wait()
        raise AssertionError("nobody sets that event")

    def receive(self, heartbeat: Heartbeat) -> None:
        """A heartbeat arrives."""
        if self.stands and self._heard is not None:
            self._heard(heartbeat)

    async def open(self, after: StreamPlace | None) -> StreamPlace:
        """Read on after a place of this incarnation of the stream."""
        self._must_stand("open the stream")
        await asyncio.sleep(0)
        self._reading = self._broker.created
        newest = self._broker.messages[-1].place.sequence if self._broker.messages else 0
        same = after is not None and after.created == self._reading and after.sequence <= newest
        self._next = after.sequence + 1 if same and after is not None else 1
        return StreamPlace(self._reading, self._next - 1)

    async def fetch(self, messages_max: int, wait_seconds: float) -> Sequence[Delivery]:
        """What has arrived; now and then something twice or out of order."""
        self._must_stand("fetch")
        found = self._waiting(messages_max)
        if not found:
            try:
                async with asyncio.timeout(wait_seconds):
                    await self._broker.wait_until_grown()
            except TimeoutError:
                pass
            self._must_stand("fetch")
            found = self._waiting(messages_max)
        if self._reading != self._broker.created:
            raise ConsumerLost("fetch", WHERE)
        weather = self._broker.weather
        if found:
            self._next = found[-1].place.sequence + 1
            if weather.disorder():
                weather.random.shuffle(found)
            if weather.random.random() < weather.duplicate:
                found.append(weather.random.choice(self._broker.messages))
        return found

    def _waiting(self, messages_max: int) -> list[Delivery]:
        # The stream's newest part may have been lost while we stood beyond it: then read what comes after the loss.
        messages = self._broker.messages
        if messages and messages[-1].place.sequence < self._next - 1:
            self._next = messages[-1].place.sequence + 1
        first = messages[0].place.sequence if messages else 1
        start = max(0, self._next - first)
        return messages[start : start + messages_max]

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Counted only: the place in headquarters' database is the truth."""
        self._must_stand("acknowledge")
        await asyncio.sleep(0)
        self.acknowledged += len(deliveries)

    async def tell(self, message: Told, branch: str) -> None:
        """Send a branch a message."""
        self._must_stand("tell")
        await asyncio.sleep(0)
        for delay in self._broker.weather.copies():
            asyncio.get_running_loop().call_later(delay, self._deliver, branch, message)

    def _deliver(self, branch: str, message: Told) -> None:
        link = self._broker.branches.get(branch)
        if link is not None:
            link.receive(message)
