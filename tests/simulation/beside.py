"""Stories told beside the other tests, by what the machine has left over; knows nothing of what a story promises.

Most tests wait for processes, lines and a browser, so a core is idle most of the time. Stories need nothing but a core:
they are begun with the first test at the lowest priority, and the test that asks for them tells the rest itself.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Final

import msgspec

from tests.simulation.many import Told, tell_many

FULL: Final = 2000
SEEDS: Final = int(os.environ.get("SEEDS", FULL))
"""Stories told by the tests: seeds 1 to this."""
ROOT: Final = Path(__file__).parents[2]
LOWEST_PRIORITY: Final = 19


class Beside:
    """The first of the stories, told in a process group of its own, which ends with whoever began it, however he ends."""

    def __init__(self, seeds: int) -> None:
        self._told = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.simulation.beside", str(seeds)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=self._told, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def end(self) -> list[Told]:
        """What was told up to now, in the order of the seeds from 1 on; nothing of it runs any more."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with self._process, self._told:
            self._process.wait()
            self._told.seek(0)
            lines = self._told.read().split(b"\n")
        return [msgspec.json.decode(line, type=Told) for line in lines[:-1]]  # what follows the last line feed is half


def _end_with_the_beginner() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Tell seeds 1 to the given one, a line for each part."""
    os.nice(LOWEST_PRIORITY)
    # A session is a group of its own for Linux' scheduler, and within it alone the priority counts: so the group has one too.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(LOWEST_PRIORITY))
    threading.Thread(target=_end_with_the_beginner, daemon=True).start()
    for part in tell_many(range(1, int(sys.argv[1]) + 1)):
        sys.stdout.buffer.write(msgspec.json.encode(part) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
