"""What a brought table asks for, row by row, and what is wrong with its rows as they stand. Knows no ledger and no file."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec import UNSET

from gateway.domain.bodies.entry import Line
from gateway.domain.fault import Fault
from gateway.domain.import_cells import Raw, Told, read_cell
from gateway.domain.import_columns import COLUMNS, Column, ImportKind, column_named
from gateway.domain.recipe_entry import ByProductEntry, ComponentEntry, StepEntry

ROWS_MAX: Final = 100_000
"""Rows of one table: twice the goods of a large shop."""
FAULTS_MAX: Final = 1_000
"""Bad rows that are listed; all are counted."""
OPENING_LINES: Final = 200
"""Lines of one opening balance, a serial number counting as one: each is a transaction in which tills wait some milliseconds."""
VALUE_SHOWN: Final = 80


class RowFault(msgspec.Struct, frozen=True, gc=False):
    """What is wrong with a row (1 is the line of the heads; 0 the whole table); `fault.path` is the column."""

    row: int
    value: str
    fault: Fault


class ItemChange(msgspec.Struct, frozen=True, tag=True, gc=False):
    """An item and what its row says of it: a column that is not there changes nothing, an empty cell empties."""

    row: int
    sku: str
    fields: dict[str, Told | None]


class CodeRow(msgspec.Struct, frozen=True, gc=False):
    """A barcode of an item or of its pack, or a pack."""

    row: int
    barcode: str | None
    unit: str | None
    factor: int | None


class CodesChange(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Barcodes and packs that an item gets beside those it has."""

    row: int
    sku: str
    codes: tuple[CodeRow, ...]


