"""The far end of a pseudo-terminal: where a simulated device sits. Bytes are paced as on a real line of that speed.

The near end is reached by a symlink that is replaced atomically, so a gateway re-opening by name finds the new device.
"""

import asyncio
import contextlib
import os
import tty
from collections.abc import Callable
from pathlib import Path

BITS_PER_BYTE = 10
"""Start bit, eight (or seven and parity), stop bit."""
PACE_SECONDS = 0.005
"""Bytes go out in portions of about this long: fine enough to split frames, without a timer per byte."""
OUTGOING_BYTES_MAX = 16_384
"""Nobody reads: a device goes on talking, and what does not fit is lost, as on a cable that ends nowhere."""
READ_BYTES_MAX = 4_096


class PtyEnd:
    """One simulated serial device's side of the line."""

    def __init__(self, link: Path, receive: Callable[[bytes], bytes], baud_rate: int) -> None:
        """`receive` is the simulator: bytes that came in, bytes it answers."""
        self._link, self._receive = link, receive
        self._bytes_per_second = baud_rate / BITS_PER_BYTE
        self._master: int | None = None
        self._slave: int | None = None
        self._outgoing = bytearray()
        self._pacing: asyncio.Task[None] | None = None

    @property
    def plugged(self) -> bool:
        """Whether the device hangs on its cable."""
        return self._master is not None

    def plug(self) -> None:
        """Makes the terminal and points the link at it."""
        if self._master is not None:
            return
        self._link.parent.mkdir(parents=True, exist_ok=True)
        master, slave = os.openpty()
        # The slave stays open here too: without that, a gateway letting go of it would hang up the master.
        tty.setraw(slave)
        os.set_blocking(master, False)
        self._master, self._slave = master, slave
        fresh = self._link.with_name(f".{self._link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(slave))
        fresh.replace(self._link)
        asyncio.get_running_loop().add_reader(master, self._readable)

    def unplug(self) -> None:
        """Pulls the cable: the gateway sees its line hang up."""
        master, slave = self._master, self._slave
        if master is None or slave is None:
            return
        if self._pacing is not None:
            self._pacing.cancel()
            self._pacing = None
        self._outgoing.clear()
        asyncio.get_running_loop().remove_reader(master)
        with contextlib.suppress(OSError):
            if self._link.readlink() == Path(os.ttyname(slave)):
                self._link.unlink()
        self._master = self._slave = None
        os.close(slave)
        os.close(master)

    def send(self, data: bytes) -> None:
        """Speaks; with the cable pulled, into the air."""
        if self._master is None:
            return
        self._outgoing += data[: OUTGOING_BYTES_MAX - len(self._outgoing)]
        if self._outgoing and (self._pacing is None or self._pacing.done()):
            self._pacing = asyncio.get_running_loop().create_task(self._pace())

    def _readable(self) -> None:
        if self._master is None:
            return
        try:
            data = os.read(self._master, READ_BYTES_MAX)
        except BlockingIOError:
            return
        except OSError:
            # The kernel took the terminal away; a device does not mind, and is plugged in anew.
            self.unplug()
            return
        self.send(self._receive(data))

    async def _pace(self) -> None:
        portion = max(1, int(self._bytes_per_second * PACE_SECONDS))
        while self._outgoing and self._master is not None:
            piece = bytes(self._outgoing[:portion])
            del self._outgoing[:portion]
            # A full terminal means that nobody listens: the bytes are lost.
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, piece)
            await asyncio.sleep(len(piece) / self._bytes_per_second)
