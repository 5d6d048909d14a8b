"""One story: the company sells, faults strike, then there is calm and everything must be everywhere, once."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence

import msgspec

from tests.simulation.faults import Fault
from tests.simulation.haulage import Consignment
from tests.simulation.oracle import Oracle
from tests.simulation.second_histories import CATALOGUE, RESTORED_HEADQUARTERS, back_up, rejoin
from tests.simulation.staff import put_goods, put_price
from tests.simulation.virtual_time import run_virtually
from tests.simulation.world import Shop, World

EVENTS_MIN = 300
FAULTS_MIN = 10
KINDS_MIN = 4
GOODS_MOVE = 0.60
"""Up to here a step's die means goods between branches; below 0.52 it means sales."""
LATE_SECONDS_MAX = 20.0
"""So long after somebody wanted goods back may they still be unloaded."""
REJOIN_SECONDS = 300
"""After so long without a box that is the branch, somebody asks headquarters for a code."""
CONVERGE_SECONDS_MAX = 1800.0
"""Virtual time from the end of the faults until everything must be everywhere."""


class Report(msgspec.Struct):
    """What a story contained, and how it ended."""

    seed: int
    branches: int = 0
    events: int = 0
    lost: int = 0
    doubled: int = 0
    lost_with_a_disk: int = 0
    faults: dict[str, int] = {}
    messages: dict[str, int] = {}
    converged_after: float = 0.0
    virtual_seconds: float = 0.0
    trace: int = 0
    story: list[str] = []


