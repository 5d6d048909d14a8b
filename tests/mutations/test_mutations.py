"""Deliberate bugs, one patch each: the simulator must catch every one, or it proves less than it says."""

from pathlib import Path

import pytest

from tests.mutations.mutant import Mutation, first_caught, make_mutant, mutations

MUTATIONS_MIN = 15
FURTHER_SEEDS = 60
"""Stories tried when the listed seeds tell other stories since the code changed: the bug must be caught, not the seed."""


def test_there_are_enough_of_them() -> None:
    """The list is as long as was promised."""
    assert len(mutations()) >= MUTATIONS_MIN


@pytest.mark.slow
@pytest.mark.parametrize("mutation", mutations(), ids=lambda mutation: mutation.name)
def test_the_simulator_catches(mutation: Mutation, tmp_path: Path) -> None:
    """The patch applies, and stories over the mutant break a promise."""
    make_mutant(mutation, tmp_path)
    seeds = [*mutation.seeds, *(seed for seed in range(1, FURTHER_SEEDS + 1) if seed not in mutation.seeds)]
    caught = first_caught(tmp_path, seeds)
    assert caught is not None, f"nothing catches: {mutation.what}"
    print(f"caught by SEED={caught[0]}: {caught[1]}")
