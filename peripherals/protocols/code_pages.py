"""Single-byte character sets of receipt printers: the number that `ESC t` takes, and Python's name for the table.

Numbers: Epson ESC/POS Application Programming Guide, "ESC t", character code tables of TM printers. Clones number some of
them otherwise (their self-test prints a list), so the settings may say another number.
"""

from typing import Final

from peripherals.config import Encoding

CODE_PAGES: Final[dict[Encoding, int]] = {
    "cp437": 0, "cp850": 2, "cp1252": 16, "cp866": 17, "cp852": 18, "cp858": 19,
}  # fmt: skip


def select(number: int) -> bytes:
    """ESC t n."""
    return bytes((0x1B, 0x74, number))
