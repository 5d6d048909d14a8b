"""What some tests need of the machine beyond Python, and how each is looked for.

A probe answers None when the thing is there, else the reason in words. Nothing here installs anything.
"""

import functools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def browser_path() -> str | None:
    """The browser the page tests drive: KONTOR_BROWSER, else the first of the usual names."""
    named = os.environ.get("KONTOR_BROWSER")
    return next((found for name in ((named,) if named else BROWSERS) if (found := shutil.which(name))), None)


def _chromium() -> str | None:
    return None if browser_path() else "no Chromium (make test installs it where it may)"


def _systemd_analyze() -> str | None:
    return None if shutil.which("systemd-analyze") else "no systemd-analyze on this machine"


def _nats_server() -> str | None:
    from gateway.up.nats_server import find_nats_server

    return None if find_nats_server() else "no nats-server binary in this environment"


def _pty() -> str | None:
    return None if Path("/dev/ptmx").exists() else "no pseudo-terminals (/dev/ptmx)"


def _fuse() -> str | None:
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse is not open to this user"
    return None if os.geteuid() == 0 else "only root may mount here"


def _cgroup() -> str | None:
    writable = os.access("/sys/fs/cgroup", os.W_OK) and os.geteuid() == 0
    return None if writable else "cgroups are not writable here"


def _old_nats_server() -> str | None:
    from tests.faults.fetch import OLD_NATS

    return None if OLD_NATS.is_file() else "no old nats-server (make faults fetches it where it may)"


def _mount() -> str | None:
    return None if os.geteuid() == 0 and shutil.which("mount") else "only root may mount here"


def _faketime() -> str | None:
    return None if faketime_library() else "no libfaketime (make faults fetches it where it may)"


def faketime_library() -> str | None:
    """The library that gives a process another clock: the machine's, or the one `make faults` fetched."""
    root = Path(__file__).resolve().parents[1]
    folders = [*Path("/usr/lib").glob("*/faketime"), *(root / "build" / "faults").glob("usr/lib/*/faketime")]
    found = [folder / "libfaketime.so.1" for folder in folders if (folder / "libfaketime.so.1").is_file()]
    return str(found[0]) if found else None


def _strace() -> str | None:
    return None if shutil.which("strace") else "no strace on this machine"


def _sqlite_vfs() -> str | None:
    from tests.faults.recording_vfs import sqlite_library

    return None if sqlite_library() else "this Python's SQLite is built in and hides its functions"


PROBES: dict[str, Callable[[], str | None]] = {
    "cgroup": _cgroup,
    "chromium": _chromium,
    "faketime": _faketime,
    "fuse": _fuse,
    "mount": _mount,
    "old-nats-server": _old_nats_server,
    "nats-server": _nats_server,
    "pty": _pty,
    "sqlite-vfs": _sqlite_vfs,
    "strace": _strace,
    "systemd-analyze": _systemd_analyze,
}


@functools.cache
def missing(capability: str) -> str | None:
    """None when the machine has it, else why not. An unknown name is the test's own mistake."""
    assert capability in PROBES, f"unknown capability {capability!r}; known: {', '.join(sorted(PROBES))}"
    return PROBES[capability]()
