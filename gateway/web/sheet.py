"""Tables as files, written row by row and never held whole: CSV with a mark for spreadsheets, and the smallest workbook there is.

Every cell is text, so that no spreadsheet rounds a barcode or calculates a name. In CSV, which cannot say so, a cell that begins
like a formula gets an apostrophe in front; Kontor takes it off again when it reads one.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

CSV_MEDIA: Final = "text/csv; charset=utf-8"
XLSX_MEDIA: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOM: Final = "\ufeff"
"""Without it a spreadsheet takes UTF-8 for the language of its machine."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = frozenset("0123456789.")
_NO_XML: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535, *range(55296, 57344)))
Row = Sequence[str | None]


def defused(text: str | None) -> str:
    """A cell that no spreadsheet takes for a formula; a negative number stays one."""
    if not text:
        return ""
    if text.startswith(_FORMULA) and not (text[0] == "-" and len(text) > 1 and _NUMBER.issuperset(text[1:])):
        return f"'{text}"
    return _own(text)


def _own(text: str) -> str:
    """What a person wrote with an apostrophe of its own is told from ours."""
    return f"'{text}" if text[0] == "'" and text[1:2] in {"=", "+", "-", "@", "'"} else text


def csv_rows(rows: Iterable[Row], *, first: bool = False) -> Iterator[str]:
    """Lines of a CSV file."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\r\n")
    for row in rows:
        writer.writerow([defused(cell) for cell in row])
    yield (BOM if first else "") + page.getvalue()


class _Gathered(io.RawIOBase):
    """Takes what a zip file is written as, until somebody takes it away."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        assert isinstance(data, (bytes, bytearray, memoryview))
        self._parts.append(bytes(data))
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def take(self) -> bytes:
        """What came since."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data


_PARTS: Final = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Kontor" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship'
    ' Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET: Final = _HEAD + '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def sheet_parts(pages: Iterator[Iterable[Row]]) -> Iterator[bytes]:
    """A workbook of one sheet, piece by piece as pages of rows come."""
    gathered = _Gathered()
    with zipfile.ZipFile(gathered, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in _PARTS.items():
            book.writestr(name, _HEAD + text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_SHEET.encode())
            for page in pages:
                sheet.write("".join(_row(row) for row in page).encode())
                yield gathered.take()
            sheet.write(b"</sheetData></worksheet>")
    yield gathered.take()


def _row(row: Row) -> str:
    cells = "".join(
        f'<c t="inlineStr"><is><t xml:space="preserve">{escape(_own(cell).translate(_NO_XML))}</t></is></c>'
        if cell
        else "<c/>"
        for cell in row
    )
    return f"<row>{cells}</row>"
