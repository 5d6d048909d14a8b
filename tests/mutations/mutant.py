"""A deliberate bug: a patch, put into a copy of the tree outside the checkout, and what is run over it to catch it.

`python -m tests.mutations --find NAME...` looks for seeds that catch a mutation and writes them to caught_by.toml.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent
LIST: Final = HERE / "caught_by.toml"
ROOMS: Final = ("replication", "gateway", "peripherals", "admin_ui", "tests", "pyproject.toml")
"""What a story or a test needs of the tree."""
LEFT_OUT: Final = ("__pycache__", "static", "browser", "bench", "mutations", "*.js", "*.css", "*.png")
STORY_SECONDS_MAX: Final = 60.0
"""A mutant may never come to an end; that counts as caught, since every story and every test must."""


class Mutation(msgspec.Struct, frozen=True):
    """A patch by its name, what it does, and what it cannot live through: stories by their seeds, or one test."""

    name: str
    seeds: tuple[int, ...] = ()
    test: str = ""

    @property
    def patch(self) -> Path:
        """The patch file."""
        return HERE / f"{self.name}.patch"

    @property
    def what(self) -> str:
        """The sentence above the diff."""
        return self.patch.read_text(encoding="utf-8").partition("\n")[0]


class DoesNotApply(Exception):
    """The code under the patch has changed: the patch must be made anew."""


class BrokenAnyhow(Exception):
    """A promise breaks without any mutation: nothing could be said of one."""


class Caught(msgspec.Struct, frozen=True):
    """What caught a mutant, and how; `seed` is 0 where it was a test."""

    why: str
    seed: int = 0


def mutations() -> list[Mutation]:
    """Every patch with what catches it."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return [_listed(path.stem, listed.get(path.stem, [])) for path in sorted(HERE.glob("*.patch"))]


def _listed(name: str, by: str | list[int]) -> Mutation:
    return Mutation(name, test=by) if isinstance(by, str) else Mutation(name, seeds=tuple(by))


def copy_tree(folder: Path) -> Path:
    """What mutants share: the tree as it is in a folder, to be compiled once. Raises BrokenAnyhow."""
    for room in ROOMS:
        source, target = ROOT / room, folder / room
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
        else:
            shutil.copy(source, target)
    if (broken := caught_by_story(folder, [1, 2])) is not None:
        raise BrokenAnyhow(broken.why)
    return folder


@contextlib.contextmanager
def bug_in(folder: Path, mutation: Mutation) -> Iterator[None]:
    """The bug is in the copied tree for as long as this lasts. Raises DoesNotApply."""
    _apply(folder, mutation)
    try:
        yield
    finally:
        _apply(folder, mutation, "--reverse")


def _apply(folder: Path, mutation: Mutation, *how: str) -> None:
    applied = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", *how, str(mutation.patch)],
        cwd=folder, env=os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if applied.returncode != 0:
        raise DoesNotApply(f"{mutation.patch.name}: {applied.stderr.strip()}")


def caught_by_test(folder: Path, test: str) -> Caught | None:
    """Whether the test fails over the mutant; None where it passes."""
    told = _run(folder, ["pytest", "-q", "-x", "-p", "no:cacheprovider", test], STORY_SECONDS_MAX)
    if told is None:
        return Caught(f"{test} never ends")
    if told.returncode == 0:
        return None
    assert told.returncode == 1, f"{test} was not run: {told.stdout}"
    failed = [line for line in told.stdout.splitlines() if line.startswith("FAILED ")]
    return Caught(failed[0] if failed else test)


def caught_by_story(folder: Path, seeds: list[int]) -> Caught | None:
    """The first seed whose story breaks a promise over the mutant, and how; None where all are lived through."""
    told = _run(
        folder,
        ["tests.simulation", "--until-broken", ",".join(map(str, seeds))],
        STORY_SECONDS_MAX + 2 * len(seeds),
    )
    if told is None:
        return Caught("the story never ends", seeds[0])
    if told.returncode == 0:
        return None
    broken = [line for line in told.stdout.splitlines() if line.startswith("SEED=")]
    if not broken:
        return Caught((told.stderr.strip().splitlines() or ["it does not start"])[-1], seeds[0])
    seed, _, why = broken[0].removeprefix("SEED=").partition(" ")
    return Caught(why, int(seed))


def _run(folder: Path, module: list[str], seconds: float) -> subprocess.CompletedProcess[str] | None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        return subprocess.run(
            [sys.executable, "-m", *module], cwd=folder, capture_output=True, text=True, timeout=seconds, check=False,
            env=os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(folder)},
        )  # fmt: skip
    return None
