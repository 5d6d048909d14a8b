"""Printers that are slow, fall silent, answer for the job before, or whose gateway dies: never lost, never twice unmarked."""

from peripherals.events import DrawerOpened, PrinterStatusChanged
from peripherals.print_job import Cut, DrawerPulse, Feed, PrintJob, TextLine
from peripherals.print_queue import CONFIRM_SECONDS_MAX, PULSE_SECONDS_MAX
from peripherals.protocols.escpos import Paper, encode
from tests.peripherals.desk import Desk, job


class DeafDesk(Desk):
    """A printer whose answers are given by hand, and late."""

    def __init__(self, paper: Paper | None = None) -> None:
        super().__init__(paper=paper)
        self.asked: list[bytes] = []

    def step(self, until: float) -> bool:
        step = self.queue.advance(self.now)
        self.events += step.events
        if step.write:
            self.asked.append(step.write)
            return True
        assert step.wake_at is not None
        self.now = min(max(step.wake_at, self.now), until)
        return step.wake_at <= until

    def ask(self) -> bytes:
        """The next question, waited for."""
        count = len(self.asked)
        until = self.now + 30
        while len(self.asked) == count:
            assert self.step(until), "nothing is asked any more"
        return self.asked[-1]

    def answer(self, bits: int, after: float = 0.01) -> None:
        self.run(after)
        self.hear(bytes((bits,)))

    def round(self, printer: int = 0x12, offline: int = 0x12, error: int = 0x12, paper: int = 0x12) -> None:
        """A whole round of questions, each answered at once."""
        bits = {1: printer, 2: offline, 3: error, 4: paper}
        for _ in bits:
            asked = self.ask()
            while not asked.startswith(b"\x10\x04"):
                asked = self.ask()
            self.hear(bytes((bits[asked[2]],)))


def test_nothing_of_a_held_job_is_sent_before_it_was_written_down() -> None:
    """A gateway that is killed in between finds the job as queued, and the paper empty."""
    desk = Desk()
    desk.submit("j1", job(), hold=True)
    desk.run(5)
    assert desk.story("j1")[-1] == ("printing", "")
    assert not desk.printer.slips
    desk.queue.begin("j1")
    desk.run(5)
    assert desk.story("j1")[-1] == ("printed", "")
    assert len(desk.printer.slips) == 1


def test_a_held_job_whose_line_breaks_has_not_begun() -> None:
    """It waits for the line, and is asked for again."""
    desk = Desk()
    desk.submit("j1", job(), hold=True)
    desk.run(1)
    desk.events += desk.queue.lost(desk.now)
    assert desk.story("j1")[-1] == ("waiting", "offline")
    desk.queue.opened(desk.now)
    desk.run(1)
    assert desk.story("j1")[-1] == ("printing", "")
    desk.queue.begin("j1")
    desk.run(5)
    assert (desk.story("j1")[-1], len(desk.printer.slips)) == (("printed", ""), 1)


def test_who_keeps_a_held_job_and_forgot_it_is_told_again_where_it_is() -> None:
    """The keeper's task may have been started anew; the queue must not wait for it for ever."""
    desk = Desk()
    desk.submit("j1", job(), hold=True)
    desk.run(1)
    desk.events.clear()
    desk.submit("j1", job(), hold=True)
    assert desk.story("j1") == [("printing", "")]


def test_jobs_wait_for_a_printer_that_used_to_answer_and_is_switched_off() -> None:
    """Its line stays open behind an adapter: what is sent there is gone."""
    desk = Desk()
    desk.run(5)
    desk.printer.set_silent(silent=True)
    desk.run(10)
    assert (desk.queue.condition.state, desk.queue.condition.code) == ("not_answering", "no_answer")
    desk.submit("j1", job())
    desk.run(60)
    assert desk.story("j1")[-1] == ("waiting", "no_answer")
    assert not desk.printer.slips
    desk.printer.set_silent(silent=False)
    desk.run(10)
    assert desk.story("j1")[-1] == ("printed", "")


