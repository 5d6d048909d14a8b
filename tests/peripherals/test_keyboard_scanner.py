"""A scanner that types: key events become codes, told whole, byte by byte and with a tail, on the keyboard of a country.

Key codes by hand are from linux/input-event-codes.h; what is typed for what from the layouts as printed on keyboards, and the
ways of sending a group separator from the "ALT mode" and "Control X" pages of the Honeywell Xenon and Zebra DS manuals.
"""

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.config import Keymap
from peripherals.events import Garbled, Scanned
from peripherals.protocols.keyboard_scanner import INPUT_EVENT, KeyReader
from peripherals.protocols.keymaps import LAYOUTS
from peripherals.protocols.serial_scanner import CODE_BYTES_MAX, QUIET_SECONDS
from peripherals.simulators.keyboard import KeyboardSimulator, alt, event, press

ENTER, KEYPAD_ENTER, TAB, SHIFT, CONTROL, ALT_GR = 28, 96, 15, 42, 29, 100
DIGITS = {"1": 2, "2": 3, "3": 4, "4": 5, "5": 6, "6": 7, "7": 8, "8": 9, "9": 10, "0": 11}


def digits(text: str) -> bytes:
    return b"".join(press(DIGITS[digit]) for digit in text)


def one(events: list[Any]) -> str:
    (event_,) = events
    assert isinstance(event_, Scanned), event_
    return event_.code


@pytest.mark.parametrize("end", [ENTER, KEYPAD_ENTER, TAB])
def test_digits_and_an_end_are_a_code(told: Callable[..., list[list[Any]]], end: int) -> None:
    """Whole, byte by byte, and with the beginning of another code behind."""
    for events in told(KeyReader, digits("4006381333931") + press(end), digits("40")):
        assert one(events) == "4006381333931"


def test_two_codes_in_one_read_are_two() -> None:
    """A buffer of the kernel may hold both."""
    reader = KeyReader()
    events = reader.feed(digits("123") + press(ENTER) + digits("45") + press(ENTER))
    assert [found.code for found in events if isinstance(found, Scanned)] == ["123", "45"]
    assert reader.pending == 0


@pytest.mark.parametrize(
    ("keymap", "keys", "text"),
    [
        ("us", press(SHIFT, 30) + press(30), "Aa"),
        ("us", press(27) + press(SHIFT, 3), "]@"),
        ("de", press(21) + press(44), "zy"),
        ("de", press(ALT_GR, 10) + press(SHIFT, 8), "]/"),
        ("fr", press(SHIFT, 2) + press(2) + press(16), "1&a"),
        ("fr", press(SHIFT, 11) + press(ALT_GR, 11), "0@"),
        ("gb", press(SHIFT, 3) + press(SHIFT, 40), '"@'),
        ("us", press(79) + press(82) + press(74), "10-"),
    ],
)
def test_the_keyboard_of_the_country_counts(keymap: Keymap, keys: bytes, text: str) -> None:
    """The same key types another character elsewhere."""
    assert one(KeyReader(keymap).feed(keys + press(ENTER))) == text


@pytest.mark.parametrize(
    ("keymap", "keys", "text"),
    [
        ("de", press(41) + press(57) + press(18), "^e"),
        ("de", press(41) + press(18), "ê"),
        ("de", press(13) + press(SHIFT, 18), "É"),
        ("de", press(SHIFT, 13) + press(2), "`1"),
        ("de", press(41) + press(57) + press(57), "^ "),
        ("de", press(41) + press(41) + press(57), "^^ "),
        ("de", press(2) + press(13), "1´"),
        ("fr", press(26) + press(57) + press(16), "^a"),
        ("fr", press(ALT_GR, 10) + press(57), "^ "),
        ("fr", press(SHIFT, 26) + press(23), "ï"),
        ("fr", press(ALT_GR, 3) + press(57), "~"),
        ("us", press(SHIFT, 7) + press(57), "^ "),
    ],
)
def test_an_accent_waits_for_the_next_key_where_the_keyboard_has_it_so(keymap: Keymap, keys: bytes, text: str) -> None:
    """With Space it stands alone, over a letter it is set upon it: what a PC would have shown."""
    assert one(KeyReader(keymap).feed(keys + press(ENTER))) == text


def test_an_accent_at_the_end_of_a_code_that_is_too_long_is_one_fault() -> None:
    """And the next code is read."""
    keys = press(2) * (CODE_BYTES_MAX - 1) + press(41) + press(3) * 3 + press(ENTER)
    events = KeyReader("de").feed(keys + press(2) + press(ENTER))
    assert [event.reason if isinstance(event, Garbled) else one([event]) for event in events] == ["too_long", "1"]


def test_an_accent_waits_no_longer_than_its_code() -> None:
    """What follows an end is another code."""
    events = KeyReader("de").feed(press(2) + press(41) + press(ENTER) + press(18) + press(ENTER))
    assert [found.code for found in events if isinstance(found, Scanned)] == ["1^", "e"]


@pytest.mark.parametrize(
    "separator", [press(CONTROL, 27), alt("029"), alt("29"), press(66)], ids=["Ctrl-]", "Alt-029", "Alt-29", "F8"]
)
def test_the_group_separator_comes_in_several_ways(separator: bytes) -> None:
    """GS1 is lost without it."""
    assert one(KeyReader().feed(digits("10") + press(30) + separator + digits("21") + press(ENTER))) == "10a\x1d21"


