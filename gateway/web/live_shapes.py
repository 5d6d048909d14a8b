"""The events pages are told, as structs, and how each is made from what happened."""

import functools
from collections.abc import Sequence

import msgspec

from gateway.store.alerts import Alert
from gateway.store.session import Posted
from gateway.store.shelves import StockChange
from gateway.store.tasks import Task
from gateway.web.document_id import write_id
from gateway.web.moments import moment, moment_of
from gateway.web.scan import ScanResult
from peripherals.device_state import DeviceState
from peripherals.events import NotReady, Weighed
from replication.wire.quantity import format_quantity


class DocumentEvent(msgspec.Struct, frozen=True):
    """A document was posted."""

    id: str
    type: str
    number: str
    seq: int
    total: int
    station: str | None
    person: str
    posted_at: str


class StockEvent(msgspec.Struct, frozen=True):
    """A balance after a document. How much of it is free is for `GET /stock`, which knows what else was promised."""

    item: str
    location: str
    lot: str | None
    on_hand: str
    as_of_seq: int


class ItemEvent(msgspec.Struct, frozen=True):
    """An item was created or changed."""

    sku: str
    version: int


class TransferEvent(msgspec.Struct, frozen=True):
    """What is known of a transfer changed; the journal stands at `seq`."""

    transfer: str
    seq: int


class RequestEvent(msgspec.Struct, frozen=True):
    """What a person decides about, or looks at: a document `waiting` for approval, `approved`, `refused` or `expired`; one
    posted with warnings (`warned`), which is to be looked at where it was settled, and one that was `reviewed`."""

    id: str
    state: str


class WorkOrderEvent(msgspec.Struct, frozen=True):
    """A work order was made, went on, was completed or cancelled."""

    id: str
    state: str


class DeliveryEvent(msgspec.Struct, frozen=True):
    """A message with alerts was `sent` to somebody, or `failed` and is tried again. To whom is for those who may read it:
    `GET /alerts/receivers`."""

    result: str


class AlertEvent(msgspec.Struct, frozen=True):
    """An alert was raised, seen or cleared. Whom and what it is about is for those who may read it: `GET /alerts`."""

    id: str
    kind: str
    severity: str
    state: str
    seen: bool


class TaskEvent(msgspec.Struct, frozen=True):
    """A follow-up task opened, or closed itself."""

    id: str
    state: str
    item: str
    location: str


class DeviceStateEvent(msgspec.Struct, frozen=True, rename={"device_class": "class"}):
    """A device's state changed."""

    name: str
    device_class: str
    driver: str
    state: str
    life: str
    code: str
    detail: str
    detail_zh: str
    hint: str
    hint_zh: str
    since: str


class PortsEvent(msgspec.Struct, frozen=True):
    """Something was plugged in or pulled out; `count` ports are in no setting."""

    count: int


class WeightEvent(msgspec.Struct, frozen=True):
    """What a scale says. `weight` and `reading` are given for a stable weight above zero, and only then; `price` and `total`
    (minor units) by a scale that computes."""

    device: str
    station: str | None
    status: str
    weight: str | None
    unit: str | None
    reading: str | None
    price: int | None = None
    total: int | None = None


class ScanEvent(msgspec.Struct, frozen=True):
    """A code came from a scanner, looked up as `GET /scan` does. `code` is without the AIM identifier."""

    device: str
    station: str | None
    code: str
    symbology: str
    result: ScanResult


class PrintEvent(msgspec.Struct, frozen=True):
    """A print job went on: the till receipt of a document, or its ticket for a kitchen."""

    job: str
    document: str
    printer: str
    state: str
    code: str
    detail: str
    detail_zh: str
    kitchen: str | None


class KitchenEvent(msgspec.Struct, frozen=True):
    """A kitchen's ticket was made (`open`), is `late`, was `taken` or `cancelled`."""

    ticket: str
    document: str
    kitchen: str
    state: str


def document_event(document: Posted) -> DocumentEvent:
    """A document that was just posted."""
    return DocumentEvent(
        write_id(document.id), document.type, document.number, document.seq, document.total, document.station,
        document.person, moment(document.posted_at),
    )  # fmt: skip


def document_events(documents: Sequence[Posted]) -> list[DocumentEvent]:
    """Documents of one group."""
    return [document_event(document) for document in documents]


def stock_events(documents: Sequence[Posted]) -> list[bytes]:
    """The balances they changed, each as the last of them left it: the JSON of a `StockEvent`."""
    last: dict[tuple[str, str, str], tuple[StockChange, int]] = {}
    for document in documents:
        for change in document.stock:
            last[change.item, change.location, change.lot] = change, document.seq
    return [_stock_event(change, seq) for change, seq in last.values()]


def _stock_event(change: StockChange, seq: int) -> bytes:
    before = _shelf(change.item, change.location, change.lot)
    return f'{before},"on_hand":"{format_quantity(change.on_hand)}","as_of_seq":{seq}}}'.encode()


@functools.lru_cache(maxsize=4096)
def _shelf(item: str, location: str, lot: str) -> str:
    """How a `StockEvent` of this shelf begins: a shop sells the same things all day."""
    return msgspec.json.encode({"item": item, "location": location, "lot": lot or None}).decode()[:-1]


def alert_event(alert: Alert) -> AlertEvent:
    """An alert that changed."""
    state = "open" if alert.cleared_at is None else "cleared"
    return AlertEvent(str(alert.place), alert.kind.value, alert.severity.value, state, alert.seen_at is not None)


def task_event(task: Task) -> TaskEvent:
    """A follow-up task that changed."""
    return TaskEvent(str(task.place), "open" if task.closed_at is None else "closed", task.item, task.location)


def weight_event(device: str, station: str | None, said: Weighed | NotReady | None) -> WeightEvent:
    """What a scale says, for one station; None: it says nothing any more."""
    match said:
        case Weighed(reading, weight):
            amount = format_quantity(weight.thousandths)
            return WeightEvent(device, station, "stable", amount, weight.unit, reading, said.price, said.total)
        case NotReady(status):
            return WeightEvent(device, station, status, None, None, None)
        case None:
            return WeightEvent(device, station, "lost", None, None, None)


def device_event(state: DeviceState) -> DeviceStateEvent:
    """How a device is."""
    return DeviceStateEvent(
        state.name, state.device_class, state.driver, state.state, state.life, state.code, state.detail, state.detail_zh, state.hint,
        state.hint_zh, moment_of(state.since),
    )  # fmt: skip
