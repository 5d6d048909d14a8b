"""What tells this board from the one a copied card was made on."""

from pathlib import Path
from typing import Final

BOARD_SERIAL: Final = Path("/sys/firmware/devicetree/base/serial-number")
"""A Raspberry Pi's serial number, burnt in. Other machines have none that every user may read: they say nothing, and two
living copies of one device are told apart by their starts."""


def board_serial(file: Path = BOARD_SERIAL) -> str:
    """The board's serial number; empty where it has none."""
    try:
        return file.read_bytes().rstrip(b"\0\n").decode("ascii")[:64]
    except (OSError, UnicodeDecodeError):
        return ""
