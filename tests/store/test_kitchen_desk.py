"""Tickets are watched by the ledger alone: what is late is told once, and goes to the other printer while it is still wanted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

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
from gateway.store.print_jobs import PrintJobRow, PrintState, jobs_of
from gateway.store.session import LedgerSession, Posted
from gateway.use_cases.kitchen_desk import TROUBLE_MILLISECONDS, KitchenDesk, late_from
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
async def watching(branch: Branch, clock: Clock) -> AsyncIterator[asyncio.Queue[Ticket]]:
    """A desk at work, and the tickets it tells of."""
    told = asyncio.Queue[Ticket]()
    branch.shop.clock = lambda: clock.now
    task = asyncio.create_task(KitchenDesk(branch.shop, (WOK,), told.put_nowait).run())
    try:
        async with asyncio.timeout(10):
            yield told
    finally:
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
    assert late_from(ticket, job, 0) == START
