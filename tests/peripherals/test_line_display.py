"""Customer displays and the drawer on a line of its own: what reaches the wire, and what a person then reads."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.config import DeviceConfig, Encoding
from peripherals.drivers import DRIVERS
from peripherals.errors import NotConnected, UnknownDevice
from peripherals.hub import Hub
from peripherals.line_display import COLUMNS, DisplayRow, Screen, fitted, shows_whole
from peripherals.protocols import cd5220, escpos_display
from peripherals.protocols.line_showing import PAUSE_SECONDS, REPEAT_SECONDS, LineShowing
from peripherals.protocols.paper_text import columns_of
from peripherals.protocols.serial_drawer import SerialDrawer
from peripherals.simulators.display import DisplaySimulator, Language
from peripherals.transports.pty_end import PtyEnd

APPLES = Screen(DisplayRow("2× 苹果 Apples", "12.80"), DisplayRow("合计 Total", "1,234.56"))


def config(driver: str, **more: Any) -> DeviceConfig:
    return DeviceConfig(name="display-1", driver=driver, transport="serial", path="/dev/none", **more)


def showing(driver: str = "cd5220", encoding: Encoding = "gb18030") -> LineShowing:
    made = DRIVERS[driver].conversation(config(driver, encoding=encoding), lambda: "")
    assert isinstance(made, LineShowing)
    return made


def test_the_right_part_is_kept_whole_and_the_left_one_gives_way() -> None:
    """An amount is never cut; a name is, and never in the middle of a Chinese character."""
    assert fitted(DisplayRow("乌龙茶 Oolong tea, half", "12.80"), "gb18030") == "乌龙茶 Oolong  12.80"
    assert fitted(DisplayRow("一二三四五六七八九十", "1.00"), "gb18030") == "一二三四五六七  1.00"
    assert fitted(DisplayRow("Tea", "1" * 21), "gb18030") == "*" * 20


@given(st.text(max_size=60), st.text(max_size=30), st.sampled_from(["gb18030", "gbk", "big5", "utf8", "ascii"]))
def test_a_row_is_as_wide_as_the_display_whatever_it_says(left: str, right: str, encoding: Encoding) -> None:
    """One column too many would push the other row away; a control character would be a command."""
    row = fitted(DisplayRow(left, right), encoding)
    assert columns_of(row, encoding) == COLUMNS
    assert not any(ord(character) < 0x20 or ord(character) == 0x7F for character in row)
    row.encode(encoding)


def test_a_letter_of_four_bytes_does_not_push_the_amount_away() -> None:
    """No display draws it, and each of its bytes would be a column."""
    row = fitted(DisplayRow("El Niño 🍵 茶", "6.50"), "gb18030")
    assert row == "El Ni?o ? 茶    6.50"
    assert len(row.encode("gb18030")) == COLUMNS
    assert not shows_whole("Niño", "gb18030")


def test_of_two_names_a_display_without_chinese_letters_can_show_one() -> None:
    """The choice is the caller's; the display says what it has."""
    assert not shows_whole("乌龙茶", "ascii")
    assert shows_whole("乌龙茶", "gb18030")
    assert shows_whole("Oolong tea", "ascii")


def test_the_bytes_of_a_cd5220_screen() -> None:
    """ESC @ on a fresh line, then both rows whole; the numbers are those of the command table."""
    talk = showing(encoding="ascii")
    talk.show(Screen(DisplayRow("TEA", "6.50"), DisplayRow("TOTAL", "6.50")))
    talk.opened(0.0)
    assert talk.advance(0.0).write == (
        b"\x1b\x40\x1b\x51\x41TEA             6.50\x0d\x1b\x51\x42TOTAL           6.50\x0d"
    )


def test_the_bytes_of_an_escpos_screen() -> None:
    """Overwrite mode and an empty glass first; rows are addressed, so nothing scrolls."""
    talk = showing("escpos-display", "ascii")
    talk.show(Screen(DisplayRow("TEA", "6.50"), DisplayRow("TOTAL", "6.50")))
    talk.opened(0.0)
    assert talk.advance(0.0).write == (
        b"\x1b\x40\x1f\x01\x0c\x1f\x24\x01\x01TEA             6.50\x1f\x24\x01\x02TOTAL           6.50"
    )


def test_a_row_with_a_control_character_is_our_own_fault() -> None:
    """A CR inside a row would end it, and what follows would be taken for commands."""
    with pytest.raises(AssertionError):
        cd5220.encode(b"A\r", b"")


