"""A job ends as printed, failed or unknown, and never twice on paper without the mark."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peripherals.errors import PrintQueueFull
from peripherals.events import FINISHED, PrinterStatusChanged
from peripherals.print_job import Barcode, Cut, PrintJob, TextLine
from peripherals.print_queue import BLOCKED_SECONDS_MAX, CONFIRM_SECONDS_MAX, JOBS_MAX
from tests.peripherals.desk import Desk, job


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_job_is_printed_after_the_printer_said_so(desk: Desk) -> None:
    """Queued, printing, printed."""
    desk.submit("j1", job("茶"))
    desk.run(1)
    assert desk.story("j1") == [("queued", ""), ("printing", ""), ("printed", "")]
    assert desk.texts == ["茶"]
    assert desk.queue.condition.state == "online"


def test_jobs_print_in_order(desk: Desk) -> None:
    """First come, first printed; also long ones of many slices."""
    for number in range(5):
        desk.submit(f"j{number}", job(str(number), lines=300))
    desk.run(5)
    assert [text[0] for text in desk.texts] == list("01234")


def test_while_the_paper_is_out_the_job_waits_and_says_so(desk: Desk) -> None:
    """With paper back it prints by itself, once."""
    desk.printer.set_paper("out")
    desk.submit("j1", job())
    desk.run(600)
    assert desk.story("j1") == [("queued", ""), ("waiting", "paper_end")]
    assert desk.queue.condition.code == "paper_end"
    desk.printer.set_paper("present")
    desk.run(2)
    assert desk.story("j1")[2:] == [("printing", ""), ("printed", "")]
    assert desk.texts == ["x"]


def test_paper_that_runs_out_in_the_middle_of_a_job(desk: Desk) -> None:
    """The printer holds the rest and finishes it; the job is one piece of paper and one outcome."""
    desk.printer.set_paper("present", lines_left=3)
    desk.submit("j1", job("x", lines=10))
    desk.run(60)
    assert desk.story("j1") == [("queued", ""), ("printing", ""), ("waiting", "paper_end")]
    desk.hear(desk.printer.set_paper("present"))
    desk.run(2)
    assert desk.story("j1")[-1] == ("printed", "")
    assert desk.texts == ["\n".join("x" * 10)]


def test_paper_that_never_comes_back_ends_as_unknown(desk: Desk) -> None:
    """A bound on waiting: half an hour with a half-printed job."""
    desk.printer.set_paper("present", lines_left=3)
    desk.submit("j1", job("x", lines=10))
    desk.run(BLOCKED_SECONDS_MAX + CONFIRM_SECONDS_MAX + 5)
    assert desk.story("j1")[-1] == ("unknown", "no_confirmation")


def test_an_open_cover_is_said_and_waited_for(desk: Desk) -> None:
    """Like paper."""
    desk.printer.set_cover(is_open=True)
    desk.submit("j1", job())
    desk.run(5)
    assert desk.story("j1")[-1] == ("waiting", "cover_open")
    assert PrinterStatusChanged(status="cover_open", drawer_open=None) in desk.events
    desk.printer.set_cover(is_open=False)
    desk.run(2)
    assert desk.story("j1")[-1] == ("printed", "")


def test_near_end_still_prints(desk: Desk) -> None:
    """It is a warning."""
    desk.printer.set_paper("near_end")
    desk.submit("j1", job())
    desk.run(2)
    assert desk.story("j1")[-1] == ("printed", "")
    assert (desk.queue.condition.state, desk.queue.condition.code) == ("online", "paper_near_end")


def test_a_jammed_knife_fails_the_job_in_hand(desk: Desk) -> None:
    """The printer says that it cannot go on."""
    desk.submit("j1", job("x", lines=400))
    while desk.queue.job_state("j1") is None or desk.queue.job_state("j1").state != "printing":  # type: ignore[union-attr]
        desk.step(desk.now + 1)
    desk.printer.set_broken(broken=True)
    desk.run(5)
    assert desk.story("j1")[-1] == ("failed", "error")


def test_a_clone_that_never_answers_prints_and_its_jobs_are_unknown(desk: Desk) -> None:
    """Unknown is not printed, and nothing is printed again by itself."""
    desk.printer.set_silent(silent=True)
    desk.submit("j1", job("1"))
    desk.submit("j2", job("2"))
    desk.run(600)
    assert desk.story("j1") == [("queued", ""), ("printing", ""), ("unknown", "no_confirmation")]
    assert desk.story("j2")[-1] == ("unknown", "no_confirmation")
    assert desk.texts == ["1", "2"]
    assert (desk.queue.condition.state, desk.queue.condition.code) == ("unknown", "no_status")


def test_a_line_lost_with_bytes_on_the_way_is_unknown_and_later_jobs_wait(desk: Desk) -> None:
    """What was not begun is printed after the line is back; what was begun is not."""
    desk.printer.set_paper("present", lines_left=1)
    desk.submit("j1", job("1", lines=9))
    desk.submit("j2", job("2"))
    desk.run(1)
    desk.events += desk.queue.lost(desk.now)
    desk.printer.switch_off()
    desk.printer.set_paper("present")
    assert desk.story("j1")[-1] == ("unknown", "line_lost")
    assert desk.story("j2")[-1] == ("waiting", "offline")
    desk.queue.opened(desk.now)
    desk.run(60)
    assert desk.story("j2")[-1] == ("printed", "")
    assert desk.story("j1")[-1] == ("unknown", "line_lost")


def test_a_repeated_print_is_marked(desk: Desk) -> None:
    """After an outcome the same id prints with the mark; before it, it is the same job."""
    desk.submit("j1", job())
    desk.submit("j1", job())
    desk.run(2)
    assert desk.texts == ["x"]
    desk.submit("j1", job())
    desk.submit("j9", job(), duplicate=True)
    desk.run(2)
    assert desk.texts == ["x", "COPY 副本\nx", "COPY 副本\nx"]


def test_what_cannot_be_printed_fails_and_the_next_job_goes_on(desk: Desk) -> None:
    """One bad barcode does not stop a till."""
    desk.submit("bad", PrintJob(parts=(Barcode(data="1", symbology="ean13"),)))
    desk.submit("good", job())
    desk.run(2)
    assert desk.story("bad")[-1] == ("failed", "invalid_print_job")
    assert desk.story("good")[-1] == ("printed", "")


def test_the_queue_is_bounded_and_a_waiting_job_can_be_taken_back(desk: Desk) -> None:
    """A full queue is said at once."""
    desk.printer.set_paper("out")
    desk.run(1)
    for number in range(JOBS_MAX):
        desk.submit(f"j{number}", job())
    with pytest.raises(PrintQueueFull):
        desk.submit("one more", job())
    desk.events += desk.queue.cancel("j3")
    assert desk.story("j3")[-1] == ("failed", "cancelled")
    assert desk.queue.cancel("j3") == ()
    desk.submit("one more", job())


def test_a_job_that_is_held_can_be_taken_back_until_it_may_begin(desk: Desk) -> None:
    """Nothing of it was sent; the next one prints, and no answer is taken for another's."""
    for number in range(3):
        desk.submit(f"j{number}", job(str(number)), hold=True)
    desk.run(1)
    assert desk.story("j0")[-1] == ("printing", "")
    desk.events += desk.queue.cancel("j0")
    assert desk.story("j0")[-1] == ("failed", "cancelled")
    for name in ("j1", "j2"):
        desk.run(1)
        desk.queue.begin(name)
        assert desk.queue.cancel(name) == ()
        desk.run(1)
        assert desk.story(name)[-1] == ("printed", "")
    assert desk.texts == ["1", "2"]


