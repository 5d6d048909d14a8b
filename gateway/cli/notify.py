"""The word to systemd about a site: ready once it answers, alive as long as the loop turns."""

import asyncio
import contextlib
import logging

from admin_ui.serving.notify import Notifier

log = logging.getLogger("kontor")

# How often a site that is still starting is asked whether it answers yet.
READY_POLL_SECONDS = 0.1
ANSWER_SECONDS_MAX = 1.0


async def keep_systemd_informed(host: str, port: int, stop: asyncio.Event) -> None:
    """READY=1 once the address answers, WATCHDOG=1 from the loop itself, STOPPING=1 when stopping begins."""
    notifier = Notifier()
    watched = asyncio.create_task(notifier.keep_alive(lambda: True))
    try:
        while not stop.is_set() and not await _answers(host, port):
            await asyncio.sleep(READY_POLL_SECONDS)
        if not stop.is_set():
            log.info("answers at http://%s:%d/", f"[{host}]" if ":" in host else host, port)
        notifier.ready()
        await stop.wait()
        notifier.stopping()
    finally:
        watched.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watched


async def _answers(host: str, port: int) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  read, not bound
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            _reader, writer = await asyncio.open_connection(reachable, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
