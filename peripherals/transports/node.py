"""A device file of the kernel: USB printers, raw HID devices, keyboards. Thin: what the bytes mean is said above.

Sources: kernel Documentation/hid/hidraw.rst (a read gives one report), Documentation/input (EVIOCGRAB in linux/input.h),
drivers/usb/class/usblp.c. All of them can be waited for, so nothing blocks.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import select
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from peripherals.errors import LineError, LineLost, LineMissing, LineRefused
from peripherals.protocols.hid_scanner import DESCRIPTOR, PIECE_BYTES_MAX, REPORT, piece
from peripherals.transports.aside import aside
from peripherals.transports.kernel_ports import keyboards_beside
from peripherals.transports.stream import READ_BYTES_MAX, ByteStream

EVIOCGRAB: Final = 0x4004_4590
"""_IOW('E', 0x90, int): from now on these keys are ours alone, and the till's page does not hear them too."""
HIDIOCGRDESCSIZE: Final = 0x8004_4801
"""_IOR('H', 0x01, int)."""
HIDIOCGRDESC: Final = 0x9004_4802
"""_IOR('H', 0x02, struct hidraw_report_descriptor): a word with the size, then 4,096 bytes."""

NOTHING_SECONDS: Final = 0.1
"""Before a printer that said nothing is read again: some end every read at once, and that must not keep the machine busy."""

_MISSING: Final = frozenset((errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.ENOTDIR))


class NodeStream:
    """One or several open files of one device as a stream."""

    def __init__(
        self, files: Sequence[int], name: str, *, first: bytes = b"", wrap: Callable[[bytes], bytes] = bytes
    ) -> None:
        """`first` is read before anything else; `wrap` is put around what one read of the system gives."""
        self._files, self._name, self._first, self._wrap = list(files), name, first, wrap
        self._waiting: set[asyncio.Future[None]] = set()

    async def read(self) -> bytes:
        """The next bytes of any of the files."""
        if self._first:
            first, self._first = self._first, b""
            return first
        while True:
            for file in self._files:
                try:
                    data = os.read(file, READ_BYTES_MAX)
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise LineLost(what="read", on=self._name, cause=str(error)) from error
                if not data:
                    raise LineLost(what="read", on=self._name)
                return self._wrap(data)
            if not self._files:
                raise LineLost(what="read", on=self._name)
            await self._ready(self._files, reading=True)

    async def write(self, data: bytes) -> None:
        """Waits until the system has taken all of `data`."""
        rest = memoryview(data)
        while rest:
            if not self._files:
                raise LineLost(what="write", on=self._name)
            try:
                rest = rest[os.write(self._files[0], rest) :]
            except BlockingIOError:
                await self._ready(self._files[:1], reading=False)
            except OSError as error:
                raise LineLost(what="write", on=self._name, cause=str(error)) from error

    async def close(self) -> None:
        """Lets go of all of them."""
        files, self._files = self._files, []
        loop = asyncio.get_running_loop()
        for file in files:
            loop.remove_reader(file)
            loop.remove_writer(file)
            with contextlib.suppress(OSError):
                os.close(file)
        for waiting in self._waiting:
            _wake(waiting)

    async def _ready(self, files: Sequence[int], *, reading: bool) -> None:
        """Until one of the files can be read, or written to, or all are closed."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        watch, leave = (loop.add_reader, loop.remove_reader) if reading else (loop.add_writer, loop.remove_writer)
        for file in files:
            watch(file, _wake, ready)
        self._waiting.add(ready)
        try:
            await ready
        finally:
            self._waiting.discard(ready)
            if self._files:
                for file in files:
                    leave(file)


class PrinterNode(NodeStream):
    """A USB printer's node. One that has nothing to say may end a read with nothing, or cannot be read at all: it prints all the same.

    Source: drivers/usb/class/usblp.c: a read gives what one transfer brought, which may be nothing; EINVAL where the printer
    has no way back; unplugged, it polls as hung up.
    """

    async def read(self) -> bytes:
        """The next bytes; looks again after a while where there was nothing."""
        while True:
            try:
                return await super().read()
            except LineLost as lost:
                cause = lost.__cause__
                nothing = cause is None or (isinstance(cause, OSError) and cause.errno == errno.EINVAL)
                if not nothing or not self._files or _hung_up(self._files[0]):
                    raise
            await asyncio.sleep(NOTHING_SECONDS)


def _hung_up(file: int) -> bool:
    watch = select.poll()
    watch.register(file, 0)
    return bool(watch.poll(0))


def _wake(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)


async def open_printer_node(path: str) -> ByteStream:
    """A USB printer's node, for both directions. Raises `LineMissing`, `LineRefused`."""
    return PrinterNode([await aside(lambda: _open(path, os.O_RDWR), os.close)], path)


async def open_hid(path: str, *, described: bool) -> ByteStream:
    """A raw HID node; `described` puts the device's own description and each report into a piece of its own."""
    file = await aside(lambda: _open(path, os.O_RDONLY), os.close)
    if not described:
        return NodeStream([file], path)
    try:
        descriptor = _descriptor(file)
    except OSError as error:
        os.close(file)
        raise _cannot_open(path, error) from error
    return NodeStream(
        [file], path, first=piece(DESCRIPTOR, descriptor), wrap=lambda report: piece(REPORT, report[:PIECE_BYTES_MAX])
    )


def take_alone(file: int) -> None:
    """From now on the events of this node are ours. Raises `OSError`."""
    fcntl.ioctl(file, EVIOCGRAB, 1)


async def open_keyboard(
    path: str,
    beside: Callable[[Path], tuple[str, ...]] = keyboards_beside,
    take: Callable[[int], None] = take_alone,
) -> ByteStream:
    """Every event node of the scanner that `path` is one of, taken for ourselves alone. Raises `LineMissing`, `LineRefused`."""
    return NodeStream(await aside(lambda: _keyboards(path, beside, take), _close), path)


def _keyboards(path: str, beside: Callable[[Path], tuple[str, ...]], take: Callable[[int], None]) -> list[int]:
    files: list[int] = []
    try:
        for node in (path, *beside(Path(path))):
            files.append(_open(node, os.O_RDONLY))
            take(files[-1])
    except LineError:
        _close(files)
        raise
    except OSError as error:
        _close(files)
        raise _cannot_open(path, error) from error
    return files


def _descriptor(file: int) -> bytes:
    size = struct.unpack("=i", fcntl.ioctl(file, HIDIOCGRDESCSIZE, b"\0\0\0\0"))[0]
    asked = struct.pack("=I", size) + bytes(4_096)
    return fcntl.ioctl(file, HIDIOCGRDESC, asked)[4 : 4 + size]


def _open(path: str, how: int) -> int:
    try:
        return os.open(path, how | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        raise _cannot_open(path, error) from error


def _close(files: Sequence[int]) -> None:
    for file in files:
        os.close(file)


def _cannot_open(path: str, error: OSError) -> LineError:
    kind = LineMissing if error.errno in _MISSING else LineRefused
    return kind(what="open", on=path, cause=str(error))
