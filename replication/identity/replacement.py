"""The one-time code with which a device takes a branch over: kept in its data folder until headquarters knows the device."""

from pathlib import Path
from typing import Final

from replication.identity.keys import write_private

CODE_FILE: Final = "replacement.code"
CODE_CHARACTERS_MAX: Final = 64
"""Codes are far shorter; a wrong file is not sent to headquarters."""


def read_code(data: Path) -> str:
    """The code to say in the next hello; empty where none is kept."""
    try:
        with (data / CODE_FILE).open(encoding="ascii") as opened:
            return opened.read(CODE_CHARACTERS_MAX).strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def keep_code(data: Path, code: str) -> None:
    """Say this code from now on, over restarts too. Raises IdentityError."""
    write_private(data / CODE_FILE, code.encode("ascii") + b"\n", replace=True)


def forget_code(data: Path) -> None:
    """Headquarters knows this device: the code is spent."""
    (data / CODE_FILE).unlink(missing_ok=True)
