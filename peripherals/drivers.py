"""The drivers we have: name → class, usual line settings, and how its conversation is made. A new driver adds a row."""

from collections.abc import Callable

import msgspec

from peripherals.config import DeviceConfig, Framing
from peripherals.errors import InvalidDeviceConfig
from peripherals.events import DeviceClass
from peripherals.print_queue import PrintQueue
from peripherals.protocols import cd5220, escpos_display
from peripherals.protocols.conversation import Conversation
from peripherals.protocols.escpos import Paper
from peripherals.protocols.line_showing import LineShowing
from peripherals.protocols.listening import Listening
from peripherals.protocols.scale_polling import ScalePolling
from peripherals.protocols.scale_protocol import ScaleProtocol, ScaleSettings
from peripherals.protocols.scales import SCALES
from peripherals.protocols.serial_drawer import SerialDrawer
from peripherals.protocols.serial_scanner import ScanReader

NewReadingId = Callable[[], str]


class Driver(msgspec.Struct, frozen=True):
    """One kind of device."""

    device_class: DeviceClass
    baud_rate: int
    framing: Framing
    conversation: Callable[[DeviceConfig, NewReadingId], Conversation]


def _scale(protocol: ScaleProtocol) -> Driver:
    """A scale's row: its usual line, and a talk in its language."""

    def conversation(config: DeviceConfig, new_reading_id: NewReadingId) -> Conversation:
        settings = ScaleSettings(unit=config.unit, decimals=config.decimals, line=config.shape)
        return ScalePolling(protocol, new_reading_id, settings, config.asking)

    return Driver(
        device_class="Scale", baud_rate=protocol.baud_rate, framing=protocol.framing, conversation=conversation
    )


def _scanner(config: DeviceConfig, _: NewReadingId) -> Conversation:
    return Listening(ScanReader(config.suffix))


def _printer(config: DeviceConfig, _: NewReadingId) -> Conversation:
    return PrintQueue(
        config.name,
        Paper(columns=config.columns, encoding=config.encoding),
        config.confirmation,
        drawer_open_is_high=config.drawer_open_is_high,
    )


def _cd5220(config: DeviceConfig, _: NewReadingId) -> Conversation:
    return LineShowing(cd5220.INITIALISE, cd5220.encode, config.encoding)


def _escpos_display(config: DeviceConfig, _: NewReadingId) -> Conversation:
    return LineShowing(escpos_display.INITIALISE, escpos_display.encode, config.encoding)


def _drawer(_: DeviceConfig, __: NewReadingId) -> Conversation:
    return SerialDrawer()


DRIVERS: dict[str, Driver] = {
    **{name: _scale(protocol) for name, protocol in SCALES.items()},
    "serial-scanner": Driver(device_class="Scanner", baud_rate=9600, framing="8N1", conversation=_scanner),
    "escpos": Driver(device_class="POSPrinter", baud_rate=38400, framing="8N1", conversation=_printer),
    "cd5220": Driver(device_class="LineDisplay", baud_rate=9600, framing="8N1", conversation=_cd5220),
    "escpos-display": Driver(device_class="LineDisplay", baud_rate=9600, framing="8N1", conversation=_escpos_display),
    "serial-drawer": Driver(device_class="CashDrawer", baud_rate=9600, framing="8N1", conversation=_drawer),
}


def driver_of(config: DeviceConfig) -> Driver:
    """The driver a device names; raises `InvalidDeviceConfig` with the names there are."""
    driver = DRIVERS.get(config.driver)
    if driver is None:
        known = ", ".join(sorted(DRIVERS))
        raise InvalidDeviceConfig(what=f"no driver {config.driver!r} (there are: {known})", on=config.name)
    return driver
