"""Tickets are watched by the ledger alone: what is late is told once, and goes to the other printer while it is still wanted."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable

import pytest
from msgspec import structs

from gateway.domain.kitchen import LATE_MILLISECONDS_MAX, Kitchen
from gateway.store.kitchen_tickets import (
    LATE_MAX,
    Ticket,
    TicketState,
    add_ticket,
    close_ticket,
    late_tickets,
    list_tickets,
    mark_late,
    open_tickets,
)
from gateway.store.print_jobs import (
    CAME_OUT_ELSEWHERE,
    SALE_TAKEN_BACK,
    PrintJobRow,
    PrintState,
    jobs_of,
    set_print_state,
    withdraw_others,
)
from gateway.store.session import LedgerSession, Posted
from gateway.use_cases.kitchen_desk import SECONDS_DEFAULT, TROUBLE_MILLISECONDS, KitchenDesk, late_from
from tests.store.conftest import START, Branch, Story

Tell = Callable[[Story], None]
SECONDS = 120
WOK = Kitchen(
    name="wok", printer="stove", categories=frozenset({"Hot"}), fallback="counter", acknowledge_seconds=SECONDS
)


class Clock:
    """A wall clock that is set by hand."""

    now = START


@contextlib.asynccontextmanager
async def watching(branch: Branch, clock: Clock, kitchen: Kitchen = WOK) -> AsyncIterator[asyncio.Queue[Ticket]]:
    """A desk at work, and the tickets it tells of."""
    told = asyncio.Queue[Ticket]()
    branch.shop.clock = lambda: clock.now
    desk = KitchenDesk(branch.shop, (kitchen,), told.put_nowait)
    branch.shop.watchers.append(desk)
    task = asyncio.create_task(desk.run())
    try:
        async with asyncio.timeout(10):
            yield told
    finally:
        branch.shop.watchers.remove(desk)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def sold(branch: Branch) -> Posted:
    await branch.item("soup", category="Hot")
    await branch.post({"type": "opening_balance", "lines": [{"item": "soup", "quantity": "9"}]})
    sale = await branch.post({"type": "sale", "lines": [{"item": "soup", "quantity": "1"}]})
    assert isinstance(sale, Posted), sale
    return sale


async def papers(branch: Branch, document: bytes) -> list[tuple[str, bool]]:
    """The printer of each job of a document, and whether it is a copy, newest first."""
    jobs = await branch.ledger.read(lambda connection: jobs_of(connection, document))
    return [(one.printer, one.duplicate) for one in jobs]


@pytest.mark.parametrize(("away", "copies"), [(SECONDS * 1000, 1), (SECONDS * 1000 + LATE_MILLISECONDS_MAX + 1_000, 0)])
def test_what_became_late_while_nobody_looked_is_told(tell: Tell, away: int, copies: int) -> None:
    """After a restart a copy comes out where the dish is still wanted; last night's is only told of."""

    async def story(branch: Branch) -> None:
        clock, sale = Clock(), await sold(branch)
        async with watching(branch, clock) as told:
            assert (await told.get()).state is TicketState.OPEN
        assert await papers(branch, sale.id) == [("stove", False)]
        clock.now += away
        for _ in range(2):
            async with watching(branch, clock) as told:
                while not await branch.ledger.read(late_tickets):
                    assert (await told.get()).state is TicketState.LATE
        assert await papers(branch, sale.id) == [("counter", True)] * copies + [("stove", False)]

    tell(story)


def test_tickets_that_nobody_ever_takes_hide_no_new_one(tell: Tell) -> None:
    """The newest late ones are told, and open ones are watched, however many stand before them."""

    async def story(branch: Branch) -> None:
        def many(session: LedgerSession) -> int:
            for number in range(LATE_MAX + 5):
                ticket = add_ticket(session.connection, bytes([number]) * 16, "wok", START)
                assert ticket is not None
                assert mark_late(session.connection, ticket, START)
            new = add_ticket(session.connection, bytes(16)[:-1] + b"n", "wok", START)
            assert new is not None
            return new

        new = await branch.ledger.write(many)
        late = await branch.ledger.read(late_tickets)
        assert [late[0].ticket, late[-1].ticket] == [new - 1, new - LATE_MAX]
        assert [one.ticket for one in await branch.ledger.read(open_tickets)] == [new]
        newest = await branch.ledger.read(
            lambda connection: list_tickets(connection, waiting=True, before=new, limit=2)
        )
        assert [one.ticket for one in newest] == [new - 1, new - 2]

    tell(story)


