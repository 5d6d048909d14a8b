"""What hangs on the sockets is found and named; a device that was plugged in is tried at once; nothing is opened unasked."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from peripherals.config import DeviceConfig
from peripherals.errors import LineMissing
from peripherals.events import PortsChanged
from peripherals.hub import Hub
from peripherals.ports import FoundPort, not_set_up, proposal, where
from peripherals.transports.kernel_ports import kernel_ports
from peripherals.transports.memory import memory_pair
from peripherals.transports.port_watch import LOOK_SECONDS, KernelPortWatch
from peripherals.transports.stream import ByteStream

pytestmark = pytest.mark.anyio

ADAPTER = FoundPort(
    node="/dev/ttyUSB0", path="/dev/ttyUSB0", kind="serial", socket="1-1.2", vendor="1a86", product="7523",
    model="USB Serial",
)  # fmt: skip


class Machine:
    """A sysfs and a /dev in a folder, laid out as the kernel and udev lay theirs out."""

    def __init__(self, folder: Path) -> None:
        self.system, self.nodes = folder / "sys", folder / "dev"
        self.nodes.mkdir(parents=True)

    def ports(self) -> tuple[FoundPort, ...]:
        return kernel_ports(self.system, self.nodes)

    def usb(self, socket: str, **facts: str) -> Path:
        device = self.system / "devices/pci0/usb1" / socket
        device.mkdir(parents=True)
        for name, text in facts.items():
            (device / name).write_text(text + "\n")
        return device

    def node(self, subsystem: str, name: str, below: Path, *, under: str = "", **files: str) -> Path:
        """A node whose device is `below`."""
        below.mkdir(parents=True, exist_ok=True)
        entry = below / subsystem / name
        entry.mkdir(parents=True)
        (entry / "device").symlink_to(below)
        for file, text in files.items():
            (entry / file).write_text(text + "\n")
        group = self.system / "class" / subsystem
        group.mkdir(parents=True, exist_ok=True)
        (group / name).symlink_to(entry)
        node = self.nodes / under / name
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
        return node

    def link(self, folder: str, name: str, node: Path) -> str:
        link = self.nodes / folder / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(node)
        return str(link)


def test_an_adapter_without_a_serial_number_is_named_by_its_socket(tmp_path: Path) -> None:
    """Two equal adapters share one by-id name; by socket they stay apart."""
    machine = Machine(tmp_path)
    nodes = []
    for number, socket in enumerate(("1-1.2", "1-1.3")):
        usb = machine.usb(socket, idVendor="1a86", idProduct="7523", product="USB Serial")
        nodes.append(machine.node("tty", f"ttyUSB{number}", usb / f"{socket}:1.0" / f"ttyUSB{number}"))
    machine.link("serial/by-id", "usb-1a86_USB_Serial-if00-port0", nodes[1])
    paths = [
        machine.link("serial/by-path", f"pci-0000-usb-0:1.{n + 2}:1.0-port0", node) for n, node in enumerate(nodes)
    ]
    found = machine.ports()
    assert [(port.path, port.socket, port.kind) for port in found] == [
        (paths[0], "1-1.2", "serial"), (paths[1], "1-1.3", "serial"),
    ]  # fmt: skip
    assert found[0].told() == "USB Serial (1a86:7523)"
    assert where(found[0]) == ("USB bus 1, socket 1, hub socket 2", "USB 总线 1 插口 1，集线器插口 2")


def test_without_udev_the_node_is_the_name(tmp_path: Path) -> None:
    """In a container there are no links; maker, model and socket are known all the same."""
    machine = Machine(tmp_path)
    usb = machine.usb("1-2", idVendor="0403", idProduct="6001", manufacturer="FTDI", product="UART", serial="A1")
    node = machine.node("tty", "ttyUSB0", usb / "1-2:1.0/ttyUSB0")
    (port,) = machine.ports()
    assert (port.node, port.path, port.serial_number) == (str(node), str(node), "A1")
    assert port.told() == "FTDI UART (0403:6001)"


def test_consoles_and_lines_without_hardware_are_left_out(tmp_path: Path) -> None:
    """The kernel lists 32 UARTs that are not there (type 0), and the machine's own console is not a socket."""
    machine = Machine(tmp_path)
    machine.node("tty", "ttyS0", machine.system / "devices/pnp/0", type="4")
    machine.node("tty", "ttyS1", machine.system / "devices/serial8250", type="0")
    machine.node("tty", "ttyAMA10", machine.system / "devices/soc/serial", type="30")
    console = machine.system / "class/tty/console"
    console.mkdir()
    (console / "active").write_text("tty0 ttyAMA10\n")
    (port,) = machine.ports()
    assert (Path(port.node).name, port.socket, where(port)[0]) == ("ttyS0", None, "built in")


def test_printers_hid_devices_and_keyboards_are_found_and_a_power_button_is_not(tmp_path: Path) -> None:
    """A keyboard is what has a 1, an A and Enter."""
    machine = Machine(tmp_path)
    usb = machine.usb("1-3", idVendor="04b8", idProduct="0e15")
    machine.node("usbmisc", "lp0", usb / "1-3:1.0", under="usb")
    machine.node("hidraw", "hidraw0", usb / "1-3:1.1")
    for name, keys in (
        ("event3", "10000 0 0 402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe"),
        ("event0", "10000000000000 0"),
    ):
        below = usb / "1-3:1.1/input" / name
        machine.node("input", name, below, under="input")
        (below / "capabilities").mkdir()
        (below / "capabilities/key").write_text(keys + "\n")
    assert [(Path(port.node).name, port.kind) for port in machine.ports()] == [
        ("hidraw0", "hid"), ("event3", "keyboard"), ("lp0", "printer"),
    ]  # fmt: skip