class Story:
    """See the module. `catalogue` is what may strike; `events` is how much must be sold at least."""

    def __init__(self, seed: int, catalogue: Sequence[Fault] = CATALOGUE, events: int = EVENTS_MIN) -> None:
        self.world = World(seed)
        self.catalogue = catalogue
        self.events = events
        self.oracle = Oracle(self.world)
        self.struck: Counter[str] = Counter()

    async def tell(self) -> Report:
        """From the founding to the reckoning."""
        world = self.world
        logger = logging.getLogger("replication")
        logger.addHandler(world.ear)
        try:
            for number in range(1, world.random.randrange(3, 5)):
                world.found_shop(f"b{number:03d}")
            world.office.boot()
            world.watch, world.forgotten = self.oracle.after_commit, self.oracle.forget_names
            await self._trouble()
            await self._calm()
        finally:
            logger.removeHandler(world.ear)
            for task in world.tasks:
                task.cancel()
            self._stop_everything()
            world.folder.cleanup()
        return self._report()

    def _stop_everything(self) -> None:
        self.world.office.turn_off()
        for shop in self.world.shops.values():
            for device in shop.devices:
                device.turn_off()

    async def _trouble(self) -> None:
        world, random = self.world, self.world.random
        written = 0
        # One kind alone may run out of what it needs: a branch has only so many boxes.
        faults, kinds = (FAULTS_MIN, KINDS_MIN) if len(self.catalogue) >= KINDS_MIN else (1, 1)
        while written < self.events or sum(self.struck.values()) < faults or len(self.struck) < kinds:
            shop = random.choice(list(world.shops.values()))
            roll = random.random()
            if roll < 0.52:
                count = random.choice((1, 1, 2, 5, 30))
                written += count
                random.choice(shop.tills).sell(count)
                world.say(f"{shop.branch} sells {count}")
            elif roll < GOODS_MOVE:
                self._goods_move(shop)
            elif roll < 0.65:
                back_up(world, shop)
            elif roll < 0.68:
                (put_goods if random.random() < 0.6 else put_price)(world)
            else:
                fault = random.choices(self.catalogue, [fault.weight for fault in self.catalogue])[0]
                if fault.strike(world, shop):
                    self.struck[fault.name] += 1
                    world.second_histories |= fault.second_history_of(world, shop)
                    world.say(f"{fault.name} ({shop.branch})")
            if random.random() < 0.05:
                world.take_up_again()
            await asyncio.sleep(random.random() * 2)
            self.oracle.watch()
            world.must_be_whole()

    def _goods_move(self, shop: Shop) -> None:
        """Lorries come and go between branches, and now and then somebody wants one back."""
        world, random = self.world, self.world.random
        till, roll = random.choice(shop.tills), random.random()
        if roll < 0.35:
            # A branch that headquarters never met cannot be asked whether it took anything: its lorries come later.
            met = [branch for branch in world.office.met() if branch != shop.branch]
            if met:
                other = random.choice(met)
                till.send_goods(other)
                world.say(f"{shop.branch} sends goods to {other}")
        elif roll < 0.65:
            if till.take_goods():
                world.say(f"{shop.branch} takes goods")
        elif (lorry := till.want_back()) is not None:
            world.say(f"{shop.branch} wants goods back")
            if roll > 0.80 and lorry.receiver in world.shops:
                self._unload_late(world.shops[lorry.receiver], lorry)

    def _unload_late(self, shop: Shop, lorry: Consignment) -> None:
        """While one end asks for the goods, they are unloaded at the other; the two do not hear of each other."""
        world = self.world
        till = world.random.choice(shop.tills)

        def unload() -> None:
            if till.take_goods(lorry):
                world.say(f"{shop.branch} takes what is wanted back")

        world.loop.call_later(world.random.random() * LATE_SECONDS_MAX, unload)

    async def _calm(self) -> None:
        """I4: after the faults everything arrives; then all figures agree."""
        world = self.world
        world.say("calm")
        world.network.start()
        for weather in [world.office.weather, *(d.weather for s in world.shops.values() for d in s.devices)]:
            weather.turn()
        for process in [world.office.process, *(d.process for s in world.shops.values() for d in s.devices)]:
            if process is not None:
                process.doomed_at, process.disk_full = None, False
        for shop in world.shops.values():
            for device in shop.devices:
                device.unplug(False)
                if not device.is_on and device.name not in shop.destroyed:
                    device.boot()
        began = world.loop.time() // 1
        await asyncio.sleep(began + 1 - world.loop.time())
        while (missing := self.oracle.what_is_missing()) is not None:
            world.must_be_whole()
            if world.loop.time() - began > CONVERGE_SECONDS_MAX:
                world.failed(f"not converged after {CONVERGE_SECONDS_MAX:.0f} s: {missing}")
            if (world.loop.time() - began) % 20 == 0:
                world.take_up_again()
            if (world.loop.time() - began) % REJOIN_SECONDS == REJOIN_SECONDS - 1:
                self._help_orphans()
            await asyncio.sleep(0.5)
        self.converged_after = world.loop.time() - began
        world.say(f"converged after {self.converged_after:.1f} s")
        self.oracle.reckon()
        world.must_be_whole()

    def _help_orphans(self) -> None:
        """A person's help is needed only where headquarters was restored, or a clock made a code run out."""
        for shop in self.world.shops.values():
            if self.oracle.is_orphaned(shop):
                if not self.struck.keys() & {RESTORED_HEADQUARTERS, "headquarters' clock jumps"}:
                    self.world.failed(f"{shop.branch}: no box is the branch, and headquarters forgot nothing")
                self.world.do(rejoin(self.world, shop))

    def _report(self) -> Report:
        world = self.world
        return Report(
            seed=world.seed,
            branches=len(world.shops),
            events=world.book.events,
            lost=self.oracle.lost,
            doubled=self.oracle.doubled,
            lost_with_a_disk=sum(map(len, world.book.lost.values())),
            faults=dict(self.struck),
            messages=dict(world.faults),
            converged_after=self.converged_after,
            virtual_seconds=world.loop.time() - 1000,
            trace=hash(tuple(world.story)),
            story=world.story,
        )


class Failure(Exception):
    """A story that broke a promise, with everything that was told until then."""

    def __init__(self, seed: int, why: str, story: list[str]) -> None:
        super().__init__(f"SEED={seed} breaks a promise: {why}\ntell it again with: make sim SEED={seed}")
        self.seed = seed
        self.why = why
        self.story = story


def tell(seed: int, catalogue: Sequence[Fault] = CATALOGUE, events: int = EVENTS_MIN) -> Report:
    """Tell the story of a seed; raises Failure where a promise broke."""
    stories: list[Story] = []

    async def run() -> Report:
        stories.append(Story(seed, catalogue, events))
        return await stories[0].tell()

    try:
        return run_virtually(run())
    except Exception as error:
        raise Failure(seed, f"{error}" or repr(error), stories[0].world.story if stories else []) from error
