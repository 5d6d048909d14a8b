"""The runner of cases, on cases of its own: what passes passes, and what does not is told."""

import json
from pathlib import Path

import pytest

from tests.conformance.__main__ import main

GOOD = [
    {"kind": "content_rule", "input": "(17)280230", "valid": False, "expect": {"rule": "ILLEGAL_DAY"}, "options": {}},
    {"kind": "check_digit", "input": "9521234567899", "valid": True, "expect": {"check_digit": "9"}, "options": {}},
    {"kind": "uri_escape", "input": "a/b", "valid": True, "expect": {"path": "a%2Fb", "query": "a%2Fb"}, "options": {}},
]
BAD = {"kind": "element_unbracketed", "input": "^10A", "valid": False, "expect": {}, "options": {}}


def told(
    cases: list[object], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    file = folder / "cases.jsonl"
    lines = (json.dumps({"id": f"case-{number}", **case}) for number, case in enumerate(cases))  # type: ignore[dict-item]
    file.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["conformance", str(file)])
    return main(), capsys.readouterr().out


def test_a_file_of_right_cases_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = told([*GOOD], tmp_path, monkeypatch, capsys)
    assert (code, text.splitlines()[-1].split()) == (0, ["together", "3", "0"])


def test_a_wrong_case_is_told_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = told([*GOOD, BAD, {**BAD, "kind": "runes"}], tmp_path, monkeypatch, capsys)
    assert code == 1
    assert "case-3: '^10A': expected False, found True" in text
    assert "case-4: '^10A': a kind nobody knows here" in text


def test_a_line_that_is_no_case_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a case that expects no more than a verdict is judged by that; a line ends where JSON Lines says."""
    file = tmp_path / "cases.jsonl"
    bare = {"kind": "element_bracketed", "input": "(01)09521234567899(10)A", "valid": True}
    beyond = {"kind": "element_bracketed", "input": "(01)09521234567899(10)\u2028\x85", "valid": False}
    lines = [
        json.dumps(bare),
        json.dumps(beyond, ensure_ascii=False),
        "no JSON",
        "[1]",
        json.dumps({**bare, "input": None}),
    ]
    file.write_text("\ufeff" + "\n\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["conformance", str(file)])
    assert main() == 1
    text = capsys.readouterr().out
    assert "together                             2       3" in text
    assert "line 5: 'no JSON': no JSON object with kind, input and valid" in text
    assert "line 9: None: not a case as its kind has them" in text


def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["conformance", str(tmp_path / "none.jsonl")])
    with pytest.raises(SystemExit):
        main()
    assert "none.jsonl cannot be read" in capsys.readouterr().err
