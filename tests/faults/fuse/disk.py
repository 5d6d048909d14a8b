"""A test's handle on a disk that forgets, fails or dawdles when told to."""

import errno
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self

START_SECONDS_MAX = 15.0


class FaultyDisk:
    """A mounted folder served by a process of its own; use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.fuse.server", str(self.folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parents[3],
        )  # fmt: skip
        watchdog = threading.Timer(START_SECONDS_MAX, self._process.kill)
        watchdog.start()
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        watchdog.cancel()
        assert said.strip() == "ready", "the disk could not be mounted"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _tell(self, **order: Any) -> Any:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def cut(self, seed: int | None = None) -> int:
        """Power off and on, after everybody who writes there was killed. Without a seed all unflushed is forgotten."""
        forgotten: int = self._tell(do="cut", seed=seed)
        return forgotten

    def fail(self, what: str, code: int = errno.EIO, *, times: int = -1, match: str = "") -> None:
        """Each `what` of a file with `match` in its name fails: "write", "flush", "create" or "resize"; -1 `times`: until `heal`.

        A resize is no write: SQLite makes a long WAL shorter after a commit, and goes on where that fails.
        """
        self._tell(do="fail", what=what, errno=code, times=times, match=match)

    def slow(self, seconds: float, match: str = "") -> None:
        """Flushes take so long."""
        self._tell(do="slow", seconds=seconds, match=match)

    def heal(self) -> None:
        """All is well again."""
        self._tell(do="heal")

    def resize(self, size: int) -> None:
        """So many bytes fit."""
        self._tell(do="size", bytes=size)

    def counts(self) -> dict[str, int]:
        """Flushes, writes and failed calls so far."""
        counted: dict[str, int] = self._tell(do="counts")
        return counted
