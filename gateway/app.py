"""Composition of one branch: opens its files, joins its rooms, and runs them under one roof until told to stop.

The web server is what the branch is for; devices, printing and replication run beside it, and a fault of theirs is
logged and tried again without touching a sale.
"""

import asyncio
import contextlib
import importlib.metadata
import logging
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from admin_ui.assets import STATIC
from admin_ui.bundle import bundles
from admin_ui.contexts.shell import Site
from admin_ui.render import Renderer
from admin_ui.serving.guard import Guard
from admin_ui.serving.people import People
from admin_ui.serving.server import serve
from admin_ui.serving.site import direct_entry
from admin_ui.serving.static import StaticFiles
from admin_ui.serving.tokens import Tokens, read_or_create_key
from gateway.alert_settings import read_receivers, read_rules
from gateway.config import BranchConfig, pricing_stations, printers_of
from gateway.domain.alert_words import AlertWords
from gateway.domain.kitchen import Kitchen
from gateway.kitchen_settings import read_kitchens
from gateway.scale_readings import ScaleReadings
from gateway.shop_of import shop_of
from gateway.store.alerts import Alert
from gateway.store.journal import applied_position, head_position
from gateway.store.kitchen_tickets import Ticket
from gateway.store.ledger import Ledger
from gateway.uplink import Uplink, join, line_of
from gateway.use_cases.apply_inbox import LedgerInbox
from gateway.use_cases.archive_journal import ArchiveJob
from gateway.use_cases.cash_drawers import CashDrawers
from gateway.use_cases.count_job import follow_counts
from gateway.use_cases.customer_display import CustomerDisplays, Glass, Wording
from gateway.use_cases.deliver_alerts import AlertDelivery
from gateway.use_cases.expire_requests import expire_requests
from gateway.use_cases.follow_journal import JournalFollower
from gateway.use_cases.import_table import ImportDesk
from gateway.use_cases.kitchen_desk import KitchenDesk
from gateway.use_cases.messenger import ChildMessenger
from gateway.use_cases.price_watch import PriceWatch
from gateway.use_cases.print_till_receipt import Letterhead
from gateway.use_cases.printing import PrintRunner
from gateway.use_cases.prune_journal import prune_journal
from gateway.use_cases.receipt_layout import USUAL, BadLayout, ReceiptLayout, read_layout
from gateway.use_cases.receipts import Receipts
from gateway.use_cases.watch_alerts import AlertWatch
from gateway.web import api
from gateway.web.branch import Branch, damage_of
from gateway.web.live_events import BranchEvents, LiveEvents
from gateway.web.metrics import Figures
from gateway.web.sentences import Sentences
from peripherals.clock import SystemClock
from peripherals.device_state import DEVICE_TROUBLE, DeviceState
from peripherals.hub import Hub
from peripherals.transports.port_watch import KernelPortWatch
from replication.link import BranchLink
from replication.storage.checks import CheckState
from replication.wire.messages import Peripherals
from replication.wire.sentence import Sentence

LEDGER_LOST: Final = 70
"""Exit status when the outcome of a commit is unknown: the supervisor starts us anew, and retries by id find out."""
PAUSE_SECONDS_FIRST: Final = 0.5
PAUSE_SECONDS_MAX: Final = 30.0
"""Back-off of a background task that fails again and again: long enough to keep the log readable."""
HEALTHY_SECONDS: Final = 60.0
"""A background task that ran this long starts its back-off anew."""
GOOD_BYE_SECONDS_MAX: Final = 2.0
"""How long stopping waits for headquarters to be told; it finds out by itself otherwise."""
PAGES_AFTER_SECONDS: Final = 0.5
PAGE_PAUSE_SECONDS: Final = 0.05
"""Before the first template and between two: starting up belongs to the tills."""

log = logging.getLogger("kontor.branch")


