"""CD5220, the language most customer displays of two rows are set to: bytes for a screen. It never answers.

    ESC @                 1B 40              clear, all settings as at power-on
    ESC Q A text CR       1B 51 41 … 0D      write the upper row (at most 20 columns)
    ESC Q B text CR       1B 51 42 … 0D      write the lower row

From the command table that makers print for the CD5220 mode (Logic Controls LD9000 user's manual, "CD5220 command set").
The text of `ESC Q` ends at CR and may hold no control character; `printable` leaves none.
"""

INITIALISE = b"\x1b@"
UPPER, LOWER = b"\x1bQA", b"\x1bQB"
END = b"\r"


def encode(upper: bytes, lower: bytes) -> bytes:
    """Both rows, each as wide as the display, so nothing of an earlier screen stays."""
    assert END not in upper + lower, "a row is text without control characters"
    return UPPER + upper + END + LOWER + lower + END