def test_who_answered_once_is_known_on_the_next_line_too() -> None:
    """A box on the network takes the connection while the printer behind it is off."""
    desk = Desk()
    desk.run(5)
    desk.events += desk.queue.lost(desk.now)
    desk.printer.set_silent(silent=True)
    desk.queue.opened(desk.now)
    desk.submit("j1", job())
    desk.run(30)
    assert desk.story("j1")[-1] == ("waiting", "no_answer")


def test_an_answer_for_the_job_before_does_not_confirm_the_next_one() -> None:
    """`GS r` names no job: the answer of one that was given up comes first, and is counted off."""
    desk = DeafDesk()
    desk.round()
    desk.submit("j1", job())
    until = desk.now + CONFIRM_SECONDS_MAX + 5
    while desk.story("j1")[-1][0] != "unknown":
        desk.round()
        assert desk.now < until
    desk.submit("j2", job())
    while desk.story("j2")[-1][0] != "printing":
        desk.round()
    desk.round()
    desk.hear(b"\x00")
    for _ in range(4):
        desk.round()
    assert desk.story("j2")[-1] == ("printing", "")
    desk.hear(b"\x00")
    for _ in range(2):
        desk.round()
    assert desk.story("j2")[-1] == ("printed", "")


def test_a_very_late_answer_is_not_taken_for_another_questions() -> None:
    """Paper's answer read as the cover's or the knife's would fail a job that only waits for paper."""
    desk = DeafDesk()
    for _ in range(3):
        desk.ask()
        desk.answer(0x12)
    desk.ask()
    assert desk.asked[-1] == b"\x10\x04\x04"
    desk.run(1.7)
    assert len(desk.asked) == 5, "asked again after a while"
    desk.answer(0x72)
    desk.answer(0x12, 0.3)
    desk.run(1.2)
    for bits in (0x1A, 0x32, 0x12, 0x72):
        assert desk.asked[-1][:2] == b"\x10\x04"
        desk.answer(bits)
    assert desk.queue.status == "paper_end"
    told = {event.status for event in desk.events if isinstance(event, PrinterStatusChanged)}
    assert told == {"paper_end"}


def test_with_status_alone_one_that_fell_silent_is_not_believed() -> None:
    """Switched off and on within the job it is well again, and has forgotten what it did not print."""
    desk = Desk("status")
    desk.run(3)
    desk.submit("j1", job())
    desk.run(1.2)
    assert desk.story("j1")[-1] == ("printing", "")
    desk.printer.set_silent(silent=True)
    desk.run(4)
    desk.printer.set_silent(silent=False)
    desk.run(30)
    assert desk.story("j1")[-1] == ("unknown", "no_confirmation")


def test_a_drawer_that_could_not_be_opened_at_once_stays_shut() -> None:
    """The line was held by a job for a while; nobody stands before the drawer now."""
    desk = Desk()
    desk.run(1)
    desk.queue.pulse_drawer(2, desk.now - PULSE_SECONDS_MAX - 0.1)
    desk.run(1)
    assert desk.printer.drawer_pulses == 0


def test_a_drawer_opened_with_its_key_is_told_and_ours_is_not() -> None:
    """Seen to change without a pulse of ours; each pulse explains one opening."""
    desk = Desk()
    desk.run(3)
    desk.queue.pulse_drawer(2, desk.now)
    desk.run(4)
    assert DrawerOpened() not in desk.events
    desk.printer.close_drawer()
    desk.run(4)
    desk.printer.open_drawer_by_hand()
    desk.run(4)
    assert desk.events.count(DrawerOpened()) == 1
    desk.events += desk.queue.lost(desk.now)
    desk.queue.opened(desk.now)
    desk.run(4)
    assert desk.events.count(DrawerOpened()) == 1, "it is still the same opening when the line is back"
    desk.submit("j1", PrintJob((DrawerPulse(), *job().parts)))
    desk.printer.close_drawer()
    desk.run(20)
    assert desk.events.count(DrawerOpened()) == 1


