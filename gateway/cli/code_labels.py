"""`kontor codes labels`: which layout a shop's own labels are built by. Scan a few, see what each would read, choose."""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.barcode.in_store import Label


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
    from gateway.domain.barcode.in_store import LayoutError
    from gateway.domain.barcode.label_trial import try_layouts

    lines = [line.decode("utf-8", errors="replace") for line in sys.stdin.buffer]
    try:
        trial = try_layouts(lines, tuple(arguments.layouts))
    except LayoutError as wrong:
        raise Refused(str(wrong), exit_code=ASKED_WRONGLY) from None
    for label in trial.labels:
        print(label.digits if label.digits.isprintable() else ascii(label.digits))
        for name, reading in label.readings:
            print(f"  {name:<16} {reading.layout:<20} {in_words(reading)}")
        if not label.readings:
            print("  no layout: the last digit does not check, or it is no number of a shop's own")
    if not trial.labels:
        print("no label")
    else:
        print(f"read by all {len(trial.labels)}: {', '.join(trial.fitting) or 'none'}")
    return 0


def in_words(label: "Label") -> str:
    """The item and its amount, or why there is none."""
    amounts = [
        f"{amount} {unit}".rstrip()
        for amount, unit in ((label.weight, "kg"), (label.price, "money"), (label.count, "pieces"))
        if amount is not None
    ]
    return f"item {label.names[0]}, {', '.join(amounts) or 'the inner check digit is wrong'}"
