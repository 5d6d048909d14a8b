"""A PIN, password or token from the person at the terminal, without echo, or from a pipe, a line each. Never from arguments:
those stand in the list of processes and in the shell's history."""

import getpass
import sys
from typing import Final

from gateway.cli.command import ASKED_WRONGLY, Refused

LINE_LENGTH_MAX: Final = 1024
"""Longer than any secret and any token of ours."""


def read_secret(what: str, what_zh: str, *, twice: bool) -> str:
    """One secret. At a terminal a new one is asked for `twice`, since nobody sees what was typed."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline(LINE_LENGTH_MAX)
        if not line:
            raise Refused(
                f"no {what} came · 没有读到{what_zh}",
                hint="give it on a line of its own: the PIN first, then the password · 每行一项：先 PIN 码，后密码",
                exit_code=ASKED_WRONGLY,
            )
        return line.rstrip("\r\n")
    try:
        typed = getpass.getpass(f"{what} · {what_zh}: ")
        if twice and getpass.getpass(f"{what} once more · 再次输入{what_zh}: ") != typed:
            raise Refused(
                f"the two differ; nothing was changed · 两次输入的{what_zh}不一致，未作任何更改",
                exit_code=ASKED_WRONGLY,
            )
    except EOFError:
        raise Refused(f"no {what} was typed · 没有输入{what_zh}", exit_code=ASKED_WRONGLY) from None
    return typed
