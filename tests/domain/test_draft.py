"""Drafts: what a body says, what is wrong with it and where, and when two bodies are the same content."""

from typing import Any

import msgspec
import pytest

from gateway.domain.document import LINES_MAX, Body
from gateway.domain.draft import Draft, Malformed, Refused, read_draft


def draft(**body: Any) -> Draft | Malformed | Refused:
    whole = {"type": "sale", "lines": [{"item": "tea", "quantity": "1"}]} | body
    return read_draft(bytes(16), msgspec.json.decode(msgspec.json.encode(whole), type=Body))


def content(**body: Any) -> bytes:
    read = draft(**body)
    assert isinstance(read, Draft)
    return read.content


def faults(**body: Any) -> list[tuple[type, str, str]]:
    read = draft(**body)
    assert not isinstance(read, Draft)
    return [(type(read), fault.path, fault.code) for fault in read.faults]


def line(**changes: Any) -> dict[str, Any]:
    return {"lines": [{"item": "tea", "quantity": "1"} | changes]}


def test_spelling_is_not_content() -> None:
    """ "1" and "1.000", a `settled` flag and an approval do not make another document."""
    assert content() == content(**line(quantity="1.000"))
    assert content() == content(settled=True)
    assert content() == content(approval={"person": "chen", "pin": "2222", "reason": "ok"})


@pytest.mark.parametrize(
    "other",
    [
        line(quantity="1.001"), line(price=0), line(discount=0), line(unit="piece"), {"note": ""}, {"station": "till-1"},
        {"tenders": []}, {"type": "goods_receipt"},
    ],
)  # fmt: skip
def test_everything_said_is_content(other: dict[str, Any]) -> None:
    """A field that was sent is part of the content, even where it says what would have been the default."""
    assert content() != content(**other)


@pytest.mark.parametrize(
    ("body", "kind", "path", "code"),
    [
        (line(quantity="one"), Malformed, "lines[0].quantity", "quantity_not_a_decimal"),
        (line(quantity="1.0001"), Refused, "lines[0].quantity", "quantity_too_precise"),
        (line(quantity="9999999999"), Refused, "lines[0].quantity", "quantity_out_of_range"),
        (line(price=-1), Refused, "lines[0].price", "amount_out_of_range"),
        (line(discount=10**13), Refused, "lines[0].discount", "amount_out_of_range"),
        (line(expiry="2026-W01-1"), Malformed, "lines[0].expiry", "not_a_date"),
        (line(location="Back Room"), Refused, "lines[0].location", "bad_location"),
        (line(expiry="31.12.2026"), Malformed, "lines[0].expiry", "not_a_date"),
        (line(lot="x" * 65), Refused, "lines[0].lot", "text_out_of_range"),
        ({"lines": []}, Refused, "lines", "no_lines"),
        ({"lines": [{"item": "tea", "quantity": "1"}] * (LINES_MAX + 1)}, Refused, "lines", "too_many_lines"),
        ({"station": "Till 1"}, Refused, "station", "bad_station"),
        ({"occurred_at": "yesterday"}, Malformed, "occurred_at", "not_a_time"),
        ({"occurred_at": "2026-11-22T10:00:00"}, Malformed, "occurred_at", "not_a_time"),
        ({"note": "x" * 501}, Refused, "note", "text_out_of_range"),
        ({"tenders": [{"type": "cash", "amount": -1}]}, Refused, "tenders[0].amount", "amount_out_of_range"),
    ],
)
def test_what_is_wrong_says_where(body: dict[str, Any], kind: type, path: str, code: str) -> None:
    """Each fault names its path and its code; nonsense is malformed, the rest refused."""
    assert faults(**body) == [(kind, path, code)]


def test_all_faults_are_told_at_once() -> None:
    """A person mends a document in one go."""
    found = faults(lines=[{"item": "tea", "quantity": "x"}, {"item": "tea", "quantity": "1", "price": -5}], station="?")
    assert [path for _, path, _ in found] == ["lines[0].quantity", "lines[1].price", "station"]


def test_times_carry_their_offset() -> None:
    """occurred_at is RFC 3339 and kept as UTC milliseconds."""
    read = draft(occurred_at="2026-11-22T18:00:00.250+08:00")
    assert isinstance(read, Draft)
    assert read.occurred_at == 1795341600250


@pytest.mark.parametrize(
    "body", [{"discont": 5}, {"lines": [{"item": "tea", "quantity": "1", "prise": 5}]}, {"type": "gift"}]
)
def test_unknown_fields_are_refused(body: dict[str, Any]) -> None:
    """A misspelt field must not be read over: it might be a discount."""
    with pytest.raises(msgspec.ValidationError):
        draft(**body)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1970-01-01T08:00:00+08:00", 0), ("1970-01-01T00:00:00.001Z", 1), ("2026-11-22T09:00:00.0019+08:00", 1795309200001),
        ("9998-12-31T23:59:59.999Z", 253_370_764_799_999),
    ],
)  # fmt: skip
def test_a_time_is_whole_milliseconds(text: str, milliseconds: int) -> None:
    """Counted, never by way of a float; what is finer is cut off."""
    read = draft(occurred_at=text)
    assert isinstance(read, Draft)
    assert read.occurred_at == milliseconds


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "9999-01-01T00:00:00Z"])
def test_a_time_that_no_page_could_show_is_none(text: str) -> None:
    """Kept for ever in the journal, it would break every page that shows the document."""
    assert faults(occurred_at=text) == [(Malformed, "occurred_at", "not_a_time")]