async def run(
    config: BranchConfig,
    stop: asyncio.Event,
    *,
    started: Callable[[int], None] | None = None,
    link: BranchLink | None = None,
) -> None:
    """Run the branch until `stop` is set. `started` gets the real port; `link` stands in for NATS in tests."""
    folder = config.data
    folder.mkdir(parents=True, exist_ok=True)
    async with contextlib.AsyncExitStack() as files:
        ledger = Ledger.open(folder, on_fatal=_ledger_lost)
        files.push_async_callback(ledger.close)
        people = await People.open(folder / "people.db", clock=time.time)
        files.push_async_callback(people.close)
        site = await _BranchSite.make(config, ledger, people, link or line_of(config))
        for check in ledger.checks:
            if check.state is not CheckState.GOOD:
                log.warning("start-up check %s: %s. %s", check.name, check.found, check.advice)
        await site.run(stop, started)
    log.info("branch %s: stopped", config.site.id)


class _BranchSite:
    """The parts of one branch, joined."""

    def __init__(self, config: BranchConfig, ledger: Ledger, people: People, hub: Hub, uplink: "Uplink") -> None:
        self.config = config
        self.hub = hub
        self.uplink = uplink
        self.live = BranchEvents(clock=time.time)
        self.events = LiveEvents(self.live, config)
        self.shop = shop_of(config, ledger, ScaleReadings(hub))
        self.shop.tell_request = self.events.request_changed
        self.prices = PriceWatch(self.shop)
        self.imports = ImportDesk(self.shop, config.minor_unit_digits)
        self.follower = JournalFollower(self.shop)
        self.archive = _archive(config)
        self.receivers = read_receivers(Path(config.data), config.alerts)
        self.delivery = self._delivery()
        self.alerts = self._alerts()
        self.receipts = _receipts(config, people)
        self.printing = PrintRunner(self.shop, hub, self.receipts.paper)
        self.drawers = CashDrawers(self.shop, hub, _drawers(config))
        self.kitchen = KitchenDesk(self.shop, _kitchens(config), self._kitchen_changed)
        self.displays = CustomerDisplays(hub, _glasses(config), _wording(config))
        self.static = StaticFiles(STATIC, made=bundles())
        self.version = importlib.metadata.version("kontor")
        self.renderer = Renderer(_page_site(config, self.version), self.static.url_for, time.time)
        self.app = self._application(people)

    @classmethod
    async def make(cls, config: BranchConfig, ledger: Ledger, people: People, link: BranchLink | None) -> "_BranchSite":
        """Read where the journal stands, then join the parts."""
        head, durable = await ledger.read(lambda connection: (head_position(connection), applied_position(connection)))
        uplink = Uplink(head)
        site = cls(config, ledger, people, Hub(config.devices, port_watch=KernelPortWatch(SystemClock())), uplink)
        if link is not None:
            join(
                uplink, config, ledger, LedgerInbox(site.shop, site.prices), link,
                peripherals=lambda: _peripherals(site.hub.states()),
            )  # fmt: skip
        uplink.tell = site.events.replication_changed
        log.info(
            "branch %s: journal at %d, headquarters at %s",
            config.site.id, head.seq, "-" if link is None else durable.seq,
        )  # fmt: skip
        return site

    async def run(self, stop: asyncio.Event, started: Callable[[int], None] | None) -> None:
        """One task group: the web server, and beside it what may fail without stopping a sale."""
        beside = {
            "devices": self.hub.run,
            "device events": self._follow_devices,
            "printing": self.printing.run,
            "drawers": self.drawers.run,
            "prices": self.prices.run,
            "worth of goods": self.follower.run,
            "requests": lambda: expire_requests(self.shop),
            "imports": self.imports.run,
            "counts": lambda: follow_counts(self.shop, self.config.counting.rules()),
            "pages": self._prepare_pages,
        }
        if self.config.kitchens:
            beside["kitchen"] = self.kitchen.run
        beside["alerts"] = lambda: self.alerts.run(self.follower.followed)
        if self.receivers:
            beside["alert delivery"] = self.delivery.run
        keep_days = self.config.journal.keep_days
        archive = self.archive
        if archive is not None:
            beside["archive"] = archive.run
        if keep_days is not None:
            archived_to = None if archive is None else archive.verified_to
            beside["pruning"] = lambda: prune_journal(self.shop, keep_days, archived_to)
        shipper = self.uplink.shipper
        if shipper is not None:
            beside["replication"] = shipper.run
        web = self.config.web
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(_kept_up(name, work), name=name) for name, work in beside.items()]
            try:
                await serve(
                    self.app, web.host, web.port, stop, started=started, before_stop=self.live.close,
                    direct=direct_entry(self.app),
                )  # fmt: skip
                if shipper is not None:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(GOOD_BYE_SECONDS_MAX):
                            await shipper.close()
            finally:
                for task in running:
                    task.cancel()

    def _addresses(self) -> dict[str, str]:
        return {one.name: one.url or "" for one in self.config.alerts.receivers}

    def _delivery(self) -> AlertDelivery:
        config, site = self.config, self.config.site
        words = AlertWords(Sentence(site.name, site.name_zh or site.name), site.currency, config.minor_unit_digits)
        return AlertDelivery(
            self.shop, self.receivers, self._addresses(), words, ChildMessenger(), self.events.delivery_tried
        )

    def _alerts(self) -> AlertWatch:
        def tell(alert: Alert) -> None:
            self.events.alert_changed(alert)
            self.delivery.raised()

        config = self.config
        return AlertWatch(
            self.shop, read_rules(Path(config.data), config.alerts), config.counting.rules(), self.receivers,
            tell_alert=tell, tell_task=self.events.task_changed, devices=self.hub.states,
        )  # fmt: skip

    def _kitchen_changed(self, ticket: Ticket) -> None:
        self.events.kitchen_changed(ticket)
        if ticket.late_at is not None:
            # Alerts are looked at now: a dish does not wait until the tills rest.
            self.follower.followed.set()

    async def _follow_devices(self) -> None:
        with self.hub.subscribe() as said:
            await self.events.listen(said, self.shop)

    async def _prepare_pages(self) -> None:
        """Compile the templates while nobody waits for one."""
        await asyncio.sleep(PAGES_AFTER_SECONDS)
        for work in self.renderer.preparations():
            await asyncio.to_thread(work)
            await asyncio.sleep(PAGE_PAUSE_SECONDS)

    def _application(self, people: People) -> Any:
        config, site_id = self.config, self.config.site.id
        branch = Branch(
            config=config,
            shop=self.shop,
            guard=Guard(site=site_id, people=people, tokens=Tokens(read_or_create_key(config.data), site_id)),
            live=self.live,
            devices=self.hub,
            displays=self.displays,
            receipts=self.receipts,
            kitchen=self.kitchen,
            last_scan=self.events.last_scan,
            replication=self.uplink.view,
            sentences=Sentences(config.site.currency, config.minor_unit_digits, _labels(config)),
            renderer=self.renderer,
            static=self.static,
            version=self.version,
            started_at=time.time(),
            folder=Path(config.data),
            imports=self.imports,
            damage=damage_of(self.shop.ledger.checks),
            archive=None if self.archive is None else self.archive.check,
            alert_receivers={name: (self.receivers[name], url) for name, url in self._addresses().items()},
        )
        figures = Figures(branch)
        self.events.knows(self.hub, self.uplink.view)
        self.shop.watchers += [
            self.uplink, self.events, self.printing, self.drawers, self.displays, self.follower, figures,
        ]  # fmt: skip
        if config.kitchens:
            self.shop.watchers.append(self.kitchen)
        return api.build(branch, figures)


