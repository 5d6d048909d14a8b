"""A branch with a counter of simulated devices in the test's own loop, and a page that listens to its live events."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx

from admin_ui.serving.roles import Role
from gateway.app import run
from gateway.config import load_branch_config
from peripherals.simulated import SimulatedFloor
from tests.web.conftest import RunningBranch, add_people

SECONDS_MAX = 10.0


class Page:
    """An open page: takes events as they come."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()

    async def next(self, topic: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next event of a topic that fits; others are passed over."""
        async with asyncio.timeout(SECONDS_MAX):
            while True:
                found, data = await self.event()
                if found == topic and fits(data):
                    return data

    async def event(self) -> tuple[str, dict[str, Any]]:
        topic, data = "", {}
        async for line in self._lines:
            if line.startswith("event: "):
                topic = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
            elif not line and topic:
                return topic, data
        raise AssertionError("the stream ended")


@contextlib.asynccontextmanager
async def listening(api: httpx.AsyncClient, **query: str) -> AsyncIterator[Page]:
    async with api.stream("GET", "/api/v1/events", params=query) as answer:
        assert answer.status_code == 200
        yield Page(answer)


DEVICES = """
[[devices]]
name = "scale-1"
driver = "toledo8217"
transport = "serial"
path = "scale-1"
[[devices]]
name = "scanner-1"
driver = "serial-scanner"
transport = "serial"
path = "scanner-1"
[[devices]]
name = "printer-1"
driver = "escpos"
transport = "tcp"
host = "127.0.0.1"
port = {port}
[[stations]]
name = "till-1"
scale = "scale-1"
scanner = "scanner-1"
printer = "printer-1"
[[stations]]
name = "till-2"
"""


def config_of(folder: Path, printer_port: int) -> RunningBranch:
    return RunningBranch(folder, DEVICES.format(port=printer_port))


@contextlib.asynccontextmanager
async def branch_in_this_loop(running: RunningBranch) -> AsyncIterator[httpx.AsyncClient]:
    """The branch as a task; gives an admin's client."""
    stop, up = asyncio.Event(), asyncio.Event()
    await add_people(running.folder)
    config = load_branch_config(running.folder / "config.toml")
    task = asyncio.create_task(run(config, stop, started=lambda _: up.set()))
    async with asyncio.timeout(20):
        await asyncio.wait([task, asyncio.create_task(up.wait())], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    headers = {"Authorization": f"Bearer {running.token(Role.ADMIN)}"}
    try:
        async with httpx.AsyncClient(base_url=running.url, headers=headers, timeout=20) as api:
            yield api
    finally:
        stop.set()
        await task


@contextlib.asynccontextmanager
async def floor(folder: Path) -> AsyncIterator[SimulatedFloor]:
    async with SimulatedFloor(
        scale_link=folder / "scale-1", scanner_link=folder / "scanner-1", settle_seconds=0.05
    ) as devices:
        yield devices
