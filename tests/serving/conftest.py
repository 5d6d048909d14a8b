"""Fixtures of the web kit's tests: a clock, people on a file, a guard."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from admin_ui.serving.guard import Guard
from admin_ui.serving.people import People
from tests.serving.kit import FakeClock, add_lin_and_chen, guard_for, open_people


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
