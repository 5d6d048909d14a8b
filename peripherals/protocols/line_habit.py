"""Which of two ways a line builds its frames, where makers do the same thing differently. Refuses to know what the ways are.

A frame that is good one way only by accident is a damaged one that slipped past its check. So a line is held to the way it
showed first: the usual way is believed at once, the other one when two frames in succession are good only that way, and once
this is settled a frame built otherwise is refused. A line that is opened anew begins anew.
"""

from typing import Final

import msgspec

from peripherals.protocols.frame_outcome import FrameOutcome

USUAL: Final = 0
OTHER: Final = 1

NOT_YET: Final = FrameOutcome(outcome="info", reason="built_otherwise")
"""The first frame that is good only the other way: nothing is made of it, and the scale is asked again."""
REFUSED_HERE: Final = FrameOutcome(outcome="invalid", reason="built_otherwise")


class LineHabit(msgspec.Struct, frozen=True):
    """What a line has shown: the way that is settled, and whether its last frame was good only the other way."""

    settled: int | None = None
    other_once: bool = False


UNKNOWN: Final = LineHabit()


def judged(habit: LineHabit, way: int | None, said: FrameOutcome) -> tuple[LineHabit, FrameOutcome]:
    """The habit after one more frame, and what may be made of the frame. `way` is None where it shows neither."""
    if habit.settled is not None:
        return habit, said if way in {None, habit.settled} else REFUSED_HERE
    if said.outcome == "invalid":
        return UNKNOWN, said
    if way is None:
        return habit, said
    if way == USUAL or habit.other_once:
        return LineHabit(settled=way), said
    return LineHabit(other_once=True), NOT_YET
