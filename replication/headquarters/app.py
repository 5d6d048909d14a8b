"""Composition of headquarters: opens its files, joins its rooms, and runs them under one roof until told to stop."""

import asyncio
import contextlib
import importlib.metadata
import logging
import os
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

from admin_ui.assets import STATIC
from admin_ui.contexts.shell import Site
from admin_ui.render import Renderer
from admin_ui.serving.events import EventHub
from admin_ui.serving.guard import Guard
from admin_ui.serving.people import People
from admin_ui.serving.server import serve
from admin_ui.serving.static import StaticFiles
from admin_ui.serving.tokens import Tokens, read_or_create_key
from replication.headquarters.apply import Applier
from replication.headquarters.catalogue import CatalogueProjection, welcome
from replication.headquarters.config import HeadquartersConfig
from replication.headquarters.consumer import Consumer
from replication.headquarters.decisions import Decisions
from replication.headquarters.downlink import tell
from replication.headquarters.presence import Presence
from replication.headquarters.stores.sqlite.queries import list_branches
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.web import api
from replication.headquarters.web.live import Live
from replication.headquarters.web.office import Office
from replication.identity.site import headquarters_identity
from replication.link import HeadquartersLink
from replication.nats_link import NatsHeadquartersLink, NatsSettings
from replication.storage.checks import CheckState
from replication.wire.money import minor_unit_digits

DATABASE_LOST: Final = 70
"""Exit status when the outcome of a commit is unknown: the supervisor starts us anew; branches send again."""
PAUSE_SECONDS: Final = 2.0
"""Before a background task that failed is started again."""
GOOD_BYE_SECONDS_MAX: Final = 5.0

log = logging.getLogger("kontor.headquarters")


async def run(
    config: HeadquartersConfig,
    stop: asyncio.Event,
    *,
    started: Callable[[int], None] | None = None,
    link: HeadquartersLink | None = None,
) -> None:
    """Run headquarters until `stop` is set. `started` gets the real port; `link` stands in for NATS in tests."""
    folder = config.data
    folder.mkdir(parents=True, exist_ok=True)
    async with contextlib.AsyncExitStack() as files:
        store = SqliteStore.open(folder, on_fatal=_database_lost, opened_at=int(time.time()))
        files.push_async_callback(store.close)
        people = await People.open(folder / "people.db", clock=time.time)
        files.push_async_callback(people.close)
        for check in store.checks:
            if check.state is not CheckState.GOOD:
                log.warning("start-up check %s: %s. %s", check.name, check.found, check.advice)
        line = link or _line(config)
        hub = EventHub(clock=time.time)
        live = Live(hub)
        office = await _office(config, store, people, line, hub, live)
        await _run_parts(config, office, live, line, stop, started)
    log.info("headquarters: stopped")


async def _office(
    config: HeadquartersConfig, store: SqliteStore, people: People, line: HeadquartersLink, hub: EventHub, live: Live
) -> Office:
    """Read where every branch stands, then join the parts."""
    incarnation = await store.incarnation()
    presence = Presence(monotonic=time.monotonic, utc_milliseconds=_utc_milliseconds)
    rows = await store.read(list_branches)
    for row in rows:
        code = row.block.code if row.block else None
        presence.known(row.branch, row.applied_seq, row.head_seq, row.contact_at, code, row.binding)
    projections = (CatalogueProjection(),)
    applier = Applier(
        store,
        incarnation,
        monotonic=time.monotonic,
        utc_milliseconds=_utc_milliseconds,
        projections=projections,
    )
    consumer = Consumer(
        line,
        store,
        applier,
        presence,
        incarnation=incarnation,
        utc_milliseconds=_utc_milliseconds,
        changed=live.changed,
        welcome=welcome,
        tell=tell,
        site=config.site.id,
    )
    key = read_or_create_key(config.data)
    decisions = Decisions(
        store,
        presence,
        key=key,
        utc_milliseconds=_utc_milliseconds,
        call=consumer.call,
        projections=projections,
    )
    static = StaticFiles(STATIC)
    version = importlib.metadata.version("kontor")
    log.info("headquarters: %d branches, incarnation %d", len(rows), incarnation)
    return Office(
        config=config,
        store=store,
        presence=presence,
        consumer=consumer,
        decisions=decisions,
        applier=applier,
        guard=Guard(site=config.site.id, people=people, tokens=Tokens(key, config.site.id)),
        live=hub,
        renderer=Renderer(_page_site(config, version), static.url_for, time.time),
        static=static,
        version=version,
        started_at=time.time(),
        folder=config.data,
        utc_milliseconds=_utc_milliseconds,
    )


async def _run_parts(
    config: HeadquartersConfig,
    office: Office,
    live: Live,
    line: HeadquartersLink,
    stop: asyncio.Event,
    started: Callable[[int], None] | None,
) -> None:
    application = api.build(office)
    async with asyncio.TaskGroup() as tasks:
        beside = [
            tasks.create_task(_kept_up("following the branches", office.consumer.run, stop)),
            tasks.create_task(_kept_up("live pages", lambda: live.run(office), stop)),
        ]
        try:
            await serve(
                application, config.web.host, config.web.port, stop, started=started, before_stop=office.live.close
            )
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOOD_BYE_SECONDS_MAX):
                    await line.close()
            for task in beside:
                task.cancel()


async def _kept_up(name: str, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run a background task again whenever it fails: pages stay readable meanwhile, with the age of their figures."""
    while not stop.is_set():
        try:
            await work()
        except Exception:
            log.exception("%s stopped and is started again in %.0f s", name, PAUSE_SECONDS)
            await asyncio.sleep(PAUSE_SECONDS)


def _line(config: HeadquartersConfig) -> HeadquartersLink:
    nats = config.nats
    settings = NatsSettings(
        url=nats.url,
        name=config.site.id,
        reconnect_seconds_max=nats.reconnect_seconds_max,
        identity=headquarters_identity(config.data),
    )
    return NatsHeadquartersLink(
        settings, jitter=random.random, stream_bytes_max=nats.stream_megabytes_max * 1024 * 1024
    )


def _page_site(config: HeadquartersConfig, version: str) -> Site:
    site = config.site
    return Site(
        kind="headquarters",
        id=site.id,
        name=site.name,
        name_zh=site.name_zh,
        version=version,
        currency=site.currency,
        minor_unit_digits=minor_unit_digits(site.currency),
        time_zone=site.time_zone,
    )


def _utc_milliseconds() -> int:
    return time.time_ns() // 1_000_000


def _database_lost(error: BaseException) -> None:
    """On the writer's thread: nobody knows whether the last commit happened, so nothing may be acknowledged any more."""
    log.critical("the database cannot be written: %r. The process ends; branches send again what is missing.", error)
    logging.shutdown()
    os._exit(DATABASE_LOST)
