"""Transfers over HTTP at one branch: the documents, the list with its filters, the refusals, and the cancel."""

from typing import Any

import httpx
import pytest

from admin_ui.serving.roles import Role
from tests.web.conftest import RunningBranch, new_id, post, put


def out(api: httpx.Client, quantity: str = "3", to: str = "b9", **more: Any) -> str:
    """Send flour away; answers the transfer's id."""
    id_ = new_id()
    body = {"type": "transfer_out", "to_branch": to, "lines": [{"item": "flour", "quantity": quantity}]} | more
    answer = put(api, body, id_)
    assert answer.status_code == 201, answer.text
    assert answer.json()["number"].startswith("TO-")
    return id_


def into(api: httpx.Client, transfer: str, *lines: dict[str, Any]) -> httpx.Response:
    return put(api, {"type": "transfer_in", "transfer": transfer, "lines": list(lines)})


def codes(answer: httpx.Response) -> list[str]:
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), answer.text
    return [error["code"] for error in answer.json()["errors"]]


@pytest.fixture
def flour(api: httpx.Client) -> httpx.Client:
    """A branch that has 100 kg of flour."""
    assert api.put("/api/v1/items/flour", json={"name": "Flour", "unit": "kg", "price": 500}).status_code in (200, 201)
    post(api, {"type": "opening_balance", "lines": [{"item": "flour", "quantity": "100"}]})
    return api


def on_hand(api: httpx.Client, location: str) -> str:
    rows = api.get("/api/v1/stock", params={"item": "flour", "location": location}).json()["rows"]
    return rows[0]["on_hand"] if rows else "0.000"


def test_what_is_sent_is_in_transit_and_listed(flour: httpx.Client) -> None:
    """The shelf goes down, in transit goes up, and the transfer can be found by its direction and state."""
    shop, on_the_way = float(on_hand(flour, "shop")), float(on_hand(flour, "in-transit"))
    id_ = out(flour, "30", note="by van")
    assert (float(on_hand(flour, "shop")), float(on_hand(flour, "in-transit"))) == (shop - 30, on_the_way + 30)
    rows = flour.get("/api/v1/transfers", params={"direction": "out", "state": "in_transit"}).json()["rows"]
    assert (rows[0]["transfer"], rows[0]["to"], rows[0]["state"], rows[0]["note"]) == (
        id_,
        "b9",
        "in_transit",
        "by van",
    )
    assert rows[0]["lines"] == [
        {
            "item": "flour", "lot": None, "dispatched": "30.000", "received": "0.000", "short": "0.000", "over": "0.000",
            "damaged": "0.000", "in_transit": "30.000", "returned": "0.000", "expiry": None,
        }
    ]  # fmt: skip
    assert flour.get("/api/v1/transfers", params={"direction": "in", "state": "in_transit"}).json()["rows"] == []
    view = flour.get(f"/api/v1/documents/{id_}").json()
    assert (view["to_branch"], view["movements"][0]["to"]) == ("b9", "in-transit")


