"""What all tests share: uvloop under every async test, and an honest count of what this machine could not run."""

from collections import Counter
from typing import Any

import pytest

from tests.capabilities import missing

NOT_RUN = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Starts the count of tests that were not run, by reason."""
    config.stash[NOT_RUN] = Counter()


def _not_run(config: pytest.Config, reason: str) -> None:
    config.stash[NOT_RUN][reason] += 1
    pytest.skip(f"not run: {reason}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked `needs("chromium", ...)` is not run where one of them is missing, and is counted apart."""
    for marker in item.iter_markers("needs"):
        for capability in marker.args:
            if reason := missing(capability):
                _not_run(item.config, reason)


@pytest.fixture
def not_run(request: pytest.FixtureRequest) -> Any:
    """For a test that learns only while running that the machine cannot do it: `not_run("why")`."""
    return lambda reason: _not_run(request.config, reason)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Says at the end what was not run, and why; such tests are never counted as passed."""
    for reason, count in sorted(config.stash[NOT_RUN].items()):
        terminalreporter.write_line(f"not run: {count}, because {reason}", yellow=True)


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Async tests (`@pytest.mark.anyio`) run on the loop the product runs on."""
    return ("asyncio", {"use_uvloop": True})
