"""One contract over all lines: memory, TCP, serial and a device file on a real pseudo-terminal, under asyncio and under uvloop."""

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from peripherals.errors import LineLost, LineMissing, LineRefused, NoSerialPort
from peripherals.transports import serial as serial_line
from peripherals.transports.memory import memory_pair
from peripherals.transports.node import open_printer_node
from peripherals.transports.serial import open_serial
from peripherals.transports.stream import ByteStream
from peripherals.transports.tcp import open_tcp

pytestmark = pytest.mark.anyio
MUCH = bytes(range(256)) * 1_200
"""300 kB: more than any line holds, so a writer has to wait for the reader."""


class FarEnd(Protocol):
    async def read(self) -> bytes: ...
    async def write(self, data: bytes) -> None: ...
    async def hang_up(self) -> None: ...


class Joined:
    """The line under test and its far end."""

    def __init__(self, near: ByteStream, far: FarEnd) -> None:
        self.near, self.far = near, far


class MemoryFar:
    def __init__(self, stream: ByteStream) -> None:
        self.read, self.write, self.hang_up = stream.read, stream.write, stream.close


class SocketFar:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> bytes:
        return await self._reader.read(4096)

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def hang_up(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


class PtyFar:
    def __init__(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.name = os.ttyname(slave)
        self.slave = slave
        self.open = True
        os.set_blocking(self.master, False)

    async def read(self) -> bytes:
        while True:
            with contextlib.suppress(BlockingIOError):
                return os.read(self.master, 4096)
            await asyncio.sleep(0.001)

    async def write(self, data: bytes) -> None:
        while data:
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self.master, data) :]
            await asyncio.sleep(0.001)

    async def hang_up(self) -> None:
        if self.open:
            os.close(self.slave)
            os.close(self.master)
        self.open = False


@contextlib.asynccontextmanager
async def joined_in_memory() -> AsyncIterator[Joined]:
    near, far = memory_pair()
    yield Joined(near, MemoryFar(far))
    await near.close()


@contextlib.asynccontextmanager
async def joined_by_tcp() -> AsyncIterator[Joined]:
    arrived: asyncio.Queue[SocketFar] = asyncio.Queue()
    server = await asyncio.start_server(
        lambda reader, writer: arrived.put_nowait(SocketFar(reader, writer)), "127.0.0.1", 0
    )
    near = await open_tcp("127.0.0.1", server.sockets[0].getsockname()[1])
    far = await arrived.get()
    yield Joined(near, far)
    await near.close()
    await far.hang_up()
    server.close()


@contextlib.asynccontextmanager
async def joined_by_serial() -> AsyncIterator[Joined]:
    far = PtyFar()
    near = await open_serial(far.name, 9600, "8N1")
    yield Joined(near, far)
    await near.close()
    await far.hang_up()


@contextlib.asynccontextmanager
async def joined_by_node() -> AsyncIterator[Joined]:
    """As the kernel's files of printers and HID devices: opened, waited for, hung up."""
    far = PtyFar()
    near = await open_printer_node(far.name)
    yield Joined(near, far)
    await near.close()
    await far.hang_up()


LINES = {"memory": joined_in_memory, "tcp": joined_by_tcp, "serial": joined_by_serial, "node": joined_by_node}


@pytest.fixture(params=sorted(LINES))
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Joined]:
    async with LINES[request.param]() as joined:
        yield joined


