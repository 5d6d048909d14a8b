"""Buying over HTTP, from an order in dollars to goods that go back: what a buyer, a receiver and an inspector see of it."""

from typing import Any

import httpx
import pytest

from admin_ui.serving.roles import Role
from gateway.store.verify import verify_site
from tests.web.conftest import BOX_CODE, TEA, TEA_CODE, RunningBranch, new_id, post, put

SUPPLIER = "Riverside Drinks"


@pytest.fixture
def milk(api: httpx.Client) -> str:
    body = {"name": "Fresh milk", "name_zh": "鲜奶", "unit": "bottle", "price": 900, "tracking": "lot"}
    assert api.put("/api/v1/items/milk", json=body).status_code in (200, 201)
    return "milk"


def line(item: str, quantity: str, **more: Any) -> dict[str, Any]:
    return {"item": item, "quantity": quantity, **more}


def order(api: httpx.Client, *lines: dict[str, Any], supplier: str = SUPPLIER, **more: Any) -> dict[str, Any]:
    return post(api, {"type": "purchase_order", "supplier": supplier, "lines": list(lines), **more})


def receive(order_id: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "goods_receipt", "order": order_id, "lines": list(lines), **more}


def of_line(api: httpx.Client, order_id: str, at: int, *names: str) -> list[Any]:
    shown = api.get(f"/api/v1/orders/{order_id}").json()["lines"][at]
    return [shown[name] for name in names]


def test_an_order_in_dollars_goes_all_the_way(branch: RunningBranch, api: httpx.Client, milk: str) -> None:
    """Part with free goods, lot and expiry; more than open; inspection; rejected; back to the supplier; the rest closed."""
    asked = order(
        api, line(TEA, "10", unit="box", cost=1350), line(milk, "20", cost=50), currency="USD", rate="7.1",
        expected="2026-12-01",
    )  # fmt: skip
    path = f"/api/v1/orders/{asked['id']}"
    shown = api.get(path).json()
    assert [shown[name] for name in ("state", "currency", "rate", "site_currency")] == ["open", "USD", "7.1", "CNY"]
    assert of_line(api, asked["id"], 0, "quantity", "ordered", "open", "cost", "amount", "site_cost", "site_amount") == [
        "10.000", "240.000", "240.000", 1350, 13500, 9585, 95850
    ]  # fmt: skip

    begun = api.get(f"{path}/receive").json()
    assert begun["draft"] == {
        "type": "goods_receipt", "supplier": SUPPLIER, "order": asked["id"],
        "lines": [{"item": TEA, "quantity": "10", "unit": "box"}, {"item": milk, "quantity": "20"}],
    }  # fmt: skip
    tea, fresh = begun["lines"]
    assert {code["code"]: (code["unit"], code["factor"]) for code in tea["codes"]} == {
        TEA_CODE: ("bottle", "1.000"), BOX_CODE: ("box", "24.000")
    }  # fmt: skip
    assert [fresh[name] for name in ("name_zh", "tracking", "open", "cost")] == ["鲜奶", "lot", "20.000", 355]

    came = receive(
        asked["id"], line(TEA, "9", unit="box", damaged="1"), line(TEA, "6", free=True),
        line(milk, "20", lot="L1", expiry="2027-01-31", inspect=True), line("apple", "2", cost=700),
    )  # fmt: skip
    receipt = post(api, came)
    assert [warning["code"] for warning in receipt["warnings"]] == ["not_on_order"]
    assert receipt["total"] == 9 * 9585 + 20 * 355 + 2 * 700
    told = api.get(f"/api/v1/documents/{receipt['id']}").json()
    assert (told["supplier"], told["lines"][0]["cost"]) == (SUPPLIER, 9585)
    shown = api.get(path).json()
    assert shown["state"] == "partly_received"
    assert of_line(api, asked["id"], 0, "received", "free", "rejected", "open") == [
        "216.000",
        "6.000",
        "24.000",
        "24.000",
    ]
    assert [one["item"] for one in shown["beside"]] == ["apple"]
    assert [(one["id"], one["state"]) for one in shown["receipts"]] == [(receipt["id"], "in_inspection")]

    with branch.signed_in("chen", password="kontor-manager") as manager:
        over = put(manager, receive(asked["number"], line(TEA, "2", unit="box", cost=9600)))
        assert over.status_code == 202
        assert [reason["code"] for reason in over.json()["reasons"]] == ["over_receipt"]
        assert "24 of PO-" in over.json()["detail"]
    one_box = post(api, receive(asked["number"], line(TEA, "1", unit="box", cost=9600)))
    assert [warning["code"] for warning in one_box["warnings"]] == ["price_differs"]

    looked = {"type": "quality_inspection", "receipt": receipt["id"]}
    too_many = put(api, looked | {"lines": [line(milk, "21", result="passed")]})
    assert (too_many.status_code, too_many.json()["errors"][0]["code"]) == (422, "more_than_received")
    passed = line(milk, "15", result="passed", location="stockroom")
    post(api, looked | {"lines": [passed, line(milk, "5", result="rejected")]})
    rest = api.get(f"/api/v1/receipts/{receipt['id']}").json()
    (goods,) = [one for one in rest["goods"] if one["item"] == milk]
    assert (rest["state"], goods["lot"], goods["in_inspection"], goods["rejected"]) == (
        "to_send_back",
        "L1",
        "0.000",
        "5.000",
    )
    back = [line(milk, "5"), line(TEA, "24")]
    sent = post(api, {"type": "supplier_return", "receipt": receipt["id"], "reason": "sour", "lines": back})
    assert api.get(f"/api/v1/documents/{sent['id']}").json()["supplier"] == SUPPLIER
    rest = api.get(f"/api/v1/receipts/{receipt['id']}").json()
    assert (rest["state"], len(rest["documents"])) == ("done", 2)

    assert api.get(f"{path}/receive").json()["draft"]["lines"] == [{"item": milk, "quantity": "5"}]
    reversal = put(api, {"type": "reversal", "original": receipt["id"], "reason": "wrong"})
    assert reversal.json()["errors"][0]["code"] == "receipt_went_on"
    closed = post(api, {"type": "purchase_order_close", "order": asked["id"], "reason": "They pay us back"})
    shown = api.get(path).json()
    assert (shown["state"], shown["closed_by"]) == ("closed", closed["id"])
    for answer in (api.get(f"{path}/receive"), put(api, receive(asked["id"], line(milk, "5", lot="L2")))):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "order_closed")
    assert verify_site(branch.folder).differences == ()


