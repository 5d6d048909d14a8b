"""One printer's queue: jobs in order, each with an identity and an outcome. Pure, like the protocols: told the time.

A job is sent only after the printer said it is ready (or is known never to answer), and is `printed` only after the
printer said it came to the job's end and is still well. What cannot be known is `unknown`, and a person decides;
nothing is printed twice by itself. Persistence is the caller's: a queue forgets with its process.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence

from peripherals.config import Confirmation
from peripherals.errors import InvalidPrintJob, PrintQueueFull
from peripherals.events import (
    FINISHED,
    Condition,
    Event,
    PrinterStatus,
    PrinterStatusChanged,
    PrintJobChanged,
    PrintState,
)
from peripherals.print_job import PrintJob, marked_duplicate
from peripherals.protocols import escpos, escpos_status
from peripherals.protocols.conversation import Step
from peripherals.protocols.escpos_status import AnswerReader, ProcessedAnswer, RealTimeAnswer, Report, StatusRound

JOBS_MAX = 64
"""More till receipts than a shop writes while someone fetches a new roll; beyond that, the fault must be seen."""
REMEMBERED_MAX = 1_024
"""States of the last jobs, so that a repeat is marked: about a day of one till."""
SLICE_BYTES = 1_024
"""Small against the 4 kB buffer of cheap printers, and status is heard between two slices."""

ANSWER_SECONDS_MAX = 1.0
"""DLE EOT is answered at once; a network printer in a busy shop may take tens of milliseconds."""
MISSES_MAX = 2
RESYNC_SECONDS = 0.5
"""After a missed answer nothing is asked for this long, so that a late answer is not taken for the next one."""
ROUND_SECONDS = 2.0
"""How often an idle printer is asked. The Devices page shows an open cover within this."""
BLOCKED_ROUND_SECONDS = 0.5
"""While a job waits, someone stands at the printer."""
SILENT_ROUND_SECONDS = 5.0
"""A clone that never answers is still asked now and then: it may have been switched off."""
FRESH_SECONDS = 1.0
"""A report older than this does not start a job."""
CONFIRM_SECONDS_MAX = 15.0
"""The longest receipt (500 lines, 2 m) takes about that at 150 mm/s."""
SILENT_CONFIRM_SECONDS_MAX = 3.0
"""A printer that never answered will not begin now; the person waits no longer than this for the question."""
SETTLE_SECONDS = 2.0
"""With `confirmation = "status"`: how long after the last byte a healthy report counts."""
BLOCKED_SECONDS_MAX = 1_800.0
"""A half-printed job waits this long for paper; then the printer has surely been switched off and forgot it."""


class _Job:
    """A job and how far it came."""

    def __init__(self, job_id: str, job: PrintJob, *, duplicate: bool) -> None:
        self.job_id, self.job, self.duplicate = job_id, job, duplicate
        self.bytes = b""
        self.sent = 0
        self.sent_at: float | None = None
        self.confirm_by = 0.0
        self.rounds_when_sent = 0
        self.rounds_when_processed: int | None = None


class PrintQueue:
    """The gateway's side of the talk with one printer."""

    write_seconds_max = 60.0
    """A serial printer out of paper holds the line; that long it is given before the job's fate counts as unknown."""

    def __init__(self, name: str, paper: escpos.Paper, confirmation: Confirmation = "process") -> None:
        """`name` is only for errors."""
        self._name, self._paper, self._confirmation = name, paper, confirmation
        self._waiting: deque[_Job] = deque()
        self._current: _Job | None = None
        self._states: OrderedDict[str, PrintJobChanged] = OrderedDict()
        self._pulse: int | None = None
        self._answers = AnswerReader()
        self._connected = False
        self._forget_status()

    # --- what the gateway asks -------------------------------------------------------------------------------------

    def submit(self, job_id: str, job: PrintJob, *, duplicate: bool = False) -> Sequence[Event]:
        """Queues a job. The same id while it waits or prints is the same job; after its outcome it is a duplicate."""
        known = self._states.get(job_id)
        if known is not None and known.state not in FINISHED:
            return ()
        if len(self._waiting) >= JOBS_MAX:
            raise PrintQueueFull(what="print", on=self._name)
        queued = _Job(job_id, job, duplicate=duplicate or known is not None)
        self._waiting.append(queued)
        events = self._moved(queued, "queued")
        if not self._connected:
            events += self._moved(queued, "waiting", "offline")
        return events

    def cancel(self, job_id: str) -> Sequence[Event]:
        """Takes a job back that has not begun; one that has begun goes on."""
        for queued in self._waiting:
            if queued.job_id == job_id:
                self._waiting.remove(queued)
                return self._moved(queued, "failed", "cancelled")
        return ()

    def pulse_drawer(self, pin: int) -> None:
        """Opens the drawer as soon as the line is free of a job's bytes. Asked twice before that, it opens once."""
        self._pulse = pin

    def job_state(self, job_id: str) -> PrintJobChanged | None:
        """The last known state of a job."""
        return self._states.get(job_id)

    @property
    def waiting(self) -> int:
        """How many jobs have not begun."""
        return len(self._waiting)

    @property
    def status(self) -> PrinterStatus:
        """What the printer last said of itself."""
        return self._status

    # --- the conversation ------------------------------------------------------------------------------------------

    @property
    def condition(self) -> Condition:
        """Unknown is not ok: a printer that never answered is shown as unknown."""
        if self._status == "unknown":
            return Condition(state="unknown", code="no_answer" if self._silent else "not_asked")
        if escpos_status.blocks_printing(self._status):
            return Condition(state="error", code=self._status)
        return Condition(state="online", code=self._status)

    def opened(self, now: float) -> None:
        """Asks at once on a fresh line."""
        self._connected = True
        self._answers.reset()
        self._forget_status()
        self._next_round_at = now

    def receive(self, data: bytes, now: float) -> Sequence[Event]:
        """Takes answers; those nobody asked for are noise."""
        events: tuple[Event, ...] = ()
        for answer in self._answers.feed(data):
            match answer:
                case RealTimeAnswer(bits=bits):
                    events += self._status_heard(bits, now)
                case ProcessedAnswer():
                    events += self._processed_heard(now)
        return events

    def advance(self, now: float) -> Step:
        """What is due, in this order: the job's bytes, the drawer, the job's outcome, the next job, a status question."""
        events = self._expire_question(now)
        current = self._current
        if current is not None and current.sent < len(current.bytes):
            return Step(write=self._next_slice(current), events=events, wake_at=now)
        if current is not None and current.sent_at is None:
            current.sent_at, current.rounds_when_sent = now, self._rounds
            patience = SILENT_CONFIRM_SECONDS_MAX if self._silent else CONFIRM_SECONDS_MAX
            current.confirm_by = now + patience
            self._next_round_at = now
        if self._pulse is not None:
            return Step(write=self._take_pulse(), events=events, wake_at=now)
        if current is not None:
            events += self._judge(current, now)
        started = self._start_next(now) if self._current is None else ()
        if started:
            return Step(events=events + started, wake_at=now)
        return Step(write=self._next_question(now), events=events, wake_at=self._wake_at(now))

    def lost(self, now: float) -> Sequence[Event]:
        """A job of which bytes were sent has an unknown fate; one that had not begun waits for the line."""
        events: tuple[Event, ...] = ()
        self._connected = False
        self._pulse = None
        current, self._current = self._current, None
        if current is not None and current.sent:
            events += self._moved(current, "unknown", "line_lost")
        elif current is not None:
            self._waiting.appendleft(current)
        self._forget_status()
        self._next_round_at = now
        events += (PrinterStatusChanged(status="offline"),)
        if self._waiting:
            events += self._moved(self._waiting[0], "waiting", "offline")
        return events

    # --- status ----------------------------------------------------------------------------------------------------

    def _forget_status(self) -> None:
        self._status: PrinterStatus = "unknown"
        self._silent = False
        self._misses = 0
        self._report: Report | None = None
        self._report_at = 0.0
        self._round: StatusRound | None = None
        self._rounds = self._report_round = 0
        self._round_began_at = 0.0
        self._asked_at: float | None = None
        self._next_round_at = 0.0

    def _expire_question(self, now: float) -> tuple[Event, ...]:
        if self._asked_at is None or now < self._asked_at + ANSWER_SECONDS_MAX:
            return ()
        self._asked_at, self._round = None, None
        self._misses += 1
        if self._misses < MISSES_MAX:
            self._next_round_at = now + RESYNC_SECONDS
            return ()
        first = not self._silent
        self._silent, self._status, self._report = True, "unknown", None
        self._next_round_at = now + SILENT_ROUND_SECONDS
        if first and self._current is not None and self._current.sent_at is not None:
            # It answered before and stopped: no more patience than for one that never did.
            self._current.confirm_by = min(self._current.confirm_by, now + SILENT_CONFIRM_SECONDS_MAX)
        return (PrinterStatusChanged(status="unknown"),) if first else ()

    def _status_heard(self, bits: int, now: float) -> tuple[Event, ...]:
        if self._asked_at is None or self._round is None:
            return ()
        self._asked_at, self._misses = None, 0
        report = self._round.answer(bits)
        if report is None:
            return ()
        before = self._report
        self._round, self._silent = None, False
        self._report, self._report_at, self._status = report, now, report.status
        self._report_round = self._rounds
        busy = self._current is not None or self._waiting
        self._next_round_at = now + (BLOCKED_ROUND_SECONDS if busy else ROUND_SECONDS)
        if before is not None and (before.status, before.drawer_pin_high) == (report.status, report.drawer_pin_high):
            return ()
        return (PrinterStatusChanged(status=report.status, drawer_pin_high=report.drawer_pin_high),)

    def _next_question(self, now: float) -> bytes:
        if self._asked_at is not None:
            return b""
        if self._round is None:
            if now < self._next_round_at:
                return b""
            self._round, self._round_began_at = StatusRound(), now
            self._rounds += 1
        kind = self._round.next_kind
        assert kind is not None, "a complete round is taken away when its last answer is heard"
        self._asked_at = now
        return escpos_status.ask_status(kind)

    def _wake_at(self, now: float) -> float:
        wake_at = self._next_round_at if self._asked_at is None else self._asked_at + ANSWER_SECONDS_MAX
        if self._current is not None:
            wake_at = min(wake_at, self._current.confirm_by)
        return max(wake_at, now)

    # --- the job in hand -------------------------------------------------------------------------------------------

    def _start_next(self, now: float) -> tuple[Event, ...]:
        """Begins the first waiting job when the printer is known to be ready, or known never to answer."""
        if not self._waiting:
            return ()
        if not self._silent:
            if self._report is None or now - self._report_at > FRESH_SECONDS:
                if self._round is None and self._misses == 0:
                    self._next_round_at = now
                return ()
            if escpos_status.blocks_printing(self._status):
                return self._moved(self._waiting[0], "waiting", self._status)
        job = self._waiting.popleft()
        try:
            job.bytes = escpos.encode(marked_duplicate(job.job) if job.duplicate else job.job, self._paper)
        except InvalidPrintJob as error:
            return self._moved(job, "failed", error.code)
        if self._confirmation == "process":
            job.bytes += escpos_status.ASK_PROCESSED
        self._current = job
        return self._moved(job, "printing")

    def _next_slice(self, job: _Job) -> bytes:
        piece = job.bytes[job.sent : job.sent + SLICE_BYTES]
        job.sent += len(piece)
        return piece

    def _take_pulse(self) -> bytes:
        pin, self._pulse = self._pulse, None
        assert pin is not None
        if escpos_status.blocks_printing(self._status):
            return escpos.drawer_pulse_now(pin)
        return escpos.drawer_pulse(pin)

    def _processed_heard(self, now: float) -> tuple[Event, ...]:
        job = self._current
        if job is None or job.rounds_when_processed is not None or job.sent < len(job.bytes):
            return ()
        job.rounds_when_processed = self._rounds
        if self._silent:
            return self._finish(job, "printed")
        if self._round is None:
            self._next_round_at = now
        return ()

    def _judge(self, job: _Job, now: float) -> tuple[Event, ...]:
        """Decides the outcome of a job whose bytes are all sent, if it can be decided."""
        assert job.sent_at is not None
        # Only a round of questions that began after the event tells what the printer is like after it.
        fresh = self._report is not None and self._report_round > job.rounds_when_sent
        if fresh and self._report is not None and self._report.broken:
            return self._finish(job, "failed", "error")
        blocked = fresh and escpos_status.blocks_printing(self._status)
        if job.rounds_when_processed is not None and self._report is not None:
            if self._report_round > job.rounds_when_processed:
                return self._finish(job, "unknown", self._status) if blocked else self._finish(job, "printed")
            if self._round is None:
                self._next_round_at = now
        settled = now >= job.sent_at + SETTLE_SECONDS and self._round_began_at >= job.sent_at + SETTLE_SECONDS
        if self._confirmation == "status" and settled and fresh and not blocked and self._round is None:
            return self._finish(job, "printed")
        if blocked and now < job.sent_at + BLOCKED_SECONDS_MAX:
            # The printer holds the rest in its buffer and goes on when it is well again.
            job.confirm_by = now + CONFIRM_SECONDS_MAX
            return self._moved(job, "waiting", self._status)
        if not blocked and self._states[job.job_id].state == "waiting":
            return self._moved(job, "printing")
        if now >= job.confirm_by:
            return self._finish(job, "unknown", "no_confirmation")
        return ()

    def _finish(self, job: _Job, state: PrintState, detail: str = "") -> tuple[Event, ...]:
        assert state in FINISHED
        self._current = None
        return self._moved(job, state, detail)

    def _moved(self, job: _Job, state: PrintState, detail: str = "") -> tuple[Event, ...]:
        """Remembers and tells the job's state, once per change."""
        changed = PrintJobChanged(job_id=job.job_id, state=state, detail=detail, duplicate=job.duplicate)
        if self._states.get(job.job_id) == changed:
            return ()
        self._states[job.job_id] = changed
        self._states.move_to_end(job.job_id)
        while len(self._states) > REMEMBERED_MAX:
            self._states.popitem(last=False)
        return (changed,)