def _peripherals(states: Sequence[DeviceState]) -> Peripherals:
    """What headquarters is told: one that was released on purpose is not lost."""
    lost = tuple(one.name for one in states if one.state in DEVICE_TROUBLE and one.life != "closed")
    return Peripherals(len(states), lost)


def _drawers(config: BranchConfig) -> dict[str, str]:
    return {one.name: one.drawer_through for one in config.stations if one.drawer_through is not None}


def _kitchens(config: BranchConfig) -> tuple[Kitchen, ...]:
    return read_kitchens(Path(config.data), config.kitchens, printers_of(config))


def _glasses(config: BranchConfig) -> dict[str, Glass]:
    encodings = {device.name: device.encoding for device in config.devices}
    return {one.name: Glass(one.display, encodings[one.display]) for one in config.stations if one.display is not None}


def _wording(config: BranchConfig) -> Wording:
    """A display shows Chinese first, as the paper does."""
    names = tuple(name for name in (config.site.name_zh, config.site.name) if name)
    return Wording(names, config.minor_unit_digits)


def _archive(config: BranchConfig) -> ArchiveJob | None:
    site, journal = config.site, config.journal
    if journal.archive is None:
        return None
    zone = ZoneInfo(site.time_zone)
    return ArchiveJob(
        config.data, Path(journal.archive), site.id, site.time_zone, journal.archive_at, lambda: datetime.now(zone)
    )