@pytest.mark.parametrize(("driver", "language"), [("cd5220", "cd5220"), ("escpos-display", "escpos")])
def test_a_person_reads_what_was_meant(driver: str, language: Language) -> None:
    """In double-width letters too, through the display's own reading of the bytes."""
    talk, glass = showing(driver), DisplaySimulator(language)
    talk.opened(0.0)
    now = 0.0
    for screen in (Screen(), APPLES, Screen(DisplayRow("欢迎光临"))):
        talk.show(screen)
        glass.receive(talk.advance(now).write)
        now += PAUSE_SECONDS
        expected = tuple(fitted(row, "gb18030").rstrip() for row in (screen.upper, screen.lower))
        assert glass.rows == expected


def test_only_the_newest_screen_is_sent() -> None:
    """Ten articles scanned at once are not shown one after another, seconds late."""
    talk = showing()
    talk.opened(0.0)
    talk.advance(0.0)
    for number in range(10):
        talk.show(Screen(DisplayRow(f"article {number}")))
    assert talk.advance(PAUSE_SECONDS / 2) == talk.advance(PAUSE_SECONDS / 2)
    glass = DisplaySimulator()
    glass.receive(talk.advance(PAUSE_SECONDS).write)
    assert glass.rows == ("article 9", "")


def test_a_display_that_lost_its_power_shows_the_screen_again() -> None:
    """The line does not tell; so the same screen is written now and then."""
    talk, glass = showing(), DisplaySimulator()
    talk.show(APPLES)
    talk.opened(0.0)
    glass.receive(talk.advance(0.0).write)
    glass.switch_off()
    assert talk.advance(REPEAT_SECONDS - 0.1).write == b""
    glass.receive(talk.advance(REPEAT_SECONDS).write)
    assert glass.rows[0].startswith("2× 苹果")


def test_a_device_that_only_listens_is_unknown_and_never_ok() -> None:
    """Nobody knows whether it shows anything; the page says so."""
    assert (showing().condition.state, showing().condition.code) == ("unknown", "listens_only")
    assert (SerialDrawer().condition.state, SerialDrawer().condition.code) == ("unknown", "listens_only")


def test_a_drawer_opens_once_for_two_requests_and_never_by_itself() -> None:
    """Nor because its cable was plugged in while an opening was still owed."""
    drawer = SerialDrawer()
    drawer.opened(0.0)
    assert drawer.advance(0.0).write == b""
    drawer.pulse()
    drawer.pulse()
    assert drawer.advance(0.1).write == b"\x07"
    assert drawer.advance(0.2).write == b""
    drawer.pulse()
    drawer.lost(0.3)
    drawer.opened(0.4)
    assert drawer.advance(0.4).write == b""


@pytest.mark.anyio
async def test_display_and_drawer_on_real_lines(tmp_path: Path, eventually: Any) -> None:
    """Through pseudo-terminals and the serial door: shown, pulled, shown again when back; the drawer now or not at all."""
    glass, kicked = DisplaySimulator(), bytearray()

    def kick(data: bytes) -> bytes:
        kicked.extend(data)
        return b""

    display = PtyEnd(tmp_path / "display", glass.receive, 9600)
    drawer = PtyEnd(tmp_path / "drawer", kick, 9600)
    hub = Hub(
        [
            DeviceConfig(name="display-1", driver="cd5220", transport="serial", path=str(tmp_path / "display")),
            DeviceConfig(name="drawer-1", driver="serial-drawer", transport="serial", path=str(tmp_path / "drawer")),
        ]
    )
    with pytest.raises(UnknownDevice):
        hub.show("drawer-1", APPLES)
    with pytest.raises(UnknownDevice):
        hub.open_drawer("display-1")
    with pytest.raises(NotConnected):
        hub.open_drawer("drawer-1")
    hub.show("display-1", APPLES)
    display.plug()
    drawer.plug()
    running = asyncio.create_task(hub.run())
    try:
        await eventually(lambda: glass.rows[0].startswith("2× 苹果"))
        await eventually(lambda: all(state.code == "listens_only" for state in hub.states()))
        hub.open_drawer("drawer-1")
        await eventually(lambda: kicked == b"\x07")
        display.unplug()
        await eventually(lambda: hub.states()[0].state == "offline")
        glass.switch_off()
        hub.show("display-1", Screen(DisplayRow("Welcome")))
        display.plug()
        await eventually(lambda: glass.rows == ("Welcome", ""))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        display.unplug()
        drawer.unplug()


def test_escpos_rows_count_from_one() -> None:
    """US $ 0 0 would be ignored by the display."""
    assert escpos_display.move(1, 2) == b"\x1f\x24\x01\x02"
