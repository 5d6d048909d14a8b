"""Code pages, drawn text, logos, codes, beepers; and what a printer says by itself or of one job by name."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.config import DeviceConfig
from peripherals.drivers import driver_of
from peripherals.errors import InvalidDeviceConfig, InvalidPrintJob
from peripherals.events import PrinterStatusChanged, PrintJobChanged
from peripherals.print_job import Barcode, Beep, Columns, Cut, Logo, PrintJob, Rule, TextLine
from peripherals.print_queue import PrintQueue
from peripherals.protocols.code128 import code128
from peripherals.protocols.escpos import Paper, encode
from peripherals.protocols.escpos_status import AnswerReader, AutomaticStatus, ProcessIdAnswer
from peripherals.protocols.paper_text import columns_of
from peripherals.protocols.picture import NoPicture, Picture, glyph_of_hex, read_pbm
from peripherals.simulators.escpos_tables import code128 as read_code128
from peripherals.simulators.paper import PrintedBarcode, PrintedPicture, PrintedText
from peripherals.simulators.printer import PrinterSimulator
from peripherals.unifont import Unifont

BLOCK, WIDE_BLOCK = glyph_of_hex("FF" * 16), glyph_of_hex("FFFF" * 16)


def glyph(character: str) -> bytes | None:
    """A font of two shapes: letters and digits are narrow blocks, 茶 and 叶 are wide ones; a blank is empty."""
    if character == " ":
        return bytes(16)
    if character in "茶叶":
        return WIDE_BLOCK
    return BLOCK if character.isascii() else None


DRAWN = Paper(columns=36, encoding="raster", dots=576, glyph=glyph)


def printed(paper: Paper, *parts: Any) -> PrinterSimulator:
    printer = PrinterSimulator(paper.encoding)
    printer.receive(encode(PrintJob(parts=(*parts, Cut())), paper))
    assert printer.unknown_commands == 0
    return printer


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp437", "Café ½ ░ ñ"),
        ("cp850", "Größe Ø Þ ¾"),
        ("cp852", "Żółć Ř č"),
        ("cp858", "5,00 € für Ælfric"),
        ("cp866", "Чай зелёный"),
        ("cp1252", "Œuvre “3 €” – ž"),
    ],
)
def test_a_code_page_is_chosen_and_every_character_of_it_read_back(encoding: Any, text: str) -> None:
    """The number of the table is told before the text, and Chinese mode is left."""
    (line,) = printed(Paper(columns=32, encoding=encoding), TextLine(text=text)).slips[0].lines
    assert line == PrintedText(text=text)


def test_what_a_code_page_lacks_is_marked_and_one_column_wide() -> None:
    """Nobody takes a Chinese name for a row of German letters."""
    lines = printed(Paper(columns=16, encoding="cp858"), Columns(left="乌龙茶 Tee", right="6,50")).slips[0].lines
    assert lines == (PrintedText(text="??? Tee     6,50"),)


def test_a_printer_that_counts_its_tables_otherwise_is_told_so() -> None:
    """The number of the settings is sent, whatever it is."""
    job = PrintJob(parts=(TextLine(text="ж"),))
    assert b"\x1bt\x3b" in encode(job, Paper(columns=32, encoding="cp866", code_page=59))


@given(st.text(max_size=60), st.sampled_from(["cp437", "cp850", "cp852", "cp858", "cp866", "cp1252", "ascii"]))
def test_any_text_on_any_code_page_fits_the_paper(text: str, encoding: Any) -> None:
    """And no character becomes a command."""
    for line in printed(Paper(columns=20, encoding=encoding), TextLine(text=text)).slips[0].lines:
        assert isinstance(line, PrintedText)
        assert columns_of(line.text, encoding) <= 20


def drawn(paper: Paper, *parts: Any) -> list[str]:
    """All rows of dots that came out."""
    lines = printed(paper, *parts).slips[0].lines
    return [row for line in lines if isinstance(line, PrintedPicture) for row in line.rows]


def test_text_is_drawn_where_a_printer_has_no_letters_for_it() -> None:
    """16 dots a column, each dot of the font two wide and two high; a Chinese character takes two columns."""
    rows = drawn(DRAWN, TextLine(text="a茶"))
    assert rows == ["#" * 48] * 32
    (left, *_), (right, *_) = (
        drawn(DRAWN, Columns(left="a", right="b")),
        drawn(DRAWN, TextLine(text="b", align="right")),
    )
    assert left == "#" * 16 + " " * (576 - 32) + "#" * 16
    assert right == " " * (576 - 16) + "#" * 16
    assert drawn(DRAWN, TextLine(text="a", align="center"))[0] == " " * 280 + "#" * 16


def test_drawn_text_is_bold_double_and_marks_what_the_font_lacks() -> None:
    """A missing character is a question mark, which the font has."""
    assert drawn(DRAWN, TextLine(text="a", bold=True))[0] == "#" * 17
    assert [len(row) for row in drawn(DRAWN, TextLine(text="a", double=True))] == [32] * 64
    assert drawn(DRAWN, TextLine(text="é")) == drawn(DRAWN, TextLine(text="?"))
    assert drawn(DRAWN, Rule())[0] == "#" * 576


@given(st.text(st.sampled_from("ab 茶叶é"), max_size=80), st.sampled_from([24, 32, 36, 48]), st.booleans())
def test_drawn_text_never_leaves_the_paper(text: str, columns: int, double: bool) -> None:
    """Whatever a person types."""
    paper = Paper(columns=columns, encoding="raster", dots=384, glyph=glyph)
    assert all(len(row) <= 384 for row in drawn(paper, TextLine(text=text, double=double)))


def test_a_logo_is_read_and_printed_in_slices() -> None:
    """Raw and plain PBM are the same picture; a printer without one prints nothing."""
    raw = b"P4\n# our shop\n10 30\n" + b"\xff\xc0" * 30
    plain = b"P1 10 30\n" + b"1 1 1 1 1 1 1 1 1 1\n" * 30
    picture = read_pbm(raw)
    assert picture == read_pbm(plain) == Picture(2, b"\xff\xc0" * 30)
    assert drawn(Paper(columns=48, encoding="gb18030", logo=picture), Logo()) == ["#" * 10] * 30
    assert printed(Paper(columns=48, encoding="gb18030"), Logo()).slips == ()


@pytest.mark.parametrize(
    "data",
    [b"", b"\x89PNG\r\n", b"P4\n0 9\n", b"P4\n8 4\n\xff", b"P1\n2 2\n1 0 1", b"P1\n2 2\n1 0 1 x", b"P4\n9999 9999\n", b"P4\n576 1300\n" + b"\0" * 99_999],
)  # fmt: skip
def test_what_is_no_picture_says_so(data: bytes) -> None:
    """At start, not on the customer's paper."""
    with pytest.raises(NoPicture):
        read_pbm(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("1234", b"{C\x0c\x22"),
        ("A123456", b"{BA{C\x0c\x22\x38"),
        ("12345", b"{B1{C\x17\x2d"),
        ("AB12", b"{BAB12"),
        ("a{b", b"{Ba{{b"),
        ("A\tb", b"{BA{A\t{Bb"),
    ],
)
def test_code_128_takes_the_shortest_sets(data: str, expected: bytes) -> None:
    """Pairs of digits where four or more stand together, control characters in A, the rest in B."""
    assert code128(data) == expected