def test_who_took_it_first_stands_until_the_sale_is_taken_back(tell: Tell) -> None:
    """Nothing brings a ticket back from its end."""

    async def story(branch: Branch) -> None:
        def told(session: LedgerSession) -> list[bool]:
            db = session.connection
            ticket = add_ticket(db, bytes(16), "wok", START)
            assert ticket is not None
            assert add_ticket(db, bytes(16), "wok", START) is None
            return [
                close_ticket(db, ticket, state, at=START, person=person)
                for state, person in (
                    (TicketState.TAKEN, "wu"), (TicketState.TAKEN, "li"), (TicketState.CANCELLED, None),
                    (TicketState.CANCELLED, None), (TicketState.TAKEN, "wu"),
                )
            ] + [mark_late(db, ticket, START)]  # fmt: skip

        assert await branch.ledger.write(told) == [True, False, True, False, False, False]

    tell(story)


@pytest.mark.parametrize(
    ("state", "detail", "after"),
    [
        (PrintState.PRINTED, "ok", SECONDS * 1000),
        (PrintState.QUEUED, "", SECONDS * 1000),
        (PrintState.PRINTING, "paper_near_end", SECONDS * 1000),
        (PrintState.FAILED, "unknown_device", 500),
        (PrintState.UNKNOWN, "line_lost", 500),
        (PrintState.QUEUED, "paper_end", 500 + TROUBLE_MILLISECONDS),
        (PrintState.PRINTING, "cover_open", 500 + TROUBLE_MILLISECONDS),
    ],
)
def test_a_ticket_is_late_by_its_paper_or_its_time(state: PrintState, detail: str, after: int) -> None:
    """Half a second after it was made its paper was so; whichever comes first."""
    ticket = Ticket(1, bytes(16), "wok", START, TicketState.OPEN, None, None, None)
    job = PrintJobRow(1, 1, bytes(16), "stove", False, state, detail, START + 500, "wok")
    assert late_from(ticket, job, SECONDS) == START + after
    assert late_from(ticket, job, 0) == late_from(ticket, job, SECONDS_DEFAULT)


async def became(branch: Branch, document: bytes, printer: str, state: PrintState) -> list[str]:
    """A printer tells of its job of a document; the printers that print it no more."""

    def note(session: LedgerSession) -> list[str]:
        (row,) = (one for one in jobs_of(session.connection, document) if one.printer == printer)
        assert set_print_state(session.connection, row.job, state, detail="", at=START)
        return [one.printer for one in withdraw_others(session.connection, row)] if state is PrintState.PRINTED else []

    withdrawn = await branch.ledger.write(note)
    (row,) = (one for one in await branch.ledger.read(lambda db: jobs_of(db, document)) if one.printer == printer)
    for watcher in branch.shop.watchers:
        watcher.print_changed(row)
    return withdrawn


async def late_sale(branch: Branch) -> Posted:
    """One whose ticket waits at the stove, and as a copy at the counter."""
    clock, sale = Clock(), await sold(branch)
    async with watching(branch, clock) as told:
        await told.get()
    clock.now += SECONDS * 1000
    async with watching(branch, clock):
        while len(await papers(branch, sale.id)) < 2:
            await asyncio.sleep(0.01)
    return sale


