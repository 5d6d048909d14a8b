"""`kontor codes labels`: which layout a shop's own labels are built by. Scan a few, see what each would read, choose."""

import argparse
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.domain.barcode.in_store import Label

LABELS_MAX: Final = 100
"""A handful tells the layout; more are not looked at."""


def add_verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """One verb of `kontor codes`."""
    parser = verbs.add_parser(
        "labels",
        help="say what each layout reads in labels of the shop's own scales: one a line on stdin",
        description="Reads labels from stdin, one a line (scan them here), and says what every preset and each layout "
        "given reads in them. Choose the one whose amounts are those printed, and write it to [codes] in_store.",
    )
    parser.add_argument(
        "layouts", nargs="*", metavar="LAYOUT", help="layouts of your own to try besides: 21IIIIIWW.WWWC"
    )
    parser.set_defaults(verb=run)


def run(arguments: argparse.Namespace) -> int:
    """A block for every label, then the ones that read them all."""
    from gateway.cli.command import ASKED_WRONGLY, Refused
    from gateway.domain.barcode.in_store import PRESETS, LayoutError, layouts_of, read_label

    names: tuple[str, ...] = (*arguments.layouts, *PRESETS)
    try:
        layouts = {name: layouts_of((name,)) for name in names}
    except LayoutError as wrong:
        raise Refused(str(wrong), exit_code=ASKED_WRONGLY) from None
    reading = dict.fromkeys(names, 0)
    labels = 0
    for line in sys.stdin.buffer:
        digits = line.decode("utf-8", errors="replace").strip()
        digits = digits[3:] if digits.startswith("]E") else digits
        if not digits or labels == LABELS_MAX:
            continue
        labels += 1
        print(digits if digits.isprintable() else ascii(digits))
        found = {name: label for name in names if (label := read_label(digits, layouts[name])) is not None}
        for name, label in found.items():
            reading[name] += not label.findings
            print(f"  {name:<16} {label.layout:<20} {in_words(label)}")
        if not found:
            print("  no layout: the last digit does not check, or it is no number of a shop's own")
    fitting = [name for name, count in reading.items() if labels and count == labels]
    print(f"read by all {labels}: {', '.join(fitting) or 'none'}" if labels else "no label")
    return 0


def in_words(label: "Label") -> str:
    """The item and its amount, or why there is none."""
    amounts = [
        f"{amount} {unit}".rstrip()
        for amount, unit in ((label.weight, "kg"), (label.price, "money"), (label.count, "pieces"))
        if amount is not None
    ]
    return f"item {label.names[0]}, {', '.join(amounts) or 'the inner check digit is wrong'}"