def test_a_draft_of_what_is_open_can_be_posted_as_it_is(api: httpx.Client) -> None:
    """A broken box is asked for in bottles; afterwards nothing is open."""
    asked = order(api, line(TEA, "2", unit="box", cost=9000), line(TEA, "3", free=True))
    post(api, receive(asked["id"], line(TEA, "25")))
    draft = api.get(f"/api/v1/orders/{asked['id']}/receive").json()["draft"]
    assert draft["lines"] == [{"item": TEA, "quantity": "23"}, {"item": TEA, "quantity": "3", "free": True}]
    assert post(api, draft)["warnings"] == []
    assert api.get(f"/api/v1/orders/{asked['id']}").json()["state"] == "received"


def test_orders_are_listed_by_state_and_supplier(branch: RunningBranch, api: httpx.Client) -> None:
    """Newest first, in pages; whoever stands at the door may look."""
    numbers = [order(api, line(TEA, "1"), supplier="Hill Farm")["number"] for _ in range(3)]
    last = order(api, line(TEA, "1"), supplier="Other Farm")
    post(api, {"type": "purchase_order_close", "order": last["id"], "reason": "Typed twice"})
    with branch.client(Role.CASHIER) as cashier:
        page = cashier.get("/api/v1/orders", params={"supplier": "Hill Farm", "limit": 2}).json()
        assert [row["number"] for row in page["rows"]] == numbers[:0:-1]
        page = cashier.get("/api/v1/orders", params={"supplier": "Hill Farm", "limit": 2, "after": page["next"]}).json()
        assert ([row["number"] for row in page["rows"]], page["next"]) == (numbers[:1], None)
        (row,) = cashier.get("/api/v1/orders?state=closed&supplier=Other Farm").json()["rows"]
        assert (row["id"], row["state"], row["currency"]) == (last["id"], "closed", "CNY")
        assert cashier.get("/api/v1/orders?state=lost").status_code == 400
        for path in ("/orders/x", f"/orders/{new_id()}", f"/orders/{new_id()}/receive", f"/receipts/{new_id()}"):
            assert cashier.get(f"/api/v1{path}").status_code == 404
    assert httpx.get(f"{branch.url}/api/v1/orders").status_code == 401
