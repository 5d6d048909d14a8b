"""Customer displays that speak ESC/POS (Epson's DM-D family and its kin): bytes for a screen. It gives no status we ask for.

    ESC @             1B 40          initialise
    CLR               0C             clear and go to the first column of the upper row
    US $ x y          1F 24 x y      go to column x, row y, both counted from 1
    US MD1            1F 01          overwrite mode: a full row does not push the other one away

From Epson's ESC/POS command reference for customer displays (DM-D110/DM-D210).
"""

INITIALISE = b"\x1b@\x1f\x01\x0c"


def move(column: int, row: int) -> bytes:
    """US $: `column` and `row` count from 1."""
    return bytes((0x1F, 0x24, column, row))


def encode(upper: bytes, lower: bytes) -> bytes:
    """Both rows, each as wide as the display, so nothing of an earlier screen stays."""
    return move(1, 1) + upper + move(1, 2) + lower
