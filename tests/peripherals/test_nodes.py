"""Device files of the kernel: what is opened, what is taken for ourselves, and what is said where that cannot be."""

import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from peripherals.config import DeviceConfig, check
from peripherals.drivers import driver_of
from peripherals.errors import InvalidDeviceConfig, LineLost, LineMissing, LineRefused
from peripherals.events import Scanned
from peripherals.hub import Hub
from peripherals.protocols.keyboard_scanner import KeyReader
from peripherals.simulators.keyboard import KeyboardSimulator
from peripherals.transports.node import NodeStream, open_hid, open_keyboard, open_printer_node

pytestmark = pytest.mark.anyio


class Pipes:
    """Event nodes as pipes: what is written into one comes out as it went in."""

    def __init__(self, folder: Path, count: int) -> None:
        self.paths = [folder / f"event{number}" for number in range(count)]
        for path in self.paths:
            os.mkfifo(path)
        self.ends = [os.open(path, os.O_RDWR | os.O_NONBLOCK) for path in self.paths]
        self.taken: list[int] = []

    def beside(self, node: Path) -> tuple[str, ...]:
        return tuple(str(path) for path in self.paths if path != node)

    async def open(self) -> Any:
        return await open_keyboard(str(self.paths[0]), self.beside, self.taken.append)

    def close(self) -> None:
        for end in self.ends:
            os.close(end)


@pytest.fixture
async def pipes(tmp_path: Path) -> AsyncIterator[Pipes]:
    made = Pipes(tmp_path, 3)
    yield made
    made.close()


async def test_all_nodes_of_one_scanner_are_taken_and_heard(pipes: Pipes) -> None:
    """A scanner is often a keyboard and something more, and the code may come from either."""
    stream = await pipes.open()
    assert len(pipes.taken) == 3
    reader = KeyReader()
    for number, code in ((2, "4006381333931"), (0, "96385074")):
        os.write(pipes.ends[number], KeyboardSimulator().scan(code))
        (found,) = reader.feed(await stream.read())
        assert isinstance(found, Scanned)
        assert found.code == code
    await stream.close()
    with pytest.raises(LineLost):
        await stream.read()


async def test_a_node_that_another_program_took_is_refused_and_let_go_of(pipes: Pipes) -> None:
    """Nobody may hear half of the keys."""
    opened: list[int] = []

    def busy(file: int) -> None:
        opened.append(file)
        raise OSError(errno.EBUSY, "Device or resource busy")

    with pytest.raises(LineRefused, match="busy"):
        await open_keyboard(str(pipes.paths[0]), pipes.beside, busy)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[0])


async def test_what_is_no_such_device_is_refused(pipes: Pipes, tmp_path: Path) -> None:
    """The kernel says so itself: a pipe has no description and no keys."""
    with pytest.raises(LineRefused):
        await open_hid(str(pipes.paths[0]), described=True)
    with pytest.raises(LineRefused):
        await open_keyboard(str(pipes.paths[0]), pipes.beside)
    for opening in (open_printer_node(str(tmp_path / "lp9")), open_keyboard(str(tmp_path / "event9"))):
        with pytest.raises(LineMissing):
            await opening


async def test_a_report_is_one_read_and_comes_in_its_own_piece() -> None:
    """Two reports that wait are not one."""
    near, far = os.pipe2(os.O_NONBLOCK)
    stream = NodeStream([near], "node", first=b"<described>", wrap=lambda data: b"<" + data + b">")
    assert await stream.read() == b"<described>"
    os.write(far, b"one")
    assert await stream.read() == b"<one>"
    os.close(far)
    with pytest.raises(LineLost):
        await stream.read()
    await stream.close()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"driver": "keyboard-scanner", "transport": "serial"}, "not spoken over serial, but evdev"),
        ({"driver": "escpos", "transport": "evdev"}, "not spoken over evdev, but serial, tcp, usblp"),
        ({"driver": "escpos", "transport": "usblp", "baud_rate": 9600}, "belong to transport serial"),
        ({"driver": "hid-scanner", "transport": "hidraw", "path": None}, "needs `path`"),
    ],
)
def test_a_line_that_a_driver_does_not_speak_over_is_a_fault_of_the_settings(
    more: dict[str, Any], sentence: str
) -> None:
    """Said at start, not when the scanner is silent."""
    config = DeviceConfig(**{"name": "dev-1", "path": "/dev/x", **more})

    def read() -> None:
        check(config)
        driver_of(config)

    with pytest.raises(InvalidDeviceConfig, match=sentence):
        read()


async def test_the_hub_opens_every_kind_of_node_by_its_name(tmp_path: Path) -> None:
    """Each says that it is not there; none stops the others."""
    kinds = {"keyboard-scanner": "evdev", "hid-scanner": "hidraw", "usb-hid-scale": "hidraw", "escpos": "usblp"}
    configs = [
        DeviceConfig(name=f"dev-{number}", driver=driver, transport=transport, path=str(tmp_path / driver))  # type: ignore[arg-type]
        for number, (driver, transport) in enumerate(kinds.items())
    ]
    hub = Hub(configs)
    for device in hub._devices.values():
        with pytest.raises(LineMissing):
            await device._open_line()
