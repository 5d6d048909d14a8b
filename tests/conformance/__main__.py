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
NO_CASE = "no case"
"""What a line is that holds none."""


def main() -> int:
    """0 when every case passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("vectors", type=Path, help="a file of cases, JSON Lines")
    arguments = parser.parse_args()
    passed: Counter[str] = Counter()
    failed: list[tuple[dict[str, Any], str]] = []
    others: dict[str, list[bool]] = {}
    try:
        text = arguments.vectors.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        parser.error(f"{arguments.vectors} cannot be read: {wrong}")
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        case = _case_of(line, number)
        kind = case["kind"]
        said = _put(case)
        if said is None:
            passed[kind] += 1
        else:
            failed.append((case, said))
        other = differs(case) if isinstance(case["input"], str) else None
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


def _case_of(line: str, number: int) -> dict[str, Any]:
    """The case of a line, with every field; a line that holds none is a case that fails."""
    none = {"id": f"line {number}", "kind": NO_CASE, "input": line, "valid": True, "expect": {}, "options": {}}
    try:
        told = json.loads(line)
    except ValueError:
        return none
    if not isinstance(told, dict) or not {"input", "valid"} <= told.keys() or not isinstance(told.get("kind"), str):
        return none
    return {**told, **{name: told.get(name) or none[name] for name in ("id", "expect", "options")}}


def _put(case: dict[str, Any]) -> str | None:
    """What is wrong, or None. A case that is built otherwise than its kind fails alone."""
    put = KINDS.get(case["kind"])
    if put is None:
        return "no JSON object with kind, input and valid" if case["kind"] == NO_CASE else "a kind nobody knows here"
    try:
        return put(case)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as wrong:
        return f"not a case as its kind has them: {wrong!r}"


if __name__ == "__main__":
    sys.exit(main())