def test_what_a_device_calls_itself_is_cut_and_cleaned(tmp_path: Path) -> None:
    """It comes from outside, and is shown to people."""
    machine = Machine(tmp_path)
    usb = machine.usb("1-4", idVendor="1a86", idProduct="7523", product="A\x1b[31m" + "x" * 4000)
    machine.node("tty", "ttyACM0", usb / "1-4:1.0")
    (port,) = machine.ports()
    assert port.model.startswith("A[31mx")
    assert len(port.model) <= 512


def test_a_machine_without_any_has_none(tmp_path: Path) -> None:
    """No class folder at all, as in a bare container."""
    assert Machine(tmp_path).ports() == ()


def test_a_proposal_takes_a_free_name_and_the_stable_path() -> None:
    """It can be pasted into the settings as it is."""
    text = proposal(ADAPTER, {"serial-1", "scale-1"})
    assert text.splitlines()[:2] == ["[[devices]]", 'name = "serial-2"']
    assert 'path = "/dev/ttyUSB0"' in text
    assert not_set_up((ADAPTER,), ["/dev/ttyUSB0"]) == ()
    assert not_set_up((ADAPTER,), ["/dev/ttyUSB1"]) == (ADAPTER,)


class Bench:
    """A hub with one scanner that is not there yet, and a watch whose ports a test sets."""

    def __init__(self, clock: Any, folder: Path) -> None:
        self.clock, self.tries, self.there = clock, 0, False
        self.ports: tuple[FoundPort, ...] = ()
        self.watch = KernelPortWatch(clock, look=lambda: self.ports, udev_socket=folder / "no-udev")
        config = DeviceConfig(name="scanner-1", driver="serial-scanner", transport="serial", path="/dev/ttyUSB0")
        self.hub = Hub([config], clock=clock, jitter=lambda: 1.0, open_line=self._opener, port_watch=self.watch)

    def _opener(self, *_: Any) -> Any:
        async def open_it() -> ByteStream:
            self.tries += 1
            if not self.there:
                raise LineMissing(what="open", on="/dev/ttyUSB0")
            return memory_pair()[0]

        return open_it

    async def turned(self, seconds: float) -> None:
        await self.clock.advance(seconds)


@pytest.fixture
async def bench(clock: Any, tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(clock, tmp_path)
    running = asyncio.create_task(made.hub.run())
    yield made
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_device_that_is_plugged_in_is_tried_at_once(bench: Bench, eventually: Any) -> None:
    """Without the watch's word the next try could be five seconds away; nothing else was plugged in by whoever stands there."""
    await bench.turned(60.0)
    tries = bench.tries
    bench.there, bench.ports = True, (ADAPTER,)
    await bench.turned(LOOK_SECONDS)
    await eventually(lambda: bench.watch.ports)
    await bench.clock.settle()
    assert bench.tries == tries + 1
    assert bench.hub.states()[0].life == "enabled"
    assert bench.hub.found_ports() == (), "it is a device of the settings"


async def test_what_is_not_in_the_settings_is_told_and_not_opened(bench: Bench, eventually: Any) -> None:
    """A found port is shown; its line is left alone."""
    stranger = FoundPort(node="/dev/ttyACM0", path="/dev/ttyACM0", kind="serial")
    with bench.hub.subscribe() as told:
        bench.ports = (stranger,)
        await bench.turned(LOOK_SECONDS)
        await eventually(lambda: bench.hub.found_ports() == (stranger,))
        async for event in told:
            if isinstance(event.event, PortsChanged):
                break


async def test_a_released_device_leaves_its_line_and_takes_it_up_again(bench: Bench) -> None:
    """Another program may use the line meanwhile; no try is made until a person says so."""
    bench.there = True
    await bench.turned(30.0)
    assert bench.hub.states()[0].life == "enabled"
    bench.hub.enable("scanner-1", enabled=False)
    await bench.clock.settle()
    state = bench.hub.states()[0]
    assert (state.state, state.code, state.life) == ("offline", "released", "closed")
    tries = bench.tries
    await bench.turned(600.0)
    assert bench.tries == tries
    bench.hub.enable("scanner-1", enabled=True)
    await bench.clock.settle()
    assert bench.hub.states()[0].life == "enabled"


async def test_udev_is_heard_where_it_runs_and_let_go_of(clock: Any, tmp_path: Path, eventually: Any) -> None:
    """The kernel's socket is opened for its four subsystems and closed with the watch."""
    (tmp_path / "control").touch()
    seen = []
    watch = KernelPortWatch(clock, look=lambda: (ADAPTER,), udev_socket=tmp_path / "control")
    running = asyncio.create_task(watch.run(lambda: seen.append(watch.ports)))
    await eventually(lambda: seen)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert seen == [(ADAPTER,)]


async def test_sockets_that_cannot_be_read_stop_no_device(bench: Bench, eventually: Any, caplog: Any) -> None:
    """A file of the kernel that is not ours to read is told once; what is set up goes on, and so does looking."""

    def refuse() -> tuple[FoundPort, ...]:
        raise PermissionError(13, "Permission denied", "/sys/class/tty")

    bench.there, bench.watch._look = True, refuse
    for _ in range(5):
        await bench.turned(LOOK_SECONDS)
        await asyncio.sleep(0.02)
    await eventually(lambda: caplog.records)
    assert bench.hub.states()[0].life == "enabled"
    assert len([one for one in caplog.records if "cannot be looked at" in one.message]) == 1
    bench.watch._look = lambda: (ADAPTER,)
    for _ in range(5):
        await bench.turned(LOOK_SECONDS)
        await asyncio.sleep(0.02)
    await eventually(lambda: bench.watch.ports)
