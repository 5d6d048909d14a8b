"""What waits for a person: 202, a repeat of it, approval inline or later, refusal."""

from typing import Any

import pytest

from tests.contract.conftest import ADMIN, CASHIER, MANAGER, Site, new_id, sale

CHEN = {"person": "chen", "pin": "2222", "reason": "the shelf has it"}
LIN = {"person": "lin", "pin": "1111", "reason": "please"}


@pytest.mark.parametrize("role", [CASHIER, MANAGER, ADMIN])
def test_negative_stock_needs_approval_for_every_role(branch: Site, role: str) -> None:
    sku, document = branch.item(), new_id()
    waiting = branch.post(sale(sku, "2"), document, role=role)
    assert (waiting.status, waiting.json["status"], waiting.json["id"]) == (202, "needs_approval", document)
    assert [reason["code"] for reason in waiting.json["reasons"]] == ["negative_stock"]
    assert branch.ask("GET", f"/documents/{document}", role=CASHIER).json["status"] == "needs_approval"
    assert branch.rows(f"/stock?item={sku}") == []

    assert branch.post(sale(sku, "2"), document, role=role).status == 202
    assert branch.post(sale(sku, "3"), document, role=role).status == 409
    assert branch.post(sale(sku, "2") | {"approval": LIN}, document, role=role).fields() == {
        ("approval.person", "may_not_approve")
    }
    posted = branch.post(sale(sku, "2") | {"approval": CHEN}, document, role=role)
    assert (posted.status, [warning["code"] for warning in posted.json["warnings"]]) == (201, ["negative_stock"])
    assert branch.post(sale(sku, "2"), document, role=role).json == posted.json | {"status": "exists"}
    assert branch.stock(sku) == {"shop": "-2.000"}


def test_a_repeat_waits_until_a_person_decides_though_policy_would_now_allow_it(branch: Site) -> None:
    sku, negative, cheap = branch.item(), new_id(), new_id()
    assert branch.post(sale(sku, "2"), negative, role=CASHIER).status == 202
    assert branch.post({"type": "goods_receipt", "lines": [{"item": sku, "quantity": "10"}]}).status == 201
    assert branch.post(sale(sku, "2"), negative, role=CASHIER).status == 202
    assert branch.post(sale(sku, "2", price=1), cheap, role=CASHIER).status == 202
    assert branch.post(sale(sku, "2", price=1), cheap, role=ADMIN).status == 202

    for document in (negative, cheap):
        assert branch.ask("POST", f"/documents/{document}/approve", {"reason": "ok"}, role=CASHIER).status in (403, 422)
        posted = branch.ask("POST", f"/documents/{document}/approve", {"reason": "ok"}, role=MANAGER)
        assert (posted.status, posted.json["status"]) == (200, "posted")
        again = branch.ask("POST", f"/documents/{document}/approve", {"reason": "ok"}, role=MANAGER)
        assert (again.status, again.json["seq"]) == (200, posted.json["seq"])
        assert branch.ask("POST", f"/documents/{document}/reject", {"reason": "no"}, role=MANAGER).status == 409
    assert branch.post(sale(sku, "2"), negative, role=CASHIER).json["status"] == "exists"
    assert branch.stock(sku) == {"shop": "6.000"}


def test_a_refused_document_s_id_is_spent(branch: Site, rice: str) -> None:
    document = new_id()
    assert branch.post(sale(rice, discount=5), document, role=CASHIER).status == 202
    refused = branch.ask("POST", f"/documents/{document}/reject", {"reason": "no"}, role=MANAGER)
    assert (refused.status, refused.json["status"]) == (200, "rejected")
    assert branch.post(sale(rice, discount=5), document, role=CASHIER).fields() == {("", "refused_by_person")}
    assert branch.ask("POST", f"/documents/{document}/approve", {"reason": "ok"}, role=MANAGER).status == 409
    assert branch.ask("POST", f"/documents/{new_id()}/approve", {"reason": "ok"}, role=MANAGER).status == 404


APPROVALS: list[tuple[dict[str, Any], int, str]] = [
    ({**CHEN, "pin": "2223"}, 422, "approval.pin"),
    ({**CHEN, "person": "nobody"}, 422, "approval.pin"),
    ({**CHEN, "reason": " "}, 422, "approval.reason"),
    ({"person": "chen", "pin": "2222"}, 400, "approval.reason"),
    ({**CHEN, "role": "admin"}, 400, "approval.role"),
]


@pytest.mark.parametrize(("approval", "status", "path"), APPROVALS)
def test_an_approval_that_does_not_count_stores_nothing(
    branch: Site, rice: str, approval: dict[str, Any], status: int, path: str
) -> None:
    document = new_id()
    answer = branch.post(sale(rice, discount=5) | {"approval": approval}, document, role=CASHIER)
    assert (answer.status, [where for where, _ in answer.fields()]) == (status, [path])
    assert branch.ask("GET", f"/documents/{document}").status == 404


def test_only_a_signed_in_till_may_say_that_a_sale_is_settled(branch: Site) -> None:
    sku, document = branch.item(), new_id()
    gone = sale(sku, "2") | {"settled": True}
    assert branch.post(gone).fields() == {("settled", "settled_not_allowed")}
    signed_in = branch.ask("POST", "/session", {"person": "lin", "pin": "1111"}, role=None)
    till = {
        "Cookie": signed_in.headers["set-cookie"].split(";")[0], "X-CSRF-Token": signed_in.json["csrf_token"],
    }  # fmt: skip
    path = f"/documents/{document}"
    assert branch.ask("PUT", path, sale(sku, "2"), role=None, headers=till).status == 202
    posted = branch.ask("PUT", path, gone, role=None, headers=till)
    assert (posted.status, [warning["code"] for warning in posted.json["warnings"]]) == (201, ["negative_stock"])
    assert branch.ask("PUT", path, sale(sku, "2"), role=None, headers=till).json["status"] == "exists"
    late = branch.ask("POST", f"{path}/approve", {"reason": "ok"}, role=MANAGER)
    assert (late.status, late.json["seq"]) == (200, posted.json["seq"])
    assert branch.stock(sku) == {"shop": "-2.000"}
