"""Listens to one line for a while, and writes to it only what a person asked to have written.

Not every port has a scale on it: bytes sent to the wrong one may cut paper, open a drawer or restart a modem.
"""

import asyncio
import contextlib
from typing import Final

from peripherals.clock import Clock
from peripherals.config import Framing
from peripherals.errors import LineLost
from peripherals.transcript import BYTES_MAX, SECONDS_MAX, Said, Transcript
from peripherals.transports.stream import ByteStream, Opener

ASK_SECONDS: Final = 0.5
"""Between two questions: a till's scale answers within 200 ms, and no more than a few questions are needed."""
ASKED_MAX: Final = 3


async def record(
    open_line: Opener, clock: Clock, seconds: float, *, baud_rate: int, framing: Framing, ask: bytes = b""
) -> Transcript:
    """What is heard within so many seconds, or until the line is lost. Raises `LineError` where it cannot be opened.

    With `ask` that is written up to three times, half a second apart; without it nothing is ever written.
    """
    assert 0 < seconds <= SECONDS_MAX, "the caller bounds it"
    stream = await open_line()
    began = clock.monotonic()
    said: list[Said] = []
    listening = asyncio.create_task(_listen(stream, clock, began, said))
    asking = asyncio.create_task(_ask(stream, clock, ask)) if ask else None
    waiting = asyncio.create_task(clock.sleep(seconds))
    try:
        await asyncio.wait((listening, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        tasks = [task for task in (listening, waiting, asking) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await stream.close()
    return Transcript(baud_rate, framing, tuple(said))


async def _listen(stream: ByteStream, clock: Clock, began: float, said: list[Said]) -> None:
    room = BYTES_MAX
    with contextlib.suppress(LineLost):
        while room > 0:
            data = (await stream.read())[:room]
            room -= len(data)
            said.append(Said(round((clock.monotonic() - began) * 1000), data))


async def _ask(stream: ByteStream, clock: Clock, command: bytes) -> None:
    with contextlib.suppress(LineLost):
        for _ in range(ASKED_MAX):
            await stream.write(command)
            await clock.sleep(ASK_SECONDS)
