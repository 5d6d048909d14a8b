"""Print jobs run from the ledger: what is written there is printed, whoever did or did not tell the runner."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from gateway.store.print_jobs import CAME_OUT_ELSEWHERE, PrintState, jobs_of, set_print_state, unfinished_jobs
from gateway.store.session import Posted
from gateway.use_cases import printing
from gateway.use_cases.printing import PrintRunner, print_again
from peripherals.events import PrintJobChanged
from peripherals.hub import Hub
from peripherals.print_job import PrintJob
from tests.store.conftest import Branch, Story

Tell = Callable[[Story], None]


class Printers(Hub):
    """A hub without devices that notes what it is asked to print."""

    def __init__(self) -> None:
        super().__init__(())
        self.printed: list[tuple[str, str]] = []
        self.taken_back: list[tuple[str, str]] = []
        self.asked, self.begun = asyncio.Event(), asyncio.Event()

    def print(self, printer: str, job_id: str, job: PrintJob, *, duplicate: bool = False, hold: bool = False) -> None:
        """Note it."""
        del job, duplicate, hold
        self.printed.append((printer, job_id))
        self.asked.set()

    def begin_print(self, printer: str, job_id: str) -> None:
        """Note that it may begin."""
        del printer, job_id
        self.begun.set()

    def cancel_print(self, printer: str, job_id: str) -> bool:
        """Note that it is not wanted any more."""
        self.taken_back.append((printer, job_id))
        return True

    def tell(self, printer: str, event: PrintJobChanged) -> None:
        """What the printer's queue says."""
        self._emit(printer, event)


async def opening(branch: Branch) -> Posted:
    """A document to print."""
    posted = await branch.post({"type": "opening_balance", "lines": [{"item": "tea", "quantity": "1"}]})
    assert isinstance(posted, Posted)
    return posted


def test_a_lost_hint_costs_a_moment(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that nobody told the runner of is printed at its next look."""
    monkeypatch.setattr(printing, "LOOK_SECONDS", 0.05)

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post({"type": "opening_balance", "lines": [{"item": "tea", "quantity": "1"}]})
        printers = Printers()
        runner = asyncio.create_task(PrintRunner(branch.shop, printers, lambda *_: PrintJob(())).run())
        await asyncio.sleep(0.02)
        job = await branch.ledger.write(lambda session: session.append_print_job(2, "printer-1", duplicate=False))
        await asyncio.wait_for(printers.asked.wait(), 10)
        assert printers.printed == [("printer-1", str(job))]
        runner.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await runner

    tell(story)


def test_a_job_is_in_the_ledger_as_printing_before_its_first_byte(tell: Tell) -> None:
    """A gateway that dies with bytes on the paper finds it there, and prints nothing a second time by itself."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        posted = await opening(branch)
        printers = Printers()
        runner = PrintRunner(branch.shop, printers, lambda *_: PrintJob(()))
        branch.shop.watchers.append(runner)
        running = asyncio.create_task(runner.run())
        await print_again(branch.shop, posted.id, "printer-1")
        await asyncio.wait_for(printers.asked.wait(), 10)
        ((printer, job),) = printers.printed
        printers.tell(printer, PrintJobChanged(job_id=job, state="printing"))
        await asyncio.wait_for(printers.begun.wait(), 10)
        found = await branch.ledger.read(unfinished_jobs)
        assert [(str(row.job), row.state) for row in found] == [(job, PrintState.PRINTING)]
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    tell(story)


def test_what_a_jammed_knife_left_on_paper_is_repeated_as_a_copy(tell: Tell) -> None:
    """The knife comes last: the receipt is out already. What failed before its first byte is not marked."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        posted = await opening(branch)
        for detail, marked in (("cancelled", False), ("error", True)):
            queued = await print_again(branch.shop, posted.id, "printer-1")
            assert queued is not None
            await branch.ledger.write(
                lambda session, job=queued.job, detail=detail: set_print_state(
                    session.connection, job, PrintState.FAILED, detail=detail, at=1
                )
            )
            after = await print_again(branch.shop, posted.id, "printer-1")
            assert after is not None
            rows = await branch.ledger.read(lambda connection: jobs_of(connection, posted.id))
            assert rows[0].duplicate is marked
            await branch.ledger.write(
                lambda session, job=after.job: set_print_state(
                    session.connection, job, PrintState.FAILED, detail="cancelled", at=1
                )
            )

    tell(story)


def test_a_kitchens_ticket_that_came_out_is_taken_from_the_other_printer(tell: Tell) -> None:
    """Also from one that was just about to begin; a till receipt is nobody's other."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        posted = await opening(branch)
        known = await branch.ledger.write(lambda session: session.find_document(posted.id))
        assert known is not None
        copy, late, receipt = await branch.ledger.write(
            lambda session: [
                session.append_print_job(known.seq, printer, duplicate=False, kitchen=kitchen)
                for printer, kitchen in (("counter", "wok"), ("stove", "wok"), ("counter", ""))
            ]
        )
        printers = Printers()
        runner = PrintRunner(branch.shop, printers, lambda *_: PrintJob(()))
        branch.shop.watchers.append(runner)
        running = asyncio.create_task(runner.run())
        async with asyncio.timeout(10):
            while len(printers.printed) < 3:
                await printers.asked.wait()
                printers.asked.clear()
            printers.tell("counter", PrintJobChanged(job_id=str(copy), state="printed"))
            printers.tell("stove", PrintJobChanged(job_id=str(late), state="printing"))
            printers.tell("counter", PrintJobChanged(job_id=str(receipt), state="printing"))
            await printers.begun.wait()
        assert set(printers.taken_back) == {("stove", str(late))}
        rows = await branch.ledger.read(lambda connection: jobs_of(connection, posted.id))
        assert [(row.job, row.state, row.detail) for row in rows] == [
            (receipt, PrintState.PRINTING, ""),
            (late, PrintState.FAILED, CAME_OUT_ELSEWHERE),
            (copy, PrintState.PRINTED, ""),
        ]
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    tell(story)
