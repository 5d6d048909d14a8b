"""The hub: many devices, one place to listen and to ask."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from peripherals.config import DeviceConfig
from peripherals.errors import InvalidDeviceConfig, NoAnswer, NotConnected, PeripheralError, UnknownDevice
from peripherals.events import Event, Missed, NotReady, PrintJobChanged, Scanned, Weighed
from peripherals.hub import Hub
from peripherals.print_job import Cut, PrintJob, TextLine
from peripherals.readings import READINGS_MAX
from peripherals.simulators.printer import PrinterSimulator
from peripherals.simulators.scale import ScaleSimulator
from peripherals.simulators.scanner import ScannerSimulator
from peripherals.subscription import QUEUE_EVENTS_MAX, DeviceEvent, Subscription
from peripherals.transports.memory import MemoryStream, memory_pair
from peripherals.transports.stream import ByteStream

pytestmark = pytest.mark.anyio


def serial(name: str, driver: str, **more: Any) -> DeviceConfig:
    return DeviceConfig(name=name, driver=driver, transport="serial", path=f"/dev/{name}", **more)


class Shop:
    """A hub whose devices are simulators on in-memory lines, under a clock turned by hand."""

    def __init__(self, clock: Any, new_reading_id: Callable[[], str], **scale: Any) -> None:
        self.clock = clock
        self.scale, self.printers = ScaleSimulator(), {"p1": PrinterSimulator(), "p2": PrinterSimulator()}
        self.scanner_line: MemoryStream | None = None
        self.scale_line: MemoryStream | None = None
        self.unplugged: set[str] = set()
        self._answers: dict[str, Callable[[bytes], bytes]] = {
            "scale-1": self.scale.receive,
            **{name: printer.receive for name, printer in self.printers.items()},
        }
        self._tasks: list[asyncio.Task[None]] = []
        configs = [
            serial("scale-1", "toledo8217", **scale),
            serial("scanner-1", "serial-scanner"),
            *(
                DeviceConfig(name=name, driver="escpos", transport="tcp", host=name, port=9100)
                for name in self.printers
            ),
        ]
        self.hub = Hub(configs, clock=clock, jitter=lambda: 0.5, new_reading_id=new_reading_id, open_line=self._opener)
        self.events: list[DeviceEvent] = []
        self.subscription = self.hub.subscribe()

    def _opener(self, config: DeviceConfig, _: Any) -> Any:
        async def open_it() -> ByteStream:
            if config.name in self.unplugged:
                await asyncio.Event().wait()
            near, far = memory_pair(config.name)
            if config.name == "scanner-1":
                self.scanner_line = far
            else:
                self.scale_line = far if config.name == "scale-1" else self.scale_line
                self._tasks.append(asyncio.create_task(self._serve(far, self._answers[config.name])))
            return near

        return open_it

    async def _serve(self, far: MemoryStream, answer: Callable[[bytes], bytes]) -> None:
        with contextlib.suppress(PeripheralError):
            while True:
                await far.write(answer(await far.read()))

    async def _listen(self) -> None:
        async for event in self.subscription:
            self.events.append(event)

    def start(self) -> None:
        self._tasks += [asyncio.create_task(self.hub.run()), asyncio.create_task(self._listen())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def told(self, kind: type[Event]) -> list[DeviceEvent]:
        return [event for event in self.events if isinstance(event.event, kind)]


@pytest.fixture
async def shop(clock: Any, reading_ids: Callable[[], str]) -> AsyncIterator[Shop]:
    made = Shop(clock, reading_ids)
    yield made
    await made.stop()


JOB = PrintJob(parts=(TextLine(text="x"), Cut()))


async def test_what_devices_say_reaches_a_listener_under_their_names(shop: Shop, clock: Any) -> None:
    """A weight, a code, a printed job."""
    shop.scale.put_weight("1.250")
    shop.start()
    await clock.advance(1)
    assert shop.scanner_line is not None
    await shop.scanner_line.write(ScannerSimulator().scan("9521234567899", "ean13"))
    shop.hub.print("p1", "j1", JOB)
    await clock.advance(1)
    (weighed,) = shop.told(Weighed)
    assert weighed.device == "scale-1"
    assert [event.event.data for event in shop.told(Scanned)] == ["9521234567899"]  # type: ignore[union-attr]
    assert [event.event.state for event in shop.told(PrintJobChanged)] == [  # type: ignore[union-attr]
        "queued",
        "printing",
        "printed",
    ]
    assert {state.name: state.state for state in shop.hub.states()} == {
        "scale-1": "online",
        "scanner-1": "online",
        "p1": "online",
        "p2": "online",
    }
    assert msgspec.to_builtins(shop.hub.states()[0])["class"] == "Scale"


async def test_the_reading_a_sale_names_is_found(shop: Shop, clock: Any) -> None:
    """And says which scale, what and when; an invented one is not found."""
    shop.scale.put_weight("1.250")
    shop.start()
    await clock.advance(1)
    latest = shop.hub.latest_reading("scale-1")
    assert isinstance(latest, Weighed)
    reading = shop.hub.weight(latest.reading)
    assert reading is not None
    assert (reading.device, reading.weighed.weight.thousandths) == ("scale-1", 1250)
    assert shop.hub.weight("invented") is None
    shop.scale.put_weight(None)
    await clock.advance(1)
    assert isinstance(shop.hub.latest_reading("scale-1"), NotReady)
    assert shop.hub.weight(latest.reading) == reading


async def test_a_lost_scale_has_no_latest_reading(shop: Shop, clock: Any) -> None:
    """No weight is better than an old one."""
    shop.scale.put_weight("1.250")
    shop.start()
    await clock.advance(1)
    shop.scale.set_silent(True)
    await clock.advance(5)
    assert shop.hub.latest_reading("scale-1") is None


async def test_a_till_is_told_again_what_lies_on_the_scale(shop: Shop, clock: Any) -> None:
    """A sale wants a weight that was heard after its article was chosen; a silent scale has none."""
    shop.scale.put_weight("1.250")
    shop.start()
    await clock.advance(1)
    shop.hub.tell_weight("scale-1")
    await clock.advance(1)
    first, again = shop.told(Weighed)
    assert first == again
    shop.scale.set_silent(True)
    await clock.advance(5)
    with pytest.raises(NoAnswer):
        shop.hub.tell_weight("scale-1")


async def test_a_silent_scale_takes_no_price(clock: Any) -> None:
    """The till is told at once; and when the scale is back, another customer may stand there."""
    near, _ = memory_pair("scale-1")

    async def line() -> ByteStream:
        return near

    hub = Hub([serial("scale-1", "dialog06")], clock=clock, open_line=lambda *_: line)
    running = asyncio.create_task(hub.run())
    await clock.advance(10)
    with pytest.raises(NoAnswer):
        hub.weigh("scale-1", 500)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_scale_that_prints_by_its_key_has_no_latest_reading(clock: Any, reading_ids: Callable[[], str]) -> None:
    """It does not say when the goods are taken off; what it printed is told once and can be sold by its id."""
    shop = Shop(clock, reading_ids, asking="print")
    shop.start()
    await clock.advance(1)
    shop.scale.put_weight("1.250")
    assert shop.scale_line is not None
    await shop.scale_line.write(shop.scale.receive(b"W"))
    await clock.advance(1)
    (told,) = [event.event for event in shop.told(Weighed)]
    assert isinstance(told, Weighed)
    assert isinstance(shop.hub.latest_reading("scale-1"), NotReady)
    assert shop.hub.weight(told.reading) is not None
    await shop.stop()


async def test_readings_are_forgotten_after_a_stated_number(shop: Shop, clock: Any) -> None:
    """The oldest first."""
    shop.start()
    for number in range(READINGS_MAX + 2):
        shop.scale.put_weight(f"1.{number:03d}")
        await clock.advance(0.41)
    assert shop.hub.weight("r1") is None
    assert shop.hub.weight(f"r{READINGS_MAX}") is not None


async def test_one_printers_fault_does_not_delay_another(shop: Shop, clock: Any) -> None:
    """P6: each has its own task and queue."""
    shop.unplugged.add("p1")
    shop.start()
    await clock.advance(1)
    shop.hub.print("p1", "a", JOB)
    shop.hub.print("p2", "b", JOB)
    await clock.advance(1)
    first, second = shop.hub.print_job("p1", "a"), shop.hub.print_job("p2", "b")
    assert first is not None
    assert second is not None
    assert (first.state, first.detail, second.state) == ("waiting", "offline", "printed")
    assert shop.hub.cancel_print("p1", "a")
    assert not shop.hub.cancel_print("p1", "a")


async def test_the_drawer_opens_now_or_not_at_all(shop: Shop, clock: Any) -> None:
    """It must not spring open when the printer comes back."""
    shop.unplugged.add("p1")
    shop.start()
    await clock.advance(1)
    with pytest.raises(NotConnected):
        shop.hub.open_drawer("p1")
    shop.hub.open_drawer("p2")
    await clock.advance(1)
    assert shop.printers["p2"].drawer_pulses == 1


async def test_no_drawer_opens_through_a_printer_that_fell_silent(shop: Shop, clock: Any) -> None:
    """Its line is open still, and the pulse would wait there until the printer or its network comes back."""
    shop.start()
    await clock.advance(5)
    shop.printers["p1"].set_silent(silent=True)
    await clock.advance(10)
    with pytest.raises(NoAnswer):
        shop.hub.open_drawer("p1")
    assert {state.name: state.state for state in shop.hub.states()}["p1"] == "not_answering"


async def test_a_held_job_is_begun_by_its_keeper(shop: Shop, clock: Any) -> None:
    """Not before: what is on paper must be written down first."""
    shop.start()
    await clock.advance(1)
    shop.hub.print("p1", "j1", JOB, hold=True)
    await clock.advance(3)
    assert not shop.printers["p1"].slips
    shop.hub.begin_print("p1", "j1")
    await clock.advance(3)
    assert [event.event.state for event in shop.told(PrintJobChanged)] == [  # type: ignore[union-attr]
        "queued",
        "printing",
        "printed",
    ]


async def test_asking_the_wrong_device_says_so(shop: Shop) -> None:
    """A scale is no printer."""
    for ask in (
        lambda: shop.hub.print("scale-1", "j", JOB),
        lambda: shop.hub.open_drawer("nothing"),
        lambda: shop.hub.latest_reading("p1"),
    ):
        with pytest.raises(UnknownDevice):
            ask()


async def test_a_listener_that_falls_behind_is_told_how_much_it_missed() -> None:
    """Bounded, and never silent about it."""
    subscription = Subscription(lambda _: None)
    for number in range(QUEUE_EVENTS_MAX + 5):
        subscription.put(DeviceEvent(device="s", event=Scanned(code=str(number), data=str(number))))
    first = await anext(subscription)
    second = await anext(subscription)
    assert first.event == Missed(count=5)
    assert second.event == Scanned(code="5", data="5")


async def test_a_listener_that_left_ends_its_iteration(shop: Shop) -> None:
    """Also while it waits."""
    with shop.hub.subscribe() as subscription:
        waiting = asyncio.ensure_future(anext(subscription, None))
        await asyncio.sleep(0)
    assert await waiting is None


@pytest.mark.parametrize(
    "devices",
    [
        [serial("a", "toledo8217"), serial("a", "toledo8217")],
        [serial("a", "no-such-driver")],
        [DeviceConfig(name="a", driver="escpos", transport="tcp")],
        [DeviceConfig(name="a", driver="escpos", transport="serial")],
        [DeviceConfig(name="a", driver="escpos", transport="serial", path="/dev/x", host="h")],
        [DeviceConfig(name="a", driver="escpos", transport="tcp", host="h", port=1, path="/dev/x")],
    ],
)
async def test_settings_that_do_not_fit_are_refused_with_a_hint(devices: list[DeviceConfig]) -> None:
    """Before anything is opened."""
    with pytest.raises(InvalidDeviceConfig) as refused:
        Hub(devices)
    assert "config.toml" in str(refused.value)


@pytest.mark.parametrize("wrong", [{"name": "Scale 1"}, {"port": 0}, {"unit": "stone"}, {"colour": "red"}])
async def test_a_device_entry_refuses_unknown_keys_and_wrong_values(wrong: dict[str, Any]) -> None:
    """The struct says what an entry may hold."""
    entry = {"name": "a", "driver": "escpos", "transport": "tcp", "host": "h", "port": 9100} | wrong
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(entry, DeviceConfig)
