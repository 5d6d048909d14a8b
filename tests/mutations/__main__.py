"""Tries mutations by hand: which seeds catch them. `--find` looks for seeds and writes the list."""

import argparse
import tempfile
from pathlib import Path

from tests.mutations.mutant import SEEDS_FILE, DoesNotApply, first_caught, make_mutant, mutations

LOOK_THROUGH = 200
"""Stories told before a mutation is said to be uncaught."""
KEPT = 3


def main() -> None:
    """Print what catches what."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--find", action="store_true", help="look for seeds and write the list")
    options = parser.parse_args()
    found: dict[str, tuple[int, ...]] = {}
    for mutation in mutations():
        found[mutation.name] = mutation.seeds
        if options.names and mutation.name not in options.names:
            continue
        with tempfile.TemporaryDirectory(prefix="kontor-mutant-") as folder:
            try:
                make_mutant(mutation, Path(folder))
            except DoesNotApply as error:
                print(f"{mutation.name}: does not apply: {error}", flush=True)
                continue
            seeds, first = list[int](), 1
            while len(seeds) < KEPT and first <= LOOK_THROUGH:
                candidates = list(range(first, LOOK_THROUGH + 1)) if options.find else list(mutation.seeds)
                caught = first_caught(Path(folder), candidates) if candidates else None
                if caught is None:
                    break
                seeds.append(caught[0])
                first = caught[0] + 1
                print(f"{mutation.name}: SEED={caught[0]} {caught[1][:160]}", flush=True)
                if not options.find:
                    break
            if not seeds:
                print(f"{mutation.name}: NOT CAUGHT", flush=True)
            if options.find:
                found[mutation.name] = tuple(seeds)
    if options.find:
        lines = [f"{name} = {list(seeds)}" for name, seeds in sorted(found.items())]
        head = (
            "# The seeds whose stories each mutation cannot live through. Made by `python -m tests.mutations --find`."
        )
        SEEDS_FILE.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
