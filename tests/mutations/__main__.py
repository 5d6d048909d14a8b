"""Tries mutations by hand: which seeds or tests catch them. `--find` looks for seeds and writes the list."""

import argparse
import tempfile
from pathlib import Path

from tests.mutations.mutant import (
    LIST,
    DoesNotApply,
    Mutation,
    bug_in,
    caught_by_story,
    caught_by_test,
    copy_tree,
    mutations,
)

LOOK_THROUGH = 200
"""Stories told before a mutation is said to be uncaught."""
KEPT = 3
HEAD = """\
# What each mutation cannot live through: the seeds of stories (`python -m tests.mutations --find NAME` looks for them), or
# one test, where the fault needs what no story brings about.
"""


def main() -> None:
    """Print what catches what."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--find", action="store_true", help="look for seeds and write the list")
    options = parser.parse_args()
    found = {mutation.name: mutation for mutation in mutations()}
    with tempfile.TemporaryDirectory(prefix="kontor-mutant-") as name:
        folder = Path(name)
        copy_tree(folder)
        for mutation in list(found.values()):
            if options.names and mutation.name not in options.names:
                continue
            try:
                with bug_in(folder, mutation):
                    seeds = _try(folder, mutation, find=options.find)
            except DoesNotApply as error:
                print(f"{mutation.name}: does not apply: {error}", flush=True)
                continue
            if options.find and not mutation.test:
                found[mutation.name] = Mutation(mutation.name, tuple(seeds))
    if options.find:
        lines = [f"{name} = {_listed(mutation)}\n" for name, mutation in sorted(found.items())]
        LIST.write_text(HEAD + "".join(lines), encoding="utf-8")


def _try(folder: Path, mutation: Mutation, *, find: bool) -> list[int]:
    if mutation.test:
        failed = caught_by_test(folder, mutation.test)
        print(f"{mutation.name}: {'NOT CAUGHT' if failed is None else failed.why}", flush=True)
        return []
    seeds, first = list[int](), 1
    while len(seeds) < KEPT and first <= LOOK_THROUGH:
        candidates = list(range(first, LOOK_THROUGH + 1)) if find else list(mutation.seeds)
        caught = caught_by_story(folder, candidates) if candidates else None
        if caught is None:
            break
        seeds.append(caught.seed)
        first = caught.seed + 1
        print(f"{mutation.name}: SEED={caught.seed} {caught.why[:160]}", flush=True)
        if not find:
            break
    if not seeds:
        print(f"{mutation.name}: NOT CAUGHT", flush=True)
    return seeds


def _listed(mutation: Mutation) -> str:
    return f'"{mutation.test}"' if mutation.test else f"{list(mutation.seeds)}"


if __name__ == "__main__":
    main()
