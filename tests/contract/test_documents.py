"""Posting a document: what is required, what is refused and how, money, and that twice is once."""

from typing import Any

import pytest

from tests.contract.conftest import ADMIN, CASHIER, Site, new_id, sale

CASH = {"type": "cash", "amount": 500}


def test_only_type_and_lines_are_required(branch: Site) -> None:
    sku = branch.item(stock="10")
    answers = [branch.post({"type": type_, "lines": [{"item": sku, "quantity": "1"}]}) for type_ in
               ("sale", "sale_return", "goods_receipt", "opening_balance")]  # fmt: skip
    assert [answer.status for answer in answers] == [201, 202, 201, 201]
    posted = answers[0].json
    assert set(posted) == {"status", "id", "number", "seq", "hash", "total", "change", "warnings"}
    assert (posted["status"], posted["total"], posted["change"], posted["warnings"]) == ("posted", 300, 0, [])
    # An adjustment is read without its reason, and then refused.
    assert branch.post({"type": "adjustment", "lines": [{"item": sku, "quantity": "1"}]}).fields() == {
        ("reason", "reason_required")
    }


def test_the_same_content_exists_however_it_is_spelt_and_whoever_sends_it(branch: Site, rice: str) -> None:
    document = new_id()
    first = branch.post({"type": "sale", "note": "x", "lines": [{"item": rice, "quantity": "3"}]}, document)
    assert first.status == 201
    for quantity, role in (("3", ADMIN), ("3.000", CASHIER), ("03.0", ADMIN)):
        body = {"lines": [{"quantity": quantity, "item": rice}], "note": "x", "type": "sale"}
        again = branch.post(body, document.upper(), role=role)
        assert (again.status, again.json) == (200, first.json | {"status": "exists"})
    for other in ({"note": "y"}, {"station": "till-1"}, {"tenders": []}, {"lines": [{"item": rice, "quantity": "3.001"}]},
                  {"lines": [{"item": rice, "quantity": "3", "unit": "kg"}]}, {"type": "opening_balance"}):  # fmt: skip
        answer = branch.post(
            {"type": "sale", "note": "x", "lines": [{"item": rice, "quantity": "3"}]} | other, document
        )
        assert (answer.status, answer.json["code"]) == (409, "conflict"), other
        assert answer.fields() == set()


def test_a_refusal_stores_nothing_and_its_id_may_be_used_again(branch: Site, rice: str) -> None:
    document = new_id()
    refused = branch.post(sale("nothing-of-that-name"), document)
    assert (refused.status, refused.json["code"], refused.fields()) == (
        422,
        "rejected",
        {("lines[0].item", "unknown_item")},
    )
    assert branch.ask("GET", f"/documents/{document}").status == 404
    assert branch.post(sale(rice), document).status == 201


def line(**changes: Any) -> dict[str, Any]:
    """A sale whose only line is changed; None takes a field away."""
    changed = {"item": "RICE", "quantity": "1"} | changes
    return {"type": "sale", "lines": [{name: value for name, value in changed.items() if value is not None}]}


def whole(**changes: Any) -> dict[str, Any]:
    """A sale that is changed as a whole."""
    return line() | changes


