"""What pages are told as it happens: documents, stock, items, replication, devices, weights, scans and print jobs.

A watcher of the use cases, a listener to the device hub and to replication. Events are encoded only for those who
listen; a page that just came is greeted with what it would otherwise have to wait for.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from functools import partial
from typing import Final

import msgspec

from admin_ui.serving.events import Event, EventHub, Subscription
from gateway.config import BranchConfig
from gateway.store.alerts import Alert
from gateway.store.kitchen_tickets import Ticket
from gateway.store.print_jobs import PrintJobRow
from gateway.store.session import Posted
from gateway.store.tasks import Task
from gateway.use_cases.resolve_scan import resolve_scan
from gateway.use_cases.shop import RequestNews, Shop
from gateway.web.branch import Devices, ReplicationView
from gateway.web.document_id import write_id
from gateway.web.live_shapes import (
    DeliveryEvent,
    DeviceStateEvent,
    ItemEvent,
    KitchenEvent,
    PortsEvent,
    PrintEvent,
    RequestEvent,
    ScanEvent,
    TransferEvent,
    alert_event,
    device_event,
    document_events,
    stock_events,
    task_event,
    weight_event,
)
from gateway.web.print_jobs import words_of
from gateway.web.scan import scan_result
from peripherals.events import (
    ConditionChanged,
    DeviceBack,
    DeviceLost,
    Missed,
    NotReady,
    PortsChanged,
    PrinterStatusChanged,
    Scanned,
    Weighed,
)
from peripherals.subscription import DeviceEvent

TOPICS: Final = (
    "work_order",
    "document", "stock", "item", "transfer", "replication", "device", "weight", "scan", "print", "alert", "delivery", "task",
    "request", "ports", "kitchen",
)  # fmt: skip

log = logging.getLogger("kontor.live")


class BranchEvents(EventHub):
    """The branch's hub. Greets a page with the weight and the replication state of now."""

    greeting: Callable[[str | None], list[tuple[str, msgspec.Struct]]] | None = None

    def subscribe(
        self,
        topics: Collection[str] = (),
        *,
        audience: str | None = None,
        wanted: Callable[[Event], bool] | None = None,
        after: int | None = None,
    ) -> Subscription | None:
        """See the kit. The greeting carries the number of the newest event, so a resumed page misses nothing."""
        subscription = super().subscribe(topics, audience=audience, wanted=wanted, after=after)
        if subscription is not None and self.greeting is not None:
            for topic, data in self.greeting(audience):
                subscription.offer(Event(self.head, topic, audience, data))
        return subscription


