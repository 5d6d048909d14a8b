"""`kontor devices parse`: a line out for every line in, whatever it was, and 0 at the end."""

import io
import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.cli.__main__ import main
from gateway.cli.device_parse import FRAME_BYTES_MAX


@pytest.fixture
def parse(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command with so many bytes on stdin; gives its exit code and lines."""

    def run(stdin: bytes, *arguments: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        code = main(["devices", "parse", *arguments])
        return code, capsys.readouterr().out.splitlines()

    return run


def test_a_frame_is_told_with_the_contracts_fields(parse: Any) -> None:
    """Nothing of it is left out, also where the frame is silent."""
    code, (line,) = parse(b"02 30 31 2e 32 35 30 0d\n", "--protocol", "toledo8217", "--json")
    assert (code, json.loads(line)) == (
        0,
        {
            "outcome": "weight", "weight": "1.250", "unit": "kg", "stable": True, "mode": "gross", "flags": [],
            "raw": "0230312e3235300d",
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [b"023f410d", b"02 3F 41 0D", b"0x02 0x3F 0x41 0x0D", b"0x023f410d", b"02:3f:41:0d\r", b"\\x02\\x3f\\x41\\x0d"],
)
def test_hex_is_read_as_people_write_it(line: bytes, parse: Any) -> None:
    """With blanks, prefixes and capitals; a stray CR of another system is no byte of the frame."""
    _, (said,) = parse(line, "--protocol", "toledo8217", "--json")
    assert json.loads(said)["flags"] == ["motion"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "empty"),
        (b"zz", "not_hex"),
        (b"02 3", "half_a_byte"),
        (b"\xff\xfe\x00", "not_hex"),
        (b"00" * (FRAME_BYTES_MAX + 1), "too_long"),
        ("０２".encode(), "not_hex"),
    ],
)
def test_a_line_that_is_no_hex_is_invalid_and_says_why(line: bytes, reason: str, parse: Any) -> None:
    """The lines after it are read all the same."""
    code, lines = parse(line + b"\n02300d\n", "--protocol", "toledo8217", "--json")
    said = json.loads(lines[0])
    assert (code, len(lines), said["outcome"], said["reason"], said["raw"]) == (0, 2, "invalid", reason, "")


def test_without_json_it_is_a_sentence(parse: Any) -> None:
    """For the person who holds the cable."""
    frames = b"02 30 30 2e 34 35 35 4e 0d\n02 3f 02 0d\n?\n"
    _, lines = parse(frames, "--protocol", "toledo8217")
    assert lines == ["weight, 0.455 kg, stable, net", "status, gross, over", "invalid, not_hex"]


def test_the_shape_of_an_unknown_scale_is_an_option(parse: Any) -> None:
    """With the place of its point and its unit."""
    frame = b"W0001250 S\r\n".hex().encode()
    options = ["--protocol", "configurable-line", "--line", "W{weight} {state=S|M}", "--decimals", "3", "--unit", "kg"]
    _, lines = parse(frame, *options)
    assert lines == ["weight, 1.250 kg, stable"]


@pytest.mark.parametrize("wrong", [["--protocol", "nope"], ["--protocol", "configurable-line", "--line", "{weigh}"]])
def test_an_unknown_language_or_shape_is_refused_with_what_there_is(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is read."""
    assert main(["devices", "parse", *wrong]) == 2
    said = capsys.readouterr().err
    assert "mt-sics" in said or "{weight" in said or "weight, sign" in said


def test_a_frame_that_is_typed_behind_the_command_is_told_at_once(parse: Any) -> None:
    """As one word or byte by byte; stdin is left alone."""
    for typed in (["0230312e3235300d"], ["02", "30", "31", "2E", "32", "35", "30", "0D"]):
        code, (line,) = parse(b"not looked at\n", "--protocol", "toledo8217", *typed)
        assert (code, line) == (0, "weight, 1.250 kg, stable, gross")