REFUSED: list[tuple[Any, int, str, str]] = [
    # 400: not decodable, or of a wrong type
    ([], 400, "", "wrong_type"),
    ({"lines": []}, 400, "type", "missing"),
    ({"type": "sale"}, 400, "lines", "missing"),
    (whole(type="gift"), 400, "type", "unknown_value"),
    (whole(type=1), 400, "type", "wrong_value"),
    (whole(lines={}), 400, "lines", "wrong_type"),
    (whole(lines=[None]), 400, "lines[0]", "wrong_type"),
    (whole(colour="red"), 400, "colour", "unknown_field"),
    (whole(supplier="S"), 400, "supplier", "unknown_field"),
    (whole(note=5), 400, "note", "wrong_type"),
    (whole(station=None), 400, "station", "wrong_type"),
    (whole(occurred_at="yesterday"), 400, "occurred_at", "not_a_time"),
    (whole(occurred_at="2026-11-22T09:30:00"), 400, "occurred_at", "not_a_time"),
    (whole(occurred_at="0001-01-01T00:00:00+14:00"), 400, "occurred_at", "not_a_time"),
    (whole(occurred_at="9999-12-31T23:59:59-14:00"), 400, "occurred_at", "not_a_time"),
    (whole(tenders=[{"type": "gold", "amount": 300}]), 400, "tenders[0].type", "unknown_value"),
    (whole(tenders=[{"type": "cash", "amount": 3.5}]), 400, "tenders[0].amount", "wrong_type"),
    (line(item=None), 400, "lines[0].item", "missing"),
    (line(item=5), 400, "lines[0].item", "wrong_type"),
    (line(quantity=None), 400, "lines[0].quantity", "missing"),
    (line(qty="1"), 400, "lines[0].qty", "unknown_field"),
    (line(price="300"), 400, "lines[0].price", "wrong_type"),
    (line(price=2.5), 400, "lines[0].price", "wrong_type"),
    (line(price=True), 400, "lines[0].price", "wrong_type"),
    (line(serials="s"), 400, "lines[0].serials", "wrong_type"),
    (line(expiry="soon"), 400, "lines[0].expiry", "not_a_date"),
    (line(disposition="burn"), 400, "lines[0].disposition", "unknown_value"),
    *[(line(quantity=number), 400, "lines[0].quantity", "wrong_type") for number in (3, 3.5, True, ["3"])],
    *[
        (line(quantity=text), 400, "lines[0].quantity", "quantity_not_a_decimal")
        for text in ("", "abc", "NaN", "1e3", "+1", " 1", "1\n", "1,5", ".5", "5.", "٣", "0x1", "-")
    ],
    # 422: understood and refused
    (whole(lines=[]), 422, "lines", "no_lines"),
    (whole(lines=[{"item": "RICE", "quantity": "0.001"}] * 501), 422, "lines", "too_many_lines"),
    (whole(station="Till 1"), 422, "station", "bad_station"),
    (whole(station="t" * 33), 422, "station", "bad_station"),
    (whole(note="n" * 501), 422, "note", "text_out_of_range"),
    (whole(tenders=[]), 422, "tenders", "underpaid"),
    (whole(tenders=[{"type": "cash", "amount": 299}]), 422, "tenders", "underpaid"),
    (whole(tenders=[{"type": "card", "amount": 301}]), 422, "tenders", "overpaid"),
    (whole(tenders=[{"type": "voucher", "amount": 350}, {"type": "cash", "amount": 49}]), 422, "tenders", "overpaid"),
    (whole(tenders=[{"type": "cash", "amount": -300}]), 422, "tenders[0].amount", "amount_out_of_range"),
    (whole(tenders=[{"type": "cash", "amount": 6}] * 51), 422, "tenders", "too_many"),
    (whole(type="sale_return", original=new_id()), 422, "original", "unknown_original"),
    (whole(type="sale_return", original="x"), 422, "original", "unknown_original"),
    (whole(type="adjustment", reason=" "), 422, "reason", "reason_required"),
    (whole(type="transfer_out"), 422, "to_branch", "to_branch_required"),
    (whole(type="transfer_out", to_branch=5), 400, "to_branch", "wrong_type"),
    (whole(type="transfer_out", to_branch="b001"), 422, "to_branch", "to_own_branch"),
    (whole(type="transfer_out", to_branch="B 2"), 422, "to_branch", "bad_branch"),
    (whole(type="transfer_in"), 422, "transfer", "transfer_required"),
    (whole(type="transfer_in", transfer="x"), 422, "transfer", "bad_transfer"),
    (line(variance=[]), 400, "lines[0].variance", "unknown_field"),
    (line(quantity="0"), 422, "lines[0].quantity", "quantity_not_positive"),
    (line(quantity="-1"), 422, "lines[0].quantity", "quantity_not_positive"),
    (line(quantity="1.2345"), 422, "lines[0].quantity", "quantity_too_precise"),
    (line(quantity="9" * 17), 422, "lines[0].quantity", "quantity_out_of_range"),
    (line(price=-1), 422, "lines[0].price", "amount_out_of_range"),
    (line(price=10**12), 422, "lines[0].price", "amount_out_of_range"),
    (line(price=2**70), 422, "lines[0].price", "amount_out_of_range"),
    (line(discount=-1), 422, "lines[0].discount", "amount_out_of_range"),
    (line(discount=301), 422, "lines[0].discount", "discount_too_large"),
    (line(unit="pallet"), 422, "lines[0].unit", "unknown_unit"),
    (line(location="Shop Floor"), 422, "lines[0].location", "bad_location"),
    (line(location="customer"), 422, "lines[0].location", "virtual_location"),
    (line(lot=""), 422, "lines[0].lot", "text_out_of_range"),
    (line(lot="l" * 65), 422, "lines[0].lot", "text_out_of_range"),
    (line(serials=["s", ""]), 422, "lines[0].serials[1]", "text_out_of_range"),
    (line(serials=["s" * 65]), 422, "lines[0].serials[0]", "text_out_of_range"),
    (line(reading="r" * 65), 422, "lines[0].reading", "text_out_of_range"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "path", "code"), REFUSED)
