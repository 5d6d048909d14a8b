"""Printing till receipts and kitchen tickets: hands queued jobs to the devices, notes what became of each, and asks for a repeat.

The ledger holds the jobs; this is only their runner, and may die at any time. A job that was printing when the process
ended is `unknown`, and a person decides: nothing is printed twice by itself. Selling never waits for any of it.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from gateway.store.documents import StoredDocument, load_document
from gateway.store.items import load_item
from gateway.store.kitchen_tickets import Ticket, tickets_of
from gateway.store.print_jobs import (
    WITHDRAWN,
    PrintJobRow,
    PrintState,
    jobs_of,
    set_print_state,
    unfinished_jobs,
    withdraw_others,
)
from gateway.store.session import LedgerSession, Posted
from gateway.use_cases.shop import Shop
from peripherals.errors import PeripheralError
from peripherals.events import FINISHED, Missed, PrintJobChanged
from peripherals.print_job import PrintJob
from peripherals.subscription import DeviceEvent, Subscription
from replication.storage.errors import StoreBusy
from replication.wire.item import Item

BUSY_SECONDS: Final = 0.5
"""Pause before a note about a job is tried again when the ledger is busy: sales come first."""

LOOK_SECONDS: Final = 30.0
"""A hint that got lost costs no longer than this; looking costs one row of an index that is nearly always empty."""

log = logging.getLogger("kontor.printing")


class Material(msgspec.Struct, frozen=True):
    """What a paper is made of: the document, those of its articles that are known, and a kitchen's ticket where it is one."""

    document: StoredDocument
    items: Mapping[str, Item]
    ticket: Ticket | None = None


Build = Callable[[Material, PrintJobRow], PrintJob]
"""The paper of a job, for its printer."""


class Printers(Protocol):
    """The device hub, as far as printing goes."""

    def subscribe(self) -> Subscription:
        """A listener, from now on."""

    def print(self, printer: str, job_id: str, job: PrintJob, *, duplicate: bool = False, hold: bool = False) -> None:
        """Queue a job; its fate comes as an event. With `hold` its bytes wait for `begin_print`. Raises PeripheralError."""

    def begin_print(self, printer: str, job_id: str) -> None:
        """What was held may be printed. Raises PeripheralError."""

    def cancel_print(self, printer: str, job_id: str) -> bool:
        """Take a job back of which nothing was sent. Raises PeripheralError."""

    def print_job(self, printer: str, job_id: str) -> PrintJobChanged | None:
        """The last known state of a job. Raises PeripheralError."""


async def print_again(shop: Shop, document_id: bytes, printer: str) -> PrintJobRow | None:
    """Queue a document's till receipt once more; None for a document that is not posted. Raises StoreBusy."""
    at = shop.clock()

    def command(session: LedgerSession) -> PrintJobRow | None:
        known = session.find_document(document_id)
        if known is None or not known.type:
            return None
        before = jobs_of(session.connection, document_id)
        repeat = any(job.may_be_on_paper for job in before if not job.kitchen)
        job = session.append_print_job(known.seq, printer, duplicate=repeat)
        return PrintJobRow(job, known.seq, document_id, printer, repeat, PrintState.QUEUED, "", at)

    queued = await shop.ledger.write(command)
    if queued is not None:
        for watcher in shop.watchers:
            watcher.print_changed(queued)
    return queued


