"""Which of two ways a line builds its frames, where makers do the same thing differently. Refuses to know what the ways are.

A frame that is good one way only by accident is a damaged one that slipped past its check. So a line is held to the way it
showed first: the usual way is believed at once, the other one when two frames in succession are good only that way, and once
this is settled a frame built otherwise is refused. A line that is opened anew begins anew, and so does one whose frames were all
built otherwise for a while: a damaged first frame settled it, or another scale stands there now.
"""

from typing import Final

import msgspec

from peripherals.protocols.frame_outcome import FrameOutcome

USUAL: Final = 0
OTHER: Final = 1
REFUSED_MAX: Final = 25
"""In succession, with none between that is built as settled. Damage does not strike so often and always so. A scale that is asked
says so many in twelve seconds, since a refused answer is waited out."""

NOT_YET: Final = FrameOutcome(outcome="info", reason="built_otherwise")
"""The first frame that is good only the other way: nothing is made of it, and the scale is asked again."""
REFUSED_HERE: Final = FrameOutcome(outcome="invalid", reason="built_otherwise")


class LineHabit(msgspec.Struct, frozen=True):
    """What a line has shown: the way that is settled, whether its last frame was good only the other way, and how many were refused."""

    settled: int | None = None
    other_once: bool = False
    refused: int = 0


UNKNOWN: Final = LineHabit()


def judged(habit: LineHabit, way: int | None, said: FrameOutcome) -> tuple[LineHabit, FrameOutcome]:
    """The habit after one more frame, and what may be made of the frame. `way` is None where it shows neither."""
    if habit.settled is not None:
        return _held_to(habit, way, said)
    if said.outcome == "invalid":
        return UNKNOWN, said
    if way is None:
        return habit, said
    if way == USUAL or habit.other_once:
        return LineHabit(settled=way), said
    return LineHabit(other_once=True), NOT_YET


def _held_to(habit: LineHabit, way: int | None, said: FrameOutcome) -> tuple[LineHabit, FrameOutcome]:
    if way is None and said.outcome != "invalid":
        return habit, said
    if way is None or way == habit.settled:
        return LineHabit(settled=habit.settled), said
    if habit.refused + 1 >= REFUSED_MAX:
        return UNKNOWN, REFUSED_HERE
    return LineHabit(settled=habit.settled, refused=habit.refused + 1), REFUSED_HERE
