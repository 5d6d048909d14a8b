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
from gateway.use_cases.shop import NoScales, Shop
from replication.branch.downlink import Downlink
from replication.branch.inbox import InboxSettings
from replication.branch.shipper import Shipper
from replication.branch.sync import SyncSettings
from replication.storage.checks import CheckState
from replication.storage.errors import StoreBusy
from tests.simulation.disk import Disk, empty_image, opened_on
from tests.simulation.links import SimulatedBranchLink
from tests.simulation.machine import Machine
from tests.simulation.network import Network, Weather

EVERYTHING_FREE = Policy(free_from=dict.fromkeys(Breach, Role.CASHIER))
STEP_BYTES = 400
"""Half a dozen entries: a device that takes headquarters' back does so in several steps, and may crash between them."""


async def _kept_up(price_watch: PriceWatch) -> None:
    """As the product's own composition does."""
    while True:
        try:
            await price_watch.run()
        except StoreBusy:
            await asyncio.sleep(1)


class Device(Machine):
    """One box in one shop. `key` is the identity made on it, `hardware` its board; a cloned card has both from another."""

    restart_seconds = (0.0, 3.0)

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
        disk = Disk(name, image or empty_image(ledger_migrations))
        super().__init__(disk, random=random, network=network, weather=weather, failed=failed)
        self.branch = branch
        self.name = name
        self.key = key
        self.hardware = hardware
        self.replacement = ""
        self.unplugged = False

    def boot(self) -> None:
        """Start the gateway on what the card holds."""
        process = self._new_process()
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
            ledger, EVERYTHING_FREE, [], NoScales(), lambda _: None, self.clock.utc_milliseconds, site=self.branch
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
            Journal(ledger, STEP_BYTES, STEP_BYTES),
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

    def unplug(self, unplugged: bool) -> None:
        """Pull the network cable, or put it back."""
        self.unplugged = unplugged
        if self.is_on:
            self.link.line.unplugged = unplugged
            if unplugged:
                self.link.line.cut()
