"""The whole company in one process: branches with their boxes and tills, headquarters, the network, and the book."""

import asyncio
import contextlib
import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from random import Random

import msgspec

from replication.headquarters.binding import with_replacement
from replication.headquarters.stores.store import ApplySession
from replication.storage.errors import StoreBusy
from tests.simulation.book import Book
from tests.simulation.device import Device
from tests.simulation.haulage import Haulage
from tests.simulation.network import Network, Weather
from tests.simulation.office import Office
from tests.simulation.process import Gone
from tests.simulation.till import PATIENCE_SECONDS, Till

MEMORY = Path("/dev/shm")
"""What little is written to real files goes where no flush is waited for, if there is such a place."""


class BrokenPromise(AssertionError):
    """What must hold did not hold."""


class Backup(msgspec.Struct):
    """An image of a disk, and when it was taken."""

    at: float
    image: bytes
    device: Device | None = None


class Shop(msgspec.Struct):
    """A branch: the boxes that call themselves by its name, in order of their coming, and its tills. `present` is the one
    that headquarters took for the branch in the end."""

    branch: str
    devices: list[Device]
    tills: list[Till]
    backups: list[Backup] = []
    destroyed: set[str] = set()
    present: Device | None = None
    awaited: int = 0


class _Ear(logging.Handler):
    """The product's own cries are failures of the story."""

    def __init__(self, world: "World") -> None:
        super().__init__(logging.ERROR)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Gone):
            return  # said while dying
        self._world.failed(f"log: {record.getMessage()} {error!r}", error)


class World:
    """See the module. `story` is the trace of what happened, for whoever reads it."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.loop = asyncio.get_running_loop()
        self.faults: Counter[str] = Counter()
        self.story: list[str] = []
        self.broken: list[tuple[str, BaseException | None]] = []
        self.tasks: list[asyncio.Task[object]] = []
        self.network = Network(self.random, self.faults)
        self.book = Book(self.failed)
        self.haulage = Haulage(self.random)
        self.shops: dict[str, Shop] = {}
        self.damaged: set[str] = set()
        self.was_restored = False
        self.second_histories: set[str] = set()
        self.office_backups: list[Backup] = []
        self.ear = _Ear(self)
        self.watch: Callable[[], None] = lambda: None
        self.forgotten: Callable[[], None] = lambda: None
        self.folder = tempfile.TemporaryDirectory(prefix="kontor-sim-", dir=MEMORY if MEMORY.is_dir() else None)
        self.office = Office(
            Path(self.folder.name),
            random=self.random,
            network=self.network,
            weather=Weather(),
            failed=self.failed,
            committed=self._office_committed,
        )

    def _office_committed(self) -> None:
        self.watch()

    def say(self, text: str) -> None:
        """A line of the story."""
        self.story.append(f"{self.loop.time() - 1000:9.3f}  {text}")

    def failed(self, why: str, error: BaseException | None = None) -> None:
        """A promise was broken; the story ends at its next step."""
        self.say(f"BROKEN {why}")
        self.broken.append((why, error))

    def must_be_whole(self) -> None:
        """Raise the first broken promise."""
        if self.broken:
            why, error = self.broken[0]
            raise BrokenPromise(why) from error

    # --- founding ---

    def found_shop(self, branch: str) -> Shop:
        """A new branch with one box and one till."""
        device = self.make_device(branch, "1")
        shop = self.shops[branch] = Shop(branch, [device], [])
        device.boot()
        self.add_till(shop, device)
        return shop

    def make_device(
        self, branch: str, number: str, *, like: Device | None = None, image: bytes | None = None
    ) -> Device:
        """A box; `like` makes it a copy of another one, with its identity."""
        name = f"{branch}/{number}"
        return Device(
            branch,
            name,
            random=self.random,
            network=self.network,
            weather=self.make_weather(),
            failed=self.failed,
            key=like.key if like else f"key of {name}",
            hardware=like.hardware if like else f"board of {name}",
            image=image,
        )

    def add_till(self, shop: Shop, device: Device) -> None:
        """One more till, plugged into a box."""
        till = Till(shop.branch, device, self.random, self.book, self.haulage)
        shop.tills.append(till)
        self.do(till.run())

    def till_of(self, shop: Shop, device: Device) -> Till:
        """A till that sends to that box."""
        for till in shop.tills:
            if till.device is device:
                return till
        self.add_till(shop, device)
        return shop.tills[-1]

    async def give_code(self, branch: str) -> str:
        """A person at headquarters lets another box take a branch's place; tries until there is a code."""
        code = self.random.randbytes(8).hex()

        def give(session: ApplySession) -> None:
            state, now = session.branch(branch), self.office.clock.utc_milliseconds()
            session.bind(branch, state.cursor, with_replacement(state.binding, branch, code, now), state.seen_seq)

        while True:
            if self.office.is_on:
                with contextlib.suppress(Gone, StoreBusy, TimeoutError):
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        await self.office.store.transact(give)
                        return code
            await asyncio.sleep(self.random.random())

    def do(self, work: Coroutine[object, object, None]) -> None:
        """Something people do that takes a while."""
        task = asyncio.create_task(work)
        task.add_done_callback(self._work_ended)
        self.tasks.append(task)

    def _work_ended(self, task: "asyncio.Task[object]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failed(f"{task.get_name()} ended with {error!r}", error)

    def take_up_again(self) -> None:
        """A person at headquarters looks at who is stopped, and lets it go on."""
        process = self.office.process
        if process is not None and process.alive and not process.disk_full:
            for branch in self.office.blocked():
                self.say(f"{branch} is taken up again")
                process.spawn(self.office.decisions.unblock(branch), "a decision")

    def make_weather(self) -> Weather:
        """A line as shops have them."""
        random = self.random
        return Weather(
            loss=random.choice((0.0, 0.0, 0.02, 0.2)),
            duplicate=random.choice((0.0, 0.1)),
            delay_max=random.choice((0.01, 0.2, 2.0)),
        )

    # --- what all disks hold together ---

    def destroyed(self, branches: list[str]) -> None:
        """Something that held events is gone: reckon what nobody holds any more."""
        for branch in branches:
            held: set[bytes] = set()
            for device in self.shops[branch].devices:
                if device.name not in self.shops[branch].destroyed:
                    held |= events_on(device)
            held |= events_at_headquarters(self.office, branch)
            self.book.destroyed(branch, held)


def events_on(device: Device) -> set[bytes]:
    """Every event id on a box's card: in its journal, or set aside."""
    connection = device.disk.connection
    held = {bytes(row[0]) for row in connection.execute("SELECT event_id FROM journal")}
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'forked'").fetchone():
        held |= {bytes(row[0]) for row in connection.execute("SELECT event_id FROM forked")}
    return held


def events_at_headquarters(office: Office, branch: str) -> set[bytes]:
    """Every event id of a branch that headquarters has given its effect."""
    return office.disk.asked("SELECT event_id FROM events JOIN branches USING (branch_id) WHERE branch = ?", branch)
