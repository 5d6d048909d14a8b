"""The crash test for as long as you like: `make soak ARGS="--rounds 500 --seed 7"`. Prints its seed and its counts."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.crash import importing
from tests.crash.story import run

ROUNDS = 200


def main() -> int:
    """0 when every acknowledged sale was found exactly once, and every table whole or not at all."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often everything is killed")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kontor-soak-") as folder:
        count = run(Path(folder) / "home", seed=asked.seed, kills=asked.rounds, pause_seconds=(0.2, 4.0))
        print(count.line(), *count.wrong, sep="\n")
        imports = importing.run(Path(folder) / "imports", seed=asked.seed, rounds=asked.rounds)
        print(imports.line(), *imports.wrong, sep="\n")
    return 1 if count.wrong or imports.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