class OpeningPart(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Lines of one opening balance, each with its row."""

    row: int
    rows: tuple[int, ...]
    lines: tuple[Line, ...]


class PartnerChange(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A supplier or a member, and what its row says."""

    row: int
    code: str
    fields: dict[str, Told | None]


class RecipeChange(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A recipe's head and its parts, `rows` saying from where each is; of parts that have no column nothing is said."""

    row: int
    code: str
    fields: dict[str, Told | None]
    rows: dict[str, tuple[int, ...]]
    components: tuple[ComponentEntry, ...] | None
    by_products: tuple[ByProductEntry, ...] | None
    steps: tuple[StepEntry, ...] | None


Change = ItemChange | CodesChange | OpeningPart | PartnerChange | RecipeChange
_Cells = dict[str, Told | None]


class Taken(msgspec.Struct, frozen=True):
    """What a file was taken for."""

    format: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


class TableRead(msgspec.Struct, frozen=True):
    """A table as it asks; `fault_count` counts those beyond the listed ones too."""

    rows: int
    columns: tuple[str, ...]
    changes: tuple[Change, ...]
    faults: tuple[RowFault, ...]
    fault_count: int


def read_table(kind: ImportKind, rows: Iterable[Sequence[Raw]], digits: int) -> TableRead:
    """Read a table whose first row is its heads. Empty rows are passed over. Where a head is wrong, the cells below the others are
    judged all the same, and nothing is asked: what is to be mended is told at once."""
    faults: list[RowFault] = []
    count = 0
    numbered = enumerate(rows, 1)
    heads = next((row for _, row in numbered), ())
    columns = _heads(kind, heads, faults)
    found: list[tuple[int, _Cells]] = []
    heads_fit = not faults
    for number, row in numbered:
        if all(value is None or (isinstance(value, str) and not value.strip()) for value in row):
            continue
        count += 1
        if count > ROWS_MAX:
            faults.append(RowFault(number, "", Fault("", "too_many_rows", {"limit": str(ROWS_MAX)})))
            break
        bad = len(faults)
        cells = _cells(columns, number, row, digits, faults)
        if heads_fit and len(faults) == bad:
            found.append((number, cells))
    if heads_fit and not count:
        faults.append(RowFault(0, "", Fault("", "no_rows")))
    changes = _GATHER[kind](found, faults)
    named = tuple(column.name for column in columns if column is not None)
    return TableRead(count, named, tuple(changes), tuple(faults[:FAULTS_MAX]), len(faults))


def _heads(kind: ImportKind, heads: Sequence[Raw], faults: list[RowFault]) -> list[Column | None]:
    columns: list[Column | None] = []
    known = ", ".join(f"{column.en} {column.zh}" for column in COLUMNS[kind])
    for head in heads:
        text = "" if head is None else str(head)
        column = column_named(kind, text) if text.strip() else None
        if column is None and text.strip():
            facts = {"text": text[:VALUE_SHOWN], "columns": known}
            faults.append(RowFault(1, text[:VALUE_SHOWN], Fault(text[:VALUE_SHOWN], "unknown_column", facts)))
        elif column is not None and column in columns:
            faults.append(RowFault(1, text[:VALUE_SHOWN], Fault(column.name, "column_twice", {"text": column.en})))
        columns.append(column)
    for column in COLUMNS[kind]:
        if column.required and column not in columns:
            facts = {"en": column.en, "zh": column.zh}
            faults.append(RowFault(1, "", Fault(column.name, "missing_column", facts)))
    return columns


def _cells(
    columns: list[Column | None], number: int, row: Sequence[Raw], digits: int, faults: list[RowFault]
) -> _Cells:
    cells: _Cells = {}
    for at, column in enumerate(columns):
        value = row[at] if at < len(row) else None
        if column is None:
            continue
        told = read_cell(column, value, digits)
        if isinstance(told, Fault):
            faults.append(RowFault(number, str(value)[:VALUE_SHOWN], told))
        elif told is None and column.required:
            faults.append(RowFault(number, "", Fault(column.name, "cell_required")))
        else:
            cells[column.name] = told
    beyond = [str(value) for value in row[len(columns) :] if value not in (None, "")]
    if beyond:
        faults.append(RowFault(number, beyond[0][:VALUE_SHOWN], Fault("", "cells_beyond_heads")))
    return cells


def _one_each(key: str, found: list[tuple[int, _Cells]], faults: list[RowFault]) -> Iterable[tuple[int, str, _Cells]]:
    """Rows that each are about something of their own."""
    first: dict[str, int] = {}
    for number, cells in found:
        name = str(cells.pop(key))
        if name in first:
            faults.append(RowFault(number, name, Fault(key, "row_twice", {"row": str(first[name])})))
        else:
            first[name] = number
            yield number, name, cells


def _items(found: list[tuple[int, _Cells]], faults: list[RowFault]) -> Iterable[Change]:
    codes: dict[str, int] = {}
    for number, sku, cells in _one_each("sku", found, faults):
        told = cells.get("barcodes")
        for code in told if isinstance(told, tuple) else ():
            if code in codes and codes[code] != number:
                faults.append(RowFault(number, code, Fault("barcodes", "row_twice", {"row": str(codes[code])})))
            codes[code] = number
        yield ItemChange(number, sku, cells)


def _barcodes(found: list[tuple[int, _Cells]], faults: list[RowFault]) -> Iterable[Change]:
    of_item: dict[str, list[CodeRow]] = {}
    codes: dict[str, int] = {}
    for number, cells in found:
        barcode, unit, factor = cells.get("barcode"), cells.get("unit"), cells.get("factor")
        if barcode is None and (unit is None or factor is None):
            faults.append(RowFault(number, "", Fault("barcode", "cell_required")))
            continue
        if isinstance(barcode, str) and barcode in codes:
            faults.append(RowFault(number, barcode, Fault("barcode", "row_twice", {"row": str(codes[barcode])})))
            continue
        row = CodeRow(
            number, None if barcode is None else str(barcode), None if unit is None else str(unit),
            factor if isinstance(factor, int) else None,
        )  # fmt: skip
        if row.barcode is not None:
            codes[row.barcode] = number
        of_item.setdefault(str(cells["sku"]), []).append(row)
    return [CodesChange(rows[0].row, sku, tuple(rows)) for sku, rows in of_item.items()]


def _balances(found: list[tuple[int, _Cells]], faults: list[RowFault]) -> Iterable[Change]:
    known: dict[tuple[object, str], int] = {}
    lines: list[tuple[int, Line]] = []
    goods = 0
    for number, cells in found:
        filled = {("item" if name == "sku" else name): told for name, told in cells.items() if told is not None}
        told = filled.get("serials", ())
        serials = told if isinstance(told, tuple) else ()
        for serial in serials:
            # Two parts are judged each by itself: neither would see that the other has the number too.
            first = known.setdefault((filled["item"], serial), number)
            if first != number:
                faults.append(
                    RowFault(number, serial[:VALUE_SHOWN], Fault("serials", "row_twice", {"row": str(first)}))
                )
        size = max(1, len(serials))
        if lines and goods + size > OPENING_LINES:
            yield _opening(lines)
            lines, goods = [], 0
        lines.append((number, msgspec.convert(filled, Line)))
        goods += size
    if lines:
        yield _opening(lines)


def _opening(lines: list[tuple[int, Line]]) -> OpeningPart:
    return OpeningPart(lines[0][0], tuple(number for number, _ in lines), tuple(line for _, line in lines))


def _partners(found: list[tuple[int, _Cells]], faults: list[RowFault]) -> Iterable[Change]:
    return [PartnerChange(*row) for row in _one_each("code", found, faults)]


_OF_PARTS: Final = {
    "component": ("quantity", "unit", "units", "bases", "usable"), "by_product": ("quantity", "share"),
    "step": ("step_zh", "minutes"),
}  # fmt: skip
"""What names a part of a recipe, and what else its row says."""
_OF_ANY_PART: Final = dict.fromkeys(name for key, names in _OF_PARTS.items() for name in (key, *names))
_PartEntry = ComponentEntry | ByProductEntry | StepEntry


def _recipes(found: list[tuple[int, _Cells]], faults: list[RowFault]) -> Iterable[Change]:
    """Rows of one code are one recipe; what they say of the whole stands in its first row, or says the same in each."""
    heads: dict[str, tuple[int, _Cells]] = {}
    parts: dict[str, dict[str, list[tuple[int, _PartEntry]]]] = {}
    broken = set[str]()
    for number, cells in found:
        code = str(cells.pop("code"))
        own = {name: cells.pop(name) for name in _OF_ANY_PART if name in cells}
        said: _Cells = {name: told for name, told in cells.items() if told is not None}
        row, head = heads.setdefault(code, (number, said))
        differing = next((name for name, told in said.items() if head.get(name) != told), None)
        if differing is not None:
            facts = {"row": str(row)}
            faults.append(RowFault(number, str(said[differing])[:VALUE_SHOWN], Fault(differing, "row_differs", facts)))
        of_code = parts.setdefault(code, {key: [] for key in _OF_PARTS if key in own})
        part = _part({name: told for name, told in own.items() if told is not None})
        if isinstance(part, Fault):
            faults.append(RowFault(number, str(own.get(part.path) or "")[:VALUE_SHOWN], part))
            broken.add(code)
        else:
            of_code[part[0]].append((number, part[1]))
    for code, (row, head) in heads.items():
        if code in broken:
            continue  # what is left of it says nothing of the whole
        of_code = parts[code]
        rows = {f"{key}s": tuple(number for number, _ in told) for key, told in of_code.items()}
        told = {f"{key}s": tuple(entry for _, entry in of_code[key]) if key in of_code else None for key in _OF_PARTS}
        yield RecipeChange(row, code, head, rows, **told)  # type: ignore[arg-type]  # each list holds what its key names


def _part(own: _Cells) -> tuple[str, _PartEntry] | Fault:
    """What a row says of a recipe's part, and the part."""
    named = [key for key in _OF_PARTS if key in own]
    if len(named) != 1:
        return Fault("component", "part_unclear")
    key, name = named[0], str(own.pop(named[0]))
    unfit = next((other for other in own if other not in _OF_PARTS[key]), None)
    if unfit is not None:
        return Fault(unfit, "cell_unfit")
    needed = (
        () if key == "step" else ("quantity", "units", "bases") if "units" in own or "bases" in own else ("quantity",)
    )
    lacking = next((other for other in needed if other not in own), None)
    if lacking is not None:
        return Fault(lacking, "cell_required")
    values: dict[str, object] = {"name" if key == "step" else "item": name, **own}
    if "units" in values:
        values["ratio"] = {"units": values.pop("units"), "bases": values.pop("bases")}
    if key == "step":
        values["name_zh"] = values.pop("step_zh", UNSET)
        return key, msgspec.convert({one: told for one, told in values.items() if told is not UNSET}, StepEntry)
    if key == "component":
        return key, msgspec.convert(values, ComponentEntry)
    return key, msgspec.convert(values, ByProductEntry)


_GATHER: Final = {
    ImportKind.ITEMS: _items, ImportKind.BARCODES: _barcodes, ImportKind.BALANCES: _balances,
    ImportKind.SUPPLIERS: _partners, ImportKind.MEMBERS: _partners, ImportKind.RECIPES: _recipes,
}  # fmt: skip
