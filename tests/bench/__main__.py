"""`make bench`: Kontor's speed and size, each beside its baseline of the same run. Prints one table; judges nothing else.

python -m tests.bench [--quick] [--only posting scanning codes headquarters month footprint grown imports frames counter]
"""

import argparse
import sys
import time

from tests.bench import bringing, codes, counter, footprint, frames, grown, month, posting, scanning, to_headquarters
from tests.bench.load import LoadError
from tests.bench.report import machine, say, table
from tests.bench.sales import SEED
from tests.bench.servers import ServerError
from tests.bench.setting import FULL, QUICK, Bench

PARTS = {
    "posting": posting,
    "scanning": scanning,
    "codes": codes,
    "headquarters": to_headquarters,
    "month": month,
    "footprint": footprint,
    "grown": grown,
    "imports": bringing,
    "frames": frames,
    "counter": counter,
}
ON_REQUEST = {"grown", "imports", "frames", "counter"}
SWITCHED_ON = """Switched on in every figure over HTTP: a token on each request (64 of them, since each may send 500 a second), the
general policy by role, one page on all live events, synchronous=FULL. "With headquarters": a real `kontor
headquarters` and a nats-server that flushes before it acknowledges (sync_interval: always), on the same two cores.
The load generator shares the cores too. A branch has met its goods (receipts of all items) before sales are timed. No
station has a printer: no till receipt is queued."""


def main() -> int:
    """0 when everything was measured; goals are told, not enforced."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="tiny counts: does it all run? the figures say nothing")
    parser.add_argument("--only", nargs="+", choices=PARTS, help=f"some of the parts ({', '.join(ON_REQUEST)} only so)")
    arguments = parser.parse_args()
    extent = QUICK if arguments.quick else FULL
    print(f"Kontor bench: medians of {extent.rounds} interleaved rounds, seed {SEED}\n{machine()}\n\n{SWITCHED_ON}\n")
    begun, sections, fault = time.perf_counter(), [], ""
    with Bench(extent) as bench:
        for part in arguments.only or [part for part in PARTS if arguments.quick or part not in ON_REQUEST]:
            try:
                sections += PARTS[part].measure(bench)
            except (ServerError, LoadError) as error:
                fault = f"{part} could not be measured: {error}"
                break
    if sections:
        print(table(sections))
    print(f"took {time.perf_counter() - begun:.0f} s")
    if fault:
        say(fault)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
