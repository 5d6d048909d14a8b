"""One cell of a brought table, read into what its column needs. Whatever a spreadsheet may have damaged is named, never guessed.

A number of a workbook is binary: it is taken where its fifteen digits, which is what a spreadsheet keeps, say exactly the same.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from gateway.domain.fault import Fault
from gateway.domain.import_columns import CellSort, Column

CELL_MAX: Final = 2_000
"""Characters of a cell: fifty barcodes, and room."""
DIGITS_MAX: Final = 15
"""Digits a spreadsheet keeps of a number; those behind them it has made zeros."""
Raw = str | int | float | bool | dt.date | None
"""A cell as the file has it: always text in CSV, typed in a workbook."""
Told = str | int | bool | tuple[str, ...]
"""A cell that is filled, as its column means it; of quantities and money the decimal text."""

_SCIENTIFIC: Final = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+", re.ASCII)
_DECIMAL: Final = re.compile(r"-?(\d+|\d*\.\d+)", re.ASCII)
_DATE: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_SPOILT: Final = re.compile(r"[+-]?\d+([.,]\d+[eE][+-]?|[eE][+-])\d+", re.ASCII)
"""What a spreadsheet makes of a long number. `12E4` without a point or a sign is a code that somebody has."""
_CODE: Final = re.compile(r'"((?:[^"]|"")+)"(?![^;|,、\s])|[^;|,、\s]+')
_BETWEEN: Final = re.compile(r"[;|,、\s]|^\"")
_YES: Final = {"yes": True, "y": True, "true": True, "1": True, "是": True, "no": False, "n": False, "false": False, "0": False, "否": False}  # fmt: skip
_EXCEL_BEGAN: Final = dt.date(1899, 12, 30)
_EXCEL_DAYS: Final = range(20_000, 100_000)
"""1954 to 2173: what lies outside is no day of a shop's goods."""
_NAMES: Final = {CellSort.TEXT}


def read_cell(column: Column, value: Raw, digits: int) -> Told | Fault | None:
    """What a cell says; None where it is empty. `digits` are the currency's decimals: money becomes whole minor units."""
    text = _text(column, value)
    if isinstance(text, Fault):
        return text
    if text == "":
        return None
    if len(text) > CELL_MAX:
        return Fault(column.name, "cell_too_long", {"limit": str(CELL_MAX)})
    spoilt = _SPOILT if column.sort in {CellSort.CODE, CellSort.CODES} else _SCIENTIFIC
    if column.sort is not CellSort.TEXT and spoilt.fullmatch(text):
        return Fault(column.name, "scientific", {"text": text})
    if column.words:
        word = dict(column.words).get(text.casefold())
        known = ", ".join(spelt for spelt, _ in column.words)
        return Fault(column.name, "unknown_word", {"text": text[:40], "words": known}) if word is None else word
    match column.sort:
        case CellSort.TEXT | CellSort.CODE:
            return text
        case CellSort.CODES:
            codes = tuple((found[1] or "").replace('""', '"') or found[0] for found in _CODE.finditer(text))
            damaged = next((code for code in codes if _SPOILT.fullmatch(code)), None)
            return codes if damaged is None else Fault(column.name, "scientific", {"text": damaged})
        case CellSort.DATE:
            return _date(column, text, from_sheet=not isinstance(value, str))
        case CellSort.YES_NO:
            answer = _YES.get(text.casefold())
            return Fault(column.name, "not_yes_or_no", {"text": text[:40]}) if answer is None else answer
        case CellSort.QUANTITY | CellSort.MONEY | CellSort.PERCENT | CellSort.WHOLE:
            return _number(column, text, digits)


def joined(codes: Iterable[str]) -> str:
    """Codes in one cell, as they are read again: in quotation marks where one has a blank, or whatever else parts them, in it."""
    return " ".join('"' + code.replace('"', '""') + '"' if _BETWEEN.search(code) else code for code in codes)


def _text(column: Column, value: Raw) -> str | Fault:
    """The cell as text. Codes and numbers lose the full width that Chinese keyboards give them; names keep it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            short = format(value, ".15g")  # "nan" is not itself either
            if float(short) != value:
                return Fault(column.name, "number_not_exact", {"text": repr(value)})
            whole = value.is_integer() and abs(value) < 10**DIGITS_MAX
            return str(int(value)) if whole else short
        case int():
            if len(str(abs(value))) > DIGITS_MAX:
                return Fault(column.name, "digits_lost", {"text": str(value), "limit": str(DIGITS_MAX)})
            return str(value)
        case dt.date():
            return value.isoformat()[:10]
        case str():
            plain = value if column.sort in _NAMES else unicodedata.normalize("NFKC", value)
            plain = plain.replace("\u00a0", " ").replace("\ufeff", "").strip(" \t\r\n\u3000")
            # The mark by which Kontor's own files keep a spreadsheet from calculating, and spreadsheets keep text.
            return plain[1:] if plain[:1] == "'" and plain[1:2] in set("=+-@'") else plain


def _date(column: Column, text: str, *, from_sheet: bool) -> str | Fault:
    if from_sheet and text.isdecimal() and int(text) in _EXCEL_DAYS:
        return (_EXCEL_BEGAN + dt.timedelta(days=int(text))).isoformat()
    found = _DATE.fullmatch(text)
    if found is not None:
        try:
            return dt.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
        except ValueError:
            pass
    return Fault(column.name, "not_a_date", {"text": text[:40]})


def _number(column: Column, text: str, digits: int) -> str | int | Fault:
    text = text.removeprefix("+")
    if not _DECIMAL.fullmatch(text):
        return Fault(column.name, "not_a_number", {"text": text[:40]})
    if column.sort is CellSort.QUANTITY:
        return text
    places = {CellSort.MONEY: digits, CellSort.PERCENT: 2}.get(column.sort, 0)
    sign, _, unsigned = text.rpartition("-") if text.startswith("-") else ("", "", text)
    whole, _, part = unsigned.partition(".")
    if len(part.rstrip("0")) > places:
        return Fault(column.name, "too_many_decimals", {"text": text[:40], "limit": str(places)})
    if len(whole) > DIGITS_MAX:
        return Fault(column.name, "digits_lost", {"text": text[:40], "limit": str(DIGITS_MAX)})
    minor = int((whole or "0") + part.rstrip("0").ljust(places, "0"))
    return -minor if sign or text.startswith("-") else minor