def test_the_longest_receipt_is_given_the_time_that_its_paper_takes() -> None:
    """Five metres at 150 mm/s are over half a minute; it stands in the printer's buffer meanwhile."""
    desk = DeafDesk()
    desk.round()
    desk.submit("j1", job(lines=1_500))
    until = desk.now + 40
    while desk.now < until:
        desk.round()
    assert desk.story("j1")[-1] == ("printing", "")
    desk.hear(b"\x00")
    desk.round()
    desk.round()
    assert desk.story("j1")[-1] == ("printed", "")


def test_a_document_as_long_as_any_can_be_printed_as_text_and_as_pictures() -> None:
    """500 lines with two names, a code, a price and a discount each."""
    parts = (*(TextLine(text=f"乌龙茶 Oolong tea {number}") for number in range(2_500)), *[Feed()] * 400, Cut())
    for paper in (Paper(32, "gb18030"), Paper(24, "raster", None, 384, lambda _: bytes(32))):
        assert encode(PrintJob(parts), paper).count(b"\n" if paper.encoding != "raster" else b"\x1dv0") >= 2_500


def test_no_turn_of_the_loop_draws_a_whole_receipt() -> None:
    """A till waits for the loop: a receipt of pictures is made a few rows at a time, and sent when it is whole."""
    drawn = 0

    def glyph(_: str) -> bytes:
        nonlocal drawn
        drawn += 1
        return bytes(16)

    desk = DeafDesk(Paper(36, "raster", None, 576, glyph))
    desk.round()
    desk.submit("j1", job("x" * 30, lines=100))
    turns, most = 0, 0
    while desk.story("j1")[-1][0] != "printing":
        before = drawn
        step = desk.queue.advance(desk.now)
        desk.events += step.events
        most, turns = max(most, drawn - before), turns + 1
        assert turns < 1_000
    assert drawn >= 3_000
    assert most <= 300


def test_a_job_half_made_waits_like_any_other() -> None:
    """The line breaks, or the paper is out, while it is being drawn; it may be taken back."""
    desk = Desk()
    desk.run(1)
    desk.submit("j1", job("x" * 40, lines=400))
    desk.submit("j2", job())
    desk.queue.advance(desk.now)
    assert desk.story("j1")[-1] == ("queued", "")
    desk.now += 10
    desk.printer.set_paper("out")
    desk.run(3)
    assert desk.story("j1")[-1] == ("waiting", "paper_end")
    desk.events += desk.queue.lost(desk.now)
    desk.printer.set_paper("present")
    desk.queue.opened(desk.now)
    desk.queue.advance(desk.now)
    desk.events += desk.queue.cancel("j1")
    desk.run(20)
    assert [desk.story(name)[-1] for name in ("j1", "j2")] == [("failed", "cancelled"), ("printed", "")]
    assert len(desk.printer.slips) == 1


def test_one_that_only_speaks_by_itself_is_not_waited_for() -> None:
    """It tells of its changes and answers no question: nothing is to be learned from its silence."""
    desk = DeafDesk()
    desk.run(3)
    desk.hear(b"\x10\x00\x00\x00")
    desk.run(10)
    assert desk.queue.condition.code == "no_status"
    desk.submit("j1", job())
    desk.run(5)
    assert desk.story("j1")[-1] == ("unknown", "no_confirmation")


def test_noise_that_begins_like_a_long_answer_swallows_no_more_than_one() -> None:
    """A 37 begins the answer that names a job: without its end, every answer after it was taken for its middle."""
    desk = Desk()
    desk.run(1)
    desk.hear(b"\x37\x41")
    desk.run(4)
    assert desk.queue.condition.code == "ok"
    desk.submit("j1", job())
    desk.run(5)
    assert desk.story("j1")[-1] == ("printed", "")
