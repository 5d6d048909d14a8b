"""Code 128 as ESC/POS takes it (`GS k 73`): which code set each stretch is written in. Refuses to know what is encoded.

Source: ISO/IEC 15417 annex E (the shortest symbol: set C for four or more digits in a row, A for control characters), GS1
General Specifications 5.4.3 (FNC1 in the first place, and where a separator is needed); Epson "GS k", function B, CODE128: `{A` `{B`
`{C` select a set, `{1` is FNC1, `{{` a brace, and in set C each byte is a pair of digits.
"""

from typing import Final

DIGITS_FOR_C: Final = 4
"""Fewer digits cost more for the change of sets than they save."""
CODE_BYTES_MAX: Final = 255
"""What `GS k` can say of its length."""
_SEPARATOR: Final = "\x1d"
_DLE: Final = 0x10
_REAL_TIME: Final = frozenset((0x04, 0x05, 0x14))
"""The pair 16 and one of these would be a real-time command in the middle of the code: its answer is told, or the drawer opens."""


def code128(data: str, *, gs1: bool = False) -> bytes | None:
    """The bytes behind `GS k 73 n`; None for what Code 128 cannot hold. In GS1 a separator is FNC1, and one begins it."""
    if not data or not data.isascii() or "\x7f" in data:
        return None
    out, code_set, at = bytearray(), "", 0
    if gs1:
        code_set = "C" if _digits_at(data, 0) >= DIGITS_FOR_C else "B"
        out += f"{{{code_set}".encode() + b"{1"
    while at < len(data):
        run = _digits_at(data, at)
        character = data[at]
        if code_set == "C" and run >= 2:
            pair = int(data[at : at + 2])
            at += 2
            if out[-1] == _DLE and pair in _REAL_TIME:
                code_set = "B"
                out += b"{B" + data[at - 2 : at].encode()
            else:
                out.append(pair)
            continue
        if gs1 and character == _SEPARATOR:
            out += b"{1"
            at += 1
            continue
        # An odd run gives its first digit away, so that pairs remain.
        if run >= DIGITS_FOR_C and run % 2 == 0 and code_set != "C":
            code_set = "C"
            out += b"{C"
            continue
        needed = "A" if character < " " else "B" if character >= "`" or code_set in {"", "C"} else code_set
        if needed != code_set:
            code_set = needed
            out += f"{{{code_set}".encode()
        out += b"{{" if character == "{" else character.encode()
        at += 1
    return bytes(out) if len(out) <= CODE_BYTES_MAX else None


def _digits_at(data: str, at: int) -> int:
    end = at
    while end < len(data) and data[end] in "0123456789":
        end += 1
    return end - at
