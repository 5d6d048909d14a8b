"""What is printed is what was asked, in both languages, on any paper width; and status is known by its fixed bits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.errors import InvalidPrintJob
from peripherals.print_job import (
    Barcode,
    Columns,
    Cut,
    DrawerPulse,
    Feed,
    PrintJob,
    QrCode,
    Rule,
    TextLine,
    marked_duplicate,
)
from peripherals.protocols.escpos import Paper, drawer_pulse_now, encode, encode_text
from peripherals.protocols.escpos_status import (
    AnswerReader,
    AutomaticStatus,
    ProcessedAnswer,
    RealTimeAnswer,
    Report,
    ask_status,
)
from peripherals.protocols.paper_text import columns_of, printable, side_by_side, wrap
from peripherals.simulators.paper import PrintedBarcode, PrintedQr, PrintedText
from peripherals.simulators.printer import PrinterSimulator

WIDE = Paper(columns=48, encoding="gb18030")


def printed(job: PrintJob, paper: Paper = WIDE) -> PrinterSimulator:
    printer = PrinterSimulator(paper.encoding)
    printer.receive(encode(job, paper))
    assert printer.unknown_commands == 0
    return printer


def test_a_till_receipt_comes_out_as_described() -> None:
    """Text, emphasis, columns, codes, cut and drawer, told by the other end of the wire."""
    job = PrintJob(
        parts=(
            TextLine(text="河滨店 Riverside", align="center", bold=True, double=True),
            Rule(),
            Columns(left="Apples 苹果 1.250 kg", right="12.50"),
            Columns(left="TOTAL 合计", right="12.50", bold=True),
            QrCode(data="https://kontor.invalid/r/1?a=茶"),
            Barcode(data="9521234567899", symbology="ean13"),
            Barcode(data="B001-{42}"),
            Feed(lines=2),
            Cut(),
            DrawerPulse(),
        )
    )
    printer = printed(job)
    (slip,) = printer.slips
    assert slip.lines == (
        PrintedText(text="河滨店 Riverside", align="center", bold=True, double=True),
        PrintedText(text="-" * 48),
        PrintedText(text="Apples 苹果 1.250 kg" + " " * 23 + "12.50"),
        PrintedText(text="TOTAL 合计" + " " * 33 + "12.50", bold=True),
        PrintedQr(data="https://kontor.invalid/r/1?a=茶", align="center"),
        PrintedBarcode(data="9521234567899", symbology="ean13", align="center"),
        PrintedBarcode(data="B001-{42}", symbology="code128", align="center"),
        PrintedText(text=""),
        PrintedText(text=""),
    )
    assert slip.cut == "partial"
    assert printer.drawer_pulses == 1


def test_bytes_of_chinese_text_stand_between_mode_on_and_off() -> None:
    """Letters outside keep their single width on every model."""
    assert encode_text("A茶b", "gb18030") == b"A\x1c&\xb2\xe8\x1c.b"
    assert encode_text("é€", "gb18030") == b"\x1c&\xa8\xa6\xa2\xe3\x1c."
    assert encode_text("A茶b", "utf8") == "A茶b".encode()


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1000])
def test_how_the_bytes_are_split_does_not_matter(chunk: int) -> None:
    """A line may cut a job anywhere, also within a character or a command."""
    job = PrintJob(parts=(TextLine(text="茶叶 tea", bold=True), QrCode(data="茶"), Cut(partial=False)))
    data = encode(job, WIDE)
    printer = PrinterSimulator()
    for start in range(0, len(data), chunk):
        printer.receive(data[start : start + chunk])
    assert printer.slips == printed(job).slips


@given(
    st.lists(st.text(max_size=80), max_size=6),
    st.sampled_from([32, 42, 48]),
    st.sampled_from(["gb18030", "gbk", "big5", "utf8"]),
)
def test_any_text_fits_the_paper_and_is_read_back(texts: list[str], columns: int, encoding: Any) -> None:
    """Whatever a person types, no line is wider than the paper and no character becomes a command."""
    paper = Paper(columns=columns, encoding=encoding)
    job = PrintJob(parts=(*(TextLine(text=text) for text in texts), Cut()))
    printer = printed(job, paper)
    lines = [line.text for slip in printer.slips for line in slip.lines if isinstance(line, PrintedText)]
    assert all(columns_of(line, encoding) <= columns for line in lines)
    expected = [row for text in texts for row in wrap(printable(text, encoding), columns, encoding)]
    assert lines == expected


@given(st.text(st.sampled_from("ab 茶叶é"), max_size=60), st.text(st.sampled_from("0123.茶"), max_size=12))
def test_columns_end_at_the_right_edge(left: str, right: str) -> None:
    """Prices stand in one column, whatever the article is called."""
    rows = side_by_side(left, right, 32, "gb18030")
    assert rows[-1].endswith(right)
    assert all(columns_of(row, "gb18030") <= 32 for row in rows)
    assert not right or columns_of(rows[-1], "gb18030") == 32


def test_long_article_names_wrap_and_keep_their_price() -> None:
    """Nothing is cut off."""
    rows = side_by_side("有机高山乌龙茶礼盒装 Organic high mountain oolong", "128.00", 32, "gb18030")
    assert rows == ["有机高山乌龙茶礼盒装 Organic", "high mountain oolong      128.00"]


@pytest.mark.parametrize(
    "part",
    [
        Barcode(data="9521234567890", symbology="ean13"),
        Barcode(data="952", symbology="ean8"),
        Barcode(data=""),
        Barcode(data="茶"),
        QrCode(data=""),
        QrCode(data="x" * 701),
        QrCode(data="a\x10\x04\x01"),
        QrCode(data="a", module_dots=0),
    ],
)
def test_what_cannot_be_printed_is_refused_with_a_hint(part: Any) -> None:
    """A wrong check digit is found here, not by the customer's scanner."""
    with pytest.raises(InvalidPrintJob) as refused:
        encode(PrintJob(parts=(part,)), WIDE)
    assert refused.value.hint_zh


