"""What an ESC/POS printer knows by heart: lengths of commands, kinds of barcodes, character code tables.

Written from the command lists of the Epson ESC/POS Application Programming Guide and a TM-T20's self-test page, not from our encoder.
"""

BARCODES = {65: "upc_a", 67: "ean13", 68: "ean8", 73: "code128"}
TABLES = {0: "cp437", 2: "cp850", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858"}
"""Character code tables, by the number of `ESC t` (self-test page of a TM-T20)."""

LENGTHS = {
    b"\x1b@": 2,
    b"\x1ba": 3,
    b"\x1bE": 3,
    b"\x1bd": 3,
    b"\x1bp": 5,
    b"\x1bt": 3,
    b"\x1bB": 4,
    b"\x1bM": 3,
    b"\x1b!": 3,
    b"\x1b2": 2,
    b"\x1b3": 3,
    b"\x1b=": 3,
    b"\x1c&": 2,
    b"\x1c.": 2,
    b"\x1d!": 3,
    b"\x1da": 3,
    b"\x1dh": 3,
    b"\x1dw": 3,
    b"\x1dH": 3,
    b"\x1df": 3,
    b"\x1dr": 3,
}
"""Whole length of each command we take, lead bytes included."""


def code128(data: bytes) -> tuple[str, str]:
    """What `GS k 73` stands for, by its code sets; with FNC1 in the first place it is GS1's."""
    text, code_set, gs1, at = "", "", False, 0
    while at < len(data):
        pair = data[at : at + 2]
        if pair in {b"{A", b"{B", b"{C"}:
            code_set, at = pair.decode()[1], at + 2
        elif pair == b"{1":
            gs1, text, at = gs1 or not text, text + ("\x1d" if text else ""), at + 2
        elif pair == b"{{":
            text, at = text + "{", at + 2
        else:
            text += f"{data[at]:02d}" if code_set == "C" else chr(data[at])
            at += 1
    return ("gs1_128" if gs1 else "code128"), text
