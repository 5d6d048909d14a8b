"""A small site to test the web kit on: a clock the test owns, cheap hashing, the real server on a free port."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from admin_ui.serving.guard import Guard
from admin_ui.serving.hashing import HashCost, Hashing
from admin_ui.serving.openapi import ApiInfo
from admin_ui.serving.people import People, Person
from admin_ui.serving.roles import Role
from admin_ui.serving.server import serve
from admin_ui.serving.site import direct_entry
from admin_ui.serving.tokens import Tokens

KEY = bytes(range(32))
API = ApiInfo("A test site", "1")


class FakeClock:
    """Seconds since 1970, moved by the test."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


async def open_people(path: Path, clock: Callable[[], float]) -> People:
    """8 KiB and one pass are argon2's floor: these tests are about behaviour, not about waiting."""
    return await People.open(path, clock=clock, hashing=Hashing(HashCost(passes=1, memory_kib=8)))


async def add_lin_and_chen(people: People) -> None:
    """A cashier with a PIN, a manager with a PIN and a password."""
    lin = await people.put("lin", display_name="Lin Yue", display_name_zh="林月", role=Role.CASHIER, pin="1111")
    chen = await people.put("chen", display_name="Chen Wei", role=Role.MANAGER, pin="2222", password="kontor-manager")
    assert isinstance(lin, Person)
    assert isinstance(chen, Person)


def guard_for(people: People, site: str = "b001", **options: Any) -> Guard:
    return Guard(site=site, people=people, tokens=Tokens(KEY, site), **options)


def bearer(guard: Guard, role: Role = Role.CASHIER, person: str = "script") -> dict[str, str]:
    return {"authorization": "Bearer " + guard.tokens.issue(role=role, person=person, issued=1)}


@asynccontextmanager
async def running(app: Any, before_stop: Callable[[], None] | None = None) -> AsyncIterator[int]:
    """The app under the real server; gives the port."""
    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        serve(app, "127.0.0.1", 0, stop, started=port.set_result, before_stop=before_stop, direct=direct_entry(app))
    )
    try:
        await asyncio.wait({task, port}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        assert port.done(), task
        yield port.result()
    finally:
        stop.set()
        await task
