"""What a spreadsheet may do to a cell, and what is made of it: never a guess."""

import datetime as dt
from typing import Any

import pytest

from gateway.domain.fault import Fault
from gateway.domain.import_cells import read_cell
from gateway.domain.import_changes import CodesChange, ItemChange, read_table
from gateway.domain.import_columns import COLUMNS, CellSort, Column, ImportKind, column_named

TELLING: list[tuple[CellSort, Any, Any]] = [
    (CellSort.CODE, "００１２３", "00123"), (CellSort.CODE, 6901234567892, "6901234567892"),
    (CellSort.CODE, 6901234567892.0, "6901234567892"), (CellSort.CODE, "'=1", "=1"), (CellSort.TEXT, "\u3000米饭 ", "米饭"),
    (CellSort.TEXT, "１号", "１号"), (CellSort.TEXT, "6E3", "6E3"), (CellSort.CODES, "1|2；3, 4", ("1", "2", "3", "4")),
    (CellSort.CODE, "12E4", "12E4"), (CellSort.CODES, '7 "A 1,2" "say ""x""" 5"', ("7", "A 1,2", 'say "x"', '5"')),
    (CellSort.MONEY, "６.5", 650), (CellSort.MONEY, 6.5, 650), (CellSort.MONEY, "-1.20", -120), (CellSort.MONEY, 12, 1200),
    (CellSort.QUANTITY, "1.250", "1.250"), (CellSort.QUANTITY, 0.3, "0.3"), (CellSort.PERCENT, "98.5", 9850),
    (CellSort.WHOLE, "24", 24), (CellSort.YES_NO, "是", True), (CellSort.YES_NO, False, False), (CellSort.TEXT, None, None),
    (CellSort.DATE, "2027/1/5", "2027-01-05"), (CellSort.DATE, "2027年1月5日", "2027-01-05"), (CellSort.DATE, 46392, "2027-01-05"),
    (CellSort.DATE, dt.date(2027, 1, 5), "2027-01-05"),
]  # fmt: skip
DAMAGED: list[tuple[CellSort, Any, str]] = [
    (CellSort.CODE, "6.9E+12", "scientific"), (CellSort.CODES, "123 6.9e12", "scientific"),
    (CellSort.QUANTITY, "1E3", "scientific"), (CellSort.CODE, 6901234567890123456, "digits_lost"),
    (CellSort.MONEY, 0.1 + 0.2, "number_not_exact"), (CellSort.QUANTITY, float("nan"), "number_not_exact"),
    (CellSort.MONEY, "1.005", "too_many_decimals"), (CellSort.MONEY, "¥5", "not_a_number"), (CellSort.MONEY, "1,000", "not_a_number"),
    (CellSort.WHOLE, "2.5", "too_many_decimals"), (CellSort.YES_NO, "maybe", "not_yes_or_no"),
    (CellSort.DATE, "46392", "not_a_date"), (CellSort.DATE, "2027-02-30", "not_a_date"), (CellSort.TEXT, "x" * 2001, "cell_too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("sort", "value", "told"), TELLING, ids=repr)
def test_a_cell_says_what_it_says(sort: CellSort, value: Any, told: Any) -> None:
    assert read_cell(Column("x", "X", "某", sort), value, 2) == told


@pytest.mark.parametrize(("sort", "value", "code"), DAMAGED, ids=repr)
def test_a_damaged_cell_is_named(sort: CellSort, value: Any, code: str) -> None:
    found = read_cell(Column("x", "X", "某", sort), value, 2)
    assert isinstance(found, Fault)
    assert found.code == code


def test_heads_are_known_in_both_languages() -> None:
    for kind, columns in COLUMNS.items():
        for column in columns:
            for head in (column.name, f" {column.en.upper()} *", f"{column.zh}＊"):
                assert column_named(kind, head) == column
    assert column_named(ImportKind.ITEMS, "Barcode") == column_named(ImportKind.ITEMS, "barcodes")


def test_heads_unknown_missing_and_twice_are_each_told() -> None:
    found = read_table(ImportKind.ITEMS, [["Name", "名称", "Colour"], ["Tea", "Tea", "red"]], 2)
    assert [fault.fault.code for fault in found.faults] == ["column_twice", "unknown_column", "missing_column"]
    assert found.changes == ()


def test_cells_below_good_heads_are_judged_beside_a_wrong_head() -> None:
    """Who mends a table learns of all of it at once; nothing is asked meanwhile."""
    found = read_table(ImportKind.ITEMS, [["sku", "nam", "price"], ["tea", "Tea", "3.00"], ["milk", "Milk", "dear"]], 2)
    assert [(fault.row, fault.fault.code) for fault in found.faults] == [(1, "unknown_column"), (3, "not_a_number")]
    assert (found.rows, found.changes) == (2, ())


def test_rows_that_say_the_same_thing_twice_are_told() -> None:
    items = read_table(
        ImportKind.ITEMS, [["sku", "barcodes"], ["a", "1"], ["a", "2"], ["b", "1"], ["", ""], ["c", "3", "x"]], 2
    )
    assert [(fault.row, fault.fault.code) for fault in items.faults] == [
        (6, "cells_beyond_heads"), (3, "row_twice"), (4, "row_twice"),
    ]  # fmt: skip
    assert items.rows == 4
    assert all(isinstance(change, ItemChange) for change in items.changes)
    codes = read_table(
        ImportKind.BARCODES, [["sku", "barcode", "unit"], ["a", "1", ""], ["b", "1", ""], ["c", "", "box"]], 2
    )
    assert [(fault.row, fault.fault.code) for fault in codes.faults] == [(3, "row_twice"), (4, "cell_required")]
    assert [change.sku for change in codes.changes if isinstance(change, CodesChange)] == ["a"]


def test_nothing_below_the_heads_is_told() -> None:
    assert [fault.fault.code for fault in read_table(ImportKind.MEMBERS, [["code", "name"]], 2).faults] == ["no_rows"]
    assert [fault.fault.code for fault in read_table(ImportKind.MEMBERS, [], 2).faults] == ["missing_column"] * 2
