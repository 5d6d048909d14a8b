"""What one device takes of a process's memory: a program of its own, which answers with kilobytes.

By the pages of the process before and after: many enough that the pages which the heap had free before do not show.
"""

import asyncio
import gc
import os
import sys
import time
import tty
from pathlib import Path

from peripherals.config import DEVICES_MAX, DeviceConfig
from peripherals.hub import Hub

HUBS = 6
"""Of as many devices as one takes; the two ends of a pseudo-terminal each stay below the 1,024 files that a process may open."""
SECONDS_MAX = 30.0
ENDS: list[int] = []


def main() -> None:
    """Print how many kilobytes a device took."""
    asyncio.run(_measure())


async def _measure() -> None:
    # The first ones load what all share.
    tasks = [await _opened(0)]
    before = _kilobytes()
    tasks += [await _opened(number) for number in range(1, HUBS)]
    print((_kilobytes() - before) / DEVICES_MAX / (HUBS - 1))
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for end in ENDS:
        os.close(end)


async def _opened(hub_number: int) -> asyncio.Task[None]:
    """A hub's worth of scanners, each on a line that is open."""
    hub = Hub([_scanner(hub_number * DEVICES_MAX + number) for number in range(DEVICES_MAX)])
    task = asyncio.create_task(hub.run())
    until = time.monotonic() + SECONDS_MAX
    while not all(state.state == "online" for state in hub.states()):
        if time.monotonic() > until:
            sys.exit(f"not all of {DEVICES_MAX} lines opened within {SECONDS_MAX} s")
        await asyncio.sleep(0.05)
    return task


def _scanner(number: int) -> DeviceConfig:
    far, near = os.openpty()
    tty.setraw(near)
    path = os.ttyname(near)
    os.close(near)
    ENDS.append(far)
    return DeviceConfig(name=f"scanner-{number}", driver="serial-scanner", transport="serial", path=path)


def _kilobytes() -> int:
    """Of the process's pages, as the kernel counts them (proc(5), VmRSS)."""
    gc.collect()
    (line,) = (line for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])


if __name__ == "__main__":
    main()
