"""One printer's queue: jobs in order, each with an identity and an outcome. Pure, like the protocols: told the time.

A job is sent only after the printer said it is ready (or is known never to answer), and is `printed` only after the
printer said it came to the job's end and is still well. What cannot be known is `unknown`, and a person decides;
nothing is printed twice by itself. Persistence is the caller's: a queue forgets with its process. A caller that keeps jobs
longer than that lets them be held: told `printing`, it writes that down, and only then may the first byte go out.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from typing import assert_never

from peripherals.config import Confirmation
from peripherals.errors import InvalidPrintJob, PrintQueueFull
from peripherals.events import (
    FINISHED,
    Condition,
    DrawerOpened,
    Event,
    PrinterStatus,
    PrinterStatusChanged,
    PrintJobChanged,
    PrintState,
)
from peripherals.print_job import DrawerPulse, PrintJob, marked_duplicate
from peripherals.protocols import escpos, escpos_status
from peripherals.protocols.conversation import Step
from peripherals.protocols.escpos_status import (
    AnswerReader,
    AutomaticStatus,
    ProcessedAnswer,
    ProcessIdAnswer,
    RealTimeAnswer,
)
from peripherals.protocols.printer_watch import PrinterWatch

JOBS_MAX = 64
"""More till receipts than a shop writes while someone fetches a new roll; beyond that, the fault must be seen."""
REMEMBERED_MAX = 1_024
"""States of the last jobs, so that a repeat is marked: about a day of one till."""
PROCESSES_MAX = 9_999
"""Names of four digits; the queue holds a hundredth of them at once."""
SLICE_BYTES = 1_024
"""Small against the 4 kB buffer of cheap printers, and status is heard between two slices."""

ENCODE_BYTES = 4_096
"""Made in one turn of the loop: some rows of a picture, a few milliseconds of drawing."""

CONFIRM_SECONDS_MAX = 15.0
"""A usual receipt takes a second or two; a printer cuts, cools down, wakes up."""
ROW_SECONDS_MAX = 0.1
"""Beside that, for each row: 4 mm at 40 mm/s, of a job that stands in the printer's buffer whole."""
SILENT_CONFIRM_SECONDS_MAX = 3.0
"""A printer that never answered will not begin now; the person waits no longer than this for the question."""
SETTLE_SECONDS = 2.0
"""With `confirmation = "status"`: how long after the last byte a healthy report counts."""
BLOCKED_SECONDS_MAX = 1_800.0
"""A half-printed job waits this long for paper; then the printer has surely been switched off and forgot it."""
PULSE_SECONDS_MAX = 3.0
"""A drawer that could not be opened by then stays shut: nobody stands before it any more."""
PULSED_SECONDS_MAX = 20.0
"""An opening seen within this is our pulse's: it stands behind the receipt that is being printed, and is seen at the next look."""
OWED_MAX = 3
"""Answers of jobs that were given up are waited for; beyond these the printer does not know the question."""


class _Job:
    """A job and how far it came."""

    def __init__(self, job_id: str, job: PrintJob, *, duplicate: bool, held: bool) -> None:
        self.job_id, self.job, self.duplicate, self.held = job_id, job, duplicate, held
        self.bytes = bytearray()
        self.pieces: Iterator[bytes] | None = None
        self.sent = 0
        self.sent_at: float | None = None
        self.confirm_by = 0.0
        self.rounds_when_sent = 0
        self.rounds_when_processed: int | None = None
        self.process_id = b""
        self.answers_due = 1
        self.fell_silent = False
        self.seconds_max = CONFIRM_SECONDS_MAX + ROW_SECONDS_MAX * len(job.parts)


