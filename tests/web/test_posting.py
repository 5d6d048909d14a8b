"""`PUT /documents/{id}`: every answer the contract names, and that a repeat never posts twice."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admin_ui.serving.roles import Role
from tests.web.conftest import APPLE, TEA, RunningBranch, new_id, post, put, sale


def stock_of(api: httpx.Client, item: str) -> int:
    rows = api.get("/api/v1/stock", params={"item": item}).json()["rows"]
    return sum(round(float(row["on_hand"]) * 1000) for row in rows)


def test_a_sale_is_posted_with_its_number_place_and_change(api: httpx.Client) -> None:
    before = stock_of(api, TEA)
    document_id = new_id()
    answer = put(api, sale("3", tenders=[{"type": "cash", "amount": 2000}]), document_id)
    assert answer.status_code == 201
    body = answer.json()
    assert body["status"] == "posted"
    assert body["id"] == document_id
    assert body["number"].startswith("SA-")
    assert (body["total"], body["change"], body["warnings"]) == (1950, 50, [])
    assert len(bytes.fromhex(body["hash"])) == 32
    assert stock_of(api, TEA) == before - 3000


def test_the_same_again_answers_the_first_answer_and_moves_nothing(api: httpx.Client) -> None:
    document_id = new_id()
    first = put(api, sale("3"), document_id).json()
    before = stock_of(api, TEA)
    again = put(api, sale("3"), document_id)
    assert again.status_code == 200
    assert again.json() == {**first, "status": "exists"}
    assert stock_of(api, TEA) == before


def test_key_order_and_the_spelling_of_a_quantity_do_not_make_other_content(api: httpx.Client) -> None:
    document_id = new_id()
    assert put(api, sale("3"), document_id).status_code == 201
    other = {"lines": [{"quantity": "3.000", "item": TEA}], "station": "till-1", "type": "sale"}
    again = put(api, other, document_id.upper())
    assert (again.status_code, again.json()["status"]) == (200, "exists")


@pytest.mark.parametrize("other", [sale("4"), sale("3", note="x"), {**sale("3"), "type": "sale_return"}])
def test_the_same_id_with_other_content_is_a_conflict(api: httpx.Client, other: dict[str, Any]) -> None:
    document_id = new_id()
    assert put(api, sale("3"), document_id).status_code == 201
    answer = put(api, other, document_id)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "conflict"


def test_a_refused_document_stores_nothing_and_its_id_may_be_used_again(api: httpx.Client) -> None:
    document_id = new_id()
    assert put(api, sale("1", "no-such"), document_id).status_code == 422
    assert api.get(f"/api/v1/documents/{document_id}").status_code == 404
    assert put(api, sale("1"), document_id).status_code == 201


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(thousandths=st.lists(st.integers(1, 2000), min_size=1, max_size=5), repeats=st.integers(1, 3))
def test_posting_any_number_of_times_is_posting_once(api: httpx.Client, thousandths: list[int], repeats: int) -> None:
    before = stock_of(api, APPLE)
    lines = [{"item": APPLE, "quantity": f"{n // 1000}.{n % 1000:03d}"} for n in thousandths]
    document_id = new_id()
    answers = [put(api, {"type": "sale", "lines": lines}, document_id) for _ in range(repeats + 1)]
    assert [answer.status_code for answer in answers] == [201] + [200] * repeats
    assert len({(answer.json()["seq"], answer.json()["hash"]) for answer in answers}) == 1
    assert stock_of(api, APPLE) == before - sum(thousandths)


def test_a_document_is_read_back_with_what_it_moved(api: httpx.Client) -> None:
    posted = post(api, sale("2", note="for the birds", tenders=[{"type": "card", "amount": 1300}]))
    body = api.get(f"/api/v1/documents/{posted['id']}").json()
    assert (body["status"], body["type"], body["seq"], body["number"]) == (
        "posted", "sale", posted["seq"], posted["number"],
    )  # fmt: skip
    assert body["lines"] == [{"item": TEA, "quantity": "2.000", "price": 650, "discount": 0, "amount": 1300}]
    assert body["movements"] == [
        {"line": 0, "item": TEA, "quantity": "2.000", "from": "shop", "to": "customer", "lot": None, "serials": []}
    ]
    assert body["note"] == "for the birds"
    assert body["posted_at"].endswith("Z")


# Approval ----------------------------------------------------------------------------------------------------------


def too_much(api: httpx.Client) -> dict[str, Any]:
    return sale(str(stock_of(api, TEA) // 1000 + 5))


def test_selling_more_than_there_is_waits_for_a_person_until_one_approves(
    branch: RunningBranch, api: httpx.Client
) -> None:
    body, document_id = too_much(api), new_id()
    waiting = put(api, body, document_id)
    assert waiting.status_code == 202
    assert waiting.json()["status"] == "needs_approval"
    (reason,) = waiting.json()["reasons"]
    assert (reason["path"], reason["code"]) == ("lines[0].quantity", "negative_stock")
    assert reason["detail"] in waiting.json()["detail"]
    assert "现有" in reason["detail_zh"]
    assert put(api, body, document_id).status_code == 202
    assert api.get(f"/api/v1/documents/{document_id}").json()["status"] == "needs_approval"

    with branch.client(Role.MANAGER) as manager:
        approved = manager.post(f"/api/v1/documents/{document_id}/approve", json={"reason": "counted"})
        assert approved.status_code == 200, approved.text
        assert approved.json()["status"] == "posted"
        assert [warning["code"] for warning in approved.json()["warnings"]] == ["negative_stock"]
        again = manager.post(f"/api/v1/documents/{document_id}/approve", json={"reason": "counted"})
        assert again.json()["seq"] == approved.json()["seq"]
    repeat = put(api, body, document_id)
    assert (repeat.status_code, repeat.json()["status"]) == (200, "exists")
    post(api, {"type": "adjustment", "reason": "found", "lines": [{"item": TEA, "quantity": "1000"}]})


def test_a_manager_may_approve_at_the_till_with_a_pin(branch: RunningBranch, api: httpx.Client) -> None:
    document_id = new_id()
    with branch.signed_in("lin", pin="1111") as till:
        body = too_much(api)
        assert put(till, body, document_id).status_code == 202
        wrong = put(till, {**body, "approval": {"person": "chen", "pin": "0000", "reason": "ok"}}, document_id)
        assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_pin")
        assert wrong.json()["errors"][0]["path"] == "approval.pin"
        weak = put(till, {**body, "approval": {"person": "lin", "pin": "1111", "reason": "ok"}}, document_id)
        assert (weak.status_code, weak.json()["errors"][0]["code"]) == (422, "may_not_approve")
        silent = put(till, {**body, "approval": {"person": "chen", "pin": "2222", "reason": " "}}, document_id)
        assert silent.json()["errors"][0]["path"] == "approval.reason"
        done = put(till, {**body, "approval": {"person": "chen", "pin": "2222", "reason": "ok"}}, document_id)
        assert done.status_code == 201, done.text
        assert put(till, body, document_id).json()["status"] == "exists"
        changed = {**body, "approval": {"person": "chen", "pin": "0000", "reason": "ok"}}
        assert put(till, changed, document_id).json()["status"] == "exists", "a repeat needs no PIN any more"
    view = api.get(f"/api/v1/documents/{document_id}").json()
    assert view["approval"] == {"person": "chen", "reason": "ok"}
    assert "2222" not in json.dumps(view)
    post(api, {"type": "adjustment", "reason": "found", "lines": [{"item": TEA, "quantity": "1000"}]})


def test_a_refused_request_spends_its_id(branch: RunningBranch, api: httpx.Client) -> None:
    body, document_id = too_much(api), new_id()
    with branch.client(Role.CASHIER) as cashier, branch.client(Role.MANAGER) as manager:
        assert put(cashier, body, document_id).status_code == 202
        own = cashier.post(f"/api/v1/documents/{document_id}/approve", json={"reason": "please"})
        assert own.json()["errors"][0]["code"] in {"own_request", "may_not_approve"}
        refused = manager.post(f"/api/v1/documents/{document_id}/reject", json={"reason": "no"})
        assert (refused.status_code, refused.json()["status"]) == (200, "rejected")
        assert put(cashier, body, document_id).json()["errors"][0]["code"] == "refused_by_person"
        assert manager.post(f"/api/v1/documents/{document_id}/approve", json={"reason": "yes"}).status_code == 409
    assert api.get(f"/api/v1/documents/{document_id}").json()["status"] == "rejected"


def test_deciding_about_nothing_is_not_found(api: httpx.Client) -> None:
    for verb in ("approve", "reject"):
        assert api.post(f"/api/v1/documents/{new_id()}/{verb}", json={"reason": "x"}).status_code == 404
        assert api.post(f"/api/v1/documents/nothing/{verb}", json={"reason": "x"}).status_code == 404


def test_five_wrong_pins_lock_the_approver_out(api: httpx.Client) -> None:
    body = too_much(api)
    wrong = {**body, "approval": {"person": "admin", "pin": "0001", "reason": "ok"}}
    answers = [put(api, wrong) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert answers[-1].json()["code"] == "locked_out"


def test_only_a_signed_in_till_may_say_that_a_sale_is_settled(branch: RunningBranch, api: httpx.Client) -> None:
    body = {**too_much(api), "settled": True}
    by_token = put(api, body)
    assert (by_token.status_code, by_token.json()["errors"][0]["code"]) == (422, "settled_not_allowed")
    with branch.signed_in("lin", pin="1111") as till:
        settled = put(till, body)
        assert settled.status_code == 201
        (warning,) = settled.json()["warnings"]
        assert warning["code"] == "negative_stock"
        assert warning["detail"]
        assert warning["detail_zh"]
    post(api, {"type": "adjustment", "reason": "found", "lines": [{"item": TEA, "quantity": "1000"}]})
