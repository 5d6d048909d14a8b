"""Print jobs run from the ledger: what is written there is printed, whoever did or did not tell the runner."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from gateway.use_cases import printing
from gateway.use_cases.printing import PrintRunner
from peripherals.hub import Hub
from peripherals.print_job import PrintJob
from tests.store.conftest import Branch, Story

Tell = Callable[[Story], None]


class Printers(Hub):
    """A hub without devices that notes what it is asked to print."""

    def __init__(self) -> None:
        super().__init__(())
        self.printed: list[tuple[str, str]] = []
        self.asked = asyncio.Event()

    def print(self, printer: str, job_id: str, job: PrintJob, *, duplicate: bool = False) -> None:
        """Note it."""
        del job, duplicate
        self.printed.append((printer, job_id))
        self.asked.set()


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
