"""Keeps the journal's archive once a day at its time, beside the running branch, and says how it stands.

What pruning takes from the card waits for it: nothing goes that the archive did not hold when it was last checked.
"""

import asyncio
import contextlib
import datetime as dt
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from gateway.keep_archive import ArchiveKept
from replication.storage.checks import Check, CheckState

LOOK_SECONDS: Final = 60.0
"""Of the clock: a minute late harms nobody."""
KEEP_SECONDS_MAX: Final = 3600.0
"""Years of sales on a slow card; what takes longer hangs."""
_NICE: Final = 15
"""Tills come first, and whatever a person waits for."""

Run = Callable[[Sequence[str]], Awaitable[bytes]]

log = logging.getLogger("kontor.archive")


class ArchiveJob:
    """The archive of one branch. `now` is the site's own clock; `run` starts a program and answers what it said."""

    def __init__(
        self,
        data: Path,
        folder: Path,
        branch: str,
        zone: str,
        at: str,
        now: Callable[[], dt.datetime],
        run: Run | None = None,
    ) -> None:
        self._command = (sys.executable, "-m", "gateway.keep_archive", str(data), str(folder), branch, zone)
        self._at, self._now, self._run = dt.time.fromisoformat(at), now, run or run_beside
        self._day: dt.date | None = None
        self._kept: ArchiveKept | None = None

    async def run(self) -> None:
        """Keep it every day, until cancelled."""
        while True:
            now = self._now()
            if now.time() >= self._at and now.date() != self._day:
                await self.keep()
                self._day = now.date()
            await asyncio.sleep(LOOK_SECONDS)

    async def keep(self) -> None:
        """Keep it now."""
        try:
            self._kept = msgspec.json.decode(await self._run(self._command), type=ArchiveKept)
        except msgspec.DecodeError:
            self._kept = ArchiveKept(problem="the program that keeps it was stopped")
        if self._kept.problem:
            log.warning("the archive was not kept: %s", self._kept.problem)

    def verified_to(self) -> int:
        """Up to here the archive held the journal when it was last looked at."""
        return 0 if self._kept is None else self._kept.verified_to

    def check(self) -> Check:
        """How it stands, for the health page."""
        kept = self._kept
        if kept is None:
            return Check("archive", CheckState.GOOD, f"{self._at:%H:%M}")
        if kept.problem:
            return Check(
                "archive", CheckState.ADVICE, kept.problem,
                "The archive of the journal was not kept. Put the folder or another copy in its place; nothing is pruned until"
                " it is whole.",
                "流水归档未完成。请恢复归档文件夹或换上完好的副本；在此之前不会清理任何明细。",
            )  # fmt: skip
        return Check("archive", CheckState.GOOD, f"{kept.month or '-'}, {kept.verified_to}")


async def run_beside(command: Sequence[str]) -> bytes:
    """What a program of low priority writes; nothing where it takes too long."""
    child = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name not in {"NOTIFY_SOCKET", "WATCHDOG_USEC"}},
    )  # fmt: skip
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, child.pid, _NICE)
    said = b""
    try:
        async with asyncio.timeout(KEEP_SECONDS_MAX):
            said, _ = await child.communicate()
    except TimeoutError:
        pass
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    return said
