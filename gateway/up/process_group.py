"""Which process group `kontor up` and its children are in: one of their own, so that one signal reaches them all."""

import contextlib
import os
import sys


def take_own_group() -> None:
    """Becomes the leader of a group of its own where that is right; the children are born into it.

    Left alone: a leader already (a shell with job control, a supervisor that started a new session); a program in
    the terminal's foreground group, which would lose Ctrl-C; and a recipe of make, which passes signals on itself.
    """
    if os.getpgrp() == os.getpid() or "MAKELEVEL" in os.environ or _in_foreground():
        return
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)


def _in_foreground() -> bool:
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False