def test_the_separator_on_a_keyboard_where_the_bracket_needs_alt_gr() -> None:
    """Ctrl, AltGr and 9 on a German one."""
    assert (
        one(KeyReader("de").feed(digits("10") + press(CONTROL, ALT_GR, 10) + digits("21") + press(ENTER))) == "10\x1d21"
    )


def test_alt_with_a_number_is_a_character_of_the_code_page_it_is_counted_in() -> None:
    """With a leading zero Windows' own, without one the PC's."""
    assert one(KeyReader().feed(alt("0233") + alt("130") + press(ENTER))) == "éé"
    assert one(KeyReader().feed(digits("12") + alt("013"))) == "12"


def test_an_aim_identifier_is_read() -> None:
    """Typed as three characters before the code."""
    (found,) = KeyReader().feed(KeyboardSimulator().scan("]C1010401234567890110AB\x1d21X"))
    assert isinstance(found, Scanned)
    assert (found.aim_id, found.data) == ("]C1", "010401234567890110AB\x1d21X")


def test_caps_lock_turns_letters_and_leaves_digits() -> None:
    """Somebody pressed it on the scanner's own cradle."""
    assert one(KeyReader().feed(press(58) + press(30) + press(SHIFT, 31) + press(2) + press(ENTER))) == "As1"


def test_a_key_held_down_is_typed_once() -> None:
    """No scanner repeats, and a person leaning on it shall not either."""
    assert one(KeyReader().feed(event(1, 2, 1) + event(1, 2, 2) * 40 + event(1, 2, 0) + press(ENTER))) == "1"


def test_what_the_kernel_lost_takes_the_code_with_it() -> None:
    """Half a code is another article; after the next report everything counts again."""
    reader = KeyReader()
    events = reader.feed(
        digits("400") + event(0, 3, 0) + event(1, 2, 1) + event(0, 0, 0) + press(ENTER) + digits("77") + press(ENTER)
    )
    assert isinstance(events[0], Garbled)
    assert (events[0].reason, one(events[1:])) == ("keys_lost", "77")


def test_without_an_end_silence_decides() -> None:
    """With `none` it ends the code; otherwise the code is dropped."""
    taken, dropped = KeyReader("us", "none"), KeyReader()
    for reader in (taken, dropped):
        assert reader.feed(digits("123")) == []
        assert reader.quiet(QUIET_SECONDS / 2) == []
    assert one(taken.quiet(QUIET_SECONDS)) == "123"
    (lost,) = dropped.quiet(60.0)
    assert isinstance(lost, Garbled)


def test_a_code_without_an_end_stays_bounded() -> None:
    """Something rests on the keyboard."""
    reader = KeyReader()
    for _ in range(60):
        reader.feed(digits("1234567890") * 10)
    assert reader.pending == CODE_BYTES_MAX
    (lost,) = reader.feed(press(ENTER))
    assert isinstance(lost, Garbled)
    assert lost.reason == "too_long"


@given(st.binary(max_size=400), st.sampled_from(sorted(LAYOUTS)))
def test_no_bytes_raise_and_nothing_grows(data: bytes, keymap: Keymap) -> None:
    """Whatever a node brings."""
    reader = KeyReader(keymap)
    reader.feed(data)
    reader.quiet(9.0)
    assert reader.pending == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 130), st.integers(-1, 3)), max_size=60))
def test_any_keys_make_codes_or_nothing(keys: list[tuple[int, int, int]]) -> None:
    """Every code is text that ends where a key ended it."""
    for found in KeyReader().feed(b"".join(INPUT_EVENT.pack(0, 0, *key) for key in keys)):
        assert isinstance(found, (Scanned, Garbled))


@pytest.mark.parametrize("keymap", sorted(LAYOUTS))
def test_what_a_country_s_scanner_types_is_what_is_read(keymap: Keymap) -> None:
    """Every printable character of GS1's set 82 and the separator, on every keyboard."""
    text = "".join(chr(code) for code in range(0x21, 0x7F)) + "\x1d"
    assert one(KeyReader(keymap).feed(KeyboardSimulator(keymap).scan(text))) == text


def test_an_event_is_as_long_as_the_machine_s_words() -> None:
    """24 bytes with words of 64 bits, 16 with words of 32."""
    assert INPUT_EVENT.size == 2 * struct.calcsize("L") + 8


def test_the_rest_of_a_code_whose_middle_was_lost_is_no_code() -> None:
    """The kernel's buffer ran over within it: what follows up to its end is half a code. The next one is whole."""
    reader = KeyReader()
    events = reader.feed(
        digits("400") + event(0, 3, 0) + event(0, 0, 0) + digits("1333931") + press(ENTER) + digits("77") + press(ENTER)
    )
    assert [found.code for found in events if isinstance(found, Scanned)] == ["77"]
    assert reader.feed(event(0, 3, 0) + event(0, 0, 0)) != []
    reader.quiet(60.0)
    assert one(reader.feed(digits("88") + press(ENTER))) == "88"


def test_a_key_whose_release_was_lost_is_let_go_of_between_two_codes() -> None:
    """Shift that stays down would turn every code after it."""
    reader = KeyReader()
    reader.feed(event(1, 42, 1) + digits("1") + press(ENTER))
    reader.quiet(60.0)
    assert one(reader.feed(digits("12") + press(ENTER))) == "12"
