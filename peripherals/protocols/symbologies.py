"""What kind of code a scanner says it read: symbology identifiers of ISO/IEC 15424. Reads no data behind them."""

from typing import Final, Literal

import msgspec

Carries = Literal["elements", "gtin13", "gtin8", "addon", "gtin14", "text"]
"""What stands behind the identifier: a GS1 element string, a trade item number, only an add-on, or any text."""


class Symbology(msgspec.Struct, frozen=True):
    """A name to show, and what the data is."""

    name: str
    carries: Carries = "text"


_NAMES: Final = {
    "A": ("code39", "0123457"), "B": ("telepen", "0124"), "C": ("code128", "0124"), "D": ("code_one", "0123456"),
    "F": ("codabar", "0124"), "G": ("code93", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"),
    "H": ("code11", "013"), "I": ("itf", "013"), "K": ("code16k", "0124"), "L": ("pdf417", "012345"),
    "M": ("msi", "01"), "N": ("anker", "0"), "O": ("codablock", "01456"), "P": ("plessey", "0"),
    "Q": ("qr", "0123456"), "R": ("straight_2of5", "013"), "S": ("straight_2of5", "0"), "T": ("code49", "0124"),
    "U": ("maxicode", "0123"), "X": ("other", "0123456789ABCDEF"), "Z": ("no_barcode", "0123456789ABCDEF"),
    "c": ("channel_code", "0123456789"), "d": ("datamatrix", "0123456"), "e": ("composite", "23"),
    "h": ("han_xin", "0123"), "J": ("dotcode", "0123456"), "o": ("ocr", "0123"), "p": ("posicode", "012"),
    "s": ("supercode", "01"), "z": ("aztec", "0123456789ABC"),
}  # fmt: skip
"""Code character → name and the modifiers that exist."""

_SAID: Final = {
    "]E0": Symbology("ean13", "gtin13"), "]E1": Symbology("ean_addon2", "addon"), "]E2": Symbology("ean_addon5", "addon"),
    "]E3": Symbology("ean13_addon", "gtin13"), "]E4": Symbology("ean8", "gtin8"),
    "]I1": Symbology("itf14", "gtin14"),
    "]C1": Symbology("gs1_128", "elements"), "]e0": Symbology("gs1_databar", "elements"),
    "]e1": Symbology("gs1_composite", "elements"),
    "]d2": Symbology("gs1_datamatrix", "elements"), "]d5": Symbology("gs1_datamatrix", "elements"),
    "]Q3": Symbology("gs1_qr", "elements"), "]Q4": Symbology("gs1_qr", "elements"),
    "]J1": Symbology("gs1_dotcode", "elements"), "]J4": Symbology("gs1_dotcode", "elements"),
    "]z1": Symbology("gs1_aztec", "elements"), "]z4": Symbology("gs1_aztec", "elements"),
}  # fmt: skip
"""The identifiers that mean more than their letter: FNC1 in the first place makes the data a GS1 element string."""

SYMBOLOGIES: Final = {
    f"]{letter}{modifier}": Symbology(name) for letter, (name, modifiers) in _NAMES.items() for modifier in modifiers
} | _SAID
