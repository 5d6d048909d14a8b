"""`make conformance VECTORS=FILE`: a file of GS1 cases, one JSON object a line, run through Kontor's reader of codes.

Prints what passed and failed of each kind, every failed case, and how often biip says otherwise. 1 where one failed.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.conformance.kinds import KINDS
from tests.conformance.second_reader import differs

SHOWN_MAX = 50
"""Failed cases told one by one; more are the same fault."""


def main() -> int:
    """0 when every case passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("vectors", type=Path, help="a file of cases, JSON Lines")
    arguments = parser.parse_args()
    passed: Counter[str] = Counter()
    failed: list[tuple[dict[str, Any], str]] = []
    others: dict[str, list[bool]] = {}
    for line in arguments.vectors.read_text("utf-8").splitlines():
        if not line.strip():
            continue
        case = json.loads(line)
        kind = case["kind"]
        said = KINDS[kind](case) if kind in KINDS else "a kind nobody knows here"
        if said is None:
            passed[kind] += 1
        else:
            failed.append((case, said))
        other = differs(case)
        if other is not None:
            others.setdefault(kind, []).append(other)
    missed = Counter(case["kind"] for case, _ in failed)
    print(f"{'kind':<30}{'passed':>8}{'failed':>8}   biip says otherwise")
    for kind in sorted(passed | missed):
        told = others.get(kind, [])
        print(
            f"{kind:<30}{passed[kind]:>8}{missed[kind]:>8}   {f'{sum(told)} of {len(told)}' if told else ''}".rstrip()
        )
    print(f"{'together':<30}{passed.total():>8}{missed.total():>8}")
    for case, said in failed[:SHOWN_MAX]:
        print(f"{case['id']}: {case['input']!r}: {said}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
