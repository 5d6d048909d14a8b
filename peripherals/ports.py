"""What hangs on the machine's sockets, as facts, and what a person may do about it. Opens nothing and reads no file.

A port is never written to because it was found: what hangs on it is for a person to say, or for a probe they ask for.
"""

from collections.abc import Collection
from typing import Final, Literal

import msgspec

PortKind = Literal["serial", "printer", "hid", "keyboard"]
"""`printer` is a USB printer's node, `hid` a raw HID node, `keyboard` an input node that types."""

_DRIVERS: Final[dict[PortKind, str]] = {
    "serial": "toledo8217", "printer": "escpos", "hid": "hid-scanner", "keyboard": "keyboard-scanner",
}  # fmt: skip
"""What most often hangs on one; a person puts in what it is."""


class FoundPort(msgspec.Struct, frozen=True, kw_only=True):
    """One node. `path` is its most stable name: by socket, then by serial number, then the node itself.

    `socket` is the USB socket as the kernel counts (`1-1.2`: bus 1, port 1, then port 2 of the hub there); None for what
    is built in. `vendor` and `product` are four hex digits each.
    """

    node: str
    path: str
    kind: PortKind
    socket: str | None = None
    vendor: str = ""
    product: str = ""
    maker: str = ""
    model: str = ""
    serial_number: str = ""

    @property
    def names(self) -> frozenset[str]:
        """All by which settings may mean it."""
        return frozenset((self.node, self.path))

    def told(self) -> str:
        """It in a few words: `Prolific USB-Serial Controller (067b:2303)`."""
        name = " ".join(word for word in (self.maker, self.model) if word) or self.node.rpartition("/")[2]
        return f"{name} ({self.vendor}:{self.product})" if self.vendor else name


def where(port: FoundPort) -> tuple[str, str]:
    """The socket in words, English and Chinese, for whoever looks at the box."""
    if port.socket is None:
        return "built in", "机内接口"
    bus, _, way = port.socket.partition("-")
    first, *hubs = way.split(".")
    english = f"USB bus {bus}, socket {first}" + "".join(f", hub socket {number}" for number in hubs)
    chinese = f"USB 总线 {bus} 插口 {first}" + "".join(f"，集线器插口 {number}" for number in hubs)
    return english, chinese


def not_set_up(ports: Collection[FoundPort], paths: Collection[str]) -> tuple[FoundPort, ...]:
    """The ports that no setting means. `paths` are the settings' own, and what these links point to."""
    used = frozenset(paths)
    return tuple(port for port in ports if not port.names & used)


def proposal(port: FoundPort, taken: Collection[str]) -> str:
    """What to add to `config.toml` for it, under a name that is not taken."""
    stem = {"serial": "serial", "printer": "printer", "hid": "scanner", "keyboard": "scanner"}[port.kind]
    number = next(number for number in range(1, len(taken) + 2) if f"{stem}-{number}" not in taken)
    transport = {"serial": "serial", "printer": "usblp", "hid": "hidraw", "keyboard": "evdev"}[port.kind]
    return (
        f'[[devices]]\nname = "{stem}-{number}"\ndriver = "{_DRIVERS[port.kind]}"\n'
        f'transport = "{transport}"\npath = "{port.path}"\n'
    )
