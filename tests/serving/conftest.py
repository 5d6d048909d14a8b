"""Fixtures of the web kit's tests: a clock, people on a file, a guard."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from admin_ui.serving.guard import Guard
from admin_ui.serving.people import People
from tests.serving.kit import FakeClock, add_lin_and_chen, guard_for, open_people
from tests.serving.small_site import a_site


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def people(tmp_path: Path, clock: FakeClock) -> AsyncIterator[People]:
    """Lin (cashier, PIN 1111) and Chen (manager, PIN 2222, password)."""
    opened = await open_people(tmp_path / "people.db", clock)
    await add_lin_and_chen(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def guard(people: People) -> Guard:
    return guard_for(people)


@pytest.fixture
async def client(guard: Guard) -> AsyncIterator[AsyncTestClient[Any]]:
    async with AsyncTestClient(a_site(guard), raise_server_exceptions=False) as opened:
        yield opened