class PrintQueue:
    """The gateway's side of the talk with one printer."""

    write_seconds_max = 60.0
    """A serial printer out of paper holds the line; that long it is given before the job's fate counts as unknown."""

    def __init__(
        self,
        name: str,
        paper: escpos.Paper,
        confirmation: Confirmation = "process",
        *,
        drawer_open_is_high: bool = True,
    ) -> None:
        """`name` is only for errors."""
        self._name, self.paper, self._confirmation = name, paper, confirmation
        self._watch = PrinterWatch(drawer_open_is_high=drawer_open_is_high)
        self._waiting: deque[_Job] = deque()
        self._current: _Job | None = None
        self._states: OrderedDict[str, PrintJobChanged] = OrderedDict()
        self._pulse: int | None = None
        self._encoding = False
        self._pulse_at = 0.0
        self._pulsed_at: float | None = None
        self._drawer_open: bool | None = None
        self._owed = 0
        self._answers = AnswerReader()
        self._connected = False
        self._processes = 0

    # --- what the gateway asks -------------------------------------------------------------------------------------

    def submit(self, job_id: str, job: PrintJob, *, duplicate: bool = False, hold: bool = False) -> Sequence[Event]:
        """Queues a job. The same id while it waits or prints is the same job; after its outcome it is a duplicate.

        With `hold` nothing of it is sent before `begin`, which is asked for by telling that it is `printing`.
        """
        known = self._states.get(job_id)
        if known is not None and known.state not in FINISHED:
            return (known,) if hold else ()
        if len(self._waiting) >= JOBS_MAX:
            raise PrintQueueFull(what="print", on=self._name)
        queued = _Job(job_id, job, duplicate=duplicate or known is not None, held=hold)
        self._waiting.append(queued)
        events = self._moved(queued, "queued")
        if not self._connected:
            events += self._moved(queued, "waiting", "offline")
        return events

    def begin(self, job_id: str) -> None:
        """What was held may be sent: whoever keeps the job has written down that it is being printed."""
        if self._current is not None and self._current.job_id == job_id:
            self._current.held = False

    def cancel(self, job_id: str) -> Sequence[Event]:
        """Takes a job back of which nothing was sent, one that is still held included; one that has begun goes on."""
        current = self._current
        if current is not None and current.job_id == job_id and current.held:
            self._current = None
            if self._confirmation == "process":
                # Noise may have paid some of it meanwhile.
                self._owed = max(0, self._owed - current.answers_due)
            return self._moved(current, "failed", "cancelled")
        for queued in self._waiting:
            if queued.job_id == job_id:
                self._waiting.remove(queued)
                return self._moved(queued, "failed", "cancelled")
        return ()

    def pulse_drawer(self, pin: int, now: float) -> None:
        """Opens the drawer as soon as the line is free of a job's bytes, or not at all. Asked twice before that, it opens once."""
        self._pulse, self._pulse_at = pin, now

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
        return self._watch.status

    # --- the conversation ------------------------------------------------------------------------------------------

    @property
    def condition(self) -> Condition:
        """As the printer says."""
        return self._watch.condition

    def opened(self, now: float) -> None:
        """Asks at once on a fresh line."""
        self._connected = True
        self._owed = 0
        self._answers.reset()
        self._watch.forget(now)

    def receive(self, data: bytes, now: float) -> Sequence[Event]:
        """Takes answers; those nobody asked for are noise."""
        events: tuple[Event, ...] = ()
        for answer in self._answers.feed(data):
            match answer:
                case RealTimeAnswer(bits=bits):
                    busy = self._current is not None or bool(self._waiting)
                    events += self._drawer_seen(self._watch.heard(bits, now, busy=busy), now)
                case AutomaticStatus():
                    events += self._drawer_seen(self._watch.heard_by_itself(answer.report(), now), now)
                case ProcessedAnswer():
                    self._owed = max(0, self._owed - 1)
                    if self._confirmation == "process":
                        events += self._processed_heard(now)
                case ProcessIdAnswer(name=name):
                    # The answer of a job that was given up long ago names that one.
                    if self._current is not None and name == self._current.process_id:
                        events += self._processed_heard(now)
                case _:
                    assert_never(answer)
        return events

    def advance(self, now: float) -> Step:
        """What is due, in this order: the job's bytes, the drawer, the job's outcome, the next job, a status question."""
        if self._watch.overdue(now):
            # Noise may look like the beginning of a long answer, which would swallow every answer that follows.
            self._answers.reset()
        events = tuple(self._watch.expire(now))
        current = self._current
        held = current is not None and current.held
        if current is not None and not held and current.sent < len(current.bytes):
            return Step(write=self._next_slice(current), events=events, wake_at=now)
        if current is not None and not held and current.sent_at is None:
            current.sent_at, current.rounds_when_sent = now, self._watch.rounds
            if any(isinstance(part, DrawerPulse) for part in current.job.parts):
                self._pulsed_at = now
            current.confirm_by = now + current.seconds_max
            self._watch.ask_now(now)
        pulse = self._take_pulse(now)
        if pulse:
            return Step(write=pulse, events=events, wake_at=now)
        if current is not None and not held:
            events += self._judge(current, now)
        started = self._start_next(now) if self._current is None else ()
        if started or self._encoding:
            return Step(events=events + started, wake_at=now)
        question = self._watch.question(now)
        wake_at = self._watch.wake_at
        if self._current is not None and not held:
            wake_at = min(wake_at, self._current.confirm_by)
        return Step(write=question, events=events, wake_at=max(wake_at, now))

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
        self._watch.forget(now)
        events += (PrinterStatusChanged(status="offline"),)
        if self._waiting:
            events += self._moved(self._waiting[0], "waiting", "offline")
        return events

    # --- the job in hand -------------------------------------------------------------------------------------------

    def _start_next(self, now: float) -> tuple[Event, ...]:
        """Begins the first waiting job when the printer is known to be ready, or known never to answer."""
        self._encoding = False
        if not self._waiting:
            return ()
        if not self._watch.silent and not self._watch.fresh(now):
            self._watch.ask_now(now)
            return ()
        if self._watch.blocked:
            return self._moved(self._waiting[0], "waiting", self._watch.why)
        job = self._waiting[0]
        try:
            self._encoding = not self._encode(job)
            if self._encoding:
                return ()
        except InvalidPrintJob as error:
            self._waiting.popleft()
            return self._moved(job, "failed", error.code)
        self._waiting.popleft()
        match self._confirmation:
            case "process":
                # The answers of jobs that were given up come first: so many more are asked for, and the last one counts.
                job.answers_due = 1 if self._watch.silent else 1 + min(self._owed, OWED_MAX)
                job.bytes += escpos_status.ASK_PROCESSED * job.answers_due
                self._owed += job.answers_due
            case "process_id":
                self._processes = self._processes % PROCESSES_MAX + 1
                job.process_id = b"%04d" % self._processes
                job.bytes += escpos_status.ask_process_id(job.process_id)
            case "status":
                pass
            case _:
                assert_never(self._confirmation)
        self._current = job
        return self._moved(job, "printing")

    def _encode(self, job: _Job) -> bool:
        """A turn's worth of its bytes; answers whether they are all there. Raises `InvalidPrintJob`."""
        if job.pieces is None:
            job.bytes.clear()
            job.pieces = escpos.pieces(marked_duplicate(job.job) if job.duplicate else job.job, self.paper)
        until = len(job.bytes) + ENCODE_BYTES
        for piece in job.pieces:
            job.bytes += piece
            if len(job.bytes) >= until:
                return False
        job.pieces = None
        return True

    def _next_slice(self, job: _Job) -> bytes:
        piece = bytes(job.bytes[job.sent : job.sent + SLICE_BYTES])
        job.sent += len(piece)
        return piece

    def _drawer_seen(self, told: Sequence[Event], now: float) -> tuple[Event, ...]:
        """What the printer says of itself, and that the drawer was opened by somebody else."""
        events: tuple[Event, ...] = ()
        for event in told:
            events += (event,)
            if not isinstance(event, PrinterStatusChanged) or event.drawer_open is None:
                continue
            if event.drawer_open and not self._drawer_open:
                ours, self._pulsed_at = self._pulsed_at, None
                if ours is None or now > ours + PULSED_SECONDS_MAX:
                    events += (DrawerOpened(),)
            self._drawer_open = event.drawer_open
        return events

    def _take_pulse(self, now: float) -> bytes:
        pin, self._pulse = self._pulse, None
        if pin is None or now > self._pulse_at + PULSE_SECONDS_MAX:
            return b""
        self._pulsed_at = now
        if self._watch.blocked:
            return escpos.drawer_pulse_now(pin)
        return escpos.drawer_pulse(pin)

    def _processed_heard(self, now: float) -> tuple[Event, ...]:
        job = self._current
        if job is None or job.rounds_when_processed is not None or job.sent < len(job.bytes):
            return ()
        job.answers_due -= 1
        if job.answers_due > 0:
            return ()
        job.rounds_when_processed = self._watch.rounds
        if self._watch.silent:
            return self._finish(job, "printed")
        self._watch.ask_now(now)
        return ()

    def _judge(self, job: _Job, now: float) -> tuple[Event, ...]:
        """Decides the outcome of a job whose bytes are all sent, if it can be decided."""
        assert job.sent_at is not None
        watch = self._watch
        job.fell_silent = job.fell_silent or watch.silent
        if watch.silent and not watch.gone:
            job.confirm_by = min(job.confirm_by, now + SILENT_CONFIRM_SECONDS_MAX)
        # Only a round of questions that began after an event tells what the printer is like after it.
        report = watch.report if watch.report_round > job.rounds_when_sent else None
        if report is not None and report.broken:
            return self._finish(job, "failed", "error")
        blocked = report is not None and watch.blocked
        if job.rounds_when_processed is not None and report is not None:
            if watch.report_round > job.rounds_when_processed:
                return self._finish(job, "unknown", watch.status) if blocked else self._finish(job, "printed")
            watch.ask_now(now)
        # One that fell silent may have been switched off and on, and well again it has forgotten the job.
        settled = not watch.asking and watch.round_began_at >= job.sent_at + SETTLE_SECONDS and not job.fell_silent
        if self._confirmation == "status" and report is not None and not blocked and settled:
            return self._finish(job, "printed")
        if blocked and now < job.sent_at + BLOCKED_SECONDS_MAX:
            # The printer holds the rest in its buffer and goes on when it is well again.
            job.confirm_by = now + job.seconds_max
            return self._moved(job, "waiting", watch.status)
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
