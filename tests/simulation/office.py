"""Headquarters: its database on a disk, and a process that runs the product's consumer and applier on it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random

from replication.headquarters.apply import Applier
from replication.headquarters.catalogue import CatalogueProjection, welcome
from replication.headquarters.consumer import Consumer
from replication.headquarters.decisions import Decisions
from replication.headquarters.downlink import tell
from replication.headquarters.presence import Presence
from replication.headquarters.stores.sqlite import store as store_module
from replication.headquarters.stores.sqlite.schema import headquarters_migrations
from tests.simulation.disk import Disk, empty_image, opened_on
from tests.simulation.links import SimulatedHeadquartersLink
from tests.simulation.machine import Machine
from tests.simulation.network import Network, Weather
from tests.simulation.virtual_time import STORY_BEGINS

MINUTE_SECONDS = 60


class Office(Machine):
    """One headquarters. `committed` is called after each commit of its database."""

    restart_seconds = (1.0, 3.0)

    def __init__(
        self,
        folder: Path,
        *,
        random: Random,
        network: Network,
        weather: Weather,
        failed: Callable[[str], None],
        committed: Callable[[], None],
    ) -> None:
        disk = Disk("headquarters", empty_image(headquarters_migrations))
        super().__init__(disk, random=random, network=network, weather=weather, failed=failed)
        self.folder = folder
        self._committed = committed

    def boot(self) -> None:
        """Start headquarters on what its disk holds."""
        process = self._new_process()
        with opened_on(self.disk, process, self._random, store_module, self._committed):
            self.store = store_module.SqliteStore.open(
                self.folder, on_fatal=process.fatal, opened_at=self._opened_at(), new_key=bytes
            )
        self.link = SimulatedHeadquartersLink(self._network, self.weather, process.spawn)
        monotonic, utc = self.clock.monotonic, self.clock.utc_milliseconds
        (incarnation,) = self.disk.connection.execute("SELECT incarnation FROM site").fetchone()
        self.applier = Applier(
            self.store, incarnation, monotonic=monotonic, utc_milliseconds=utc, projections=(CatalogueProjection(),)
        )
        self.presence = Presence(monotonic=monotonic, utc_milliseconds=utc)
        self.consumer = Consumer(
            self.link,
            self.store,
            self.applier,
            self.presence,
            incarnation=incarnation,
            utc_milliseconds=utc,
            welcome=welcome,
            tell=tell,
        )
        self.decisions = Decisions(
            self.store, self.presence, key=b"k" * 32, utc_milliseconds=utc, call=self.consumer.call,
            projections=(CatalogueProjection(),),
        )  # fmt: skip
        process.spawn(self.consumer.run(), "consumer")

    def _opened_at(self) -> int:
        """Openings that lie seconds apart in a story lie minutes apart in an office's life; the clock numbers them."""
        elapsed = int(self.clock.monotonic() - STORY_BEGINS)
        return self.clock.utc_milliseconds() // 1000 + elapsed * (MINUTE_SECONDS - 1)

    def _start_again(self) -> None:
        if self.process is None:
            self.boot()

    def restore(self, image: bytes, *, on_another_machine: bool) -> None:
        """The database becomes what it was in a backup; on another machine nothing else is left of the old one."""
        was_on = self.process is not None
        self.turn_off()
        self.disk.restore(image)
        if on_another_machine:
            self.clock.offset_milliseconds = 0
            for note in self.folder.iterdir():
                note.unlink()
        if was_on:
            asyncio.get_running_loop().call_later(self.restart_seconds[1], self._start_again)

    def met(self) -> list[str]:
        """Branches that ever spoke to headquarters, as far as it remembers."""
        rows = self.disk.connection.execute("SELECT branch FROM branches WHERE contact_at IS NOT NULL ORDER BY branch")
        return [row[0] for row in rows]

    def blocked(self) -> list[str]:
        """Branches that nothing is applied of."""
        rows = self.disk.connection.execute("SELECT branch FROM branches WHERE block_code IS NOT NULL ORDER BY branch")
        return [row[0] for row in rows]
