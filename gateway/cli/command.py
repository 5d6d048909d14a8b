"""What a command is, and how one says no: what happened, where, and what to do about it."""

import argparse
import contextlib
import gc
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ASKED_WRONGLY = 2
FAILED = 1
# What a sale leaves behind is freed as soon as nobody refers to it; only rare knots need the collector. Its default is to
# look after 700 objects, which is every sixth sale; ten thousand are a few megabytes.
COLLECTOR_THRESHOLDS = (10_000, 20, 50)


@dataclass(frozen=True)
class Command:
    """One thing `kontor` can be told to do."""

    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Loads a site's rooms without the garbage collector, which finds nothing there and costs a tenth of a cold start.

    What was loaded stays for good, so it is also never looked through again.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*COLLECTOR_THRESHOLDS)
        gc.enable()


def program() -> str:
    """How a person who called this program calls it again: in a checkout it is on no search path."""
    called = sys.argv[0]
    return called if Path(called).name == "kontor" and shutil.which("kontor") is None else "kontor"


class Refused(Exception):
    """The command cannot go on; the message is for the person at the terminal."""

    def __init__(
        self, what: str, *, where: str | None = None, hint: str | None = None, exit_code: int = FAILED
    ) -> None:
        """`where` names the file, folder or address; `hint` says what to do next."""
        self.what = what
        self.where = where
        self.hint = hint
        self.exit_code = exit_code
        lines = [what]
        if where:
            lines.append(f"  where: {where}")
        if hint:
            lines.append(f"  what to do: {hint}")
        super().__init__("\n".join(lines))