class PrintRunner:
    """Runs the ledger's print jobs on the devices. Also a watcher: a posted document's job wakes it."""

    def __init__(self, shop: Shop, printers: Printers, build: Build) -> None:
        self._shop = shop
        self._printers = printers
        self._build = build
        self._known: dict[int, PrintJobRow] = {}
        self._woken = asyncio.Event()

    def posted(self, document: Posted) -> None:
        """Documents print through their jobs."""

    def item_changed(self, sku: str, seq: int) -> None:
        """Nothing is printed for an item."""

    def transfer_changed(self, transfer: bytes, seq: int) -> None:
        """Nothing is printed for a transfer."""

    def print_changed(self, job: PrintJobRow) -> None:
        """A job was queued: look for it; or withdrawn: forget it. The truth is in the ledger, this is only a hint."""
        if job.state is PrintState.QUEUED and job.job not in self._known:
            self._woken.set()
        elif job.state is PrintState.FAILED and job.detail in WITHDRAWN:
            self._drop(job)

    async def run(self) -> None:
        """Run until cancelled."""
        self._known.clear()
        with self._printers.subscribe() as events:
            await self._settle_interrupted()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._feed(), name="print jobs")
                tasks.create_task(self._follow(events), name="print outcomes")

    async def _settle_interrupted(self) -> None:
        """What was printing when the process ended: nobody knows how far it came. If only this task ended, its printer knows."""
        for row in await self._shop.ledger.read(unfinished_jobs):
            if row.state is not PrintState.PRINTING:
                continue
            state = None
            with contextlib.suppress(PeripheralError):
                state = self._printers.print_job(row.printer, str(row.job))
            if state is None:
                await self._note(row, PrintState.UNKNOWN, "restarted")
            else:
                self._known[row.job] = row
                await self._changed(state)

    async def _feed(self) -> None:
        while True:
            self._woken.clear()
            # A job that ends while the rows are read was known before, so it is not taken for a new one.
            known = set(self._known)
            for row in await self._shop.ledger.read(unfinished_jobs):
                if row.job not in known:
                    await self._hand_over(row)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()

    async def _hand_over(self, row: PrintJobRow) -> None:
        material = await self._shop.ledger.read(lambda connection: _material(connection, row))
        if material is None:
            await self._note(row, PrintState.FAILED, "document_missing")
            return
        self._known[row.job] = row
        try:
            job = self._build(material, row)
            self._printers.print(row.printer, str(row.job), job, duplicate=row.duplicate, hold=True)
        except PeripheralError as error:
            await self._note(row, PrintState.FAILED, error.code)
        except Exception:
            # One job's outermost edge: a document that cannot be laid out must not hold up the next one's paper.
            log.exception("print job %d cannot be made", row.job)
            await self._note(row, PrintState.FAILED, "invalid_print_job")

    async def _follow(self, events: Subscription) -> None:
        async for told in events:
            await self._heard(told)

    async def _heard(self, told: DeviceEvent) -> None:
        match told.event:
            case PrintJobChanged() as changed:
                await self._changed(changed)
            case Missed():
                for row in list(self._known.values()):
                    state = self._printers.print_job(row.printer, str(row.job))
                    if state is not None:
                        await self._changed(state)
            case _:
                # Everything else a device says is for others.
                return

    async def _changed(self, changed: PrintJobChanged) -> None:
        row = self._known.get(int(changed.job_id)) if changed.job_id.isdecimal() else None
        if row is None:
            return
        if changed.state == "waiting":
            # Before it began, a job waits in the queue; half-way it waits for paper and is still being printed.
            state = PrintState.PRINTING if row.state is PrintState.PRINTING else PrintState.QUEUED
        else:
            state = PrintState(changed.state)
        if (state, changed.detail) != (row.state, row.detail) and not await self._note(row, state, changed.detail):
            self._drop(row)
            return
        if changed.state == "printing":
            # Only now, since a process that dies with bytes on the paper and nothing in the ledger would print them again.
            self._printers.begin_print(row.printer, changed.job_id)
        if changed.state in FINISHED:
            self._known.pop(row.job, None)

    def _drop(self, row: PrintJobRow) -> None:
        """It was withdrawn, and nothing of it was sent."""
        self._known.pop(row.job, None)
        with contextlib.suppress(PeripheralError):
            self._printers.cancel_print(row.printer, str(row.job))

    async def _note(self, row: PrintJobRow, state: PrintState, detail: str) -> bool:
        """Write down what became of a job and of those it makes needless, then tell who watches. False where it was withdrawn itself."""
        changed = msgspec.structs.replace(row, state=state, detail=detail, at=self._shop.clock())
        if row.job in self._known:
            self._known[row.job] = changed
        withdrawn = await self._written(changed)
        if withdrawn is None:
            return False
        if state.value in FINISHED:
            self._known.pop(row.job, None)
        for watcher in self._shop.watchers:
            for job in (changed, *withdrawn):
                watcher.print_changed(job)
        return True

    async def _written(self, changed: PrintJobRow) -> list[PrintJobRow] | None:
        """As soon as the ledger has a moment: the jobs that are printed no more, None where this is one of them."""

        def command(session: LedgerSession) -> list[PrintJobRow] | None:
            connection = session.connection
            if not set_print_state(connection, changed.job, changed.state, detail=changed.detail, at=changed.at):
                return None
            return withdraw_others(connection, changed) if changed.state is PrintState.PRINTED else []

        while True:
            try:
                return await self._shop.ledger.write(command)
            except StoreBusy:
                await asyncio.sleep(BUSY_SECONDS)


def _material(connection: sqlite3.Connection, job: PrintJobRow) -> Material | None:
    document = load_document(connection, job.document)
    if document is None or document.pruned:
        return None
    items = {}
    for sku in {line.item for line in document.event.lines}:
        row = load_item(connection, sku)
        if row is not None:
            items[sku] = row.item
    tickets = tickets_of(connection, job.document) if job.kitchen else ()
    return Material(document, items, next((one for one in tickets if one.kitchen == job.kitchen), None))
