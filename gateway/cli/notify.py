"""The word to systemd: ready once the site answers, alive as long as the loop turns. Silent where systemd is not.

The protocol is one datagram per message to the socket in NOTIFY_SOCKET, so no library is needed.
"""

import asyncio
import contextlib
import os
import socket

# Half the watchdog's time, as systemd's manual advises: one message may be late without a restart.
BEATS_PER_WATCHDOG = 2
# How often a site that is still starting is asked whether it answers yet.
READY_POLL_SECONDS = 0.1


def tell(message: str) -> None:
    """Sends one message, if anyone is listening. A full or vanished socket is systemd's affair, not the shop's."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
        door.setblocking(False)
        door.sendto(message.encode(), address)


async def keep_systemd_informed(host: str, port: int, stop: asyncio.Event) -> None:
    """READY=1 once the address answers, WATCHDOG=1 from the loop itself until stopping begins, then STOPPING=1."""
    if "NOTIFY_SOCKET" not in os.environ:
        return
    pause = _watchdog_pause()
    ready = False
    while not stop.is_set():
        if not ready and await _answers(host, port):
            ready = True
            tell("READY=1")
        tell("WATCHDOG=1")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause if ready else READY_POLL_SECONDS)
    tell("STOPPING=1")


def _watchdog_pause() -> float:
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1_000_000 / BEATS_PER_WATCHDOG if microseconds.isdecimal() else 3600.0


async def _answers(host: str, port: int) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  read, not bound
    try:
        _reader, writer = await asyncio.wait_for(asyncio.open_connection(reachable, port), timeout=1.0)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
