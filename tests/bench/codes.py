"""What a code says, in µs of CPU a code, beside biip reading the same codes in the same process, round about."""

import time
from collections.abc import Callable

import biip

from gateway.domain.barcode import read_scan
from tests.bench.report import Goal, Row, Section, say
from tests.bench.setting import Bench

CODES = {
    "an EAN-13": "]E09521234567899",
    "an EAN-13 without identifier": "9521234567899",
    "a label with a weight": "2012345004825",
    "a GS1 DataMatrix: article, expiry, lot, serial": "]d20109521234567899172802291" + "0LOT-7\x1d21S-9",
    "a GS1-128: article and net weight": "]C101095212345678993103000195",
    "a Digital Link": "https://id.gs1.org/01/09520123456788/10/ABC1/21/12345?17=280426",
}
RATIO_MAX = 0.5


def measure(bench: Bench) -> list[Section]:
    """Every code, our reader and biip in turns."""
    say("codes")
    count = max(bench.extent.lookups // 20, 10)
    rows = []
    for what, code in CODES.items():
        turns = [(_each(read_scan, code, count), _each(biip.parse, code, count)) for _ in range(bench.extent.rounds)]
        ours, theirs = (sorted(side)[len(turns) // 2] for side in zip(*turns, strict=True))
        rows.append(Row(what, "µs", (ours,), (theirs,), "biip", (Goal(at_most=RATIO_MAX, ratio=True),)))
    return [Section("What a code says, CPU time", rows)]


def _each(read: Callable[[str], object], code: str, count: int) -> float:
    """µs of CPU for one."""
    started = time.process_time_ns()
    for _ in range(count):
        read(code)
    return (time.process_time_ns() - started) / count / 1e3
