"""The count inside a document's number: what a ledger goes on counting from when it takes documents another device numbered."""

from typing import Final

COUNT_DIGITS_MAX: Final = 18
"""Digits of a document's count: what SQLite's whole numbers hold."""


def document_count(number: str) -> int:
    """What stands behind the last hyphen of a number; 0 where that is no count."""
    digits = number.rpartition("-")[2]
    return int(digits) if len(digits) <= COUNT_DIGITS_MAX and digits.isascii() and digits.isdecimal() else 0