async def read_exactly(end: FarEnd | ByteStream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += await end.read()
    return data


async def test_bytes_pass_both_ways_unchanged(line: Joined) -> None:
    """All 256 of them, control characters included."""
    await line.near.write(bytes(range(256)))
    assert await read_exactly(line.far, 256) == bytes(range(256))
    await line.far.write(bytes(range(256)))
    assert await read_exactly(line.near, 256) == bytes(range(256))


async def test_a_reader_waits_for_bytes(line: Joined) -> None:
    """And never gets an empty read."""
    reading = asyncio.ensure_future(line.near.read())
    await asyncio.sleep(0.02)
    assert not reading.done()
    await line.far.write(b"x")
    assert await asyncio.wait_for(reading, 2) == b"x"


async def test_a_writer_waits_for_a_slow_reader_without_stopping_the_loop(line: Joined) -> None:
    """Back-pressure: `written` means taken by the system, and the other devices go on meanwhile."""
    writing = asyncio.ensure_future(line.near.write(MUCH * 20))
    turns = 0
    for _ in range(20):
        await asyncio.sleep(0.001)
        turns += 1
    assert turns == 20
    assert not writing.done()
    assert await asyncio.wait_for(read_exactly(line.far, len(MUCH)), 10)
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing


async def test_a_line_that_goes_away_is_lost_for_reader_and_writer(line: Joined) -> None:
    """Also when asked again."""
    reading = asyncio.ensure_future(line.near.read())
    await asyncio.sleep(0.01)
    await line.far.hang_up()
    with pytest.raises(LineLost):
        await asyncio.wait_for(reading, 2)
    for _ in range(2):
        with pytest.raises(LineLost):
            await line.near.read()

    async def write_until_lost() -> None:
        while True:
            await line.near.write(b"x")
            await asyncio.sleep(0.001)

    with pytest.raises(LineLost):
        await asyncio.wait_for(write_until_lost(), 2)


async def test_closing_never_waits_for_the_other_end(line: Joined) -> None:
    """With bytes on the way that nobody reads, and twice."""
    writing = asyncio.ensure_future(line.near.write(MUCH * 20))
    await asyncio.sleep(0.01)
    began = asyncio.get_running_loop().time()
    await line.near.close()
    await line.near.close()
    assert asyncio.get_running_loop().time() - began < 1.0
    with contextlib.suppress(LineLost):
        await asyncio.wait_for(writing, 2)
    with pytest.raises(LineLost):
        await line.near.write(b"x")


async def test_a_missing_line_says_what_to_do(tmp_path: Path, free_port: int) -> None:
    """In both languages."""
    with pytest.raises(LineMissing) as missing:
        await open_serial(str(tmp_path / "nothing"), 9600, "8N1")
    assert "Plug the device in" in str(missing.value)
    assert missing.value.hint_zh
    with pytest.raises(LineRefused) as refused:
        await open_tcp("127.0.0.1", free_port)
    # A network printer has no user group.
    assert "host and port" in str(refused.value)
    assert "dialout" not in str(refused.value) + refused.value.hint_zh
    with pytest.raises(LineMissing):
        await open_tcp("nowhere.invalid", 9100)


@pytest.mark.parametrize("is_device", [False, True])
async def test_a_file_that_is_no_serial_port_is_told_as_such(tmp_path: Path, is_device: bool) -> None:
    """No other program holds it, and no group of users would help."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(NoSerialPort) as refused:
        await open_serial("/dev/null" if is_device else str(file), 9600, "8N1")
    assert "kontor devices list" in str(refused.value)
    assert "dialout" not in str(refused.value)


@pytest.mark.parametrize("framing", ["7E1", "7O1", "8E1"])
async def test_a_pseudo_terminal_opens_at_any_framing_again_and_again(framing: str) -> None:
    """It refuses seven bits and parity; the line is opened all the same, and the parity bit is taken off."""
    far = PtyFar()
    for _ in range(3):
        near = await open_serial(far.name, 9600, framing)  # type: ignore[arg-type]
        await far.write(b"\x82\xb1\r")
        seven = framing.startswith("7")
        assert await read_exactly(near, 3) == (b"\x021\r" if seven else b"\x82\xb1\r")
        await near.close()
    await far.hang_up()


async def test_a_port_is_opened_by_one_program_only() -> None:
    """Two readers would each get half of a scale's answers."""
    far = PtyFar()
    near = await open_serial(far.name, 9600, "8N1")
    with pytest.raises(LineRefused):
        await open_serial(far.name, 9600, "8N1")
    await near.close()
    again = await open_serial(far.name, 9600, "8N1")
    await again.close()
    await far.hang_up()


async def test_a_link_that_appears_while_its_port_is_opened_is_judged_by_what_it_leads_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pseudo-terminal behind it was asked for seven bits, which it refuses."""
    far, link, open_aside = PtyFar(), tmp_path / "scale", serial_line.aside

    async def late(call: Callable[[], Any], undo: Callable[[Any], None] | None = None) -> Any:
        link.symlink_to(far.name)
        return await open_aside(call, undo)

    monkeypatch.setattr(serial_line, "aside", late)
    near = await open_serial(str(link), 9600, "7E1")
    await near.close()
    await far.hang_up()