@given(st.text(st.characters(max_codepoint=126), min_size=1, max_size=60), st.booleans())
def test_code_128_is_read_back(data: str, gs1: bool) -> None:
    """By sets and pairs, as the far end reads them."""
    made = code128(data, gs1=gs1)
    if made is not None and not (gs1 and data.startswith("\x1d")):
        assert read_code128(made) == ("gs1_128" if gs1 else "code128", data)


def test_gs1_128_and_upc_a_come_out_as_asked() -> None:
    """FNC1 first, and between what has no fixed length."""
    paper = Paper(columns=48, encoding="gb18030")
    element_string = "0109521234543213" + "10AB\x1d" + "3103000482"
    lines = printed(paper, Barcode(element_string, "gs1_128"), Barcode("036000291452", "upc_a")).slips[0].lines
    assert lines == (
        PrintedBarcode(element_string, "gs1_128", "center"), PrintedBarcode("036000291452", "upc_a", "center"),
    )  # fmt: skip
    for wrong in (Barcode("036000291453", "upc_a"), Barcode("茶", "gs1_128"), Barcode("x" * 300)):
        with pytest.raises(InvalidPrintJob):
            encode(PrintJob(parts=(wrong,)), paper)


@pytest.mark.parametrize(("beeper", "beeps"), [("none", 0), ("epson", 3), ("common", 3)])
def test_a_printer_beeps_in_the_way_it_has(beeper: Any, beeps: int) -> None:
    """And one without a beeper is not sent what it would print as letters."""
    paper = Paper(columns=48, encoding="gb18030", beeper=beeper)
    printer = printed(paper, TextLine(text="x"), Beep())
    assert printer.beeps == beeps
    assert [slip.text for slip in printer.slips] == ["x"]