def test_what_is_wrong_is_named_with_its_place(
    branch: Site, rice: str, body: Any, status: int, path: str, code: str
) -> None:
    document = new_id()
    for one in body.get("lines", []) if isinstance(body, dict) else []:
        if isinstance(one, dict) and one.get("item") == "RICE":
            one["item"] = rice
    answer = branch.post(body, document)
    assert (answer.status, answer.fields()) == (status, {(path, code)})
    assert branch.ask("GET", f"/documents/{document}").status == 404


@pytest.mark.parametrize("raw", [
    b"", b"hello", b"\x00", b'{"type":"sale"', b"\xef\xbb\xbf{}", b'{"type":"sale","lines":[]} x',
    b'{"type":"sale","note":"\xff\xfe","lines":[]}', b'{"type":"sale","note":"\\ud800","lines":[]}',
    b'{"type":"sale","lines":[{"item":"a","quantity":"1","price":NaN}]}',
    b'{"type":"sale","lines":[{"item":"a","quantity":"1","price":1e999}]}',
    b"[" * 100_000, b'{"type":"sale","lines":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
])  # fmt: skip
def test_what_is_no_json_is_400(branch: Site, raw: bytes) -> None:
    answer = branch.ask("PUT", f"/documents/{new_id()}", raw=raw)
    answer.fields()
    assert answer.status == 400


@pytest.mark.parametrize(("quantity", "price", "total"), [
    ("0.001", 500, 1), ("0.001", 499, 0), ("0.333", 300, 100), ("1.5", 33, 50), ("0.482", 599, 289), ("2.345", 1999, 4688),
])  # fmt: skip
def test_a_line_is_rounded_half_up(branch: Site, rice: str, quantity: str, price: int, total: int) -> None:
    assert branch.post(sale(rice, quantity, price=price)).json["total"] == total


def test_price_and_cost_are_per_unit_and_a_discount_comes_off_the_line(branch: Site) -> None:
    water = branch.item(
        unit="bottle", price=250, packs=[{"unit": "case", "factor": 12}, {"unit": "box", "factor": "6"}]
    )
    received = branch.post({"type": "goods_receipt", "supplier": "Acme", "lines": [
        {"item": water, "quantity": "2", "unit": "case", "cost": 1200}, {"item": water, "quantity": "1", "cost": 99},
    ]})  # fmt: skip
    assert (received.status, received.json["total"]) == (201, 2499)
    assert branch.stock(water) == {"shop": "25.000"}
    assert branch.post(sale(water, "1", unit="case")).json["total"] == 3000
    assert branch.post(sale(water, "0.5", unit="box")).json["total"] == 750
    assert branch.post(sale(water, "0.5", unit="case", price=2800, discount=100)).json["total"] == 1300
    assert branch.stock(water) == {"shop": "4.000"}
    too_many = branch.post(sale(water, "999999999", unit="case"))
    assert too_many.fields() == {("lines[0].quantity", "quantity_out_of_range")}


@pytest.mark.parametrize(("tenders", "change"), [
    ([{"type": "cash", "amount": 500}], 200),
    ([{"type": "card", "amount": 200}, {"type": "cash", "amount": 200}], 100),
    *[([{"type": kind, "amount": 300}], 0) for kind in ("cash", "card", "qr", "stored_value", "voucher")],
])  # fmt: skip
def test_only_cash_gives_change(branch: Site, rice: str, tenders: list[dict[str, Any]], change: int) -> None:
    posted = branch.post(sale(rice) | {"tenders": tenders})
    assert (posted.status, posted.json["change"]) == (201, change)