@pytest.mark.parametrize(("first", "other"), [("counter", "stove"), ("stove", "counter")])
def test_a_ticket_that_came_out_on_one_printer_is_printed_on_no_other(tell: Tell, first: str, other: str) -> None:
    """Paper put in an hour later, or a copy that waits too, would have the dish cooked twice."""

    async def story(branch: Branch) -> None:
        sale = await late_sale(branch)
        assert await became(branch, sale.id, first, PrintState.PRINTED) == [other]
        (row,) = (one for one in await branch.ledger.read(lambda db: jobs_of(db, sale.id)) if one.printer == other)
        assert (row.state, row.detail) == (PrintState.FAILED, CAME_OUT_ELSEWHERE)
        noted = await branch.ledger.write(
            lambda session: set_print_state(session.connection, row.job, PrintState.PRINTING, detail="", at=START)
        )
        assert not noted, "what was withdrawn stays so, whatever its printer was about to do"

    tell(story)


def test_what_is_being_printed_goes_on(tell: Tell) -> None:
    """Half a ticket helps nobody."""

    async def story(branch: Branch) -> None:
        sale = await late_sale(branch)
        await became(branch, sale.id, "stove", PrintState.PRINTING)
        assert await became(branch, sale.id, "counter", PrintState.PRINTED) == []

    tell(story)


async def taken_back(branch: Branch, sale: Posted) -> list[tuple[str, PrintState, str]]:
    """The jobs of a sale after it was taken back, oldest first."""
    clock = Clock()
    clock.now += SECONDS * 1000
    async with watching(branch, clock) as told:
        undone = await branch.post(
            {"type": "reversal", "original": str(uuid.UUID(bytes=sale.id)), "reason": "guest left"}
        )
        assert isinstance(undone, Posted), undone
        while (await told.get()).state is not TicketState.CANCELLED:
            pass
    rows = await branch.ledger.read(lambda connection: jobs_of(connection, sale.id))
    return [(row.printer, row.state, row.detail) for row in reversed(rows)]


def test_a_ticket_that_waits_for_paper_is_not_printed_once_its_sale_is_taken_back(tell: Tell) -> None:
    """Nor is its copy: the dish would be cooked for nobody. The stove is told, since somebody may have read it on the page."""

    async def story(branch: Branch) -> None:
        assert await taken_back(branch, await late_sale(branch)) == [
            ("stove", PrintState.FAILED, SALE_TAKEN_BACK),
            ("counter", PrintState.FAILED, SALE_TAKEN_BACK),
            ("stove", PrintState.QUEUED, ""),
        ]

    tell(story)


def test_a_sale_that_is_taken_back_is_told_wherever_its_ticket_came_out(tell: Tell) -> None:
    """A cook who has the copy must see it, and not only the stove, which has no paper. One slip calls off no other."""

    async def story(branch: Branch) -> None:
        sale = await late_sale(branch)
        await became(branch, sale.id, "counter", PrintState.PRINTED)
        assert (await taken_back(branch, sale))[2:] == [
            ("stove", PrintState.QUEUED, ""),
            ("counter", PrintState.QUEUED, ""),
        ]
        (slip, *_) = [
            one for one in await branch.ledger.read(lambda db: jobs_of(db, sale.id)) if one.printer == "counter"
        ]
        assert await branch.ledger.write(lambda session: withdraw_others(session.connection, slip)) == []

    tell(story)


def test_where_nobody_has_to_take_a_ticket_it_is_done_with_its_paper(tell: Tell) -> None:
    """With 0 seconds; one that is not printed is told all the same."""

    async def story(branch: Branch) -> None:
        clock, sale = Clock(), await sold(branch)
        bar = structs.replace(WOK, acknowledge_seconds=0)
        async with watching(branch, clock, bar) as told:
            assert (await told.get()).state is TicketState.OPEN
            await became(branch, sale.id, "stove", PrintState.PRINTED)
            done = await told.get()
            assert (done.state, done.person) == (TicketState.TAKEN, None)
            another = await branch.post({"type": "sale", "lines": [{"item": "soup", "quantity": "1"}]})
            assert isinstance(another, Posted)
            assert (await told.get()).state is TicketState.OPEN
            await became(branch, another.id, "stove", PrintState.FAILED)
            assert (await told.get()).state is TicketState.LATE
            await became(branch, another.id, "counter", PrintState.PRINTED)
            assert (await told.get()).state is TicketState.TAKEN

    tell(story)
