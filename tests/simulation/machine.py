"""A machine of the company: a disk, a wall clock that may jump, a line, and the one process that runs on it at a time."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any, ClassVar

from tests.simulation.disk import Disk
from tests.simulation.network import Network, Weather
from tests.simulation.process import Process
from tests.simulation.virtual_time import MachineClock


class Machine:
    """What a branch's box and headquarters have in common. `failed` is told of what must never happen."""

    restart_seconds: ClassVar[tuple[float, float]]
    """How long after a power cut somebody turns it on again."""

    def __init__(
        self,
        disk: Disk,
        *,
        random: Random,
        network: Network,
        weather: Weather,
        failed: Callable[[str], None],
    ) -> None:
        self.disk = disk
        self.clock = MachineClock(asyncio.get_running_loop())
        self.weather = weather
        self.process: Process | None = None
        self.link: Any = None
        self.boots = 0
        self._random = random
        self._network = network
        self._failed = failed

    @property
    def is_on(self) -> bool:
        return self.process is not None and self.process.alive

    def boot(self) -> None:
        """Start the program on what the disk holds."""
        raise NotImplementedError

    def _new_process(self) -> Process:
        assert not self.is_on
        self.boots += 1
        self.process = Process(self.disk.name, self._died, self._failed)
        return self.process

    def _died(self) -> None:
        self.link.line.kill()
        asyncio.get_running_loop().call_later(self._random.uniform(*self.restart_seconds), self._boot_again)

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
