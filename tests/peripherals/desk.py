"""A printer and its queue, joined without a line; time jumps from one due moment to the next."""

from typing import Any

import pytest

from peripherals.events import Event, PrintJobChanged
from peripherals.print_job import Cut, PrintJob, TextLine
from peripherals.print_queue import PrintQueue
from peripherals.protocols.escpos import Paper
from peripherals.simulators.printer import PrinterSimulator


def job(text: str = "x", lines: int = 1) -> PrintJob:
    return PrintJob(parts=(*(TextLine(text=text) for _ in range(lines)), Cut()))


class Desk:
    """A printer and its queue, joined without a line; time jumps from one due moment to the next."""

    def __init__(self, confirmation: Any = "process", paper: Paper | None = None) -> None:
        self.printer = PrinterSimulator()
        self.queue = PrintQueue("printer-1", paper or Paper(columns=42, encoding="gb18030"), confirmation)
        self.now = 100.0
        self.events: list[Event] = []
        self.queue.opened(self.now)

    def hear(self, data: bytes) -> None:
        self.events += self.queue.receive(data, self.now)

    def step(self, until: float) -> bool:
        step = self.queue.advance(self.now)
        self.events += step.events
        if step.write:
            self.hear(self.printer.receive(step.write))
            return True
        assert step.wake_at is not None
        if step.wake_at > until:
            self.now = until
            return False
        self.now = max(step.wake_at, self.now)
        return True

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        for _ in range(100_000):
            if not self.step(until):
                return
        pytest.fail("the queue spins")

    def submit(self, job_id: str, what: PrintJob, **more: Any) -> None:
        self.events += self.queue.submit(job_id, what, **more)

    def story(self, job_id: str) -> list[tuple[str, str]]:
        return [
            (event.state, event.detail)
            for event in self.events
            if isinstance(event, PrintJobChanged) and event.job_id == job_id
        ]

    @property
    def texts(self) -> list[str]:
        return [slip.text for slip in self.printer.slips]
