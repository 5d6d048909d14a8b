"""Telling systemd: ready, alive, stopping. Speaks to $NOTIFY_SOCKET itself; silent where there is none."""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping


class Notifier:
    """Made from the process's environment. Without a supervisor every call does nothing."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # "@" stands for Linux's abstract namespace.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_seconds = _watchdog_seconds(environment)

    def ready(self) -> bool:
        return self.send("READY=1")

    def stopping(self) -> bool:
        return self.send("STOPPING=1")

    def alive(self) -> bool:
        return self.send("WATCHDOG=1")

    def status(self, text: str) -> bool:
        """One line shown by `systemctl status`."""
        return self.send("STATUS=" + text.replace("\n", " "))

    def send(self, message: str) -> bool:
        """Whether the supervisor got it. Never raises: a supervisor that went away is not the shop's problem."""
        if not self._address:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.setblocking(False)
                channel.sendto(message.encode(), self._address)
        except OSError:
            return False
        return True

    async def keep_alive(self, healthy: Callable[[], bool]) -> None:
        """Report life at a third of the watchdog's time, for as long as `healthy` says so. Ends at once without one."""
        if self.watchdog_seconds is None:
            return
        while True:
            if healthy():
                self.alive()
            await asyncio.sleep(self.watchdog_seconds / 3)


def _watchdog_seconds(environment: Mapping[str, str]) -> float | None:
    microseconds = environment.get("WATCHDOG_USEC", "")
    if not microseconds.isdigit() or int(microseconds) == 0:
        return None
    # systemd names the process it means; a child that inherited the variables is not asked.
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(microseconds) / 1_000_000
