"""Everything the ledger holds, as a file over HTTP: streamed page by page, so that no list is too long for a small box."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.problem import FieldProblem, ProblemRaised, make
from admin_ui.serving.roles import Role
from gateway.store.exports import EXPORTS, Export, Row
from gateway.web.branch import Branch
from gateway.web.sheet import CSV_MEDIA, XLSX_MEDIA, csv_rows, sheet_parts

FORMATS: Final = {"csv": CSV_MEDIA, "xlsx": XLSX_MEDIA, "jsonl": "application/x-ndjson"}
_encode = msgspec.json.Encoder().encode


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /exports/{kind}`."""

    @get("/api/v1/exports/{kind:str}", tags=["exports"], guards=[at_least(Role.MANAGER)],
         summary="Everything of a kind as a file")  # fmt: skip
    async def export(kind: FromPath[str], format: FromQuery[str] = "csv") -> Stream:  # noqa: A002
        """`kind` is items, barcodes, balances, lots, movements, documents, suppliers, members, recipes or journal; `format` is csv,
        xlsx or jsonl. In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe; in a workbook every
        cell is text."""
        found = EXPORTS.get(kind)
        if found is None:
            raise ProblemRaised(make("not_found"))
        if format not in FORMATS:
            words = FieldProblem(
                "format", "out_of_range", f"One of {', '.join(FORMATS)}.", f"可选：{'、'.join(FORMATS)}。"
            )
            raise ProblemRaised(make("invalid_value", errors=[words]))
        pages = _pages(branch, found)
        body = _workbook(found, pages) if format == "xlsx" else _lines(found, format, pages)
        name = f"{branch.config.site.id}-{kind}.{format}"
        return Stream(
            body, media_type=FORMATS[format], headers={"content-disposition": f'attachment; filename="{name}"'}
        )

    return [export]


async def _pages(branch: Branch, found: Export) -> AsyncIterator[list[Row]]:
    key, digits = found.start, branch.config.minor_unit_digits
    while True:
        rows, after = await branch.shop.ledger.read(lambda connection, key=key: found.page(connection, key, digits))  # type: ignore[misc]
        yield rows
        if after is None:
            return
        key = after


async def _lines(found: Export, form: str, pages: AsyncIterator[list[Row]]) -> AsyncIterator[bytes]:
    if form == "csv":
        yield "".join(csv_rows([found.heads], first=True)).encode()
    async for rows in pages:
        if form == "csv":
            yield "".join(csv_rows(rows)).encode()
        else:
            yield b"".join(_encode(dict(zip(found.heads, row, strict=True))) + b"\n" for row in rows)


async def _workbook(found: Export, pages: AsyncIterator[list[Row]]) -> AsyncIterator[bytes]:
    """A page is handed to the zip file as it comes: what it makes of it goes out before the next is read."""
    waiting: list[Sequence[Row]] = [[found.heads]]

    def given() -> Iterator[Sequence[Row]]:
        while waiting:
            yield waiting.pop()

    parts = sheet_parts(given())
    yield next(parts)
    async for rows in pages:
        waiting.append(rows)
        yield next(parts)
    for part in parts:
        yield part
