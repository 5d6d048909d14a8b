"""Finds and ends programs that a killed `kontor up` left running in the same home.

Each child holds an open, locked file in its site's folder from its first moment to its last, so a held lock *is* a
living child of this home, whatever its process number; `/proc` tells which process holds it. The record in `up.json`
serves where `/proc` hides that, and counts only together with the process's start time.
"""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateway.up.home import Home, HomeError

LOCK_SUFFIX: Final = ".process"
# A site needs well under a second to stop; the rest is for a disk that is slow to flush.
STOP_SECONDS_MAX: Final = 4.0
# After SIGKILL the kernel only has to finish the write under way.
KILL_SECONDS_MAX: Final = 4.0
POLL_SECONDS: Final = 0.05


def hold(lock: Path) -> int:
    """Opens and locks a child's file, for the child to inherit. The caller closes its own copy once the child runs."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + KILL_SECONDS_MAX
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise HomeError(f"{lock} is held by a process that does not end", f"see `fuser {lock}`") from None
            time.sleep(POLL_SECONDS)
        else:
            return descriptor


def end_orphans(home: Home) -> list[int]:
    """Ends every program of an earlier `kontor up` in this home: asks first, then insists. Returns their numbers."""
    held = [lock for lock in sorted(home.folder.glob(f"*/*{LOCK_SUFFIX}")) if is_held(lock)]
    if not held:
        return []
    found = sorted(_holders(held) | _recorded(home))
    _signal(found, signal.SIGTERM)
    if not _wait_until_free(held, STOP_SECONDS_MAX):
        _signal(found, signal.SIGKILL)
        if not _wait_until_free(held, KILL_SECONDS_MAX):
            still = [str(lock) for lock in held if is_held(lock)]
            raise HomeError(
                f"programs of an earlier `kontor up` still run in {home.folder} and do not end",
                f"end them by hand; they hold {', '.join(still)} (see `fuser`)",
            )
    return found


def is_held(lock: Path) -> bool:
    """Does a living process hold this lock."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def started_ticks(pid: int) -> int | None:
    """When a process started, in the kernel's ticks since boot; None when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The program's name stands in brackets and may hold blanks; the 22nd field counts from the start.
    return int(stat.rpartition(")")[2].split()[19])


def _holders(locks: Iterable[Path]) -> set[int]:
    wanted = set()
    for lock in locks:
        with contextlib.suppress(OSError):
            status = lock.stat()
            wanted.add((status.st_dev, status.st_ino))
    found = set()
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):
                for descriptor in (process / "fd").iterdir():
                    with contextlib.suppress(OSError):
                        status = descriptor.stat()
                        if (status.st_dev, status.st_ino) in wanted:
                            found.add(int(process.name))
    return found


def _recorded(home: Home) -> set[int]:
    record = home.read_record()
    children = record.children if record else ()
    return {child.pid for child in children if started_ticks(child.pid) == child.started_ticks}


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _wait_until_free(locks: list[Path], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(is_held(lock) for lock in locks):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