def test_a_return_goes_where_its_disposition_says(branch: Site) -> None:
    sku = branch.item(stock="10")
    sold = branch.post(sale(sku, "4")).json["id"]
    for disposition in ("restock", "scrap", "inspect", None):
        back = {"item": sku, "quantity": "1"} | ({} if disposition is None else {"disposition": disposition})
        body = {"type": "sale_return", "original": sold, "lines": [back], "tenders": [{"type": "cash", "amount": 300}]}
        assert branch.post(body).status == 201
    assert branch.stock(sku) == {"shop": "8.000", "inspection": "1.000"}
    inspected = next(row for row in branch.rows(f"/stock?item={sku}") if row["location"] == "inspection")
    assert inspected["available"] == "0.000"
    assert branch.rows(f"/stock?item={sku}&location=scrap")[0]["on_hand"] == "1.000"
    receipt = branch.post({"type": "goods_receipt", "lines": [{"item": sku, "quantity": "1"}]}).json["id"]
    no_sale = {"type": "sale_return", "original": receipt, "lines": [{"item": sku, "quantity": "1"}]}
    assert branch.post(no_sale).fields() == {("original", "unknown_original")}


def test_an_adjustment_is_signed(branch: Site) -> None:
    sku = branch.item(stock="10")
    lines = [{"item": sku, "quantity": "-1.5"}, {"item": sku, "quantity": "0.25"}]
    assert branch.post({"type": "adjustment", "reason": "counted", "lines": lines}).status == 201
    assert branch.stock(sku) == {"shop": "8.750"}


def test_admin_needs_no_approval_where_a_cashier_does(branch: Site, rice: str) -> None:
    sold = branch.post(sale(rice)).json["id"]
    one = [{"item": rice, "quantity": "1"}]
    for body in (
        sale(rice, price=1), sale(rice, discount=1), {"type": "goods_receipt", "lines": one}, {"type": "opening_balance", "lines": one},
        {"type": "adjustment", "reason": "r", "lines": one}, {"type": "sale_return", "original": sold, "lines": one},
    ):  # fmt: skip
        assert branch.post(body, role=CASHIER).status == 202, body
        assert branch.post(body, role=ADMIN).json["warnings"] == [], body


@pytest.mark.parametrize("name", [
    "abc", "00000000-0000-0000-0000-00000000000g", "urn:uuid:" + new_id(), new_id().replace("-", ""), new_id() + "0", "%20" + new_id()[1:],
])  # fmt: skip
def test_an_id_is_a_uuid(branch: Site, rice: str, name: str) -> None:
    assert (put := branch.post(sale(rice), name)).status == 400
    assert put.fields() == {("id", "not_a_uuid")}
    assert branch.ask("GET", f"/documents/{name}").status == 404


def test_500_lines_are_posted_and_a_body_above_a_mebibyte_is_413(branch: Site, rice: str) -> None:
    lines = [{"item": rice, "quantity": "0.001", "reading": f"{'r' * 60}{n}"} for n in range(500)]
    assert branch.post({"type": "sale", "lines": lines}).status == 201
    fat = b'{"note":"' + b"n" * (1024 * 1024) + b'"}'
    for path in (f"/documents/{new_id()}", "/items/fat"):
        answer = branch.ask("PUT", path, raw=fat)
        assert (answer.status, answer.json["code"]) == (413, "too_large")


def test_a_document_is_read_back_as_posted(branch: Site, rice: str) -> None:
    body = sale(rice, "2") | {
        "station": "till-9",
        "occurred_at": "2026-11-22T09:30:00+08:00",
        "note": "n",
        "tenders": [CASH, CASH],
    }
    posted = branch.post(body).json
    read = branch.ask("GET", f"/documents/{posted['id']}", role=CASHIER).json
    assert {name: read[name] for name in ("status", "type", "station", "occurred_at", "note", "total", "change", "tenders")} == {
        "status": "posted", "type": "sale", "station": "till-9", "occurred_at": "2026-11-22T01:30:00.000Z", "note": "n",
        "total": 600, "change": 400, "tenders": [CASH, CASH],
    }  # fmt: skip
    assert (read["seq"], read["hash"], read["number"]) == (posted["seq"], posted["hash"], posted["number"])
    assert "till-9" in [row["name"] for row in branch.rows("/stations")]