def test_answers_by_name_are_read_whole_byte_by_byte_and_after_noise() -> None:
    """`37 22`, the four bytes, a zero; a block that is none of ours is passed over to its end."""
    data = b"\xff\x11" + b"\x37\x220042\x00" + b"\x37\x21SN123\x00" + b"\x37\x22001\x00" + b"\x1c\x00\x0c\x00"
    expected = [ProcessIdAnswer(b"0042"), AutomaticStatus(0x1C, 0, 0x0C)]
    assert AnswerReader().feed(data) == expected
    reader = AnswerReader()
    assert [answer for byte in data for answer in reader.feed(bytes((byte,)))] == expected


@pytest.mark.parametrize(
    ("first", "second", "third", "status"),
    [(0x10, 0, 0, "ok"), (0x10, 0, 3, "paper_near_end"), (0x18, 0, 0x0F, "paper_end"), (0x38, 0, 0, "cover_open"), (0x18, 8, 0, "error"), (0x18, 0x40, 0, "error"), (0x18, 0, 0, "offline")],
)  # fmt: skip
def test_an_automatic_status_says_what_a_round_of_questions_would(
    first: int, second: int, third: int, status: str
) -> None:
    """The first thing a person must do comes first."""
    assert AutomaticStatus(first, second, third).report().status == status


class Talk:
    """A queue and a printer, joined; time is turned by hand."""

    def __init__(self, confirmation: Any, **paper: Any) -> None:
        self.printer, self.now = PrinterSimulator(), 50.0
        self.queue = PrintQueue("printer-1", Paper(columns=42, encoding="gb18030", **paper), confirmation)
        self.queue.opened(self.now)
        self.told: list[Any] = []

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        for _ in range(10_000):
            step = self.queue.advance(self.now)
            self.told += step.events
            if step.write:
                self.hear(self.printer.receive(step.write))
            elif step.wake_at is None or step.wake_at > until:
                self.now = until
                return
            else:
                self.now = max(self.now, step.wake_at)
        pytest.fail("the queue spins")

    def hear(self, data: bytes) -> None:
        self.told += self.queue.receive(data, self.now)

    def states(self, job: str) -> list[str]:
        return [one.state for one in self.told if isinstance(one, PrintJobChanged) and one.job_id == job]


def test_a_job_is_confirmed_by_its_own_name() -> None:
    """A late answer of the job before is no confirmation of this one."""
    talk = Talk("process_id")
    for number in ("1", "2"):
        talk.told += talk.queue.submit(number, PrintJob(parts=(TextLine(text=number), Cut())))
        talk.run(5.0)
        assert talk.states(number)[-1] == "printed"
    talk.printer.set_silent(silent=True)
    talk.told += talk.queue.submit("3", PrintJob(parts=(TextLine(text="3"), Cut())))
    talk.run(1.0)
    talk.hear(b"\x37\x220002\x00")
    talk.run(60.0)
    assert talk.states("3")[-1] == "unknown"


