"""What every layout would read in labels of a shop's own, side by side: for whoever has to choose one. Chooses none."""

from typing import Final

import msgspec

from gateway.domain.barcode.in_store import PRESETS, Label, layouts_of, read_label

LABELS_MAX: Final = 100
"""A handful tells the layout; more are not looked at."""


class Tried(msgspec.Struct, frozen=True):
    """One label, and what each preset or layout that fits reads in it."""

    digits: str
    readings: tuple[tuple[str, Label], ...]


class Trial(msgspec.Struct, frozen=True):
    """All labels, and the names that read every one of them."""

    labels: tuple[Tried, ...]
    fitting: tuple[str, ...]


def try_layouts(labels: list[str], own: tuple[str, ...] = ()) -> Trial:
    """Read labels by layouts of one's own and by every preset. Raises `LayoutError`."""
    layouts = {name: layouts_of((name,)) for name in (*own, *PRESETS)}
    numbers = [text[3:] if text.startswith("]") else text for text in map(str.strip, labels) if text][:LABELS_MAX]
    tried = tuple(
        Tried(
            number,
            tuple((name, label) for name, these in layouts.items() if (label := read_label(number, these)) is not None),
        )
        for number in numbers
    )
    return Trial(tried, tuple(name for name in layouts if tried and all(_reads(one, name) for one in tried)))


def _reads(tried: Tried, name: str) -> bool:
    return any(by == name and not label.findings for by, label in tried.readings)
