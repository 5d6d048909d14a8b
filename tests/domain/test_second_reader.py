"""biip, written by others, reads the same codes: where both must agree, they do. Where biip differs by design is listed.

- biip checks few values (no country, currency, IBAN, coupon, ...): it accepts what we call `bad_value`.
- It reads no text behind `]Q1` and `]d1` as a Digital Link, and takes a scheme in mixed case.
- It reads an element string without asking which elements must stand together.
- Without an identifier it tries every kind at once; we take the likeliest and say that it is a guess.
"""

import biip
import pytest
from biip.gtin import Gtin
from biip.rcn import Rcn, RcnRegion
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.barcode import check_digit, read_scan
from gateway.domain.barcode.elements import GS
from gateway.domain.barcode.in_store import inner_check_digit, layouts_of, read_label

_DIGITS = "0123456789"
_FEW = settings(max_examples=30, deadline=None)
"""biip takes a fifth of a millisecond a code."""


@_FEW
@given(st.text(_DIGITS, min_size=13, max_size=13), st.text("ABC123-/", min_size=1, max_size=20),
       st.text("ABC123-/", min_size=1, max_size=20), st.dates())  # fmt: skip
def test_element_strings(body: str, lot: str, serial: str, day: object) -> None:
    """Article, expiry, lot and serial in a GS1 DataMatrix."""
    gtin = "9" + body[1:]
    gtin = gtin[:13] + check_digit(gtin[:13])
    expiry = f"{day:%y%m%d}"
    text = f"]d201{gtin}17{expiry}10{lot}{GS}21{serial}"
    message = biip.parse(text).gs1_message
    assert message is not None
    ours = read_scan(text)
    assert [(one.ai.ai, one.value) for one in message.element_strings] == [
        (one.identifier, one.value) for one in ours.elements
    ]
    dated = message.element_strings.get(ai="17")
    assert dated is not None
    assert ours.expiry == str(dated.date)


@_FEW
@given(st.sampled_from((7, 11, 12, 13)), st.data())
def test_trade_numbers(size: int, data: st.DataObject) -> None:
    """Every length of a GTIN, in fourteen digits."""
    body = "6" + data.draw(st.text(_DIGITS, min_size=size - 1, max_size=size - 1))
    code = body + check_digit(body)
    theirs = Gtin.parse(code)
    assert not isinstance(theirs, Rcn)
    assert read_scan(code).gtin == theirs.as_gtin_14()


@pytest.mark.parametrize("region", ["DE", "DK", "EE", "FI", "GB", "LT", "LV", "NO", "SE"])
@_FEW
@given(st.data())
def test_in_store_numbers(region: str, data: st.DataObject) -> None:
    """Every region's layouts: the same prefix, the same amount."""
    body = "2" + data.draw(st.text(_DIGITS, min_size=11, max_size=11))
    if region in {"DE", "GB"}:
        value = slice(7, 12) if region == "DE" else slice(8, 12)
        at = value.start - 1
        body = body[:at] + inner_check_digit(body[value]) + body[value]
    code = body + check_digit(body)
    theirs = Gtin.parse(code, config=biip.ParseConfig(rcn_region=RcnRegion(region.lower())))
    assert isinstance(theirs, Rcn)
    ours = read_label(code, layouts_of((region,)))
    amounts = (theirs.weight, theirs.price, theirs.count)
    if ours is None:
        assert amounts == (None, None, None)
    else:
        said = (ours.weight, ours.price, ours.count)
        assert [None if one is None else float(one) for one in said] == [
            None if one is None else float(one) for one in amounts
        ]