def test_noise_while_a_held_job_is_taken_back_costs_the_next_one_nothing(desk: Desk) -> None:
    """A byte that looks like the answer that was owed leaves no debt below none."""
    desk.submit("j0", job("0"), hold=True)
    desk.run(1)
    desk.hear(b"\x00")
    desk.events += desk.queue.cancel("j0")
    desk.submit("j1", job("1"))
    desk.run(60)
    assert desk.story("j1")[-1] == ("printed", "")


def test_the_drawer_opens_also_without_paper(desk: Desk) -> None:
    """The change must be given, paper or not."""
    desk.printer.set_paper("out")
    desk.run(1)
    desk.queue.pulse_drawer(2, desk.now)
    desk.run(3)
    assert desk.printer.drawer_pulses == 1
    assert PrinterStatusChanged(status="paper_end", drawer_open=True) in desk.events


def test_a_clone_without_gs_r_is_confirmed_by_its_status() -> None:
    """`confirmation = "status"`: a healthy report well after the last byte."""
    desk = Desk("status")
    desk.submit("j1", job())
    desk.run(1)
    assert desk.story("j1")[-1] == ("printing", "")
    desk.run(4)
    assert desk.story("j1")[-1] == ("printed", "")


def test_a_late_answer_is_not_taken_for_the_next_one(desk: Desk) -> None:
    """The drawer's bit of one answer is the cover's bit of the next."""
    desk.printer.set_silent(silent=True)
    desk.run(1.2)
    desk.hear(b"\x16")
    desk.printer.set_silent(silent=False)
    desk.run(3)
    assert desk.queue.status == "ok"
    assert not [event for event in desk.events if isinstance(event, PrinterStatusChanged) and event.status != "ok"]


def _put_paper(desk: Desk) -> None:
    desk.hear(desk.printer.set_paper("present"))
    desk.hear(desk.printer.set_cover(is_open=False))


MOVES: list[Callable[[Desk], None]] = [
    lambda desk: desk.hear(desk.printer.set_paper("out")),
    lambda desk: desk.hear(desk.printer.set_paper("present", lines_left=5)),
    _put_paper,
    lambda desk: desk.hear(desk.printer.set_cover(is_open=True)),
    lambda desk: desk.printer.set_silent(silent=True),
    lambda desk: desk.printer.set_silent(silent=False),
    lambda desk: desk.run(0.3),
    lambda desk: desk.run(20),
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(range(len(MOVES) + 2)), max_size=25))
def test_whatever_happens_to_the_printer_no_job_is_printed_twice_or_forgotten(moves: list[int]) -> None:
    """Every job ends with one outcome, `printed` is on the paper exactly once, and nothing is there twice."""
    desk, count = Desk(), 0
    for move in moves:
        if move < len(MOVES):
            MOVES[move](desk)
        elif move == len(MOVES):
            count += 1
            desk.submit(f"j{count}", PrintJob(parts=(*(TextLine(text=f"j{count}.") for _ in range(4)), Cut())))
        else:
            desk.events += desk.queue.lost(desk.now)
            desk.printer.switch_off()
            desk.queue.opened(desk.now)
    _put_paper(desk)
    desk.printer.set_silent(silent=False)
    desk.run(200)
    paper = "\n".join(desk.texts)
    for number in range(1, count + 1):
        story = desk.story(f"j{number}")
        assert [state for state, _ in story if state in FINISHED] == [story[-1][0]]
        lines = paper.splitlines().count(f"j{number}.")
        assert lines == 4 if story[-1][0] == "printed" else lines <= 4
