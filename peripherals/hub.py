"""All devices of a branch: one task each, one place to listen and to ask. Refuses to know who sells what."""

import asyncio
import os
import random
import uuid
from collections.abc import Callable, Sequence
from typing import Literal, assert_never

from peripherals.clock import Clock, SystemClock
from peripherals.config import DeviceConfig, check, check_together
from peripherals.device import BYTES_PER_SECOND_MAX, Device
from peripherals.device_state import DeviceState
from peripherals.drivers import Driver, driver_of
from peripherals.errors import Flooding, NoAnswer, NotConnected, UnknownDevice
from peripherals.events import (
    Condition,
    ConditionChanged,
    DeviceClass,
    DeviceLost,
    Event,
    NotReady,
    PortsChanged,
    PrintJobChanged,
    Weighed,
)
from peripherals.line_display import Screen
from peripherals.ports import FoundPort, not_set_up
from peripherals.print_job import PrintJob
from peripherals.print_queue import PrintQueue
from peripherals.protocols.dialog06_talk import Dialog06Talk
from peripherals.protocols.escpos import Paper
from peripherals.protocols.line_showing import LineShowing
from peripherals.protocols.scale_polling import ScalePolling
from peripherals.protocols.serial_drawer import SerialDrawer
from peripherals.readings import Reading, Readings
from peripherals.subscription import DeviceEvent, Subscription
from peripherals.transports.node import open_hid, open_keyboard, open_printer_node
from peripherals.transports.port_watch import PortWatch
from peripherals.transports.serial import open_serial
from peripherals.transports.stream import ByteStream, Opener
from peripherals.transports.tcp import open_tcp

KEY_BYTES_PER_SECOND_MAX = 524_288
"""The kernel tells each key with six events of 24 bytes, down and up; a scanner that types has some thousand keys a second."""

_LATE = NotReady(status="not_ready", flags=(Flooding.code,))
"""Of a scale that floods: its weight waited for its turn, and something else may lie there by now."""


