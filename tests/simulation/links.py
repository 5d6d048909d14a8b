"""Both ends of the line as the product's seam wants them, over the simulated network."""

import asyncio
from collections.abc import Callable, Sequence

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
from replication.storage.errors import StoreBusy
from replication.wire.messages import Heartbeat, Hello, HelloAnswer, Pull, PullAnswer
from tests.simulation.network import Line, Network, Weather

WHERE = "simulation"
KNOCK_SECONDS = 0.3
"""How often a broken line is tried again."""


class _Link:
    """What both ends share: a line that stands or not."""

    def __init__(self, network: Network, weather: Weather) -> None:
        self.network = network
        self.line = Line(network, weather)

    async def close(self) -> None:
        """End `run`."""
        self.line.closed.set()
        self.line.cut()

    async def _keep_up(self, up: Callable[[], None], down: Callable[[], None]) -> None:
        line = self.line
        while not line.closed.is_set():
            if not line.is_reachable:
                await asyncio.sleep(KNOCK_SECONDS)
                continue
            line.cut_event.clear()
            line.stands = True
            up()
            try:
                await line.cut_event.wait()
            finally:
                line.stands = False
            down()
            await asyncio.sleep(0.05)

    def _must_stand(self, tried: str) -> None:
        if not self.line.stands:
            raise LinkDown(tried, WHERE)


