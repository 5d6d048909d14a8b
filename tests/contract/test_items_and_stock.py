"""Items, scans, stock and movements at the branch."""

import itertools
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from gateway.domain.barcode import check_digit
from tests.contract.conftest import ADMIN, CASHIER, MANAGER, Site, sale

_numbers = itertools.count(100)


def gtin(start: str, length: int) -> str:
    """A fresh number with a right check digit."""
    digits = f"{start}{next(_numbers):0{length - len(start) - 1}d}"
    return digits + check_digit(digits)


def test_an_item_is_made_changed_and_put_again(branch: Site) -> None:
    sku = "Put.It_once-1"
    entry = {"name": "Water", "unit": "bottle", "price": 250}
    answers = [
        branch.ask("PUT", f"/items/{sku}", body) for body in (entry, entry, entry | {"price": 260, "name_zh": "水"})
    ]
    assert [answer.status for answer in answers] == [201, 200, 200]
    assert answers[0].json["version"] == answers[1].json["version"] < answers[2].json["version"]
    assert branch.ask("GET", f"/items/{sku}", role=CASHIER).json == answers[2].json
    for words in ("Put.It", "%E6%B0%B4", "wat"):
        assert sku in [row["sku"] for row in branch.rows(f"/items?q={words}")]
    assert branch.ask("GET", "/items/none", role=CASHIER).status == 404
    assert branch.ask("PUT", f"/items/{sku}", entry, role=CASHIER).status == 403
    assert branch.ask("PUT", f"/items/{sku}", entry, role=MANAGER).status == 200
    assert branch.ask("PUT", f"/items/{'s' * 65}", entry).fields() == {("sku", "bad_sku")}


@pytest.mark.parametrize(("changes", "status", "path"), [
    ({"name": None}, 400, "name"), ({"price": "1"}, 400, "price"), ({"price": 1.5}, 400, "price"), ({"price": -1}, 422, "price"),
    ({"price": 10**13}, 422, "price"), ({"name": " "}, 422, "name"), ({"name": "n" * 300}, 422, "name"), ({"unit": ""}, 422, "unit"),
    ({"name_zh": "字" * 201}, 422, "name_zh"), ({"category": "c" * 201}, 422, "category"), ({"colour": "red"}, 400, "colour"),
    ({"tracking": "some"}, 400, "tracking"), ({"weighed": "yes"}, 400, "weighed"), ({"low_below": 5}, 400, "low_below"),
    ({"low_below": "-1"}, 422, "low_below"), ({"barcodes": "x"}, 400, "barcodes"), ({"barcodes": ["1", ""]}, 422, "barcodes[1]"),
    ({"packs": [{"unit": "case", "factor": 0}]}, 422, "packs[0].factor"),
    ({"packs": [{"unit": "case", "factor": "1.5"}]}, 422, "packs[0].factor"),
    ({"packs": [{"unit": "case", "factor": "many"}]}, 400, "packs[0].factor"),
    ({"packs": [{"unit": "kg", "factor": 2}]}, 422, "packs[0].unit"),
    ({"packs": [{"unit": "case", "factor": 2, "barcode": "1" * 49}]}, 422, "packs[0].barcode"),
    ({"barcodes": ["77"], "packs": [{"unit": "case", "factor": 2, "barcode": "77"}]}, 422, "packs[0].barcode"),
])  # fmt: skip
def test_a_wrong_item_is_refused_with_its_place(branch: Site, changes: dict[str, Any], status: int, path: str) -> None:
    entry = {"name": "n", "unit": "kg", "price": 1} | changes
    answer = branch.ask("PUT", "/items/wrong", {name: value for name, value in entry.items() if value is not None})
    assert (answer.status, {where for where, _ in answer.fields()}) == (status, {path})
    assert branch.ask("GET", "/items/wrong").status == 404


def test_a_barcode_is_one_item_s_and_a_base_unit_is_for_ever(branch: Site) -> None:
    code = gtin("9521", 13)
    sku = branch.item(barcodes=[code])
    taken = branch.ask("PUT", "/items/thief", {"name": "n", "unit": "kg", "price": 1, "barcodes": [code]})
    assert (taken.status, taken.fields()) == (409, {("barcodes", "barcode_taken")})
    unit = branch.ask("PUT", f"/items/{sku}", {"name": "n", "unit": "g", "price": 1})
    assert (unit.status, unit.fields()) == (409, {("unit", "unit_fixed")})


