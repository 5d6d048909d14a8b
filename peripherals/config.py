"""How one device is set up. A plain struct, so that the gateway can embed it in its own settings; reads no file."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from peripherals.errors import InvalidDeviceConfig
from peripherals.events import WeightUnit

Framing = Literal["8N1", "8E1", "8O1", "8N2", "7E1", "7O1", "7N2"]
Transport = Literal["serial", "tcp", "usblp", "hidraw", "evdev"]
"""The last three are device files of the kernel: a USB printer, a raw HID device, something that types."""
Keymap = Literal["us", "gb", "de", "fr"]
Encoding = Literal[
    "gb18030", "gbk", "big5", "utf8", "ascii", "cp437", "cp850", "cp852", "cp858", "cp866", "cp1252", "raster"
]  # fmt: skip
"""What a printer or display takes text for. `ascii`: it has no other letters. `raster`: text is drawn and sent as a picture. What is
lacking is shown as a question mark."""
Beeper = Literal["none", "epson", "common"]
"""`epson`: ESC ( A. `common`: ESC B, as many printers of other makers."""
ScanSuffix = Literal["terminator", "none"]
Confirmation = Literal["process", "process_id", "status"]

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
PaperColumns = Annotated[int, msgspec.Meta(ge=16, le=64)]
BaudRate = Annotated[int, msgspec.Meta(ge=300, le=921_600)]


DEVICES_MAX = 64
"""Far above a branch's counters; a settings file with more is a mistake."""


class DeviceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[devices]]` entry: which driver, on which line, and the driver's options with their usual values."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")]
    driver: str
    transport: Transport
    # serial, usblp, hidraw, evdev
    path: str | None = None
    baud_rate: BaudRate | None = None
    framing: Framing | None = None
    # tcp
    host: str | None = None
    port: Port | None = None
    # scales: some send no unit, no point, or a line that nobody has documented; and the shop may have set one to talk by
    # itself (`stream`) or by its key only (`print`)
    unit: WeightUnit = "kg"
    decimals: Annotated[int, msgspec.Meta(ge=0, le=5)] | None = None
    shape: Annotated[str, msgspec.Meta(max_length=120)] | None = None
    asking: Literal["ask", "stream", "print"] | None = None
    # Dialog 06: the till's checksum and the maker's polynomial, in hex; the scale's dealer knows them.
    vendor_key: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$")] | None = None
    # scanners: `none` ends a code by 50 ms of silence instead of a terminator
    suffix: ScanSuffix = "terminator"
    # and one that types is set to some country's keyboard
    keymap: Keymap = "us"
    # printers
    encoding: Encoding = "gb18030"
    columns: PaperColumns = 48
    code_page: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None
    paper_dots: Literal[384, 512, 576] = 576
    font: str | None = None
    logo: str | None = None
    beeper: Beeper = "none"
    # `status` is for clones that never answer GS r: weaker, since the printer may still be working. `process_id` asks with
    # GS ( H, whose answer names the job.
    confirmation: Confirmation = "process"
    automatic_status: bool = False
    drawer_pin: Literal[2, 5] = 2
    # For a drawer switch that pulls pin 3 high when open; models differ, so the shop says.
    drawer_open_is_high: bool = True

    @property
    def line(self) -> str:
        """The line in a person's words."""
        return f"{self.host}:{self.port}" if self.transport == "tcp" else str(self.path)


def check(config: DeviceConfig) -> None:
    """Raises `InvalidDeviceConfig` where a line's address is missing or belongs to the other kind of line."""
    tcp = config.transport == "tcp"
    set_line = config.baud_rate is not None or config.framing is not None
    faults = (
        (not tcp and not config.path, f"transport {config.transport} needs `path`"),
        (not tcp and (config.host is not None or config.port is not None), "`host` and `port` belong to transport tcp"),
        (tcp and (not config.host or config.port is None), "transport tcp needs `host` and `port`"),
        (tcp and config.path is not None, "`path` belongs to the other transports"),
        (
            config.transport not in {"serial", "tcp"} and set_line,
            "`baud_rate` and `framing` belong to transport serial",
        ),
    )
    for wrong, sentence in faults:
        if wrong:
            raise InvalidDeviceConfig(what=sentence, on=config.name)


def check_together(devices: Sequence[DeviceConfig]) -> None:
    """Raises `InvalidDeviceConfig` where two share a name or a line, or there are too many."""
    if len(devices) > DEVICES_MAX:
        raise InvalidDeviceConfig(what=f"more than {DEVICES_MAX} devices", on="devices")
    names: set[str] = set()
    lines: dict[str, str] = {}
    for config in devices:
        if config.name in names:
            raise InvalidDeviceConfig(what="this name is used twice", on=config.name)
        names.add(config.name)
        other = lines.setdefault(config.line, config.name)
        if other != config.name:
            # Each would hear a part of what the device says, or both would act on the same scan.
            raise InvalidDeviceConfig(what=f"{config.line} is {other}'s line already", on=config.name)
