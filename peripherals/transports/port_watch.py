"""Says that something was plugged in or pulled out. The only door to pyudev; what there is now is asked of the kernel.

Where udev runs, its word is awaited, because names and rights are set when it comes. Elsewhere, as in a container, the
folders are looked at every so often.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from peripherals.clock import Clock
from peripherals.ports import FoundPort
from peripherals.transports.kernel_ports import kernel_ports

LOOK_SECONDS: Final = 2.0
"""Without udev: soon enough for whoever plugs something in, and a few file reads each time."""
SETTLE_SECONDS: Final = 0.1
"""One scanner is several nodes that come one after another."""
SUBSYSTEMS: Final = ("tty", "usbmisc", "hidraw", "input")
UDEV_SOCKET: Final = Path("/run/udev/control")

log = logging.getLogger(__name__)


class PortWatch(Protocol):
    """Ports as they come and go."""

    ports: tuple[FoundPort, ...]
    """What there was when last looked."""

    async def run(self, changed: Callable[[], None]) -> None:
        """Until cancelled; `changed` is called on the loop after `ports` changed."""


class KernelPortWatch:
    """The machine's ports."""

    def __init__(
        self,
        clock: Clock,
        *,
        look: Callable[[], tuple[FoundPort, ...]] = kernel_ports,
        udev_socket: Path = UDEV_SOCKET,
    ) -> None:
        self.ports: tuple[FoundPort, ...] = ()
        self._clock, self._look, self._udev_socket = clock, look, udev_socket
        self._unreadable = False

    async def run(self, changed: Callable[[], None]) -> None:
        """See `PortWatch`."""
        told = asyncio.Event()
        with contextlib.ExitStack() as listening:
            heard = self._udev_socket.exists() and _listen(told, listening)
            while True:
                await self._see(changed)
                if heard:
                    await told.wait()
                    await self._clock.sleep(SETTLE_SECONDS)
                    told.clear()
                else:
                    await self._clock.sleep(LOOK_SECONDS)

    async def _see(self, changed: Callable[[], None]) -> None:
        # Sysfs asks the devices' drivers, and one that hangs must not stop the shop.
        try:
            ports = await asyncio.to_thread(self._look)
        except OSError as error:
            # What cannot be read is not there to be shown; the devices that are set up go on.
            if not self._unreadable:
                log.warning("the sockets cannot be looked at: %s", error)
            self._unreadable = True
            return
        self._unreadable = False
        if ports != self.ports:
            self.ports = ports
            changed()


def _listen(told: asyncio.Event, until: contextlib.ExitStack) -> bool:
    """Sets `told` at each word of udev; False where it cannot be heard."""
    try:
        # Here and not above: it looks for a C library, and a branch without sockets to watch needs none.
        import pyudev

        monitor = pyudev.Monitor.from_netlink(pyudev.Context())
        for subsystem in SUBSYSTEMS:
            monitor.filter_by(subsystem)
        monitor.start()
    except (ImportError, OSError) as error:
        log.warning("udev cannot be heard, so the sockets are looked at every %.0f s: %s", LOOK_SECONDS, error)
        return False

    def drain() -> None:
        # Too many words at once run over the socket's buffer (ENOBUFS): then something has changed all the same.
        with contextlib.suppress(OSError):
            while monitor.poll(timeout=0) is not None:
                told.set()
            return
        told.set()

    loop, number = asyncio.get_running_loop(), monitor.fileno()
    loop.add_reader(number, drain)
    until.callback(loop.remove_reader, number)
    return True
