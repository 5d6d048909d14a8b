"""Begins the stories with the first test of a run and puts the test that asks for them last."""

import pytest

from tests.simulation.beside import SEEDS, Beside
from tests.simulation.many import Told

BESIDE = pytest.StashKey[Beside]()


def _asks_for_stories(item: pytest.Item) -> bool:
    return told_beside.__name__ in getattr(item, "fixturenames", ())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for the stories comes last."""
    items.sort(key=_asks_for_stories)


def pytest_runtestloop(session: pytest.Session) -> None:
    """Begin them where they are asked for, and not at once."""
    items = session.items
    if (
        items
        and _asks_for_stories(items[-1])
        and not _asks_for_stories(items[0])
        and not session.config.option.collectonly
    ):
        session.config.stash[BESIDE] = Beside(SEEDS)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Nothing is left behind where a run ends early."""
    _end(session.config)


def _end(config: pytest.Config) -> list[Told]:
    beside = config.stash.get(BESIDE, None)
    if beside is None:
        return []
    del config.stash[BESIDE]
    return beside.end()


@pytest.fixture
def told_beside(pytestconfig: pytest.Config) -> list[Told]:
    """The stories from seed 1 on that were told while other tests ran; often all, and none where no other test ran."""
    return _end(pytestconfig)
