"""`make faults`: every fault injected into real parts, then the table. `--report FILE` writes the same as JSON.

`--minutes N` spreads so much time over all tests; a fault that can be repeated is still injected ten times, which is what
such a run takes at least. Ctrl-C prints the table so far; with `--report FILE --resume` the next run takes up what is left.
Further arguments go to pytest: `make faults ARGS="-k power_cut"`.
"""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.faults import fetch

FUZZ_SECONDS = 60
INTERRUPTED = 130


def run(command: list[str], environment: dict[str, str]) -> tuple[int, bool]:
    """Its exit code, and whether somebody asked to stop: then it is asked once, and prints its table before it ends."""
    asked, child = False, None

    def stop(*_: object) -> None:
        nonlocal asked
        if not asked and child is not None:
            asked = True
            child.send_signal(signal.SIGINT)

    # Before the child is there: what was ignored, as a shell does for what runs in its background, it would ignore as well.
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        # A group of its own: a terminal's Ctrl-C would reach the sites under test as well.
        child = subprocess.Popen(command, env=environment, start_new_session=True)
        return child.wait(), asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main() -> int:
    """Fetch what can be fetched, run all fault tests, fuzz; 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the table as JSON, for docs/faults.md")
    parser.add_argument("--resume", action="store_true", help="leave out what passed according to --report FILE")
    parser.add_argument("--minutes", type=float, metavar="N", help="spread so much time over all tests")
    parser.add_argument("--no-fetch", action="store_true", help="use only what is here")
    parser.add_argument("--fuzz-seconds", type=int, default=FUZZ_SECONDS, help="0 leaves atheris out")
    arguments, rest = parser.parse_known_args()
    if arguments.resume and not arguments.report:
        parser.error("--resume needs the --report FILE of the run before")
    if not arguments.no_fetch:
        fetch.main()
    environment = os.environ | {"KONTOR_FAULTS": "all"}
    if arguments.report:
        environment["KONTOR_FAULT_REPORT"] = str(arguments.report.resolve())
    if arguments.resume:
        environment["KONTOR_FAULTS_RESUME"] = "1"
    if arguments.minutes:
        environment["KONTOR_FAULT_SECONDS"] = str(max(1.0, arguments.minutes * 60 - arguments.fuzz_seconds))
    code, is_stopped = run([sys.executable, "-m", "pytest", "tests/faults", "-q", *rest], environment)
    if is_stopped:
        return INTERRUPTED
    if not arguments.fuzz_seconds:
        return code
    command = [sys.executable, "-m", "tests.faults.fuzz", "--seconds", str(arguments.fuzz_seconds)]
    found, is_stopped = run(command, dict(os.environ))
    return INTERRUPTED if is_stopped else code or found


if __name__ == "__main__":
    sys.exit(main())