def _receipts(config: BranchConfig, people: People) -> Receipts:
    site, folder = config.site, Path(config.data)

    def called(person: str) -> str:
        known = people.known(person)
        if known is None:
            return person
        return " ".join(dict.fromkeys(name for name in (known.display_name_zh, known.display_name) if name))

    letterhead = Letterhead(
        site.name,
        site.name_zh,
        site.currency,
        config.minor_unit_digits,
        ZoneInfo(site.time_zone),
        called,
        _layout(folder),
    )
    columns = {device.name: device.columns for device in config.devices}
    return Receipts(letterhead, columns, folder, _kitchens(config))


def _layout(folder: Path) -> ReceiptLayout:
    """A file that is no layout stops no sale: receipts then look as usual, and the log says why."""
    try:
        return read_layout(folder)
    except BadLayout as error:
        log.error("receipts look as usual: %s. Correct the file, or save a layout on the receipts page", error)
        return USUAL


def _page_site(config: BranchConfig, version: str) -> Site:
    site = config.site
    return Site(
        kind="branch",
        id=site.id,
        name=site.name,
        name_zh=site.name_zh,
        version=version,
        currency=site.currency,
        minor_unit_digits=config.minor_unit_digits,
        time_zone=site.time_zone,
        devices_url=config.demo.devices_url if config.demo.enabled else None,
        stations=tuple(station.name for station in config.stations),
        displays=tuple(station.name for station in config.stations if station.display is not None),
        kitchens=tuple(kitchen.name for kitchen in config.kitchens),
        pricing=pricing_stations(config),
        places={name: {"en": label.en, "zh": label.zh} for name, label in _labels(config).items()},
    )


def _labels(config: BranchConfig) -> dict[str, Sentence]:
    """What the branch calls its own places."""
    return {one.name: Sentence(one.label, one.label_zh or one.label) for one in config.locations}


async def _kept_up(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run a background task again whenever it fails. What fails here never stops a sale."""
    pause = PAUSE_SECONDS_FIRST
    while True:
        began = time.monotonic()
        try:
            await work()
        except Exception:
            log.exception("%s stopped and is started again in %.1f s", name, pause)
        else:
            return
        pause = PAUSE_SECONDS_FIRST if time.monotonic() - began > HEALTHY_SECONDS else pause
        await asyncio.sleep(pause)
        pause = min(pause * 2, PAUSE_SECONDS_MAX)


def _ledger_lost(error: BaseException) -> None:
    """On the writer's thread: nobody knows whether the last commit happened, so nobody may be answered any more."""
    log.critical("the ledger cannot be written: %r. The process ends; what was answered before is kept.", error)
    logging.shutdown()
    os._exit(LEDGER_LOST)
