"""`kontor codes parse`: a line out for every line in, whatever it was, and 0 at the end."""

import io
import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.cli.__main__ import main
from gateway.domain.barcode import check_digit

FIELDS = {
    "valid", "symbology", "elements", "gtin", "lot", "expiry", "serial", "weight", "price", "count", "findings",
}  # fmt: skip


@pytest.fixture
def parse(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command with so many bytes on stdin; gives its exit code and lines."""

    def run(stdin: bytes, *arguments: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        code = main(["codes", "parse", *arguments])
        return code, capsys.readouterr().out.splitlines()

    return run


def test_a_code_is_told_with_the_contracts_fields(parse: Any) -> None:
    """Nothing is left out, also where the code is silent."""
    code, (line,) = parse(b'"]d20109521234567899310300019517280229' + b'10L1\\u001d21S"\n', "--json")
    assert (code, json.loads(line)) == (
        0,
        {
            "valid": True, "symbology": "gs1_datamatrix",
            "elements": [["01", "09521234567899"], ["3103", "000195"], ["17", "280229"], ["10", "L1"], ["21", "S"]],
            "gtin": "09521234567899", "lot": "L1", "expiry": "2028-02-29", "serial": "S", "weight": "0.195",
            "price": None, "count": None, "findings": [],
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "valid"),
    [
        (b'""', False),
        (b"", False),
        (b"no json", False),
        (b"[1]", False),
        (b"[" * 50_000, False),
        (b"9" * 5_000, False),
        (b'"\\ud800"', True),
        (b"\xff\xfe\x00", False),
        (b'"' + b"x" * 10_000 + b'"', False),
        (b"x" * 100_000, False),
        ('"茶叶"'.encode(), True),
        (b'"(01)09521234567899(10)L1"', True),
        (b'"(01)09521234567890"', False),
        (b'"(10)L1"', False),
        (b'"]C110L1"', False),
        (b'"9521234567899"', True),
    ],
)
def test_every_line_has_its_answer(parse: Any, line: bytes, valid: bool) -> None:
    """An object with every field, between two others that are not disturbed by it."""
    code, lines = parse(b'"]E496385074"\n' + line + b'\n"]E496385074"', "--json")
    told = [json.loads(one) for one in lines]
    assert (code, len(told)) == (0, 3)
    assert all(set(one) == FIELDS for one in told)
    assert [one["valid"] for one in told] == [True, valid, True]
    assert valid or any(finding["severity"] == "error" for finding in told[1]["findings"])


def test_a_label_is_read_by_the_layouts_given(parse: Any) -> None:
    """Presets and layouts of one's own."""
    body = "22" + "1234" + "6" + "14685"
    text = json.dumps(body + check_digit(body)).encode()
    assert json.loads(parse(text, "--json", "--in-store", "DE")[1][0])["price"] == 14685
    assert json.loads(parse(text, "--json", "--in-store", "22IIIIIWW.WWWC")[1][0])["weight"] == "14.685"


def test_a_layout_that_is_none_is_refused(parse: Any) -> None:
    """Before anything is read."""
    assert parse(b"", "--in-store", "21WX")[0] == 2


def test_the_workbench_says_what_each_layout_reads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every preset that fits and the layout tried besides; at the end those that read every label."""
    labels = [body + check_digit(body) for body in ("221234614685", "224321614685")]
    stdin = "\r\n".join(["]E0" + labels[0], labels[1], "", ""]).encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
    assert main(["codes", "labels", "22IIIIIWW.WWWC"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("DE" in line and "item 221234, 146.85 money" in line for line in lines)
    assert any("22IIIIIWW.WWWC" in line and "item 2212346, 14.685 kg" in line for line in lines)
    assert lines[-1].startswith("read by all 2: 22IIIIIWW.WWWC, general, CN, DE")


def test_for_people_it_is_a_line_of_words(parse: Any) -> None:
    """Whatever cannot be printed is escaped."""
    code, lines = parse(b"]C10109521234567899\x1d10L\n\xff\x1b[2J\n")
    assert code == 0
    assert lines[0] == "valid, gs1_128, (01) 09521234567899 (10) L, GTIN 09521234567899, lot L"
    assert all(line.isprintable() for line in lines)


def test_a_code_that_is_typed_behind_the_command_is_told_at_once(parse: Any) -> None:
    """Several, too, each with its line; stdin is left alone."""
    code, lines = parse(b"not looked at\n", "4006381333931", "(01)09521234543213(3103)000189")
    assert code == 0
    assert [line.split(", ")[1] for line in lines] == ["ean13", "gs1"]


def test_a_typed_code_need_not_be_a_json_string_to_be_answered_in_json(parse: Any) -> None:
    """Written as one it is read as one: a separator cannot be typed otherwise."""
    code, lines = parse(b"", "--json", "4006381333931", '"]C10109521234567899\\u001d10L1"')
    assert code == 0
    plain, written = map(json.loads, lines)
    assert (plain["valid"], plain["symbology"], plain["gtin"]) == (True, "ean13", "04006381333931")
    assert (written["valid"], written["lot"]) == (True, "L1")


def test_a_layout_that_is_none_is_answered_with_the_presets(capsys: pytest.CaptureFixture[str]) -> None:
    """Who mistyped a country reads there which there are."""
    assert main(["codes", "parse", "--in-store", "UK"]) == 2
    assert "presets are general, CN, DE" in capsys.readouterr().err
