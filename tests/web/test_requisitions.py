"""A requisition over HTTP at one branch: what became of it, and what is kept for those who wait for approval."""

from typing import Any

import httpx
import pytest

from tests.web.conftest import RunningBranch, new_id, post, put

HTML = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture
def flour(api: httpx.Client) -> httpx.Client:
    """A branch that has flour."""
    assert api.put("/api/v1/items/rq-flour", json={"name": "Flour", "unit": "kg", "price": 500}).status_code in (
        200,
        201,
    )
    post(api, {"type": "opening_balance", "lines": [{"item": "rq-flour", "quantity": "100"}]})
    return api


def lines(quantity: str) -> list[dict[str, Any]]:
    return [{"item": "rq-flour", "quantity": quantity}]


def test_transfers_that_name_it_answer_a_requisition(flour: httpx.Client, branch: RunningBranch) -> None:
    """Asked, partly sent, sent; taken back it is closed. The page shows the figures, and the transfer names what it answers."""
    asked = new_id()
    assert put(flour, {"type": "requisition", "lines": lines("10")}, asked).status_code == 201

    def answer() -> Any:
        return flour.get(f"/api/v1/documents/{asked}").json()["answer"]

    assert answer() == {
        "state": "asked", "transfers": [],
        "lines": [{"item": "rq-flour", "asked": "10.000", "sent": "0.000", "received": "0.000"}],
    }  # fmt: skip
    out = {"type": "transfer_out", "to_branch": "b9", "requisition": asked}
    first, second = new_id(), new_id()
    assert put(flour, out | {"lines": lines("4")}, first).status_code == 201
    assert (answer()["state"], answer()["transfers"]) == ("partly_sent", [first])
    assert put(flour, out | {"lines": lines("6")}, second).status_code == 201
    assert answer()["state"] == "sent"
    assert flour.get(f"/api/v1/transfers/{second}").json()["requisition"] == asked
    assert flour.get(f"/api/v1/documents/{second}").json()["requisition"] == asked
    with branch.signed_in("chen", password="kontor-manager") as manager:
        page = manager.get(f"/documents/{asked}", headers=HTML).text
        assert "What became of it" in page
        assert f"/transfers/{first}" in page
        assert f"/documents/{asked}" in manager.get(f"/documents/{second}", headers=HTML).text
    post(flour, {"type": "reversal", "original": asked, "reason": "found some"})
    assert answer()["state"] == "closed"


def test_goods_somebody_is_asked_about_are_reserved(flour: httpx.Client) -> None:
    """Until it is refused; what is approved left the shelf instead."""

    def available() -> tuple[float, float]:
        (row,) = flour.get("/api/v1/stock", params={"item": "rq-flour", "location": "shop"}).json()["rows"]
        return float(row["on_hand"]), float(row["available"])

    on_hand, free = available()
    assert on_hand == free
    sale, refused = {"type": "sale", "station": "till-1", "lines": lines(str(int(on_hand) + 5))}, new_id()
    for identity in (refused, refused):
        assert put(flour, sale, identity).status_code == 202
    assert available() == (on_hand, -5.0)
    said = {"person": "chen", "pin": "2222", "reason": "No"}
    assert flour.post(f"/api/v1/documents/{refused}/reject", json=said).status_code == 200
    assert available() == (on_hand, on_hand)
    approved = new_id()
    assert put(flour, sale, approved).status_code == 202
    assert flour.post(f"/api/v1/documents/{approved}/approve", json=said).status_code == 200
    assert available() == (-5.0, -5.0)
    post(flour, {"type": "opening_balance", "lines": lines("105")})
