"""The table of application identifiers is what its tool makes of GS1's text, and is sound."""

from gateway.domain.barcode.identifier import DICTIONARY_YEAR, IDENTIFIERS, identifier_at, is_fixed
from tests.tools.make_identifiers import TABLE, TEXT, made_from


def test_the_table_is_made_from_the_text() -> None:
    """Changed by hand in neither place."""
    assert TABLE.read_text("utf-8") == made_from(TEXT.read_text("utf-8"))


def test_the_text_keeps_its_licence() -> None:
    text = TEXT.read_text("utf-8")
    assert "GS1 AISBL" in text
    assert "Apache License, Version 2.0" in text


def test_two_digits_tell_how_long_an_identifier_is() -> None:
    """General Specifications 3.1: families have one length, so that a reader need not guess."""
    lengths: dict[str, set[int]] = {}
    for identifier in IDENTIFIERS:
        lengths.setdefault(identifier[:2], set()).add(len(identifier))
    assert {family: sizes for family, sizes in lengths.items() if len(sizes) > 1} == {}
    assert DICTIONARY_YEAR >= 2026


def test_what_is_fixed_is_one_length() -> None:
    """7.8.5: no separator follows only where every value is equally long."""
    assert all(part.shortest == part.longest for row in IDENTIFIERS.values() if row.fixed for part in row.parts)
    assert is_fixed("3103")
    assert not is_fixed("10")
    assert not is_fixed("89")


def test_only_ascii_digits_begin_an_identifier() -> None:
    assert identifier_at("0109") == "01"
    assert identifier_at("31²3") is None
    assert identifier_at("310") is None
    assert identifier_at("8") is None
