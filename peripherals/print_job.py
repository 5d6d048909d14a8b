"""What is to be printed, described without a single byte of any printer's language.

Refuses to know money, documents and taxes: it is text, rules, codes, cuts and drawer pulses.
"""

from typing import Literal

import msgspec

PARTS_MAX = 3_000
"""A document has at most 500 lines; a till receipt prints up to five rows for each (two names, code, price, discount), and a head
and foot."""

Align = Literal["left", "center", "right"]
BarcodeSymbology = Literal["code128", "gs1_128", "ean13", "ean8", "upc_a"]


class TextLine(msgspec.Struct, frozen=True, tag="text", gc=False):
    """A line of text, wrapped to the paper's width. `double` doubles height and width."""

    text: str
    align: Align = "left"
    bold: bool = False
    double: bool = False


class Columns(msgspec.Struct, frozen=True, tag="columns", gc=False):
    """Left text and right text on one line; a long left part wraps and the right part stands on its last row."""

    left: str
    right: str
    bold: bool = False
    double: bool = False


class Rule(msgspec.Struct, frozen=True, tag="rule", gc=False):
    """A line of one character over the whole width."""

    character: Literal["-", "="] = "-"


class Barcode(msgspec.Struct, frozen=True, tag="barcode", gc=False):
    """A centred barcode with its text below. `gs1_128` takes an element string, its separators as GS (1D)."""

    data: str
    symbology: BarcodeSymbology = "code128"


class QrCode(msgspec.Struct, frozen=True, tag="qr", gc=False):
    """A centred QR code; `module_dots` is the size of one module (3 to 8 read well)."""

    data: str
    module_dots: int = 5


class Logo(msgspec.Struct, frozen=True, tag="logo", gc=False):
    """The shop's picture, centred, if the printer was given one."""


class Beep(msgspec.Struct, frozen=True, tag="beep", gc=False):
    """Calls somebody to the paper, where the printer has a beeper."""

    times: int = 3


class Feed(msgspec.Struct, frozen=True, tag="feed", gc=False):
    """Empty lines."""

    lines: int = 1


class Cut(msgspec.Struct, frozen=True, tag="cut", gc=False):
    """Feeds to the knife and cuts."""

    partial: bool = True


class DrawerPulse(msgspec.Struct, frozen=True, tag="drawer", gc=False):
    """Opens the cash drawer wired to this pin of the printer's drawer socket."""

    pin: Literal[2, 5] = 2


Part = TextLine | Columns | Rule | Barcode | QrCode | Logo | Beep | Feed | Cut | DrawerPulse


class PrintJob(msgspec.Struct, frozen=True):
    """One piece of paper, top to bottom."""

    parts: tuple[Part, ...]


DUPLICATE_MARK = TextLine(text="COPY 副本", align="center", bold=True, double=True)


def marked_duplicate(job: PrintJob) -> PrintJob:
    """The same job under a mark that says it was printed before; marking twice is marking once."""
    if job.parts and job.parts[0] == DUPLICATE_MARK:
        return job
    return PrintJob(parts=(DUPLICATE_MARK, *job.parts))
