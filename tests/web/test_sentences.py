"""Every code a finding can have is a sentence in both languages. Read from the sources, so that a new code cannot be forgotten."""

import ast
import string
from pathlib import Path
from typing import get_args

import pytest

from gateway.domain.fault import Fault
from gateway.domain.policy import Breach
from gateway.web.print_jobs import WORDS
from gateway.web.sentences import BRIEF, SENTENCES, Sentences
from peripherals.events import PrinterStatus

ROOT = Path(__file__).resolve().parents[2]
# Which argument of a call is the code.
CODE_ARGUMENT = {"Fault": 1, "Finding": 0, "broken": 0, "refuse": 1}
QUANTITY_CODES = {"quantity_not_a_decimal", "quantity_too_precise", "quantity_out_of_range"}


def codes_in_the_sources() -> set[str]:
    found = {breach.value for breach in Breach} | QUANTITY_CODES
    for path in [*(ROOT / "gateway").rglob("*.py"), ROOT / "replication/wire/item_entry.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                place = CODE_ARGUMENT.get(called)
                if place is not None and len(node.args) > place:
                    found |= _texts(node.args[place])
    return found


def _texts(argument: ast.expr) -> set[str]:
    """The code itself, or both of `"one" if so else "another"`."""
    match argument:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=body, orelse=otherwise):
            return _texts(body) | _texts(otherwise)
        case _:
            return set()


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    assert codes_in_the_sources() == set(SENTENCES)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_both_languages_tell_the_same_facts(code: str) -> None:
    said = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in SENTENCES[code]]
    assert said[0] == said[1]
    assert any("\u4e00" <= character <= "\u9fff" for character in SENTENCES[code].zh)
    assert SENTENCES[code].en.endswith(".")


def test_warnings_of_policy_have_a_sentence_without_figures() -> None:
    """A stored document keeps only the codes of its warnings."""
    for breach in Breach:
        words = BRIEF.get(breach.value) or SENTENCES[breach.value]
        assert "{" not in words.en + words.zh


def test_money_is_written_with_the_site_s_digits() -> None:
    fault = Fault("tenders", "underpaid", {"total": "1305", "paid": "5"})
    assert Sentences("JPY", 0).of(fault).en == "5 JPY was paid for a total of 1305 JPY."
    assert Sentences("KWD", 3).of(fault).en == "0.005 KWD was paid for a total of 1.305 KWD."


def test_every_reason_a_print_job_may_give_is_said_in_both_languages() -> None:
    for code in get_args(PrinterStatus):
        assert code in WORDS
    for code, words in WORDS.items():
        assert bool(words.en) == bool(words.zh) == (code not in {"", "ok"})
