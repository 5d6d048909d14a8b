"""The ports the kernel knows, read from sysfs: the same with udev and without it. Opens no device.

Sources: kernel Documentation/ABI/testing/sysfs-bus-usb (idVendor, idProduct, manufacturer, product, serial), sysfs-tty
(type, console/active), sysfs-class-input; names in /dev/serial are udev's (60-serial.rules).
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from peripherals.ports import FoundPort, PortKind

PORTS_MAX = 256
"""More nodes than any branch has sockets; what is beyond is not looked at."""
FILE_BYTES_MAX = 512
"""Of a sysfs file: what a device calls itself is shown to people, and may say anything."""

_KEY_1, _KEY_ENTER, _KEY_A = 2, 28, 30
"""linux/input-event-codes.h: whoever has these types codes; a power button or a lid switch has not."""


def kernel_ports(system: Path = Path("/sys"), nodes: Path = Path("/dev")) -> tuple[FoundPort, ...]:
    """All ports a device of a shop may hang on, by node. Blocks for some file reads: a few milliseconds."""
    links = _links(nodes)
    found = [*_serial(system, nodes), *_class(system, nodes, "usbmisc", "lp*", "usb", "printer")]
    found += [*_class(system, nodes, "hidraw", "hidraw*", "", "hid"), *_keyboards(system, nodes)]
    ports = []
    for node, kind, device in found[:PORTS_MAX]:
        usb = _usb_of(device)
        facts = {} if usb is None else _facts(usb)
        path = links.get(node, node)
        ports.append(FoundPort(node=node, path=path, kind=kind, socket=usb.name if usb else None, **facts))
    return tuple(sorted(ports, key=lambda port: port.node))


def keyboards_beside(node: Path, system: Path = Path("/sys"), nodes: Path = Path("/dev")) -> tuple[str, ...]:
    """The other event nodes of the USB device that `node` belongs to: one scanner is often a keyboard and something more."""
    entries = {entry.name: (entry / "device").resolve() for entry in _entries(system / "class/input", "event*")}
    try:
        own = node.resolve().name
    except (OSError, RuntimeError):
        return ()
    usb = _usb_of(entries[own]) if own in entries else None
    return tuple(
        str(nodes / "input" / name)
        for name, device in entries.items()
        if usb is not None and name != own and _usb_of(device) == usb and _read(device / "capabilities/key").strip("0 ")
    )


def _serial(system: Path, nodes: Path) -> Iterator[tuple[str, PortKind, Path]]:
    """Lines with hardware behind them that are not the machine's own console."""
    consoles = set(_read(system / "class/tty/console/active").split())
    for entry in _entries(system / "class/tty", "tty*"):
        device = entry / "device"
        if entry.name in consoles or not device.exists() or _read(entry / "type") == "0":
            continue
        yield str(nodes / entry.name), "serial", device.resolve()


def _class(
    system: Path, nodes: Path, name: str, pattern: str, folder: str, kind: PortKind
) -> Iterator[tuple[str, PortKind, Path]]:
    for entry in _entries(system / "class" / name, pattern):
        yield str(nodes / folder / entry.name), kind, (entry / "device").resolve()


def _keyboards(system: Path, nodes: Path) -> Iterator[tuple[str, PortKind, Path]]:
    for entry in _entries(system / "class/input", "event*"):
        # Words of hex, the lowest last; all three keys are in it, on any machine.
        words = _read(entry / "device/capabilities/key").split()
        lowest = int(words[-1], 16) if words else 0
        if all(lowest >> key & 1 for key in (_KEY_1, _KEY_ENTER, _KEY_A)):
            yield str(nodes / "input" / entry.name), "keyboard", (entry / "device").resolve()


def _links(nodes: Path) -> dict[str, str]:
    """The most stable link of each node: by socket before by serial number, because many adapters have none."""
    found: dict[str, str] = {}
    for folder in ("serial/by-id", "serial/by-path", "input/by-id", "input/by-path", "kontor/by-path"):
        for link in _entries(nodes / folder, "*"):
            with contextlib.suppress(OSError, RuntimeError):
                found[str(link.resolve(strict=True))] = str(link)
    return found


def _usb_of(device: Path) -> Path | None:
    """The USB device a node belongs to: the nearest folder above with a vendor."""
    return next((folder for folder in (device, *device.parents) if (folder / "idVendor").is_file()), None)


def _facts(usb: Path) -> dict[str, str]:
    names = {"vendor": "idVendor", "product": "idProduct", "maker": "manufacturer", "model": "product"}
    return {ours: _read(usb / theirs) for ours, theirs in {**names, "serial_number": "serial"}.items()}


def _entries(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def _read(file: Path) -> str:
    """What stands there, printable and short; nothing where there is nothing, or the device has just gone."""
    try:
        text = file.read_bytes()[:FILE_BYTES_MAX].decode("utf-8", "replace")
    except OSError:
        return ""
    return "".join(character for character in text if character.isprintable()).strip()
