"""Asking an ESC/POS printer how it is, again and again. Refuses to know of print jobs.

One question at a time, four questions to a round; only a complete round is a report.
"""

from collections.abc import Sequence

from peripherals.events import Condition, Event, PrinterStatus, PrinterStatusChanged
from peripherals.protocols import escpos_status
from peripherals.protocols.escpos_status import Report, StatusRound

ANSWER_SECONDS_MAX = 1.0
"""DLE EOT is answered at once; a network printer in a busy shop may take tens of milliseconds."""
MISSES_MAX = 2
RESYNC_SECONDS = 0.5
"""After a missed answer nothing is asked for this long; then one question, and its answers tell only that it is there: a late
answer among them is not taken for the answer to another question."""
ROUND_SECONDS = 2.0
"""How often an idle printer is asked. The Devices page shows an open cover within this."""
BUSY_ROUND_SECONDS = 0.5
"""While a job waits or prints, someone stands at the printer."""
SILENT_ROUND_SECONDS = 5.0
"""A clone that never answers is still asked now and then: it may have been switched off."""
FRESH_SECONDS = 1.0
"""A report older than this says nothing about now."""


class PrinterWatch:
    """What is known of one printer."""

    def __init__(self, *, drawer_open_is_high: bool = True) -> None:
        """Drawers' switches differ per model, so the settings say which level means open."""
        self._drawer_open_is_high = drawer_open_is_high
        self._pin: bool | None = None
        self._pin_moved = False
        self._has_answered = False
        self.forget(0.0)

    def forget(self, now: float) -> None:
        """Nothing is known any more, and is asked as soon as there is a line."""
        self.report: Report | None = None
        self.status: PrinterStatus = "unknown"
        self.silent = False
        """It was asked and did not answer: no state to wait for."""
        self.rounds = 0
        """How many rounds began. A report of round n+1 is about the time after round n began."""
        self.report_round = 0
        self.round_began_at = now
        self._told: PrinterStatusChanged | None = None
        self._report_at = now
        self._misses = 0
        self._round: StatusRound | None = None
        self._asked_at: float | None = None
        self._next_round_at = now
        self._in_step, self._heard_out_of_step = True, False

    @property
    def blocked(self) -> bool:
        """Whether a job must wait for a person."""
        return self.gone or escpos_status.blocks_printing(self.status)

    @property
    def gone(self) -> bool:
        """It used to answer, on this line or an earlier one, and does not any more: switched off, most likely."""
        return self.silent and self._has_answered

    @property
    def why(self) -> str:
        """What a job waits for."""
        return "no_answer" if self.gone else self.status

    @property
    def condition(self) -> Condition:
        """Unknown is not ok: a printer that never answered is shown as unknown."""
        if self.gone:
            return Condition(state="not_answering", code="no_answer")
        if self.status == "unknown":
            return Condition(state="unknown", code="no_status" if self.silent else "not_asked")
        return Condition(state="error" if self.blocked else "online", code=self.status)

    @property
    def asking(self) -> bool:
        """Whether a round is under way."""
        return self._round is not None

    @property
    def wake_at(self) -> float:
        """When the next question or a missing answer is due."""
        return self._next_round_at if self._asked_at is None else self._asked_at + ANSWER_SECONDS_MAX

    def fresh(self, now: float) -> bool:
        """Whether the last report still says how the printer is."""
        return self.report is not None and now - self._report_at <= FRESH_SECONDS

    def ask_now(self, now: float) -> None:
        """Begins the next round at once, unless one is under way or an answer is missing."""
        if self._round is None and self._misses == 0:
            self._next_round_at = now

    def overdue(self, now: float) -> bool:
        """Whether an answer did not come in its time."""
        return self._asked_at is not None and now >= self._asked_at + ANSWER_SECONDS_MAX

    def expire(self, now: float) -> Sequence[Event]:
        """Counts an answer that did not come."""
        if not self.overdue(now):
            return ()
        self._asked_at, self._round = None, None
        if self._heard_out_of_step:
            self._in_step, self._heard_out_of_step = True, False
            self._misses, self._next_round_at = 0, now
            return ()
        self._misses += 1
        if self._misses < MISSES_MAX:
            self._next_round_at, self._in_step = now + RESYNC_SECONDS, False
            return ()
        self.silent, self.status, self.report = True, "unknown", None
        # Whoever was switched off is being switched on by somebody.
        self._next_round_at = now + (ROUND_SECONDS if self.gone else SILENT_ROUND_SECONDS)
        self._in_step = True
        return self._tell()

    def question(self, now: float) -> bytes:
        """The question that is due, if any."""
        if self._asked_at is not None:
            return b""
        if self._round is None:
            if now < self._next_round_at:
                return b""
            if not self._in_step:
                self._asked_at = now
                return escpos_status.ask_status(1)
            self._round, self.round_began_at = StatusRound(), now
            self.rounds += 1
        kind = self._round.next_kind
        assert kind is not None, "a complete round is taken away when its last answer is heard"
        self._asked_at = now
        return escpos_status.ask_status(kind)

    def heard(self, bits: int, now: float, *, busy: bool) -> Sequence[Event]:
        """Takes an answer; one that nobody waits for is noise. `busy` asks again soon."""
        self._heard_out_of_step = self._asked_at is not None and not self._in_step
        if self._asked_at is None or self._round is None:
            return ()
        self._asked_at, self._misses = None, 0
        report = self._round.answer(bits)
        if report is None:
            return ()
        self._round, self._has_answered = None, True
        self._next_round_at = now + (BUSY_ROUND_SECONDS if busy else ROUND_SECONDS)
        return self._reported(report, now)

    def heard_by_itself(self, report: Report, now: float) -> Sequence[Event]:
        """An automatic status: as good as a round of questions, and it came at the moment of the change."""
        self.rounds += 1
        self.round_began_at = now
        return self._reported(report, now)

    def _reported(self, report: Report, now: float) -> Sequence[Event]:
        self.silent = False
        self.report, self._report_at, self.status = report, now, report.status
        self.report_round = self.rounds
        self._pin_moved = self._pin_moved or self._pin not in {None, report.drawer_pin_high}
        self._pin = report.drawer_pin_high
        return self._tell()

    def _tell(self) -> Sequence[Event]:
        # A pin that never moved may have no drawer on it: then nothing is said of a drawer.
        known = self._pin_moved and not self.silent
        drawer_open = self._pin == self._drawer_open_is_high if known else None
        changed = PrinterStatusChanged(status=self.status, drawer_open=drawer_open)
        if changed == self._told:
            return ()
        self._told = changed
        return (changed,)
