"""Deliberate bugs, one patch each: the simulator or a named test must catch every one, or they prove less than they say."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.mutations.mutant import Caught, Mutation, bug_in, caught_by_story, caught_by_test, copy_tree, mutations

MUTATIONS_MIN = 25
FURTHER_SEEDS = 60
"""Stories tried when the listed seeds tell other stories since the code changed: the bug must be caught, not the seed."""


def _try(mutation: Mutation, trees: "SimpleQueue[Path]") -> Caught | None:
    tree = trees.get()
    try:
        with bug_in(tree, mutation):
            if mutation.test:
                return caught_by_test(tree, mutation.test)
            further = (seed for seed in range(1, FURTHER_SEEDS + 1) if seed not in mutation.seeds)
            return caught_by_story(tree, [*mutation.seeds, *further])
    finally:
        trees.put(tree)


@pytest.fixture(scope="module")
def tried(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, "Future[Caught | None]"]]:
    """What becomes of each mutation that is asked for: one tree per core, and each tree has one bug at a time."""
    asked = [item.callspec.params["mutation"] for item in request.session.items if _is_about_one(item)]
    cores, trees = os.cpu_count() or 1, SimpleQueue[Path]()
    for _ in range(min(cores, len(asked))):
        trees.put(copy_tree(tmp_path_factory.mktemp("mutants")))
    with ThreadPoolExecutor(cores) as pool:
        yield {mutation.name: pool.submit(_try, mutation, trees) for mutation in asked}
        pool.shutdown(cancel_futures=True)


def _is_about_one(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and item.originalname == test_it_is_caught.__name__


def test_there_are_enough_of_them() -> None:
    """The list is as long as was promised."""
    assert len(mutations()) >= MUTATIONS_MIN


@pytest.mark.slow
@pytest.mark.parametrize("mutation", mutations(), ids=lambda mutation: mutation.name)
def test_it_is_caught(mutation: Mutation, tried: dict[str, "Future[Caught | None]"]) -> None:
    """The patch applies, and over the mutant its test fails or stories break a promise."""
    caught = tried[mutation.name].result()
    assert caught is not None, f"nothing catches: {mutation.what}"
    print(f"caught by {f'SEED={caught.seed}' if caught.seed else 'its test'}: {caught.why}")
