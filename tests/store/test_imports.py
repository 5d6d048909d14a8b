"""Imports in the ledger: all of it in the end, whatever happens on the way; and files that are no tables."""

import asyncio
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest

from gateway.domain.import_changes import OPENING_LINES, RowFault, TableRead, Taken, read_table
from gateway.domain.import_columns import ImportKind
from gateway.store.exports import EXPORTS
from gateway.store.verify import verify_site
from gateway.use_cases.follow_journal import JournalFollower
from gateway.use_cases.import_table import APPLY_ROWS, ImportDesk, ImportReport
from gateway.web.sheet import csv_rows
from tests.store.conftest import ADMIN, Branch, open_branch

ROWS = 3 * APPLY_ROWS
ITEMS = ("sku,name,unit,price\n" + "".join(f"i{number:03},Item,piece,1\n" for number in range(ROWS))).encode()


def skus(branch: Branch) -> Any:
    return branch.ledger.read(lambda connection: connection.execute("SELECT count(*) FROM items").fetchone()[0])


async def bring(branch: Branch, kind: ImportKind, data: bytes, *, dry_run: bool = False) -> ImportReport:
    report = await ImportDesk(branch.shop, 2).bring(ADMIN, kind, data, None, dry_run=dry_run)
    assert isinstance(report, ImportReport)
    return report


async def carry(branch: Branch) -> None:
    desk = ImportDesk(branch.shop, 2)
    while await desk.step():
        pass


def test_an_import_that_was_cut_short_is_carried_to_its_end(tmp_path: Path) -> None:
    """Never half of it in the end: what began to count goes on after a crash, each row once."""

    async def first() -> None:
        async with open_branch(tmp_path) as branch:
            assert (await bring(branch, ImportKind.ITEMS, ITEMS)).made == ROWS
            assert await ImportDesk(branch.shop, 2).step()
            assert await skus(branch) == APPLY_ROWS

    async def second() -> None:
        async with open_branch(tmp_path, seed=8) as branch:
            await branch.item("i060", name="Somebody's own", unit="kg")
            await carry(branch)
            assert await skus(branch) == ROWS
            told = (await bring(branch, ImportKind.ITEMS, ITEMS)).known
            assert told is not None
            assert (told.state, told.done, told.changed) == ("done", ROWS, ROWS - 1)
            assert [(fault.row, fault.fault.code) for fault in told.faults] == [(62, "unit_fixed")]
            rows = await branch.ledger.read(lambda c: c.execute("SELECT count(*) FROM import_rows").fetchone())
            assert rows == (0,)

    asyncio.run(first())
    asyncio.run(second())
    assert verify_site(tmp_path).differences == ()


def test_what_was_only_staged_is_forgotten(tell: Any) -> None:
    async def story(branch: Branch) -> None:
        await bring(branch, ImportKind.ITEMS, ITEMS)
        await branch.ledger.write(lambda s: s.connection.execute("UPDATE imports SET state = 'staging'") and None)
        running = asyncio.create_task(ImportDesk(branch.shop, 2).run())
        while await branch.ledger.read(lambda c: c.execute("SELECT count(*) FROM imports").fetchone()) != (0,):
            await asyncio.sleep(0)
        running.cancel()
        assert await skus(branch) == 0

    tell(story)


def test_a_barcode_of_another_item_keeps_everything_out(tell: Any) -> None:
    async def story(branch: Branch) -> None:
        await branch.item("tea", barcodes=["123"])
        report = await bring(
            branch, ImportKind.ITEMS, b"sku,name,unit,price,barcodes\nx,X,piece,1,\ny,Y,piece,1,123\nz,,,,\n"
        )
        assert [(fault.row, fault.fault.path, fault.fault.code) for fault in report.faults] == [
            (3, "barcodes", "barcode_taken"), (4, "name", "cell_required"), (4, "unit", "cell_required"), (4, "price", "cell_required"),
        ]  # fmt: skip
        assert (report.known, await skus(branch)) == (None, 1)

    tell(story)


