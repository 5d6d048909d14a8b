"""Runs one site in this process: uvloop, logging, signals, and the word to systemd when it is ready.

Knows that a site is something that runs until it is told to stop, and the address it answers on; not what it does.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator

import uvloop

from gateway.cli.command import FAILED
from gateway.cli.notify import keep_systemd_informed

log = logging.getLogger("kontor")

Site = Callable[[asyncio.Event], Awaitable[None]]


def run_site(site: Site, *, host: str, port: int) -> int:
    """Runs the site until SIGTERM or SIGINT. 0 after a clean stop, 1 when it broke; the reason is in the log."""
    configure_logging()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_stopped(site, host, port))
    except Exception as broken:  # noqa: BLE001  the process's outermost edge: say it, and let the supervisor start anew
        for fault in leaves(broken):
            say(fault)
        return FAILED
    return 0


def configure_logging() -> None:
    """To stderr, one line per fact, in UTC; systemd's journal and `kontor up` add the site's name."""
    logging.Formatter.converter = time.gmtime
    stamp = "" if "JOURNAL_STREAM" in os.environ else "%(asctime)s.%(msecs)03dZ "
    logging.basicConfig(
        level=os.environ.get("KONTOR_LOG_LEVEL", "INFO"),
        stream=sys.stderr,
        format=f"{stamp}%(levelname)s %(name)s: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    # Each start and stop in five lines says nothing that ours do not.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


async def _until_stopped(site: Site, host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # `kontor up` lets its children ignore Ctrl-C, so that it can stop them in order.
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop.set)
    informing = asyncio.create_task(keep_systemd_informed(host, port, stop))
    try:
        await site(stop)
    finally:
        informing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await informing


def leaves(fault: BaseException) -> Iterator[BaseException]:
    """The faults inside a group of faults."""
    if isinstance(fault, BaseExceptionGroup):
        for inner in fault.exceptions:
            yield from leaves(inner)
    else:
        yield fault


def say(fault: BaseException) -> None:
    """A fault of the world is a sentence; one of ours keeps its traceback."""
    if isinstance(fault, OSError) or hasattr(fault, "hint"):
        hint = getattr(fault, "hint", None)
        # Some faults already end with their hint.
        log.error("stopped: %s%s", fault, f" What to do: {hint}" if hint and hint not in str(fault) else "")
    else:
        log.error("stopped by a fault of the program itself", exc_info=fault)