class SimulatedBranchLink(_Link):
    """Implements BranchLink."""

    def __init__(self, network: Network, branch: str, weather: Weather) -> None:
        super().__init__(network, weather)
        self._branch = branch
        self._heard: Callable[[BranchHears], None] | None = None
        self.line.receive = self._receive

    async def run(self, heard: Callable[[BranchHears], None]) -> None:
        """Keep the line up until `close`."""
        self._heard = heard
        lines = self.network.devices.setdefault(self._branch, [])
        if self.line not in lines:
            lines.append(self.line)
        try:
            await self._keep_up(lambda: heard(LineUp()), lambda: heard(LineDown("line_down", "cut")))
        finally:
            lines.remove(self.line)

    def _receive(self, message: Told) -> None:
        if self.line.stands and self._heard is not None:
            self._heard(message)

    async def publish(self, parcel: Parcel) -> None:
        """Put a batch on the stream; the acknowledgement has its own weather."""
        self._must_stand("publish")
        there, back = self.line.up(), self.line.down()
        loop = asyncio.get_running_loop()
        for delay in there:
            loop.call_later(delay, self._arrive, parcel)
        if not there or not back:
            await asyncio.sleep(PUBLISH_SECONDS_MAX)
            raise LinkTimeout("publish", WHERE)
        await asyncio.sleep(there[0] + back[0])
        self._must_stand("publish")

    def _arrive(self, parcel: Parcel) -> None:
        if self.network.is_up:
            self.network.store(self._branch, parcel)

    async def hello(self, hello: Hello) -> HelloAnswer:
        """Ask headquarters, if it is there."""
        return await self._ask("hello", hello, HELLO_SECONDS_MAX)

    async def pull(self, pull: Pull) -> PullAnswer:
        """Ask headquarters for entries."""
        return await self._ask("pull", pull, PULL_SECONDS_MAX)

    async def _ask(self, what: str, question: Question, patience: float) -> object:
        self._must_stand(what)
        there, back = self.line.up(), self.line.down()
        headquarters = self.network.headquarters
        if headquarters is None or not headquarters.stands:
            raise NobodyListens(what, WHERE)
        on, off = headquarters.down(), headquarters.up()
        if not (there and back and on and off):
            if there and on:
                asyncio.get_running_loop().call_later(there[0] + on[0], self._ask_in_vain, headquarters, question)
            await asyncio.sleep(patience)
            raise LinkTimeout(what, WHERE)
        await asyncio.sleep(there[0] + on[0])
        self._must_stand(what)
        if not headquarters.stands:
            raise LinkTimeout(what, WHERE)
        try:
            async with asyncio.timeout(patience):
                answer = await headquarters.answer(question)
        except TimeoutError:
            raise LinkTimeout(what, WHERE) from None
        await asyncio.sleep(off[0] + back[0])
        self._must_stand(what)
        return answer

    @staticmethod
    def _ask_in_vain(headquarters: Line, question: Question) -> None:
        """The question arrives and its answer is lost."""
        if headquarters.stands:
            headquarters.spawn(headquarters.answer(question))

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Tell headquarters, if it is there."""
        self._must_stand("heartbeat")
        headquarters = self.network.headquarters
        if headquarters is not None:
            for delay in self.line.up():
                asyncio.get_running_loop().call_later(delay, headquarters.receive, heartbeat)


class SimulatedHeadquartersLink(_Link):
    """Implements HeadquartersLink. `spawn` runs what belongs to headquarters' process."""

    def __init__(self, network: Network, weather: Weather, spawn: Callable[..., object]) -> None:
        super().__init__(network, weather)
        self._next = 1
        self._reading: str | None = None
        self._heard: Callable[[HeadquartersHears], None] | None = None
        self._answers: Answer | None = None
        self._spawn = spawn
        line = self.line
        line.receive, line.answer, line.spawn = self._receive, self._answer, self._run_in_vain

    async def run(self, heard: Callable[[HeadquartersHears], None], answer: Answer) -> None:
        """Keep the line up until `close`."""
        self._heard, self._answers = heard, answer
        self.network.headquarters = self.line
        await self._keep_up(lambda: heard(LineUp()), lambda: heard(LineDown("line_down", "cut")))

    def _run_in_vain(self, work: object) -> None:
        self._spawn(work, "an answer that is lost")

    async def _answer(self, question: Question) -> object:
        assert self._answers is not None, "nobody asks before run"
        future = asyncio.get_running_loop().create_future()

        async def ask() -> None:
            assert self._answers is not None
            try:
                answer = await self._answers(question)
            except StoreBusy:
                return  # unanswered: the branch asks again
            if not future.done():
                future.set_result(answer)

        self._spawn(ask(), "an answer")
        return await future

    def _receive(self, heartbeat: Heartbeat) -> None:
        if self.line.stands and self._heard is not None and self.line.down():
            self._heard(heartbeat)

    async def open(self, after: StreamPlace | None) -> StreamPlace:
        """Read on after a place of this incarnation of the stream."""
        self._must_stand("open the stream")
        await asyncio.sleep(0)
        self._reading = self.network.created
        messages = self.network.messages
        newest = messages[-1].place.sequence if messages else 0
        same = after is not None and after.created == self._reading and after.sequence <= newest
        self._next = after.sequence + 1 if same and after is not None else 1
        return StreamPlace(self._reading, self._next - 1)

    async def fetch(self, messages_max: int, wait_seconds: float) -> Sequence[Delivery]:
        """What has arrived; now and then something twice or out of order."""
        self._must_stand("fetch")
        if self.line.down_blocked or self.line.up_blocked:
            await asyncio.sleep(wait_seconds)
            return []
        found = self._waiting(messages_max)
        if not found:
            try:
                async with asyncio.timeout(wait_seconds):
                    await self.network.wait_until_grown()
            except TimeoutError:
                pass
            self._must_stand("fetch")
            found = self._waiting(messages_max)
        if self._reading != self.network.created:
            raise ConsumerLost("fetch", WHERE)
        return self._disorder(found) if found else found

    def _disorder(self, found: list[Delivery]) -> list[Delivery]:
        network, weather = self.network, self.line.weather
        self._next = found[-1].place.sequence + 1
        if weather.reorder and network.random.random() < weather.reorder and len(found) > 1:
            network.counts["messages reordered"] += 1
            network.random.shuffle(found)
        if weather.duplicate and network.random.random() < weather.duplicate:
            network.counts["message repeated"] += 1
            found.append(network.random.choice(network.messages))
        return found

    def _waiting(self, messages_max: int) -> list[Delivery]:
        # The stream's newest part may have been lost while we stood beyond it: then read what comes after the loss.
        messages = self.network.messages
        if messages and messages[-1].place.sequence < self._next - 1:
            self._next = messages[-1].place.sequence + 1
        first = messages[0].place.sequence if messages else 1
        start = max(0, self._next - first)
        return messages[start : start + messages_max]

    async def acknowledge(self, _: Sequence[Delivery]) -> None:
        """Nobody counts: the place in headquarters' database is the truth."""
        self._must_stand("acknowledge")
        await asyncio.sleep(0)

    async def tell(self, message: Told, branch: str) -> None:
        """Send a branch a message."""
        self._must_stand("tell")
        await asyncio.sleep(0)
        if self.line.up():
            self.network.tell(branch, message, lambda line, told: line.receive(told))
