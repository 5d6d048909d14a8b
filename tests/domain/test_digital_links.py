"""GS1 Digital Links: which elements a web address carries, by the URI syntax standard, release 1.6."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.barcode.digital_link import read_link, write_link
from gateway.domain.barcode.elements import Element
from gateway.domain.barcode.scan import read_scan
from gateway.domain.barcode.uri_text import escape, unescape

GTIN = "09521234567899"


def told(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    link = read_link(text)
    return [(one.identifier, one.value) for one in link.elements.found], [one.rule for one in link.elements.findings]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (f"https://id.gs1.org/01/{GTIN}", [("01", GTIN)]),
        (f"HTTP://shop.example:8080/some/where/01/{GTIN}/10/A%2FB?17=280229#top", [("01", GTIN), ("10", "A/B"), ("17", "280229")]),
        (f"https://a/01/{GTIN}?linkType=gs1:pip&3103=000195&x=1", [("01", GTIN), ("3103", "000195")]),
        ("https://a/00/095212345678912347", [("00", "095212345678912347")]),
        (f"https://a/01/{GTIN}/22/A/10/B/21/C", [("01", GTIN), ("22", "A"), ("10", "B"), ("21", "C")]),
    ],
)  # fmt: skip
def test_links(text: str, pairs: list[tuple[str, str]]) -> None:
    """Key and qualifiers in the path, attributes in the query, the rest left alone."""
    assert told(text) == (pairs, [])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"Https://a/01/{GTIN}", "no_scheme"),
        ("https://a/about", "no_key"),
        ("https://a", "no_path"),
        (f"https://a b/01/{GTIN}", "illegal_character"),
        (f"https://a$/01/{GTIN}", "illegal_host"),
        (f"https://a/01/{GTIN}/21/C/10/B", "qualifiers_out_of_order"),
        (f"https://a/01/{GTIN}?10=B", "belongs_in_path"),
        (f"https://a/01/{GTIN}?999=B", "no_attribute"),
        (f"https://a/01/{GTIN}?8200=B", "no_attribute"),
        (f"https://a/01/{GTIN}?99=A&99=A", "duplicate"),
        (f"https://a/01/{GTIN[:-1]}0", "incorrect_check_digit"),
        (f"https://a/01/{GTIN[1:]}", "wrong_length"),
        (f"https://a/01/{GTIN}/10/A%00B", "invalid_cset82_character"),
        (f"https://a/01/{GTIN}/10/", "empty_value"),
    ],
)
def test_what_is_no_link(text: str, rule: str) -> None:
    """Each by the rule it breaks."""
    assert rule in told(text)[1]


def test_no_more_elements_than_a_code_can_hold() -> None:
    """In path or query: what claims to be a hundred identifiers is noise."""
    assert told(f"https://a/01/{GTIN}" + "/10/A" * 100) == ([], ["too_many_elements"])
    pairs, rules = told(f"https://a/01/{GTIN}?" + "&".join(["99=A"] * 100))
    assert len(pairs) == 64
    assert "too_many_elements" in rules


def test_a_link_in_a_qr_code_is_an_article() -> None:
    """`]Q1` says only that it is text; the text says the rest. Any other address names no article."""
    scan = read_scan(f"]Q1https://shop.example/01/{GTIN}/10/L1?17=280200")
    assert (scan.symbology, scan.gtin, scan.lot, scan.expiry) == ("qr", GTIN, "L1", "2028-02-29")
    assert scan.valid
    other = read_scan("]Q1https://shop.example/menu")
    assert (other.valid, other.gtin, other.lookups) == (False, None, ("https://shop.example/menu",))


def test_the_way_back() -> None:
    """The first key leads, its qualifiers follow in their order, what may be an attribute goes to the query."""
    elements = (Element("10", "A/1"), Element("01", GTIN), Element("21", "S"), Element("99", "x y"))
    assert write_link(elements) == f"https://id.gs1.org/01/{GTIN}/10/A%2F1/21/S?99=x+y"
    assert write_link((Element("99", "A"),)) is None
    assert write_link((Element("01", GTIN), Element("8200", "A"))) is None


_VALUES = st.text("!\"%&'()*+,-./0123456789:;<=>?ABCXYZ_abcxyz", min_size=1, max_size=20)


@given(_VALUES, _VALUES, _VALUES)
def test_what_is_written_is_read(lot: str, serial: str, own: str) -> None:
    """Every character a value may have survives both ways."""
    elements = (Element("01", GTIN), Element("10", lot), Element("21", serial), Element("99", own))
    uri = write_link(elements, "https://shop.example/x/")
    assert uri is not None
    link = read_link(uri)
    assert (link.elements.found, link.elements.findings) == (elements, ())


@given(st.text(max_size=60))
def test_any_address_has_an_answer(text: str) -> None:
    """Whatever stands behind the scheme."""
    read_link("https://" + text)
    read_link("https://a/01/" + text)


@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_percent_coding_both_ways(text: str) -> None:
    """In path and query alike."""
    assert unescape(escape(text)) == text
    assert unescape(escape(text, query=True), query=True) == text
