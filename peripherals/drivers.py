"""The drivers we have: name → class, usual line settings, and how its conversation is made. A new driver adds a row."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from peripherals.config import DeviceConfig, Framing, Transport
from peripherals.errors import InvalidDeviceConfig
from peripherals.events import DeviceClass
from peripherals.print_queue import PrintQueue
from peripherals.protocols import cd5220, escpos_display, usb_hid_scale
from peripherals.protocols.conversation import Conversation
from peripherals.protocols.dialog06_talk import Dialog06Talk
from peripherals.protocols.escpos import Paper
from peripherals.protocols.hid_scanner import ReportReader
from peripherals.protocols.keyboard_scanner import KeyReader
from peripherals.protocols.line_showing import LineShowing
from peripherals.protocols.listening import Listening
from peripherals.protocols.picture import NoPicture, read_pbm
from peripherals.protocols.scale_polling import ScalePolling
from peripherals.protocols.scale_protocol import ScaleProtocol, ScaleSettings
from peripherals.protocols.scales import SCALES
from peripherals.protocols.serial_drawer import SerialDrawer
from peripherals.protocols.serial_scanner import ScanReader
from peripherals.unifont import USUAL, NoFont, Unifont

NewReadingId = Callable[[], str]


class Driver(msgspec.Struct, frozen=True):
    """One kind of device. A scale that `computes` is given the price before it weighs."""

    device_class: DeviceClass
    baud_rate: int
    framing: Framing
    conversation: Callable[[DeviceConfig, NewReadingId], Conversation]
    transports: frozenset[Transport]
    computes: bool = False


_LINES: Final[frozenset[Transport]] = frozenset({"serial", "tcp"})
_HIDRAW: Final[frozenset[Transport]] = frozenset({"hidraw"})


def _scale(protocol: ScaleProtocol) -> Driver:
    """A scale's row: its usual line, and a talk in its language."""

    def conversation(config: DeviceConfig, new_reading_id: NewReadingId) -> Conversation:
        settings = ScaleSettings(unit=config.unit, decimals=config.decimals, line=config.shape)
        return ScalePolling(protocol, new_reading_id, settings, config.asking)

    return Driver(
        device_class="Scale", baud_rate=protocol.baud_rate, framing=protocol.framing, conversation=conversation,
        transports=_HIDRAW if protocol.name == usb_hid_scale.PROTOCOL.name else _LINES,
    )  # fmt: skip


def _price_computing(config: DeviceConfig, new_reading_id: NewReadingId) -> Conversation:
    return Dialog06Talk(new_reading_id, config.vendor_key)


def _scanner(config: DeviceConfig, _: NewReadingId) -> Conversation:
    return Listening(ScanReader(config.suffix))


def _keyboard_scanner(config: DeviceConfig, _: NewReadingId) -> Conversation:
    return Listening(KeyReader(config.keymap, config.suffix))


def _hid_scanner(_: DeviceConfig, __: NewReadingId) -> Conversation:
    return Listening(ReportReader())


def _printer(config: DeviceConfig, _: NewReadingId) -> Conversation:
    return PrintQueue(
        config.name,
        _paper(config),
        config.confirmation,
        drawer_open_is_high=config.drawer_open_is_high,
    )


def _paper(config: DeviceConfig) -> Paper:
    """Raises `InvalidDeviceConfig` where its logo or font cannot be read."""
    logo = glyph = None
    try:
        if config.logo is not None:
            logo = read_pbm(Path(config.logo).read_bytes())
        if config.encoding == "raster":
            glyph = Unifont(Path(config.font) if config.font else USUAL).glyph
    except NoFont as refused:
        raise InvalidDeviceConfig(what=f"`font`: {refused}", on=config.name) from None
    except (NoPicture, OSError) as refused:
        raise InvalidDeviceConfig(what=f"`logo`: {refused}", on=config.name) from None
    if logo is not None and logo.width_bytes * 8 > config.paper_dots:
        raise InvalidDeviceConfig(what=f"`logo` is wider than {config.paper_dots} dots", on=config.name)
    return Paper(
        config.columns, config.encoding, config.code_page, config.paper_dots, glyph, logo, config.beeper,
        config.automatic_status,
    )  # fmt: skip


def _cd5220(config: DeviceConfig, _: NewReadingId) -> Conversation:
    return LineShowing(cd5220.INITIALISE, cd5220.encode, config.encoding)


def _escpos_display(config: DeviceConfig, _: NewReadingId) -> Conversation:
    return LineShowing(escpos_display.INITIALISE, escpos_display.encode, config.encoding)


def _drawer(_: DeviceConfig, __: NewReadingId) -> Conversation:
    return SerialDrawer()


DRIVERS: dict[str, Driver] = {
    **{name: _scale(protocol) for name, protocol in SCALES.items()},
    "dialog06": Driver("Scale", 9600, "7O1", _price_computing, _LINES, computes=True),
    "serial-scanner": Driver("Scanner", 9600, "8N1", _scanner, _LINES),
    "keyboard-scanner": Driver("Scanner", 0, "8N1", _keyboard_scanner, frozenset({"evdev"})),
    "hid-scanner": Driver("Scanner", 0, "8N1", _hid_scanner, _HIDRAW),
    "escpos": Driver("POSPrinter", 38400, "8N1", _printer, _LINES | {"usblp"}),
    "cd5220": Driver("LineDisplay", 9600, "8N1", _cd5220, _LINES),
    "escpos-display": Driver("LineDisplay", 9600, "8N1", _escpos_display, _LINES),
    "serial-drawer": Driver("CashDrawer", 9600, "8N1", _drawer, _LINES),
}


def driver_of(config: DeviceConfig) -> Driver:
    """The driver a device names; raises `InvalidDeviceConfig` with the names, or the transports, there are."""
    driver = DRIVERS.get(config.driver)
    if driver is None:
        known = ", ".join(sorted(DRIVERS))
        raise InvalidDeviceConfig(what=f"no driver {config.driver!r} (there are: {known})", on=config.name)
    if config.transport not in driver.transports:
        fitting = ", ".join(sorted(driver.transports))
        raise InvalidDeviceConfig(
            what=f"{config.driver} is not spoken over {config.transport}, but {fitting}", on=config.name
        )
    return driver