def test_goods_nobody_announced_can_be_received(flour: httpx.Client) -> None:
    """Receive before advice is legal; the differences are a readable part of the document."""
    transfer = new_id()
    answer = into(
        flour, transfer,
        {"item": "flour", "quantity": "28", "variance": [{"reason": "short", "quantity": "2"}]},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert answer.json()["number"].startswith("TI-")
    view = flour.get(f"/api/v1/documents/{answer.json()['id']}").json()
    assert view["lines"][0]["variance"] == [{"reason": "short", "quantity": "2.000"}]
    assert view["transfer"] == transfer
    known = flour.get(f"/api/v1/transfers/{transfer}").json()
    assert (known["from"], known["state"], known["documents"]) == (None, "awaiting_dispatch", [view["id"]])
    assert known["lines"][0]["in_transit"] == "-30.000"


def test_pages_go_on_where_the_last_one_ended(flour: httpx.Client) -> None:
    """`after` = `next` verbatim, newest first, nothing twice."""
    sent = [out(flour, "1") for _ in range(5)]
    seen, after = list[str](), None
    while len(seen) < 5:
        page = flour.get("/api/v1/transfers", params={"limit": 2} | ({"after": after} if after else {})).json()
        seen += [row["transfer"] for row in page["rows"]]
        after = page["next"]
    assert seen[:5] == sent[::-1]


def test_the_same_document_again_exists(flour: httpx.Client) -> None:
    """The same id and content answers the first answer; spelling is not content, a difference is."""
    id_, transfer = new_id(), new_id()
    line = {"item": "flour", "quantity": "1", "variance": [{"reason": "damaged", "quantity": "2"}]}
    body = {"type": "transfer_in", "transfer": transfer, "lines": [line]}
    assert put(flour, body, id_).status_code == 201
    again = put(flour, body | {"lines": [line | {"variance": [{"reason": "damaged", "quantity": "2.0"}]}]}, id_)
    assert (again.status_code, again.json()["status"]) == (200, "exists")
    assert put(flour, body | {"lines": [line | {"quantity": "2"}]}, id_).status_code == 409


def test_refusals_have_codes(flour: httpx.Client) -> None:
    """What cannot be is 422 with a stable code, in both languages; a difference on a sale is no field at all."""
    to_itself = {"type": "transfer_out", "to_branch": "b001", "lines": [{"item": "flour", "quantity": "1"}]}
    answer = put(flour, to_itself)
    assert codes(answer) == ["to_own_branch"]
    assert answer.json()["detail_zh"] == "b001 就是本店。"
    assert codes(put(flour, to_itself | {"to_branch": "No Branch"})) == ["bad_branch"]
    assert codes(into(flour, "soon", {"item": "flour", "quantity": "1"})) == ["bad_transfer"]
    own = out(flour)
    assert codes(into(flour, own, {"item": "flour", "quantity": "3"})) == ["transfer_sent_here"]
    over = {"item": "flour", "quantity": "1", "variance": [{"reason": "over", "quantity": "2"}]}
    assert codes(into(flour, new_id(), over)) == ["over_exceeds_received"]
    assert put(flour, {"type": "sale", "lines": [over]}).status_code == 400
    assert flour.get("/api/v1/transfers", params={"state": "lost"}).status_code == 400
    assert flour.get("/api/v1/transfers", params={"direction": "up"}).status_code == 400
    assert flour.get(f"/api/v1/transfers/{new_id()}").status_code == 404


def test_a_cashier_needs_approval_to_send_and_to_receive(branch: RunningBranch) -> None:
    """Goods leave and arrive on a manager's word, as a goods receipt does."""
    with branch.client() as admin, branch.client(Role.CASHIER) as api:
        admin.put("/api/v1/items/flour", json={"name": "Flour", "unit": "kg", "price": 500})
        answer = put(api, {"type": "transfer_in", "transfer": new_id(), "lines": [{"item": "flour", "quantity": "1"}]})
        assert answer.status_code == 202
        assert [reason["code"] for reason in answer.json()["reasons"]] == ["transfer_in"]
        asked = api.post(f"/api/v1/transfers/{new_id()}/cancel", json={"reason": "why"})
        assert (asked.status_code, asked.json()["code"]) == (403, "forbidden")


def test_a_cancel_is_asked_once_and_needs_a_reason(flour: httpx.Client) -> None:
    """It is headquarters that decides; asking again says that it was asked."""
    id_ = out(flour)
    address = f"/api/v1/transfers/{id_}/cancel"
    head = flour.get("/api/v1/replication").json()["head_seq"]
    assert codes(flour.post(address, json={"reason": " "})) == ["reason_required"]
    assert flour.post(address, json={}).status_code == 400
    for _ in range(2):
        answer = flour.post(address, json={"reason": "wrong goods"})
        assert (answer.status_code, answer.json()["state"], answer.json()["cancel"]) == (202, "cancelling", "asked")
    assert flour.get("/api/v1/replication").json()["head_seq"] == head + 1
    assert flour.post(f"/api/v1/transfers/{new_id()}/cancel", json={"reason": "x"}).status_code == 404
    foreign = new_id()
    into(flour, foreign, {"item": "flour", "quantity": "1"})
    assert codes(flour.post(f"/api/v1/transfers/{foreign}/cancel", json={"reason": "x"})) == ["transfer_not_sent_here"]


def test_stock_below_zero_needs_approval_as_in_any_document(flour: httpx.Client) -> None:
    """A transfer out of more than there is waits for a second person."""
    body = {"type": "transfer_out", "to_branch": "b9", "lines": [{"item": "flour", "quantity": "100000"}]}
    answer = put(flour, body)
    assert answer.status_code == 202
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["negative_stock"]
