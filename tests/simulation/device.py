"""A branch's device: a card, a process that runs the product's ledger and shipper on it, and a wall clock that may jump."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random

from gateway.domain.policy import Breach, Policy, Role
from gateway.store import ledger as ledger_module
from gateway.store.journal import Journal
from gateway.store.schema import ledger_migrations
from gateway.use_cases.apply_inbox import LedgerInbox
from gateway.use_cases.price_watch import PriceWatch
from gateway.use_cases.shop import Shop
from replication.branch.downlink import Downlink
from replication.branch.inbox import InboxSettings
from replication.branch.shipper import Shipper
from replication.branch.sync import SyncSettings
from replication.storage.checks import CheckState
from replication.storage.errors import StoreBusy
from tests.simulation.disk import Disk, empty_image, opened_on
from tests.simulation.links import SimulatedBranchLink
from tests.simulation.network import Network, Weather
from tests.simulation.process import Process
from tests.simulation.virtual_time import MachineClock

EVERYTHING_FREE = Policy(free_from=dict.fromkeys(Breach, Role.CASHIER))
RESTART_SECONDS_MAX = 3.0
STEP_BYTES = 400
"""Half a dozen entries: a device that takes headquarters' back does so in several steps, and may crash between them."""


class _NoReadings:
    def thousandths(self, reading: str) -> int | None:
        raise AssertionError(f"nobody weighed {reading}")


async def _kept_up(price_watch: PriceWatch) -> None:
    """As the product's own composition does."""
    while True:
        try:
            await price_watch.run()
        except StoreBusy:
            await asyncio.sleep(1)


class Device:
    """One box in one shop. `key` is the identity made on it, `hardware` its board; a cloned card has both from another."""

    def __init__(
        self,
        branch: str,
        name: str,
        *,
        random: Random,
        network: Network,
        weather: Weather,
        failed: Callable[[str], None],
        key: str,
        hardware: str,
        image: bytes | None = None,
    ) -> None:
        self.branch = branch
        self.name = name
        self.key = key
        self.hardware = hardware
        self.disk = Disk(name, image or empty_image(ledger_migrations))
        self.clock = MachineClock(asyncio.get_running_loop())
        self.weather = weather
        self.replacement = ""
        self.unplugged = False
        self.process: Process | None = None
        self.link: SimulatedBranchLink | None = None
        self.boots = 0
        self._random = random
        self._network = network
        self._failed = failed

    @property
    def is_on(self) -> bool:
        return self.process is not None and self.process.alive

    def boot(self) -> None:
        """Start the gateway on what the card holds."""
        assert not self.is_on
        self.boots += 1
        process = self.process = Process(self.name, self._died, self._failed)
        with opened_on(self.disk, process, self._random, ledger_module, self._committed):
            ledger = ledger_module.Ledger.open(
                Path(self.name),
                on_fatal=process.fatal,
                clock=self.clock.utc_milliseconds,
                randomness=self._random.randbytes,
            )
        bad = [check for check in ledger.checks if check.state is not CheckState.GOOD]
        if bad:
            self._failed(f"{self.name}: {bad}")
        self.shop = Shop(
            ledger, EVERYTHING_FREE, [], _NoReadings(), lambda _: None, self.clock.utc_milliseconds, site=self.branch
        )
        self.link = SimulatedBranchLink(self._network, self.branch, self.weather)
        self.link.line.unplugged = self.unplugged
        boot_id = self._random.randbytes(8)
        price_watch = PriceWatch(self.shop)
        downlink = Downlink(
            self.branch,
            LedgerInbox(self.shop, price_watch),
            self.link,
            clock=self.clock,
            jitter=self._random.random,
            boot_id=boot_id,
            device=self.key,
            settings=InboxSettings(backoff_max=5.0),
        )
        self.shipper = Shipper(
            self.branch,
            Journal(ledger, STEP_BYTES),
            self.link,
            clock=self.clock,
            jitter=self._random.random,
            boot_id=boot_id,
            settings=SyncSettings(backoff_max=5.0),
            device=self.key,
            hardware=self.hardware,
            replacement=self.replacement,
            downlink=downlink,
        )
        process.spawn(self.shipper.run(), "shipper")
        process.spawn(_kept_up(price_watch), "price watch")

    def _committed(self) -> None:
        if self._random.random() < 0.9:  # a lost wake-up must cost a moment only
            self.shipper.wake()

    def _died(self) -> None:
        self.link.line.kill()
        asyncio.get_running_loop().call_later(self._random.random() * RESTART_SECONDS_MAX, self._boot_again)

    def _boot_again(self) -> None:
        if not self.is_on and self.process is not None:
            self.boot()

    def crash(self) -> None:
        """The power goes now; somebody turns it on again soon."""
        if self.process is not None:
            self.process.die()

    def turn_off(self) -> None:
        """The power goes, and nobody turns it on again."""
        if self.process is not None and self.link is not None:
            self.process.kill()
            self.link.line.kill()
            self.disk.lose_power()
            self.process = None

    def unplug(self, unplugged: bool) -> None:
        """Pull the network cable, or put it back."""
        self.unplugged = unplugged
        if self.is_on:
            self.link.line.unplugged = unplugged
            if unplugged:
                self.link.line.cut()
