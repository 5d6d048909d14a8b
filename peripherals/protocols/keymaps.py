"""What a key types, by keyboard layout. Data only: Linux key codes to characters, plain, with Shift and with AltGr.

Key codes: linux/input-event-codes.h. Layouts: the keyboards as printed and sold (ISO/IEC 9995, DIN 2137, NF Z71-300, BS 4822).
A scanner that types as a keyboard is set to one of them, and the settings must say the same one.
"""

from typing import Final

import msgspec

from peripherals.config import Keymap

_PLACES: Final = (41, *range(2, 14), *range(16, 28), *range(30, 41), 43, 86, *range(44, 54))
"""Four rows from the upper left, the key beside the left Shift before its row, Backslash at its row's end."""


class Layout(msgspec.Struct, frozen=True):
    """By key code."""

    plain: dict[int, str]
    shift: dict[int, str]
    alt_gr: dict[int, str]
    dead_plain: frozenset[int] = frozenset()
    dead_shift: frozenset[int] = frozenset()
    dead_alt_gr: frozenset[int] = frozenset()
    """Keys whose accent waits for the next one: over a letter it is set upon it, with Space it stands alone."""


def _layout(plain: str, shift: str, alt_gr: dict[int, str] | None = None, *dead: frozenset[int]) -> Layout:
    assert len(plain) == len(shift) == len(_PLACES), "every key has both"
    return Layout(dict(zip(_PLACES, plain, strict=True)), dict(zip(_PLACES, shift, strict=True)), alt_gr or {}, *dead)


LAYOUTS: Final[dict[Keymap, Layout]] = {
    "us": _layout(
        "`1234567890-=" "qwertyuiop[]" "asdfghjkl;'\\" "<zxcvbnm,./",
        "~!@#$%^&*()_+" "QWERTYUIOP{}" 'ASDFGHJKL:"|' ">ZXCVBNM<>?",
    ),
    "gb": _layout(
        "`1234567890-=" "qwertyuiop[]" "asdfghjkl;'#" "\\zxcvbnm,./",
        '¬!"£$%^&*()_+' "QWERTYUIOP{}" "ASDFGHJKL:@~" "|ZXCVBNM<>?",
        {41: "¦", 5: "€"},
    ),
    "de": _layout(
        "^1234567890ß´" "qwertzuiopü+" "asdfghjklöä#" "<yxcvbnm,.-",
        '°!"§$%&/()=?`' "QWERTZUIOPÜ*" "ASDFGHJKLÖÄ'" ">YXCVBNM;:_",
        {3: "²", 4: "³", 8: "{", 9: "[", 10: "]", 11: "}", 12: "\\", 16: "@", 18: "€", 27: "~", 50: "µ", 86: "|"},
        frozenset((41, 13)), frozenset((13,)),
    ),
    "fr": _layout(
        "²&é\"'(-è_çà)=" "azertyuiop^$" "qsdfghjklmù*" "<wxcvbn,;:!",
        "²1234567890°+" "AZERTYUIOP¨£" "QSDFGHJKLM%µ" ">WXCVBN?./§",
        {
            3: "~", 4: "#", 5: "{", 6: "[", 7: "|", 8: "`", 9: "\\", 10: "^", 11: "@", 12: "]", 13: "}", 18: "€", 27: "¤",
        },
        frozenset((26,)), frozenset((26,)), frozenset((3, 8)),
    ),
}  # fmt: skip

KEYPAD: Final = {
    55: "*", 71: "7", 72: "8", 73: "9", 74: "-", 75: "4", 76: "5", 77: "6", 78: "+", 79: "1", 80: "2", 81: "3", 82: "0",
    83: ".", 98: "/",
}  # fmt: skip
"""The number pad, which a scanner uses with Num Lock meant to be on."""
SPACE: Final = 57
"""The same on every layout."""