def test_marking_a_duplicate_twice_is_marking_it_once() -> None:
    """And the mark is in both languages."""
    job = PrintJob(parts=(TextLine(text="x"),))
    assert marked_duplicate(marked_duplicate(job)) == marked_duplicate(job)
    assert "COPY 副本" in printed(marked_duplicate(job)).slips[0].text


HEALTHY = Report(printer=0x12, offline=0x12, error=0x12, paper=0x12)
REPORTS = [
    (HEALTHY, "ok"),
    (Report(printer=0x16, offline=0x12, error=0x12, paper=0x12), "ok"),
    (Report(printer=0x12, offline=0x12, error=0x12, paper=0x1E), "paper_near_end"),
    (Report(printer=0x1A, offline=0x32, error=0x12, paper=0x7E), "paper_end"),
    (Report(printer=0x1A, offline=0x36, error=0x12, paper=0x7E), "cover_open"),
    (Report(printer=0x1A, offline=0x52, error=0x1A, paper=0x12), "error"),
    (Report(printer=0x1A, offline=0x12, error=0x32, paper=0x12), "error"),
    (Report(printer=0x1A, offline=0x12, error=0x12, paper=0x12), "offline"),
]


@pytest.mark.parametrize(("report", "status"), REPORTS)
def test_status_of_a_report(report: Report, status: str) -> None:
    """The first thing a person must do comes first."""
    assert report.status == status


def test_answers_are_known_by_their_fixed_bits() -> None:
    """An automatic status of four bytes is one; flow control and noise are nothing."""
    data = b"\x12\x00\x11\x13\xff\x10\x00\x00\x0f\x16\x0f"
    expected = [
        RealTimeAnswer(bits=0x12), ProcessedAnswer(bits=0), AutomaticStatus(0x10, 0, 0), RealTimeAnswer(bits=0x16),
        ProcessedAnswer(bits=15),
    ]  # fmt: skip
    assert AnswerReader().feed(data) == expected
    reader = AnswerReader()
    assert [answer for byte in data for answer in reader.feed(bytes((byte,)))] == expected


def test_a_printer_without_paper_answers_status_at_once_and_prints_later() -> None:
    """Real-time questions overtake the job in the buffer."""
    printer = PrinterSimulator()
    printer.set_paper("out")
    assert printer.receive(encode(PrintJob(parts=(TextLine(text="x"), Cut())), WIDE) + b"\x1dr\x01") == b""
    assert printer.receive(ask_status(4)) == b"\x7e"
    assert printer.receive(drawer_pulse_now(2)) == b""
    assert (printer.slips, printer.drawer_pulses) == ((), 1)
    assert printer.set_paper("present") == b"\x00"
    assert [slip.text for slip in printer.slips] == ["x"]


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_no_bytes_break_the_simulator_or_the_reader(chunks: list[bytes]) -> None:
    """The far end of a wire hears anything."""
    printer, reader = PrinterSimulator(), AnswerReader()
    for chunk in chunks:
        reader.feed(chunk)
        reader.feed(printer.receive(chunk))
