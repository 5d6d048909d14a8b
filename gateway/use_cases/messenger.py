"""Carries a message in a process of its own, and waits for it only so long. Whatever a service does there, no till waits for it."""

import asyncio
import contextlib
import os
import sys
from typing import Final, Literal, Protocol

import msgspec

from gateway.domain.alert_words import AlertMessage

CARRY_SECONDS_MAX: Final = 60
"""What the child gives a service before it ends itself."""
GRACE_SECONDS: Final = 15
"""For its start on a slow card, and its end."""

Result = Literal["sent", "failed", "refused", "timeout"]


class Carried(msgspec.Struct, frozen=True):
    """What became of a message. `detail` holds no part of the address."""

    result: Result
    detail: str = ""


class Messenger(Protocol):
    """Whoever carries messages."""

    async def carry(self, address: str, message: AlertMessage) -> Carried:
        """Bring a message to an address."""


_decoder = msgspec.json.Decoder(Carried)


class ChildMessenger:
    """Starts `python -m gateway.deliver` for each message; the address goes by its stdin, so that no list of processes shows it."""

    def __init__(self, seconds: int = CARRY_SECONDS_MAX) -> None:
        self._seconds = seconds

    async def carry(self, address: str, message: AlertMessage) -> Carried:
        """Bring a message to an address; the child is gone when this returns, also where it is cancelled."""
        errand = {
            "url": address, "title": message.title, "body": message.body, "severity": message.severity.value,
            "seconds": self._seconds,
        }  # fmt: skip
        # What systemd told the gateway is not the child's business.
        environment = {
            name: value for name, value in os.environ.items() if name not in {"NOTIFY_SOCKET", "WATCHDOG_USEC"}
        }
        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway.deliver", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL, env=environment,
            )  # fmt: skip
        except OSError as refused:
            # Memory is short, or processes are: as good a reason to try later as a dead line.
            return Carried("failed", refused.strerror or "")
        try:
            async with asyncio.timeout(self._seconds + GRACE_SECONDS):
                said, _ = await child.communicate(msgspec.json.encode(errand))
        except TimeoutError:
            return Carried("timeout")
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        try:
            return _decoder.decode(said)
        except msgspec.DecodeError:
            # Its own alarm ended it, or it never began.
            return Carried("timeout") if child.returncode == -14 else Carried("failed", f"exit {child.returncode}")
