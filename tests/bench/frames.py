"""What a scale's frame costs to read: cut from the stream byte for byte as it arrives, and understood. In CPU time.

The baseline is what every program does at least: the same bytes cut at their line ends and the number taken out by one regular
expression, which knows no state, no check and no position.
"""

import re
import time
from collections.abc import Callable

from peripherals.protocols.scale_protocol import FrameReader
from peripherals.protocols.scales import SCALES
from peripherals.simulators.scale import ScaleSimulator
from peripherals.simulators.scale_languages import LANGUAGES, SpokenScale
from tests.bench.figures import medians
from tests.bench.posting import Figures
from tests.bench.report import Goal, Row, Section, say
from tests.bench.setting import Bench

CHUNK_BYTES = 8
"""A serial line at 9600 baud brings about that much between two looks of the loop."""
NUMBER = re.compile(rb"-?\d+\.?\d*")


def measure(bench: Bench) -> list[Section]:
    """All rounds, then the table."""
    say("frames: every language of scales")
    count = max(bench.extent.lookups // 4, 10)
    found = medians([_round(count) for _ in range(bench.extent.rounds)])
    rows = [
        Row(f"{name}: cut and read, CPU", "µs", (found[name],), (found[f"{name} bare"],), "a regular expression", (Goal(at_most=100),))
        for name in _streams()
    ]  # fmt: skip
    return [Section("9. A frame of a scale", rows)]


def _streams() -> dict[str, bytes]:
    """One stable frame of each language."""
    streams = {}
    for name in LANGUAGES:
        scale = SpokenScale(name)
        scale.put_weight("1.250")
        streams[name] = scale.say()
    checkout = ScaleSimulator()
    checkout.put_weight("1.250")
    priced = b"\x0202\x1b3\x1b01250\x1b000650\x1b000813\x03"
    return {"toledo8217": checkout.receive(b"W"), "dialog06": priced, **streams}


def _round(count: int) -> Figures:
    found: Figures = {}
    for name, frame in _streams().items():
        data = frame * count
        chunks = [data[at : at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES)]
        reader = FrameReader(SCALES[name])
        found[name] = _cpu(reader.feed, chunks) / count
        found[f"{name} bare"] = _cpu(_Bare().feed, chunks) / count
    return found


def _cpu(feed: Callable[[bytes], object], chunks: list[bytes]) -> float:
    """Microseconds of this process for all of them."""
    started = time.process_time_ns()
    for chunk in chunks:
        feed(chunk)
    return (time.process_time_ns() - started) / 1e3


class _Bare:
    """Lines out of chunks, a number out of each."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The numbers of the lines that are complete."""
        *lines, self._held = re.split(rb"[\r\n\x03\x04]", self._held + chunk)
        return [found.group() for line in lines if (found := NUMBER.search(line)) is not None]
