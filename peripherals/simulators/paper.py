"""What stands on the simulated printer's paper, as structs a page can draw."""

from typing import Literal

import msgspec

from peripherals.print_job import Align


class PrintedText(msgspec.Struct, frozen=True, tag="text", gc=False):
    """A line of text."""

    text: str
    align: Align = "left"
    bold: bool = False
    double: bool = False


class PrintedQr(msgspec.Struct, frozen=True, tag="qr", gc=False):
    """A QR code and what it says."""

    data: str
    align: Align = "left"


class PrintedBarcode(msgspec.Struct, frozen=True, tag="barcode", gc=False):
    """A barcode and what it says."""

    data: str
    symbology: str
    align: Align = "left"


class PrintedPicture(msgspec.Struct, frozen=True, tag="picture", gc=False):
    """Rows of dots, `#` where it is black, as an eye sees them."""

    rows: tuple[str, ...]
    align: Align = "left"

    @property
    def data(self) -> str:
        """What a log shows of it."""
        return f"[{max(map(len, self.rows), default=0)} × {len(self.rows)}]"


PrintedLine = PrintedText | PrintedQr | PrintedBarcode | PrintedPicture


class Slip(msgspec.Struct, frozen=True):
    """One piece of paper; `cut` is false while it still hangs from the printer."""

    number: int
    lines: tuple[PrintedLine, ...]
    cut: Literal["full", "partial"] | None = None

    @property
    def text(self) -> str:
        """The lines' text, for a test or a log."""
        return "\n".join(line.text if isinstance(line, PrintedText) else line.data for line in self.lines)