class Hub:
    """Owns the devices. Make it, subscribe, then `run` it in a task of its own."""

    def __init__(
        self,
        devices: Sequence[DeviceConfig],
        *,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
        new_reading_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        open_line: Callable[[DeviceConfig, Driver], Opener] | None = None,
        port_watch: PortWatch | None = None,
    ) -> None:
        """Raises `InvalidDeviceConfig`. `open_line` is for tests that join devices in memory; without a `port_watch` nothing
        is known of sockets, and a device that was plugged in is found when its next try is due."""
        self._clock = clock or SystemClock()
        self._port_watch = port_watch
        self._subscriptions: list[Subscription] = []
        self._readings = Readings()
        self._latest: dict[str, Weighed | NotReady] = {}
        self._flooding: set[str] = set()
        self._devices: dict[str, Device] = {}
        self._configs = {config.name: config for config in devices}
        check_together(devices)
        for config in devices:
            check(config)
            driver = driver_of(config)
            self._devices[config.name] = Device(
                name=config.name,
                device_class=driver.device_class,
                driver=config.driver,
                line=config.line,
                conversation=driver.conversation(config, new_reading_id),
                open_line=(open_line or _opener)(config, driver),
                clock=self._clock,
                jitter=jitter,
                emit=self._emit,
                bytes_per_second_max=KEY_BYTES_PER_SECOND_MAX if config.transport == "evdev" else BYTES_PER_SECOND_MAX,
            )

    async def run(self) -> None:
        """Runs all devices until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for device in self._devices.values():
                tasks.create_task(device.run(), name=f"device {device.name}")
            if self._port_watch is not None:
                tasks.create_task(self._port_watch.run(self._ports_changed), name="sockets")

    def subscribe(self) -> Subscription:
        """A listener, from now on."""
        subscription = Subscription(self._left)
        self._subscriptions.append(subscription)
        return subscription

    def states(self) -> list[DeviceState]:
        """How all devices are, in the order of the settings."""
        return [device.state() for device in self._devices.values()]

    def enable(self, name: str, *, enabled: bool) -> None:
        """Takes a device up again, or releases its line for another program. Raises `UnknownDevice`."""
        device = self._devices.get(name)
        if device is None:
            raise UnknownDevice(what="device", on=name)
        device.enable(enabled)

    def found_ports(self) -> tuple[FoundPort, ...]:
        """What hangs on the machine and is no device of the settings. It was not opened."""
        if self._port_watch is None:
            return ()
        paths = [config.path for config in self._configs.values() if config.path is not None]
        return not_set_up(self._port_watch.ports, [*paths, *map(os.path.realpath, paths)])

    def latest_reading(self, scale: str) -> Weighed | NotReady | None:
        """What the scale says now; None while it says nothing. Raises `UnknownDevice`."""
        self._device(scale, "Scale")
        return self._latest.get(scale)

    def weigh(self, scale: str, price: int) -> bool:
        """Gives a price-computing scale the unit price of what lies on it, in minor units; the reading comes as an event.

        False for a scale that only weighs. Raises `UnknownDevice`, `NotConnected`, `NoAnswer`, and `ValueError` for a price it cannot
        take.
        """
        device = self._device(scale, "Scale")
        talk = device.conversation
        if not isinstance(talk, Dialog06Talk):
            return False
        _check_answers(device)
        talk.weigh(price)
        device.wake()
        return True

    def tell_weight(self, scale: str) -> None:
        """What the scale says next is told, also where it is what it said before.

        Raises `UnknownDevice`, `NotConnected`, and `NoAnswer` for one that is silent: what it says when it is back is told anyway.
        """
        device = self._device(scale, "Scale")
        _check_answers(device)
        self._tell_again(device)

    @staticmethod
    def _tell_again(device: Device) -> None:
        talk = device.conversation
        assert isinstance(talk, ScalePolling | Dialog06Talk), "every Scale driver talks in one of these"
        talk.tell_again()
        device.wake()

    def press(self, scale: str, key: Literal["zero", "tare"]) -> bool:
        """Presses a scale's key; the scale itself refuses where that is not allowed. False where it cannot be pressed from afar.

        Raises `UnknownDevice`, `NotConnected`.
        """
        device = self._device(scale, "Scale")
        talk = device.conversation
        if not isinstance(talk, ScalePolling):
            return False
        if not device.connected:
            raise NotConnected(what="scale", on=scale)
        pressed = talk.zero() if key == "zero" else talk.tare()
        device.wake()
        return pressed

    def weight(self, reading_id: str) -> Reading | None:
        """The reading a sale names, if it is among the last ones."""
        return self._readings.find(reading_id)

    def print(self, printer: str, job_id: str, job: PrintJob, *, duplicate: bool = False, hold: bool = False) -> None:
        """Queues a job; its fate comes as `PrintJobChanged`. With `hold` one that is told as `printing` waits for
        `begin_print`. Raises `UnknownDevice`, `PrintQueueFull`."""
        device, queue = self._printer(printer)
        for event in queue.submit(job_id, job, duplicate=duplicate, hold=hold):
            self._emit(printer, event)
        device.wake()

    def begin_print(self, printer: str, job_id: str) -> None:
        """That a held job is being printed was written down: its bytes may go. Raises `UnknownDevice`."""
        device, queue = self._printer(printer)
        queue.begin(job_id)
        device.wake()

    def cancel_print(self, printer: str, job_id: str) -> bool:
        """Takes a job back of which nothing was sent. Raises `UnknownDevice`."""
        device, queue = self._printer(printer)
        events = queue.cancel(job_id)
        for event in events:
            self._emit(printer, event)
        device.wake()
        return bool(events)

    def print_job(self, printer: str, job_id: str) -> PrintJobChanged | None:
        """The last known state of a job. Raises `UnknownDevice`."""
        return self._printer(printer)[1].job_state(job_id)

    def paper_of(self, printer: str) -> Paper:
        """What a printer prints on. Raises `UnknownDevice`."""
        return self._printer(printer)[1].paper

    def open_drawer(self, name: str) -> None:
        """Opens the drawer of that name, or the one wired to the printer of that name.

        Now or not at all: raises `NotConnected` or `NoAnswer`, since a drawer must not spring open minutes later, when its
        printer is switched on or its network comes back.
        """
        device = self._devices.get(name)
        if device is None or device.device_class not in {"CashDrawer", "POSPrinter"}:
            raise UnknownDevice(what="CashDrawer", on=name)
        if not device.connected:
            raise NotConnected(what="drawer", on=name)
        if device.condition.state == "not_answering":
            raise NoAnswer(what="drawer", on=name)
        match device.conversation:
            case PrintQueue() as queue:
                queue.pulse_drawer(self._configs[name].drawer_pin, self._clock.monotonic())
            case SerialDrawer() as drawer:
                drawer.pulse()
            case other:
                raise AssertionError(f"no drawer can be opened through {other!r}")
        device.wake()

    def show(self, display: str, screen: Screen) -> None:
        """What shall stand on a customer display from now on, also after it was away. Raises `UnknownDevice`."""
        device = self._device(display, "LineDisplay")
        showing = device.conversation
        assert isinstance(showing, LineShowing), "every LineDisplay driver shows through this"
        if showing.screen != screen:
            showing.show(screen)
            device.wake()

    def _emit(self, name: str, event: Event) -> None:
        match event:
            case ConditionChanged(condition=Condition(code=Flooding.code)):
                self._flooding.add(name)
            case ConditionChanged() if name in self._flooding:
                self._flooding.remove(name)
                if self._devices[name].device_class == "Scale":
                    self._tell_again(self._devices[name])
            case Weighed() if name in self._flooding:
                if self._latest.get(name) == _LATE:
                    return
                self._latest[name] = event = _LATE
            case Weighed():
                # One that speaks when its key is pressed does not say when the goods are taken off.
                silent = self._configs[name].asking == "print"
                self._latest[name] = NotReady(status="not_ready", flags=("prints_by_key",)) if silent else event
                self._readings.keep(Reading(device=name, weighed=event, at=self._clock.wall()))
            case NotReady():
                self._latest[name] = event
            case DeviceLost():
                self._latest.pop(name, None)
            case _:
                # All others change nothing that is remembered here; they are only passed on.
                pass
        told = DeviceEvent(device=name, event=event)
        for subscription in self._subscriptions:
            subscription.put(told)

    def _ports_changed(self) -> None:
        for device in self._devices.values():
            if not device.connected:
                device.retry()
        told = DeviceEvent(device="", event=PortsChanged())
        for subscription in self._subscriptions:
            subscription.put(told)

    def _left(self, subscription: Subscription) -> None:
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def _device(self, name: str, device_class: DeviceClass) -> Device:
        device = self._devices.get(name)
        if device is None or device.device_class != device_class:
            raise UnknownDevice(what=device_class, on=name)
        return device

    def _printer(self, name: str) -> tuple[Device, PrintQueue]:
        device = self._device(name, "POSPrinter")
        queue = device.conversation
        assert isinstance(queue, PrintQueue), "every POSPrinter driver talks through a print queue"
        return device, queue


def _check_answers(scale: Device) -> None:
    if not scale.connected:
        raise NotConnected(what="scale", on=scale.name)
    if scale.condition.state == "not_answering":
        raise NoAnswer(what="scale", on=scale.name)


def _opener(config: DeviceConfig, driver: Driver) -> Opener:
    """How the device's line is opened; each opening looks the path or the host up anew."""

    async def open_it() -> ByteStream:
        if config.transport == "tcp":
            assert config.host is not None
            assert config.port is not None
            return await open_tcp(config.host, config.port)
        assert config.path is not None
        match config.transport:
            case "serial":
                baud_rate, framing = config.baud_rate or driver.baud_rate, config.framing or driver.framing
                return await open_serial(config.path, baud_rate, framing)
            case "usblp":
                return await open_printer_node(config.path)
            case "hidraw":
                return await open_hid(config.path, described=driver.device_class == "Scanner")
            case "evdev":
                return await open_keyboard(config.path)
            case _:
                assert_never(config.transport)

    return open_it
