"""The process model of `kontor up`: which children there are, in which order they start and stop."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.up.answers import page_answers, port_is_free, server_greets, site_answers
from gateway.up.child import Child, Program
from gateway.up.home import Home, HomeError, ProcessRecord, Record
from gateway.up.nats_server import prepare
from gateway.up.orphans import started_ticks
from gateway.up.plan import Plan, Site
from gateway.up.site_files import FloorPorts, add_people, choose_floor_ports, write_branch, write_headquarters

# A branch closes its writes and its devices in well under a second; a machine under load takes several.
SITE_STOP_SECONDS_MAX: Final = 12.0
SERVER_STOP_SECONDS_MAX: Final = 3.0
# Cold start takes about a second; a machine that needs this long has another trouble, which the logs name.
READY_SECONDS_MAX: Final = 60.0
READY_POLL_SECONDS: Final = 0.1
# Logs grow by kilobytes an hour; looking once a minute keeps them near their bound.
LOG_LOOK_SECONDS: Final = 60.0
# A port of ours may be in the kernel's hands for a moment after its process was ended.
PORT_FREE_SECONDS_MAX: Final = 2.0


class Supervisor:
    """All children of one home."""

    def __init__(self, plan: Plan, home: Home, *, say: Callable[[str], None]) -> None:
        """Starts nothing. `say` tells the person at the terminal."""
        self.plan = plan
        self.floors: dict[str, FloorPorts] = {}
        self._home = home
        self._say = say
        self._children: list[Child] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def prepare(self) -> None:
        """Checks the ports, and writes what the children will read."""
        for port, (who, option) in self.plan.ports.items():
            await _wait_for_port(port, who, option)
        nats_command = prepare(self.plan)
        write_headquarters(self.plan)
        self._add("nats-server", nats_command, self.plan.nats_folder, SERVER_STOP_SECONDS_MAX)
        self._add_site(self.plan.headquarters, "headquarters")
        for branch in self.plan.branches:
            self.floors[branch.id] = choose_floor_ports()
            write_branch(self.plan, branch, self.floors[branch.id])
            self._add_site(branch, "simulate")
            self._add_site(branch, "serve")

    def start(self) -> None:
        """Starts them all; each waits for those it needs by itself, as it must after any fault."""
        self._tasks = [asyncio.create_task(child.keep_running()) for child in self._children]
        self._tasks.append(asyncio.create_task(self._bound_logs()))

    async def add_people(self) -> None:
        """Sees to it that somebody can sign in. Hashing their secrets takes a while, so all sites at once."""
        hq = add_people(self.plan.headquarters, tills=False)
        await asyncio.gather(hq, *(add_people(branch, tills=True) for branch in self.plan.branches))

    async def until_ready(self) -> None:
        """Waits until the NATS server and all sites answer, or says which do not."""
        waiting = {"the NATS server": (server_greets, self.plan.options.nats_port)}
        for site in self.plan.sites:
            waiting[site.id] = (site_answers, site.port)
        for branch, floor in self.floors.items():
            waiting[f"the simulated devices of {branch}"] = (page_answers, floor.page)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while waiting:
            for task in self._tasks:
                if task.done():
                    task.result()
            for name, (answers, port) in list(waiting.items()):
                if await asyncio.to_thread(answers, port):
                    del waiting[name]
            if waiting and time.monotonic() > deadline:
                raise HomeError(
                    f"{', '.join(waiting)} did not answer within {READY_SECONDS_MAX:.0f} s",
                    f"read the logs: {' '.join(str(child.log.path) for child in self._children)}",
                )
            if waiting:
                await asyncio.sleep(READY_POLL_SECONDS)

    async def broken(self) -> None:
        """Returns never; raises when watching a child itself failed (its program was removed, say)."""
        waiting = set(self._tasks)
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        raise AssertionError("the logs are looked after until the end")

    def let_go(self) -> None:
        """From now on a child that ends is not started again."""
        for child in self._children:
            child.let_go()

    async def stop(self) -> None:
        """Branches and their devices first, then headquarters, then the NATS server, each within its bound."""
        for group in (("simulate", "serve"), ("headquarters",), ("nats-server",)):
            leaving = [child for child in self._children if child.program.name in group]
            for child in leaving:
                child.begin_stop()
            for child, clean in zip(leaving, await asyncio.gather(*(c.stopped() for c in leaving)), strict=True):
                if not clean:
                    self._say(f"{child.program.name} did not stop in time and was ended. Log: {child.log.path}")
        await self._end_tasks()

    async def kill(self) -> None:
        """Ends all at once: somebody pressed Ctrl-C twice."""
        for child in self._children:
            child.kill()
        await self._end_tasks()

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._children.clear()
        with contextlib.suppress(OSError):
            self.write_record()

    def write_record(self) -> None:
        """Notes which processes there are, for a person who looks and for the next `kontor up` here."""
        pid = os.getpid()
        supervisor = ProcessRecord(name="up", pid=pid, started_ticks=started_ticks(pid) or 0, command=tuple(sys.argv))
        children = tuple(record for child in self._children if (record := child.record))
        urls = tuple(site.url for site in self.plan.sites)
        self._home.write_record(Record(supervisor=supervisor, urls=urls, children=children))

    def _add_site(self, site: Site, command: str) -> None:
        kontor = (sys.executable, "-m", "gateway", command, "--config", str(site.config))
        self._add(command, kontor, site.folder, SITE_STOP_SECONDS_MAX)

    def _add(self, name: str, command: tuple[str, ...], folder: Path, stop_seconds_max: float) -> None:
        program = Program(name=name, command=command, folder=folder, stop_seconds_max=stop_seconds_max)
        self._children.append(Child(program, say=self._say, changed=self.write_record))

    async def _bound_logs(self) -> None:
        while True:
            await asyncio.sleep(LOG_LOOK_SECONDS)
            for child in self._children:
                await asyncio.to_thread(child.log.bound)


async def _wait_for_port(port: int, who: str, option: str) -> None:
    deadline = time.monotonic() + PORT_FREE_SECONDS_MAX
    try:
        while not port_is_free(port):
            if time.monotonic() > deadline:
                raise HomeError(
                    f"port {port} is taken by another program, and {who} needs it",
                    f"choose another with {option}, or see who has it: ss -ltnp 'sport = :{port}'",
                )
            await asyncio.sleep(READY_POLL_SECONDS)
    except OSError as refused:
        raise HomeError(
            f"port {port} cannot be used for {who}: {refused.strerror}", f"choose another with {option}"
        ) from None
