"""What became of the faults a run injected: one line each, as a table for a person and as JSON for docs/faults.md."""

import json
from collections.abc import Iterable
from pathlib import Path

import msgspec

FORMAT = 1


class Tallied(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of the catalogue, injected `injected` times. `lost` and `doubled` count acknowledged sales or events."""

    row: str
    """The catalogue's row or rows, such as "9" or "11"."""
    fault: str
    test: str
    injected: int
    events: int
    lost: int
    doubled: int
    seconds: float
    """Longest time until all was well again; 0 where there is nothing to wait for."""
    seed: int | None = None
    expected_loss: bool = False
    """A run that shows what would be lost without the setting in question; not a fault of the product."""


class Told(msgspec.Struct):
    """A run so far: its lines, and the tests that passed, which a resumed run leaves out."""

    faults: list[Tallied] = []
    passed: list[str] = []


def write_json(path: Path, told: Told, not_run: dict[str, int]) -> None:
    """The run so far for a program to read. Never half a file: the run may be ended while it is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    faults = [msgspec.to_builtins(one) for one in in_order(told.faults)]
    whole = {"format": FORMAT, "faults": faults, "not_run": not_run, "passed": told.passed}
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


def read_json(path: Path) -> Told:
    """What a run that was broken off left; lines of tests that did not pass are told anew."""
    told = msgspec.json.decode(path.read_bytes(), type=Told)
    return Told([one for one in told.faults if one.test in set(told.passed)], told.passed)


def in_order(tallied: Iterable[Tallied]) -> list[Tallied]:
    """By row of the catalogue."""
    return sorted(tallied, key=lambda one: (int(one.row.split(",", 1)[0].split("–", 1)[0]), one.fault))


def table(tallied: Iterable[Tallied]) -> list[str]:
    """Lines for the terminal."""
    rows = in_order(tallied)
    if not rows:
        return []
    width = max(len(one.fault) for one in rows)
    lines = [f"{'row':>7}  {'fault':{width}}  injected   events  lost  doubled  converged"]
    for one in rows:
        lost = f"({one.lost})" if one.expected_loss else str(one.lost)
        converged = f"{one.seconds:.1f} s" if one.seconds else "-"
        lines.append(
            f"{one.row:>7}  {one.fault:{width}}  {one.injected:>8}  {one.events:>7}  {lost:>4}  {one.doubled:>7}  {converged:>9}"
        )
    real = [one for one in rows if not one.expected_loss]
    lines.append(
        f"{'all':>7}  {'':{width}}  {sum(one.injected for one in real):>8}  {sum(one.events for one in real):>7}"
        f"  {sum(one.lost for one in real):>4}  {sum(one.doubled for one in real):>7}"
    )
    if any(one.expected_loss for one in rows):
        lines.append("(n): lost on purpose, to show that the test would see it; not in the sum")
    return lines
