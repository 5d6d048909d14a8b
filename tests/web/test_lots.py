"""Lots and single pieces over HTTP: what a manager freezes, what a cashier is told, and the life of a serial number."""

from typing import Any

import httpx
import pytest

from admin_ui.serving.roles import Role
from tests.web.conftest import RunningBranch, post, put


def item(api: httpx.Client, sku: str, tracking: str) -> None:
    body = {"name": f"Item {sku}", "unit": "bottle", "price": 400, "tracking": tracking, "whole": True}
    answer = api.put(f"/api/v1/items/{sku}", json=body)
    assert answer.status_code in (200, 201), answer.text
    assert answer.json()["whole"] is True


def receive(api: httpx.Client, *lines: dict[str, Any]) -> None:
    post(api, {"type": "goods_receipt", "lines": list(lines)})


def sell(api: httpx.Client, line: dict[str, Any]) -> httpx.Response:
    return put(api, {"type": "sale", "lines": [line]})


def test_a_lot_is_blocked_and_released(branch: RunningBranch, api: httpx.Client) -> None:
    """Its goods stay on hand; the till is told why they cannot be sold."""
    item(api, "milk", "lot")
    receive(api, {"item": "milk", "quantity": "5", "lot": "L1", "expiry": "2099-01-31"})
    (row,) = api.get("/api/v1/lots/L1").json()["rows"]
    assert {name: row[name] for name in ("item", "expiry", "blocked", "on_hand", "available", "places")} == {
        "item": "milk", "expiry": "2099-01-31", "blocked": None, "on_hand": "5.000", "available": "5.000",
        "places": [{"location": "shop", "on_hand": "5.000"}],
    }  # fmt: skip
    with branch.client(Role.CASHIER) as cashier:
        answer = cashier.post("/api/v1/lots/milk/L1/block", json={"reason": "recall"})
        assert answer.status_code == 403
    answer = api.post("/api/v1/lots/milk/L1/block", json={"reason": "recall"})
    assert (answer.status_code, answer.json()["blocked"]) == (200, True)
    (row,) = api.get("/api/v1/lots/L1").json()["rows"]
    assert (row["on_hand"], row["available"], row["blocked"]["reason"]) == ("5.000", "0.000", "recall")
    (stock,) = api.get("/api/v1/stock?item=milk").json()["rows"]
    assert (stock["on_hand"], stock["available"]) == ("5.000", "0.000")
    refused = sell(api, {"item": "milk", "quantity": "1", "lot": "L1"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "blocked_lot"
    assert refused.json()["errors"][0]["detail"] == "milk: lot L1 is blocked (recall)."
    assert api.post("/api/v1/lots/milk/L1/unblock", json={"reason": "tested"}).json()["blocked"] is False
    assert sell(api, {"item": "milk", "quantity": "1"}).status_code == 201


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("nobody/L1", {"reason": "x"}, 404, "not_found"), ("tea-500/L1", {}, 400, "invalid_value"),
        ("tea-500/L1", {"reason": " "}, 422, "rejected"), (f"tea-500/{'L' * 65}", {"reason": "x"}, 422, "rejected"),
        ("tea-500/L1", {"reason": "x" * 501}, 422, "rejected"),
    ],
)  # fmt: skip
def test_what_cannot_be_blocked_is_said(api: httpx.Client, path: str, body: Any, status: int, code: str) -> None:
    """An unknown item, no reason, and texts beyond their bounds."""
    api.put("/api/v1/items/tea-500", json={"name": "Tea", "unit": "bottle", "price": 5})
    answer = api.post(f"/api/v1/lots/{path}/block", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_line_of_several_lots_shows_each(api: httpx.Client) -> None:
    """The lot that expires first is emptied first."""
    item(api, "cream", "lot")
    receive(
        api, {"item": "cream", "quantity": "5", "lot": "C1", "expiry": "2099-01-31"},
        {"item": "cream", "quantity": "5", "lot": "C0", "expiry": "2098-01-31"},
    )  # fmt: skip
    sold = sell(api, {"item": "cream", "quantity": "7"}).json()
    (line,) = api.get(f"/api/v1/documents/{sold['id']}").json()["lines"]
    assert line["lots"] == [{"lot": "C0", "quantity": "5.000"}, {"lot": "C1", "quantity": "2.000"}]
    assert "lot" not in line


def test_the_life_of_a_serial_number(api: httpx.Client) -> None:
    """Newest first, each with its document; pages continue."""
    item(api, "phone", "serial")
    receive(api, {"item": "phone", "quantity": "1", "serials": ["SN-1"]})
    sold = sell(api, {"item": "phone", "quantity": "1", "serials": ["SN-1"]})
    assert sold.status_code == 201
    page = api.get("/api/v1/serials?serial=SN-1&limit=1").json()
    assert [(row["type"], row["from"], row["to"], row["document"]) for row in page["rows"]] == [
        ("sale", "shop", "customer", sold.json()["id"])
    ]
    rest = api.get(f"/api/v1/serials?serial=SN-1&item=phone&after={page['next']}").json()
    assert [row["type"] for row in rest["rows"]] == ["goods_receipt"]
    again = sell(api, {"item": "phone", "quantity": "1", "serials": ["SN-1"]})
    assert again.status_code == 202
    assert "serial_not_on_hand" in {reason["code"] for reason in again.json()["reasons"]}
    assert api.get("/api/v1/serials").status_code == 400


def test_half_a_bottle_is_not_sold(api: httpx.Client) -> None:
    """Where the item says so."""
    item(api, "wine", "none")
    answer = sell(api, {"item": "wine", "quantity": "0.5"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_whole")
