"""Files of tables: written page by page, and harmless to the spreadsheet that opens them."""

import tracemalloc
from collections.abc import Iterator

import pytest

from gateway.web.sheet import csv_rows, defused, sheet_parts

PAGE = [("6901", "苹果" * 50)] * 500


def peak(count: int) -> int:
    """Bytes held at most while a workbook of so many pages is written."""

    def pages() -> Iterator[list[tuple[str, str]]]:
        for _ in range(count):
            yield PAGE

    tracemalloc.start()
    try:
        for _ in sheet_parts(pages()):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_is_held_of_a_workbook_is_a_page() -> None:
    """However many there are."""
    assert peak(60) < 2 * peak(6)


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), ("+86", "'+86"), ("-12.5", "-12.5"), ("-x", "'-x"), ("@a", "'@a"), ("\tx", "'\tx"), ("'=1", "''=1"),
     ("tea", "tea"), ("'s", "'s"), (None, "")],
)  # fmt: skip
def test_no_cell_is_a_formula(text: str | None, cell: str) -> None:
    assert defused(text) == cell
    assert "".join(csv_rows([[text, "x"]])).endswith(",x\r\n")