def test_no_page_of_an_export_walks_through_its_table(tell: Any) -> None:
    """A page costs the same at its end: constant memory, and one look into an index."""

    async def story(branch: Branch) -> None:
        def walks(connection: Any) -> list[str]:
            asked: list[str] = []
            connection.set_trace_callback(asked.append)
            for export in EXPORTS.values():
                export.page(connection, export.start, 2)
            connection.set_trace_callback(None)
            steps = [row[3] for sql in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
            return [step for step in steps if "TEMP B-TREE" in step or step.startswith("SCAN")]

        assert await branch.ledger.read(walks) == []

    tell(story)


def judged(data: bytes, kind: str = "items") -> tuple[Taken, TableRead]:
    """As the gateway's child does it."""
    ran = subprocess.run(
        [sys.executable, "-m", "gateway.read_table", kind, "2"], input=data, capture_output=True, check=True, timeout=60,
        env=dict(os.environ),
    )  # fmt: skip
    taken, table, _ = msgspec.msgpack.decode(ran.stdout, type=tuple[Taken, TableRead, list[msgspec.Raw]])
    return taken, table


def codes(faults: tuple[RowFault, ...]) -> list[str]:
    return [fault.fault.code for fault in faults]


def workbook(sheet_xml: str | None = None, more: dict[str, bytes] | None = None) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["sku", "name"])  # type: ignore[union-attr]
    book.save(file)
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            data = source.read(part)
            if sheet_xml is not None and part == "xl/worksheets/sheet1.xml":
                data = sheet_xml.encode()
            target.writestr(part, data)
        for name, data in (more or {}).items():
            target.writestr(name, data)
    return changed.getvalue()


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'

SAID_OFTEN = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    + "".join(f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>' for text in ("sku", *("x" * 1900,) * 9000))
    + "</sheetData></worksheet>"
)
"""Small when it is packed, more than the gateway should hold when it is read."""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xfe\x00\x00\xff\xff\x81", "not_text"), (b'sku,name\n"a,b\n', "broken_csv"), (b"PK\x03\x04nothing", "no_workbook"),
        (workbook(BOMB), "no_workbook"), (workbook(more={"xl/bomb.bin": bytes(257 * 1024 * 1024)}), "workbook_too_large"),
        (b"sku" + b"," * 80 + b"\n", "too_many_columns"), (workbook(SAID_OFTEN), "workbook_too_large"),
    ],
    ids=["binary", "quote", "zip", "entities", "bomb", "columns", "said often"],
)  # fmt: skip
def test_a_file_that_is_no_table_is_told(data: bytes, code: str) -> None:
    """Hostile or broken, it costs its reader's process something, and nobody else."""
    assert codes(judged(data)[1].faults) == [code]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_what_the_bytes_were_taken_for_is_told(encoding: str) -> None:
    taken, table = judged("编码;名称\n1;米饭\n".encode(encoding), "members")
    assert (taken.format, taken.encoding, taken.delimiter, table.rows, table.fault_count) == (
        "csv", encoding, "semicolon", 1, 0,
    )  # fmt: skip


def test_goods_taken_out_and_brought_into_an_empty_branch_are_the_same(tmp_path: Path) -> None:
    """Lots with their days, serial numbers and average cost; a number that two parts of a file name is found before."""
    items = b"sku,name,unit,price,tracking\nfish,Fish,kg,30,lot\nphone,Phone,piece,900,serial\ntea,Tea,piece,3,\n"
    goods = b"sku,quantity,cost,lot,expiry,serials\nfish,12.5,20,L1,2027-01-31,\nphone,2,700,,,A1|A2\ntea,7,1.1,,,\n"

    async def story(folder: Path, data: bytes) -> list[tuple[str | None, ...]]:
        async with open_branch(folder) as branch:
            await bring(branch, ImportKind.ITEMS, items)
            await carry(branch)
            report = await bring(branch, ImportKind.BALANCES, data)
            assert report.faults == ()
            await carry(branch)
            await JournalFollower(branch.shop).catch_up()
            found = EXPORTS["balances"]
            rows, _ = await branch.ledger.read(lambda connection: found.page(connection, found.start, 2))
            return rows

    first = asyncio.run(story(tmp_path / "first", goods))
    data = "".join(csv_rows([EXPORTS["balances"].heads, *first])).encode()
    assert asyncio.run(story(tmp_path / "second", data)) == first
    assert [row[0] for row in first] == ["fish", "phone", "tea"]
    assert [row[3] for row in first] == ["20.00", "700.00", "1.10"]
    twice = [["sku", "quantity", "serials"], *([f"i{number}", "1", None] for number in range(OPENING_LINES))]
    twice[1], twice[-1] = ["phone", "1", "A9"], ["phone", "1", "A9"]
    found = read_table(ImportKind.BALANCES, twice, 2)
    assert [(fault.row, fault.fault.code) for fault in found.faults] == [(OPENING_LINES + 1, "row_twice")]