def test_an_open_cover_is_known_at_once_where_the_printer_speaks_by_itself() -> None:
    """Without waiting for the next question."""
    talk = Talk("process", automatic_status=True)
    talk.told += talk.queue.submit("1", PrintJob(parts=(TextLine(text="1"), Cut())))
    talk.run(5.0)
    talk.told.clear()
    talk.hear(talk.printer.set_cover(is_open=True))
    assert talk.told == [PrinterStatusChanged(status="cover_open")]
    talk.hear(talk.printer.set_cover(is_open=False))
    assert talk.queue.status == "ok"


FONT = "0020:" + "00" * 16 + "\n003F:" + "0F" * 16 + "\n0041:" + "FF" * 16 + "\n8336:" + "ABCD" * 16 + "\n"


def test_a_font_is_looked_into_by_character(tmp_path: Path) -> None:
    """The first, the last, one between, and what is not there."""
    file = tmp_path / "font.hex"
    file.write_text(FONT)
    font = Unifont(file)
    assert [font.glyph(character) for character in " ?A茶"] == [bytes(16), b"\x0f" * 16, b"\xff" * 16, b"\xab\xcd" * 16]
    assert [font.glyph(character) for character in ("\0", "B", "叶", "\U0010ffff", "", "AB")] == [None] * 6


@pytest.mark.parametrize("text", [None, "", "A:FF\n", "0041 FF\n", "0041:FF\n003F:FF\n", "\n\n", "no font at all"])
def test_what_is_no_font_is_a_fault_of_the_settings(tmp_path: Path, text: str | None) -> None:
    """Said with the device's name and what to do, before the shop opens."""
    file = tmp_path / "font.hex"
    if text is not None:
        file.write_text(text)
    config = DeviceConfig(
        name="printer-1", driver="escpos", transport="tcp", host="h", port=9100, encoding="raster", font=str(file)
    )
    with pytest.raises(InvalidDeviceConfig, match="font"):
        driver_of(config).conversation(config, str)


def test_a_logo_wider_than_the_paper_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    """58 mm paper has 384 dots."""
    (tmp_path / "logo.pbm").write_bytes(b"P4\n400 8\n" + bytes(50 * 8))
    config = DeviceConfig(
        name="printer-1", driver="escpos", transport="tcp", host="h", port=9100, logo=str(tmp_path / "logo.pbm"),
        paper_dots=384,
    )  # fmt: skip
    with pytest.raises(InvalidDeviceConfig, match="wider than 384"):
        driver_of(config).conversation(config, str)


@pytest.mark.parametrize("command", [b"\x10\x04\x01", b"\x10\x14\x01\x00\x01", b"\x10\x05\x01"])
def test_a_picture_that_looks_like_a_real_time_command_is_none(command: bytes) -> None:
    """A printer obeys it within a picture: it would tell a status that nobody asked for, or open the drawer."""
    printer = PrinterSimulator()
    dots = bytes(3) + command + bytes(8 - len(command) - 3)
    logo = Picture(8, dots * 30)
    job = PrintJob((Logo(), TextLine("after"), Cut()))
    assert printer.receive(encode(job, Paper(48, "gb18030", logo=logo))) == b""
    assert printer.drawer_pulses == 0
    assert printer.slips[0].lines[-1] == PrintedText(text="after")


@pytest.mark.parametrize("data", ["1604010203", "1620010001", "00161604", "ab16041620010001", "160516051605"])
def test_a_code_that_looks_like_a_real_time_command_is_none(data: str) -> None:
    """Set C writes pairs of digits as bytes: 16 04 01 would ask for a status, 16 20 01 00 01 open the drawer."""
    printer = PrinterSimulator()
    assert printer.receive(encode(PrintJob((Barcode(data), Cut())), Paper(48, "gb18030"))) == b""
    assert printer.drawer_pulses == 0
    (code,) = (line for line in printer.slips[0].lines if isinstance(line, PrintedBarcode))
    assert code.data == data
