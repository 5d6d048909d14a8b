"""A deliberate bug: a patch, applied to a copy of the tree outside the checkout, and the stories told over it.

`python -m tests.mutations --find NAME...` looks for seeds that catch a mutation and writes them to seeds.toml.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import msgspec

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent
SEEDS_FILE: Final = HERE / "seeds.toml"
ROOMS: Final = ("replication", "gateway", "peripherals", "admin_ui", "tests/simulation", "tests/__init__.py")
"""What a story needs of the tree."""
STORY_SECONDS_MAX: Final = 60.0
"""A mutant may never come to an end; that counts as caught, since every story must."""


class Mutation(msgspec.Struct, frozen=True):
    """A patch by its name, what it does, and the seeds whose stories it cannot live through."""

    name: str
    seeds: tuple[int, ...]

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


def mutations() -> list[Mutation]:
    """Every patch with its seeds."""
    seeds = tomllib.loads(SEEDS_FILE.read_text(encoding="utf-8")) if SEEDS_FILE.exists() else {}
    return [Mutation(path.stem, tuple(seeds.get(path.stem, ()))) for path in sorted(HERE.glob("*.patch"))]


def make_mutant(mutation: Mutation, folder: Path) -> None:
    """A copy of the tree with the bug in it. Raises DoesNotApply."""
    for room in ROOMS:
        source, target = ROOT / room, folder / room
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "static", "*.js", "*.css"))
        elif source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    applied = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", str(mutation.patch)],
        cwd=folder, env=os.environ | {"GIT_CEILING_DIRECTORIES": str(folder.parent)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if applied.returncode != 0:
        raise DoesNotApply(f"{mutation.patch.name}: {applied.stderr.strip()}")


def first_caught(folder: Path, seeds: list[int]) -> tuple[int, str] | None:
    """The first seed whose story breaks a promise over the mutant, and how; None where all are lived through."""
    try:
        told = subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--until-broken", ",".join(map(str, seeds))],
            cwd=folder, env=os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(folder)}, capture_output=True, text=True,
            timeout=STORY_SECONDS_MAX + 2 * len(seeds), check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return seeds[0], "the story never ends"
    if told.returncode == 0:
        return None
    broken = [line for line in told.stdout.splitlines() if line.startswith("SEED=")]
    if not broken:
        return seeds[0], (told.stderr.strip().splitlines() or ["it does not start"])[-1]
    seed, _, why = broken[0].removeprefix("SEED=").partition(" ")
    return int(seed), why
