"""Labels of a shop's own scales, by layouts: presets as their GS1 organisations publish them, and a site's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.barcode import CodeRules, check_digit, read_scan
from gateway.domain.barcode.in_store import (
    PRESETS,
    LayoutError,
    inner_check_digit,
    layout_of,
    layouts_of,
    read_label,
)
from gateway.domain.barcode.label_trial import try_layouts


def checked(body: str) -> str:
    return body + check_digit(body)


@pytest.mark.parametrize(
    ("preset", "body", "amounts"),
    [
        ("DE", "22" + "1234" + "6" + "14685", (None, "146.85", None)),
        ("DE", "28" + "1234" + "6" + "14685", ("14.685", None, None)),
        ("DE", "25" + "1234" + inner_check_digit("00012") + "00012", (None, None, "12")),
        ("GB", "20" + "12345" + "9" + "2875", (None, "28.75", None)),
        ("US", "02" + "12345" + "9" + "2875", (None, "28.75", None)),
        ("DK", "21" + "1234" + "001299", (None, "12.99", None)),
        ("DK", "27" + "12345" + "01250", ("1.250", None, None)),
        ("SE", "20" + "123456" + "1299", (None, "12.99", None)),
        ("SE", "22" + "123456" + "0129", (None, "129", None)),
        ("NO", "24" + "123456" + "1250", ("12.50", None, None)),
        ("FI", "23" + "123456" + "1250", ("1.250", None, None)),
        ("CN", "21" + "12345" + "00999", (None, "9.99", None)),
        ("CN", "21" + "12345" + "00999" + "00482", ("0.482", "9.99", None)),
        ("general", "20" + "12345" + "00482", ("0.482", None, None)),
    ],
)  # fmt: skip
def test_presets(preset: str, body: str, amounts: tuple[str | None, str | None, str | None]) -> None:
    """The amount with the decimals the layout has."""
    label = read_label(checked(body), layouts_of((preset,)))
    assert label is not None
    assert (label.weight, label.price, label.count) == amounts
    assert label.findings == ()


def test_inner_check_digits() -> None:
    """General Specifications 7.9.3 and 7.9.4, with the examples there."""
    assert inner_check_digit("2875") == "9"
    assert inner_check_digit("14685") == "6"


def test_a_misread_amount_is_not_used() -> None:
    """The item is still found; what it weighs or costs is asked anew."""
    scan = read_scan(checked("22" + "1234" + "5" + "14685"), CodeRules(layouts_of(("DE",))))
    assert (scan.price, scan.labels[0]) == (None, "221234")
    assert [finding.code for finding in scan.findings] == ["guessed", "bad_inner_digit"]
    assert scan.valid


@pytest.mark.parametrize(
    ("pattern", "body"),
    [
        ("20IIIIVPPP.PPWW.WWWC", "20" + "1234" + "6" + "14685" + "02875"),
        ("20IIIIWW.WWWVPPP.PPC", "20" + "1234" + "02875" + "6" + "14685"),
        ("20IIIIWW.WWWPPP.PPVC", "20" + "1234" + "02875" + "14685" + "6"),
    ],
)
def test_the_inner_digit_is_of_the_amount_behind_it(pattern: str, body: str) -> None:
    """Or, where none is, of the one before it; a label of eighteen digits has two amounts."""
    right, wrong = (
        read_label(checked(text), layouts_of((pattern,))) for text in (body, body.replace("14685", "14684"))
    )
    assert right is not None
    assert wrong is not None
    assert (right.price, right.weight, right.findings) == ("146.85", "2.875", ())
    assert [finding.code for finding in wrong.findings] == ["bad_inner_digit"]


def test_of_several_layouts_the_first_that_checks_counts() -> None:
    """Two scales may print under one prefix; an inner check digit tells their labels apart."""
    layouts = layouts_of(("20IIIIIVPP.PPC", "20IIIIIWW.WWWC"))
    priced = read_label(checked("20" + "12345" + "9" + "2875"), layouts)
    weighed = read_label(checked("20" + "12345" + "0" + "2875"), layouts)
    assert priced is not None
    assert weighed is not None
    assert (priced.price, weighed.price, weighed.weight) == ("28.75", None, "2.875")


@pytest.mark.parametrize("identifier", ["]C0", "]I0", "]I1", "]Q1", ""])
def test_a_label_of_eighteen_digits_is_read_in_whatever_symbology_it_is_printed(identifier: str) -> None:
    """Chinese scales print it as Code 128 or interleaved, which no article number of that length is."""
    scan = read_scan(identifier + checked("21" + "12345" + "00999" + "00482"), CodeRules(layouts_of(("CN",))))
    assert (scan.price, scan.weight, scan.labels[0], scan.valid) == (999, "0.482", "2112345", True)
    thirteen = read_scan("]C0" + checked("21" + "12345" + "00999"), CodeRules(layouts_of(("CN",))))
    assert (thirteen.price, thirteen.labels) == (None, ())


@pytest.mark.parametrize(
    ("preset", "digits", "amounts"),
    [
        ("DK", "2135040039753", ("39.75", None)),
        ("DK", "2623570001505", (None, "0.150")),
        ("DK", "2712341002251", (None, "0.225")),
    ],
)
def test_labels_as_published(preset: str, digits: str, amounts: tuple[str | None, str | None]) -> None:
    """The examples of a GS1 organisation, whole numbers with their own last digit."""
    label = read_label(digits, layouts_of((preset,)))
    assert label is not None
    assert (label.price, label.weight) == amounts


def test_a_label_as_upc_a_is_tried_as_a_till_reads_it() -> None:
    """Twelve digits, or thirteen with the nought in front."""
    twelve = checked("2" + "12345" + "7" + "1995")
    trial = try_layouts([twelve, "0" + twelve])
    assert trial.fitting == ("US",)
    assert {label.price for tried in trial.labels for name, label in tried.readings if name == "US"} == {"19.95"}


def test_an_item_may_be_kept_under_its_number_or_under_a_label_of_nought() -> None:
    label = read_label(checked("20" + "12345" + "00482"), layouts_of(("general",)))
    assert label is not None
    assert label.names == ("2012345", checked("201234500000"))


def test_money_is_counted_as_the_site_counts_it() -> None:
    """Minor units by the site's currency, what is finer rounded half upwards."""
    layouts = layouts_of(("20IIIIIPP.PPPC",))
    text = checked("20" + "12345" + "12345")
    assert read_scan(text, CodeRules(layouts, 2)).price == 1235
    assert read_scan(text, CodeRules(layouts, 0)).price == 12
    assert read_scan(text, CodeRules(layouts, 3)).price == 12345


@pytest.mark.parametrize(
    "pattern",
    ["", "IIIII", "20IIIIIWWWWW", "20IIIIIWWWWWWC", "20IIIIIIIIIIC", "20WWWWWPPPPPC", "20IIIIIW.W.WWWC", "20IIIIIW.PPPPC",
     "20IIIWWIIWWWC", "25IIIIINNN.NNC", "20IIIIVWWW.WWWPP.PPC", "20IIIIIWWW.WWWVPPPC", "20IIIIII.WWWWC", "20IIIIVWWWWWX", "20IIIVWWWWWWC", "20IIIIIWWWWW²C"],
)  # fmt: skip
def test_what_is_no_layout_says_why(pattern: str) -> None:
    with pytest.raises(LayoutError):
        layout_of(pattern)


def test_a_name_that_is_neither_is_named() -> None:
    with pytest.raises(LayoutError, match="'XX' is neither a preset nor a layout"):
        layouts_of(("DE", "XX"))


@given(st.sampled_from(sorted(PRESETS)), st.text("0123456789", min_size=1, max_size=18))
def test_any_number_has_an_answer(preset: str, digits: str) -> None:
    """A label or none."""
    read_label(digits, layouts_of((preset,)))