class LiveEvents:
    """Turns what happens into events of the hub."""

    def __init__(self, hub: BranchEvents, config: BranchConfig) -> None:
        self._hub = hub
        self._stations: dict[str, list[str]] = {}
        for station in config.stations:
            for device in (station.scale, station.scanner):
                if device is not None:
                    self._stations.setdefault(device, []).append(station.name)
        self._scales = {station.name: station.scale for station in config.stations}
        hub.greeting = self._greeting
        self._last_scans: dict[str, str] = {}
        self._last_states: dict[str, DeviceStateEvent] = {}
        self._missed = self._missed_told = 0
        self._posted: list[Posted] = []
        self._devices: Devices | None = None
        self._replication: Callable[[], ReplicationView] | None = None

    def knows(self, devices: Devices, replication: Callable[[], ReplicationView]) -> None:
        """Whom to ask for what is now."""
        self._devices = devices
        self._replication = replication

    def last_scan(self, scanner: str) -> str | None:
        """What a scanner read last since the start."""
        return self._last_scans.get(scanner)

    # -- the use cases tell -----------------------------------------------------------------------------------------

    def posted(self, document: Posted) -> None:
        """A document was posted."""
        if not self._posted:
            asyncio.get_running_loop().call_soon(self._tell_posted)
        self._posted.append(document)

    def _tell_posted(self) -> None:
        """At the end of the loop's turn: what one commit answered is one event of each topic."""
        documents, self._posted = self._posted, []
        self._hub.publish("document", partial(document_events, documents), at_once=False, size=len(documents))
        changed = [document for document in documents if document.stock]
        if changed:
            self._hub.publish("stock", partial(stock_events, changed), at_once=False, size=len(changed))
        for document in documents:
            if document.warnings:
                self._hub.publish("request", RequestEvent(write_id(document.id), "warned"), at_once=False)

    def item_changed(self, sku: str, seq: int) -> None:
        """An item was created or changed."""
        self._hub.publish("item", ItemEvent(sku, seq))

    def transfer_changed(self, transfer: bytes, seq: int) -> None:
        """What is known of a transfer changed."""
        self._hub.publish("transfer", TransferEvent(write_id(transfer), seq))

    def print_changed(self, job: PrintJobRow) -> None:
        """A print job went on."""
        event = PrintEvent(
            str(job.job),
            write_id(job.document),
            job.printer,
            job.state.value,
            job.detail,
            *words_of(job.detail),
            job.kitchen or None,
        )
        self._hub.publish("print", event)

    def request_changed(self, document: bytes, news: RequestNews) -> None:
        """A document waits for a person, or does not any more."""
        self._hub.publish("request", RequestEvent(write_id(document), news))

    def alert_changed(self, alert: Alert) -> None:
        """An alert was raised or cleared."""
        self._hub.publish("alert", alert_event(alert))

    def delivery_tried(self, result: str) -> None:
        """A message with alerts was carried, or not."""
        self._hub.publish("delivery", DeliveryEvent(result))

    def kitchen_changed(self, ticket: Ticket) -> None:
        """A ticket was made, is late, was taken or cancelled."""
        event = KitchenEvent(str(ticket.ticket), write_id(ticket.document), ticket.kitchen, ticket.state.value)
        self._hub.publish("kitchen", event)

    def task_changed(self, task: Task) -> None:
        """A follow-up task opened, or closed itself."""
        self._hub.publish("task", task_event(task))

    # -- replication tells ------------------------------------------------------------------------------------------

    def replication_changed(self, view: ReplicationView) -> None:
        """Headquarters came further, or something stands in the way."""
        self._hub.publish("replication", view)

    # -- devices tell -----------------------------------------------------------------------------------------------

    async def listen(self, events: AsyncIterator[DeviceEvent], shop: Shop) -> None:
        """Follow the device hub, one event after another: codes keep the order they were scanned in."""
        async for told in events:
            try:
                await self._heard(told, shop)
            except Exception:
                # Outermost edge of one event: the next reading must not wait for a fault with this one.
                log.exception("event of device %s was not told", told.device)

    async def _heard(self, told: DeviceEvent, shop: Shop) -> None:
        match told.event:
            case Weighed() | NotReady():
                self._publish_weight(told.device, told.event)
            case Scanned(code, data):
                self._last_scans[told.device] = data
                resolved = await resolve_scan(shop, code)
                for station in self._stations_of(told.device):
                    event = ScanEvent(told.device, station, data, resolved.scan.symbology, scan_result(resolved))
                    self._hub.publish("scan", event, audience=station)
            case DeviceLost():
                if self._is_scale(told.device):
                    self._publish_weight(told.device, None)
                self._publish_state(told.device)
            case ConditionChanged() | DeviceBack() | PrinterStatusChanged():
                self._publish_state(told.device)
            case PortsChanged():
                assert self._devices is not None, "told whom to ask before listening"
                self._hub.publish("ports", PortsEvent(len(self._devices.found_ports())))
            case Missed(count):
                self._tell_missed(count)
                self._tell_all()
            case _:
                # Garbled bytes are for the log; print jobs are told by the ledger's own record of them.
                return

    def _tell_missed(self, count: int) -> None:
        """Into the log each time that it has doubled: a scanner gone mad over night writes a score of lines, not thousands."""
        self._missed += count
        if self._missed >= 2 * self._missed_told:
            self._missed_told = self._missed
            log.warning("%d device events since the start came faster than they could be told", self._missed)

    def _tell_all(self) -> None:
        """What scales say now, and how those devices are whose state pages do not know."""
        assert self._devices is not None, "told whom to ask before listening"
        for state in self._devices.states():
            if state.device_class == "Scale":
                self._publish_weight(state.name, self._latest(state.name))
            if device_event(state) != self._last_states.get(state.name):
                self._publish_state(state.name)

    def _publish_weight(self, device: str, said: Weighed | NotReady | None) -> None:
        for station in self._stations_of(device):
            self._hub.publish("weight", weight_event(device, station, said), audience=station)

    def _is_scale(self, device: str) -> bool:
        assert self._devices is not None, "told whom to ask before listening"
        return any(state.name == device and state.device_class == "Scale" for state in self._devices.states())

    def _stations_of(self, device: str) -> tuple[str | None, ...]:
        """The stations a device stands at; (None,) for one that stands at none, whose events are everybody's."""
        return tuple(self._stations.get(device, ())) or (None,)

    def _publish_state(self, device: str) -> None:
        assert self._devices is not None, "told whom to ask before listening"
        for state in self._devices.states():
            if state.name == device:
                event = self._last_states[device] = device_event(state)
                self._hub.publish("device", event)

    # -- a page that just came --------------------------------------------------------------------------------------

    def _greeting(self, audience: str | None) -> list[tuple[str, msgspec.Struct]]:
        told: list[tuple[str, msgspec.Struct]] = []
        scale = None if audience is None else self._scales.get(audience)
        if scale is not None:
            told.append(("weight", weight_event(scale, audience, self._latest(scale))))
        if self._replication is not None:
            told.append(("replication", self._replication()))
        return told

    def _latest(self, scale: str) -> Weighed | NotReady | None:
        assert self._devices is not None, "told whom to ask before listening"
        return self._devices.latest_reading(scale)