def test_a_scan_says_what_a_code_stands_for(branch: Site) -> None:
    ean, pack, upc, weighed = gtin("9521", 13), gtin("9522", 13), gtin("01", 12), f"21{next(_numbers):05d}"
    sku = branch.item(barcodes=[ean, upc], packs=[{"unit": "case", "factor": 12, "barcode": pack}])
    loose = branch.item(weighed=True, barcodes=[weighed])

    def scan(code: str) -> Any:
        answer = branch.ask("GET", f"/scan?code={quote(code, safe='')}", role=CASHIER)
        assert answer.status == 200, answer
        return answer.json

    for code in (ean, "]E0" + ean, "0" + ean, upc, "0" + upc, "00" + upc):
        assert scan(code)["item"] == sku, code
    assert (scan("]E0" + ean)["symbology"], scan("]E0" + ean)["findings"]) == ("ean13", [])
    assert (scan(pack)["item"], scan(pack)["unit"]) == (sku, "case")
    label = weighed + "00482"
    assert (found := scan(label + check_digit(label)))["item"] == loose
    assert found["quantity"] == "0.482"
    for code in (f"]d2010{ean}10AB-1\x1d17300131", f"010{ean}10AB-1\x1d17300131", f"\x1d010{ean}10AB-1\x1d17300131",
                 f"(01)0{ean}(10)AB-1(17)300131", f"010{ean}1730013110AB-1"):  # fmt: skip
        found = scan(code)
        assert (found["item"], found["lot"], found["expiry"]) == (sku, "AB-1", "2030-01-31"), code
        assert ("guessed" in [finding["code"] for finding in found["findings"]]) == (not code.startswith("]"))
    assert branch.ask("GET", f"/scan?code=%5Dd2010{ean}10AB%1D21S9", role=CASHIER).json["serial"] == "S9"
    assert scan(f"]C10100{upc}10AB")["item"] == sku

    for code in (
        "",
        " ",
        "9999",
        "nonsense",
        "大米",
        "]",
        "]d2",
        "]d201",
        "]d217999999",
        "(01)",
        "()(",
        "\x00",
        "\x1d",
        "x" * 2000,
    ):
        unknown = scan(code)
        assert unknown["item"] is None, code
        assert "unknown_code" in [finding["code"] for finding in unknown["findings"]]
    assert branch.ask("GET", "/scan", role=CASHIER).fields() == {("code", "missing")}


def test_stock_is_by_place_and_lot_and_virtual_places_only_where_named(branch: Site) -> None:
    sku = branch.item(tracking="lot")
    lines = [
        {"item": sku, "quantity": "5", "lot": "A"},
        {"item": sku, "quantity": "2", "lot": "B", "location": "cellar"},
    ]
    seq = branch.post({"type": "goods_receipt", "lines": lines}).json["seq"]
    rows = branch.rows(f"/stock?item={sku}")
    assert rows == [
        {"item": sku, "location": "shop", "lot": "A", "on_hand": "5.000", "available": "5.000", "as_of_seq": seq},
        {"item": sku, "location": "cellar", "lot": "B", "on_hand": "2.000", "available": "2.000", "as_of_seq": seq},
    ]
    assert [row["lot"] for row in branch.rows(f"/stock?item={sku}&location=cellar")] == ["B"]
    assert [row["on_hand"] for row in branch.rows(f"/stock?item={sku}&location=supplier")] == ["-5.000", "-2.000"]
    assert branch.rows("/stock?item=none") == []
    assert {row["location"] for row in branch.rows("/stock")} <= {"shop", "cellar", "inspection"}


def test_movements_are_newest_first_and_signed_with_a_running_balance(branch: Site) -> None:
    sku = branch.item(stock="10")
    sold = branch.post(sale(sku, "2.5")).json
    assert branch.post({"type": "adjustment", "reason": "r", "lines": [
        {"item": sku, "quantity": "-1"}, {"item": sku, "quantity": "3"},
    ]}).status == 201  # fmt: skip
    rows = branch.rows(f"/items/{sku}/movements", limit=2)
    assert [(row["quantity"], row["balance"]) for row in rows] == [
        ("3.000", "9.500"), ("-1.000", "6.500"), ("-2.500", "7.500"), ("10.000", "10.000"),
    ]  # fmt: skip
    assert {name: rows[2][name] for name in ("seq", "document", "type", "location", "lot")} == {
        "seq": sold["seq"], "document": sold["id"], "type": "sale", "location": "shop", "lot": None,
    }  # fmt: skip
    assert Decimal(rows[0]["balance"]) == Decimal(branch.stock(sku)["shop"])
    assert branch.ask("GET", "/items/none/movements", role=ADMIN).status == 404
