"""`python -m tests.explain [--histories 1000] [--seed 1] [--misses]`: how often an explanation names the mistake that was made."""

import argparse
import sys
import time

from tests.explain.judging import judge, table


def main() -> int:
    """Prints the table of docs/explain.md."""
    parser = argparse.ArgumentParser(prog="python -m tests.explain", description=__doc__.partition("\n")[0])
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--misses", action="store_true", help="what was said where it was wrong")
    arguments = parser.parse_args()
    begun = time.process_time()
    verdicts = judge(arguments.seed, arguments.histories)
    print("\n".join(table(verdicts)))
    if arguments.misses:
        for verdict in verdicts:
            if not 0 < verdict.place <= 3:
                print(
                    f"{verdict.mistake:24} {verdict.sku} {'below' if verdict.below else 'counted'}: {', '.join(verdict.said)}"
                )
    print(f"seed {arguments.seed}, {time.process_time() - begun:.0f} s of processor time")
    return 0


if __name__ == "__main__":
    sys.exit(main())
