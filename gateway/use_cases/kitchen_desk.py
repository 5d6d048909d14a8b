"""Kitchen tickets behind the posting path: a posted sale's tickets are queued, and what did not come out on paper or was not taken in
time goes once to another printer and is told aloud.

The ledger holds the tickets; this may die at any time. What was posted while nobody looked is found again at the start, and a
kitchen is told of a sale once, whatever happens. Selling never waits for it.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import msgspec

from gateway.domain.kitchen import LATE_MILLISECONDS_MAX, Kitchen, comes_too_late, lines_by_kitchen
from gateway.store.documents import load_document_at
from gateway.store.items import load_item
from gateway.store.kitchen_tickets import (
    Ticket,
    TicketState,
    add_ticket,
    close_ticket,
    documents_after,
    last_jobs,
    load_ticket,
    mark_late,
    open_tickets,
    printed_tickets,
    recent_position,
    tickets_of,
)
from gateway.store.print_jobs import PrintJobRow, PrintState, jobs_of, withdraw_ticket
from gateway.store.reversals import original_of
from gateway.store.session import LedgerSession, Posted
from gateway.use_cases.shop import Shop

TROUBLE_MILLISECONDS: Final = 10_000
"""A printer that has no paper or no line for longer will not print it while the dish is wanted; a shorter gap is a cable moved."""
LOOK_SECONDS: Final = 30.0
"""A hint that got lost costs no longer than this."""
SECONDS_DEFAULT: Final = 120
"""For a ticket of a kitchen that is no longer in the settings, and for the paper of one where nobody takes them."""
_TROUBLE: Final = frozenset({"offline", "paper_end", "cover_open", "error", "no_answer"})


class _Sale(msgspec.Struct, frozen=True):
    """A sale and who is to be told of it."""

    seq: int
    id: bytes
    kitchens: tuple[Kitchen, ...]


class _Cancelled(msgspec.Struct, frozen=True):
    """A document that was taken back."""

    original: bytes


_Step = list[_Sale | _Cancelled]


class _Late(msgspec.Struct, frozen=True):
    """An open ticket that is late since a time (UTC ms)."""

    ticket: Ticket
    since: int


def late_from(ticket: Ticket, job: PrintJobRow | None, acknowledge_seconds: int) -> int:
    """When an open ticket is late (UTC ms): nobody took it in time, or its printer cannot print it, whichever is first. Where nobody has
    to take it (0 seconds), its paper has to be out in the time that is usual."""
    due = ticket.made_at + (acknowledge_seconds or SECONDS_DEFAULT) * 1000
    if job is None:
        return due
    if job.state in (PrintState.FAILED, PrintState.UNKNOWN):
        return min(due, job.at)
    if job.state is not PrintState.PRINTED and job.detail in _TROUBLE:
        return min(due, job.at + TROUBLE_MILLISECONDS)
    return due


class KitchenDesk:
    """The tickets of all kitchens. Also a watcher: a posted document, and every change of a print job, wakes it. `tell` hears of each
    ticket that changed."""

    def __init__(self, shop: Shop, kitchens: Sequence[Kitchen], tell: Callable[[Ticket], None]) -> None:
        self._shop, self._kitchens, self._tell = shop, tuple(kitchens), tell
        self._by_name = {one.name: one for one in kitchens}
        self._woken = asyncio.Event()
        self._after = 0

    @property
    def kitchens(self) -> Sequence[Kitchen]:
        """As the settings have them."""
        return self._kitchens

    async def run(self) -> None:
        """Run until cancelled. Raises StoreBusy; whoever runs it starts it again."""
        since = self._shop.clock() - LATE_MILLISECONDS_MAX
        self._after = await self._shop.ledger.read(lambda connection: recent_position(connection, since))
        while True:
            self._woken.clear()
            await self._follow()
            seconds = await self._look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._woken.wait()

    async def take(self, ticket: int, person: str) -> Ticket | None:
        """Somebody in the kitchen has it; the ticket as it is now, None where there is no such one. Raises StoreBusy."""
        at = self._shop.clock()

        def command(session: LedgerSession) -> tuple[Ticket | None, bool]:
            changed = close_ticket(session.connection, ticket, TicketState.TAKEN, at=at, person=person)
            return load_ticket(session.connection, ticket), changed

        found, changed = await self._shop.ledger.write(command)
        if found is not None and changed:
            self._tell(found)
        return found

    # -- what is told of ---------------------------------------------------------------------------------------------

    def posted(self, document: Posted) -> None:
        """It may be for a kitchen."""
        if document.type in ("sale", "reversal"):
            self._woken.set()

    def item_changed(self, sku: str, seq: int) -> None:
        """Nothing is cooked for an item."""

    def transfer_changed(self, transfer: bytes, seq: int) -> None:
        """Nothing is cooked for a transfer."""

    def print_changed(self, job: PrintJobRow) -> None:
        """A ticket's paper may be in trouble."""
        if job.kitchen:
            self._woken.set()

    # -- behind the posting path --------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Tell the kitchens of what was posted since."""
        ledger = self._shop.ledger
        while True:
            step, end = await ledger.read(partial(self._read, self._after, self._shop.clock()))
            if end == self._after:
                return
            if step:
                tickets, jobs = await ledger.write(partial(self._write, step, self._shop.clock()))
                self._announce(tickets, jobs)
            self._after = end

    def _read(self, after: int, now: int, connection: sqlite3.Connection) -> tuple[_Step, int]:
        step: _Step = []
        for seq in documents_after(connection, after):
            after = seq
            stored = load_document_at(connection, seq)
            if stored is None or stored.pruned or comes_too_late(stored.event, now):
                continue
            original = original_of(stored.event)
            if original is not None:
                step.append(_Cancelled(original))
            elif made := lines_by_kitchen(stored.event, self._kitchens, partial(_category, connection)):
                step.append(_Sale(seq, stored.id, tuple(one.kitchen for one in made)))
        return step, after

    def _write(self, step: _Step, now: int, session: LedgerSession) -> tuple[list[Ticket], list[PrintJobRow]]:
        numbers: list[int] = []
        jobs: list[PrintJobRow] = []
        for one in step:
            if isinstance(one, _Sale):
                for kitchen in one.kitchens:
                    number = add_ticket(session.connection, one.id, kitchen.name, now)
                    if number is not None:
                        numbers.append(number)
                        jobs.append(_queue(session, one.id, one.seq, kitchen.printer, kitchen.name, now, copy=False))
                continue
            known = session.find_document(one.original)
            for ticket in tickets_of(session.connection, one.original):
                if close_ticket(session.connection, ticket.ticket, TicketState.CANCELLED, at=now, person=None):
                    numbers.append(ticket.ticket)
                    if known is not None:
                        jobs += self._take_back(session, ticket, known.seq, now)
        return _loaded(session.connection, numbers), jobs

    def _take_back(self, session: LedgerSession, ticket: Ticket, seq: int, now: int) -> list[PrintJobRow]:
        """What waits is printed no more; the kitchen's printer says so, and each other one that the ticket may have come out of."""
        withdrawn = withdraw_ticket(session.connection, seq, ticket.kitchen, now)
        papers = (one for one in jobs_of(session.connection, ticket.document) if one.kitchen == ticket.kitchen)
        printers = [one.printer for one in papers if one.may_be_on_paper]
        kitchen = self._by_name.get(ticket.kitchen)
        if kitchen is not None:
            printers.insert(0, kitchen.printer)
        told = [
            _queue(session, ticket.document, seq, printer, ticket.kitchen, now, copy=False)
            for printer in dict.fromkeys(printers)
        ]
        return [*withdrawn, *told]

    async def _look(self) -> float:
        """Tell of what is done or late; answers after how many seconds the next may be."""
        ledger, untaken = self._shop.ledger, [one.name for one in self._kitchens if not one.acknowledge_seconds]
        printed = await ledger.read(
            lambda connection: [ticket for kitchen in untaken for ticket in printed_tickets(connection, kitchen)]
        )
        if printed:
            self._announce(await ledger.write(partial(_write_done, printed, self._shop.clock())), ())
        tickets, jobs = await ledger.read(lambda connection: (open_tickets(connection), last_jobs(connection)))
        now, late, next_at = self._shop.clock(), list[_Late](), None
        for ticket in tickets:
            kitchen = self._by_name.get(ticket.kitchen)
            seconds = SECONDS_DEFAULT if kitchen is None else kitchen.acknowledge_seconds
            at = late_from(ticket, jobs.get(ticket.ticket), seconds)
            if at <= now:
                late.append(_Late(ticket, at))
            else:
                next_at = at if next_at is None else min(next_at, at)
        if late:
            self._announce(*await ledger.write(partial(self._write_late, late, now)))
        return LOOK_SECONDS if next_at is None else min(LOOK_SECONDS, (next_at - now) / 1000)

    def _write_late(
        self, late: Sequence[_Late], now: int, session: LedgerSession
    ) -> tuple[list[Ticket], list[PrintJobRow]]:
        numbers, jobs = list[int](), list[PrintJobRow]()
        for one in late:
            ticket = one.ticket
            if not mark_late(session.connection, ticket.ticket, now):
                continue
            numbers.append(ticket.ticket)
            if now - one.since > LATE_MILLISECONDS_MAX:
                # The gateway was off, or a backup was put back: it is told, but nobody wants last night's dishes on paper.
                continue
            kitchen, known = self._by_name.get(ticket.kitchen), session.find_document(ticket.document)
            if kitchen is not None and kitchen.fallback is not None and known is not None:
                jobs.append(_queue(session, ticket.document, known.seq, kitchen.fallback, kitchen.name, now, copy=True))
        return _loaded(session.connection, numbers), jobs

    def _announce(self, tickets: Sequence[Ticket], jobs: Sequence[PrintJobRow]) -> None:
        for ticket in tickets:
            self._tell(ticket)
        for job in jobs:
            for watcher in self._shop.watchers:
                watcher.print_changed(job)


def _write_done(printed: Sequence[Ticket], now: int, session: LedgerSession) -> list[Ticket]:
    """Tickets that nobody has to take are done with their paper."""
    connection = session.connection
    done = [
        one.ticket for one in printed if close_ticket(connection, one.ticket, TicketState.TAKEN, at=now, person=None)
    ]
    return _loaded(connection, done)


def _queue(
    session: LedgerSession, document: bytes, seq: int, printer: str, kitchen: str, now: int, *, copy: bool
) -> PrintJobRow:
    job = session.append_print_job(seq, printer, duplicate=copy, kitchen=kitchen)
    return PrintJobRow(job, seq, document, printer, copy, PrintState.QUEUED, "", now, kitchen)


def _loaded(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[Ticket]:
    return [ticket for number in numbers if (ticket := load_ticket(connection, number)) is not None]


def _category(connection: sqlite3.Connection, sku: str) -> str | None:
    row = load_item(connection, sku)
    return None if row is None else row.item.category
