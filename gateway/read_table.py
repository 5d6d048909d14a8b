"""`python -m gateway.read_table`: reads one table out of a CSV file or a workbook and ends. The only door to openpyxl.

A process of its own: what a broken or hostile file costs, it costs here, within bounds of memory and time, and no till waits.
Reads the file from stdin, writes one msgpack value to stdout. What it took the bytes for is told, never silently guessed.
"""

import codecs
import csv
import datetime as dt
import io
import resource
import signal
import sys
import zipfile
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from gateway.domain.fault import Fault
from gateway.domain.import_cells import Raw
from gateway.domain.import_changes import RowFault, TableRead, Taken, read_table
from gateway.domain.import_columns import ImportKind, column_named

MEMORY_BYTES_MAX: Final = 768 * 1024 * 1024
"""Of the process: 100,000 rows of a workbook are 200 MB of Python."""
SECONDS_MAX: Final = 120
UNPACKED_BYTES_MAX: Final = 256 * 1024 * 1024
"""All parts of a workbook together: what says more is no list of goods."""
TEXT_MAX: Final = 16 * 1024 * 1024
"""Characters of all cells, as many as the largest CSV file has: a workbook may name one text a million times, and what is read
goes to the gateway, which has to hold it."""
COLUMNS_MAX: Final = 64
DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab"}


class Unreadable(Exception):
    """The file is no table."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def main() -> int:
    """0 whenever the file could be judged."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    signal.alarm(SECONDS_MAX)
    kind, digits = ImportKind(sys.argv[1]), int(sys.argv[2])
    taken, table = judge(kind, sys.stdin.buffer.read(), digits)
    # What it asks stands by itself: the gateway decodes it in small parts.
    told = (taken, msgspec.structs.replace(table, changes=()), table.changes)
    sys.stdout.buffer.write(msgspec.msgpack.encode(told))
    return 0


def judge(kind: ImportKind, data: bytes, digits: int) -> tuple[Taken, TableRead]:
    """What the file is, and what its table asks."""
    taken = Taken("xlsx" if data[:4] == b"PK\x03\x04" else "csv")
    try:
        if taken.format == "xlsx":
            taken, rows = _workbook(data)
        else:
            taken, rows = _text_table(kind, data)
        return taken, read_table(kind, rows, digits)
    except Unreadable as unreadable:
        return taken, TableRead(0, (), (), (RowFault(0, "", unreadable.fault),), 1)


def _text_table(kind: ImportKind, data: bytes) -> tuple[Taken, Iterator[Sequence[Raw]]]:
    text, encoding = _decoded(data)
    first = text.partition("\n")[0]
    delimiter = max(
        DELIMITERS,
        key=lambda mark: sum(column_named(kind, head.strip('" \r')) is not None for head in first.split(mark)),
    )
    return Taken("csv", encoding, DELIMITERS[delimiter]), _csv_rows(text, delimiter)


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if data.startswith(mark):
            names: tuple[str, ...] = (name,)
            break
    else:
        names = ("utf-8", "gb18030")  # Excel in China writes the latter
    for name in names:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, name
    raise Unreadable(Fault("", "not_text"))


def _csv_rows(text: str, delimiter: str) -> Iterator[Sequence[Raw]]:
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if len(row) > COLUMNS_MAX:
                raise Unreadable(Fault("", "too_many_columns", {"limit": str(COLUMNS_MAX)}))
            yield row
    except csv.Error as error:
        raise Unreadable(Fault("", "broken_csv", {"text": str(error)})) from error


def _workbook(data: bytes) -> tuple[Taken, Iterator[Sequence[Raw]]]:
    import defusedxml.common
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            # A part never unpacks to more than it says it does.
            if sum(part.file_size for part in parts.infolist()) > UNPACKED_BYTES_MAX:
                raise Unreadable(Fault("", "workbook_too_large", {"limit": str(UNPACKED_BYTES_MAX // 1024**2)}))
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its size is not believed
    except Unreadable:
        raise
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        IndexError,
        SyntaxError,
        OSError,
        defusedxml.common.DefusedXmlException,
    ) as error:
        raise Unreadable(Fault("", "no_workbook", {"text": type(error).__name__})) from error

    def rows() -> Iterator[Sequence[Raw]]:
        size = 0
        try:
            for row in sheet.iter_rows(values_only=True, max_col=COLUMNS_MAX):
                size += sum([len(value) for value in row if isinstance(value, str)])
                if size > TEXT_MAX:
                    raise Unreadable(Fault("", "workbook_too_large", {"limit": str(TEXT_MAX // 1024**2)}))
                yield [_plain(value) for value in row]
        except (
            zipfile.BadZipFile,
            KeyError,
            ValueError,
            SyntaxError,
            OSError,
            defusedxml.common.DefusedXmlException,
        ) as error:
            raise Unreadable(Fault("", "no_workbook", {"text": type(error).__name__})) from error

    return Taken("xlsx", sheet=sheet.title), rows()


def _plain(value: object) -> Raw:
    """A cell's value; a moment is its day."""
    if isinstance(value, dt.datetime):
        return value.date()
    if value is None or isinstance(value, (str, bool, int, float, dt.date)):
        return value
    return str(value)


if __name__ == "__main__":
    sys.exit(main())
