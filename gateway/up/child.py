"""One child process: started, watched, started again when it dies, stopped when asked. Knows nothing of its work."""

import asyncio
import contextlib
import ctypes
import functools
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.up.home import ProcessRecord
from gateway.up.log_file import LogFile
from gateway.up.orphans import LOCK_SUFFIX, hold, started_ticks

# A child that lived this long was well; its next death is met at once again.
HEALTHY_SECONDS: Final = 10.0
# The first restart is immediate, so that a site is back within 2 s; the last pause is as long as anyone should wait.
RESTART_PAUSES_SECONDS: Final = (0.0, 0.3, 1.0, 2.0, 5.0)
LAST_PAUSE: Final = len(RESTART_PAUSES_SECONDS)
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run, where its words go, and how long it may take to stop."""

    name: str
    command: tuple[str, ...]
    folder: Path
    stop_seconds_max: float


ENVIRONMENT: Final = {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "1"}
"""One heap for all threads, as the systemd units have it: memory that one thread gave back serves the next."""


class Child:
    """A program kept running until it is stopped."""

    def __init__(self, program: Program, *, say: Callable[[str], None], changed: Callable[[], None]) -> None:
        """`say` tells the person at the terminal; `changed` is called when its process number changes."""
        self.program = program
        self.log = LogFile(program.folder / "log" / f"{program.name}.log")
        self._say = say
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._stop_asked = asyncio.Event()

    @property
    def record(self) -> ProcessRecord | None:
        """Its process, while there is one."""
        process = self._process
        if process is None or process.returncode is not None:
            return None
        ticks = started_ticks(process.pid)
        if ticks is None:
            return None
        return ProcessRecord(name=self.program.name, pid=process.pid, started_ticks=ticks, command=self.program.command)

    async def keep_running(self) -> None:
        """Runs the program until `stop`, however often it dies."""
        deaths = 0
        while not self._stop_asked.is_set():
            started = time.monotonic()
            self._process = await self._start()
            if self._stop_asked.is_set():
                # Asked while it was being born: the order went to the one before it.
                self._send(signal.SIGTERM)
            self._changed()
            status = await self._process.wait()
            self._changed()
            if self._stop_asked.is_set():
                return
            lived = time.monotonic() - started
            deaths = 0 if lived >= HEALTHY_SECONDS else deaths + 1
            # One that was killed was well; one that gave up by itself may do so again, and is not hammered.
            pause = 0.0 if status < 0 or deaths == 0 else RESTART_PAUSES_SECONDS[min(deaths, LAST_PAUSE) - 1]
            self._report(status, pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop_asked.wait(), pause)

    def let_go(self) -> None:
        """Never starts it again: Ctrl-C may reach it before we come to asking it."""
        self._stop_asked.set()

    def begin_stop(self) -> None:
        """Asks it to stop and never starts it again."""
        self.let_go()
        self._send(signal.SIGTERM)

    async def stopped(self) -> bool:
        """Waits for its end within its bound, then insists. False when it had to be killed."""
        process = self._process
        if process is None:
            return True
        try:
            await asyncio.wait_for(process.wait(), self.program.stop_seconds_max)
        except TimeoutError:
            self._send(signal.SIGKILL)
            await process.wait()
            return False
        return True

    def kill(self) -> None:
        """Ends it at once."""
        self._stop_asked.set()
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _start(self) -> asyncio.subprocess.Process:
        self.program.folder.mkdir(exist_ok=True)
        lock = hold(self.program.folder / f"{self.program.name}{LOCK_SUFFIX}")
        output = self.log.open()
        try:
            return await asyncio.create_subprocess_exec(
                *self.program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(lock,),
                preexec_fn=functools.partial(_die_with_parent, os.getpid()),
                env={**os.environ, **ENVIRONMENT},
            )
        finally:
            os.close(lock)
            os.close(output)

    def _report(self, status: int, pause: float) -> None:
        how = f"was ended by signal {-status}" if status < 0 else f"stopped with exit code {status}"
        again = "starting it again" if pause == 0 else f"starting it again in {pause:g} s"
        last = "" if status < 0 else self.log.last_words()
        self._say(f"{self.program.folder.name}: {self.program.name} {how}; {again}. Log: {self.log.path}{last}")


def _load_prctl() -> Callable[[int, int, int, int, int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        found: Callable[[int, int, int, int, int], int] = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return None
    return found


# Looked up before any fork: the moment between fork and exec is no place for loading libraries.
_prctl = _load_prctl()


def _die_with_parent(parent: int) -> None:
    """Runs in the child before its program: when `kontor up` is killed, the child goes too. Ctrl-C is for the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
