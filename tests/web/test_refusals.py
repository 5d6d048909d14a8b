"""What is refused, how it is said, and where: problem+json with a stable code, the path, and both languages."""

import json
from typing import Any

import httpx
import pytest

from admin_ui.serving.roles import Role
from tests.web.conftest import TEA, RunningBranch, new_id, put, sale


def line(**more: Any) -> dict[str, Any]:
    return {"type": "sale", "lines": [{"item": TEA, "quantity": "1", **more}]}


CASES: list[tuple[Any, int, str, str]] = [
    (line(quantity="x"), 400, "lines[0].quantity", "quantity_not_a_decimal"),
    (line(quantity="1e3"), 400, "lines[0].quantity", "quantity_not_a_decimal"),
    (line(quantity=3), 400, "lines[0].quantity", "wrong_type"),
    (line(price="650"), 400, "lines[0].price", "wrong_type"),
    (line(price=6.5), 400, "lines[0].price", "wrong_type"),
    (line(dicount=5), 400, "lines[0].dicount", "unknown_field"),
    (line(expiry="tomorrow"), 400, "lines[0].expiry", "not_a_date"),
    ({"type": "sale"}, 400, "lines", "missing"),
    ({"lines": []}, 400, "type", "missing"),
    ({"type": "gift", "lines": []}, 400, "type", "unknown_value"),
    ({**sale(), "occurred_at": "yesterday"}, 400, "occurred_at", "not_a_time"),
    ({**sale(), "occurred_at": "2026-11-22T09:30:00"}, 400, "occurred_at", "not_a_time"),
    ({**sale(), "tenders": [{"type": "shells", "amount": 1}]}, 400, "tenders[0].type", "unknown_value"),
    ([], 400, "", "wrong_type"),
    ({"type": "sale", "lines": []}, 422, "lines", "no_lines"),
    ({"type": "sale", "lines": [{"item": TEA, "quantity": "1"}] * 501}, 422, "lines", "too_many_lines"),
    (line(item="no-such"), 422, "lines[0].item", "unknown_item"),
    (line(quantity="0"), 422, "lines[0].quantity", "quantity_not_positive"),
    (line(quantity="-1"), 422, "lines[0].quantity", "quantity_not_positive"),
    (line(quantity="1.2345"), 422, "lines[0].quantity", "quantity_too_precise"),
    (line(quantity="9999999999999"), 422, "lines[0].quantity", "quantity_out_of_range"),
    (line(unit="crate"), 422, "lines[0].unit", "unknown_unit"),
    (line(price=-1), 422, "lines[0].price", "amount_out_of_range"),
    (line(discount=100_000), 422, "lines[0].discount", "discount_too_large"),
    (line(location="customer"), 422, "lines[0].location", "virtual_location"),
    (line(location="Back Room"), 422, "lines[0].location", "bad_location"),
    (line(lot=""), 422, "lines[0].lot", "text_out_of_range"),
    ({**sale(), "station": "Till One"}, 422, "station", "bad_station"),
    ({**sale(), "note": "x" * 501}, 422, "note", "text_out_of_range"),
    ({**sale(), "tenders": [{"type": "cash", "amount": 1}]}, 422, "tenders", "underpaid"),
    ({**sale(), "tenders": [{"type": "card", "amount": 9999}]}, 422, "tenders", "overpaid"),
    ({"type": "sale_return", "lines": [{"item": TEA, "quantity": "1"}], "original": new_id()}, 422, "original",
     "unknown_original"),
    ({"type": "adjustment", "reason": " ", "lines": [{"item": TEA, "quantity": "1"}]}, 422, "reason", "reason_required"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "path", "code"), CASES, ids=[f"{n} {case[2]} {case[3]}" for n, case in enumerate(CASES)]
)
def test_a_wrong_document_is_told_where_and_why(
    api: httpx.Client, body: Any, status: int, path: str, code: str
) -> None:
    answer = put(api, body)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"].endswith(problem["code"])
    found = {(error["path"], error["code"]) for error in problem["errors"]}
    assert (path, code) in found, problem["errors"]
    for error in problem["errors"]:
        assert error["detail"]
        assert error["detail_zh"]
        assert "{" not in error["detail"] + error["detail_zh"]
    assert problem["detail"] != problem["detail_zh"]


def test_money_in_a_sentence_is_written_with_its_currency(api: httpx.Client) -> None:
    problem = put(api, sale("2", tenders=[{"type": "cash", "amount": 5}])).json()
    assert problem["errors"][0]["detail"] == "0.05 CNY was paid for a total of 13.00 CNY."


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b'{"type":"sale","lines":[' + b"[" * 50_000, b'{"type":' * 50_000, b"null", b'"sale"'],
    ids=["empty", "cut", "not UTF-8", "deep list", "deep map", "null", "text"],
)
def test_what_is_no_document_is_a_400_of_the_callers(api: httpx.Client, body: bytes) -> None:
    answer = api.put(f"/api/v1/documents/{new_id()}", content=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] in {"malformed_json", "invalid_value"}


@pytest.mark.parametrize("text", ["x", "019ab3c45d6e7f809123456789abcdef", "{019ab3c4-5d6e-7f80-9123-456789abcdef}",
                                  "019ab3c4-5d6e-7f80-9123-456789abcdeg", "019ab3c4-5d6e-7f80-9123-4567 9abcdef"])  # fmt: skip
def test_an_id_that_is_no_uuid_is_refused(api: httpx.Client, text: str) -> None:
    answer = api.put(f"/api/v1/documents/{text}", json=sale())
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "not_a_uuid"
    assert api.get(f"/api/v1/documents/{text}").status_code == 404


def test_a_body_above_the_bound_is_refused(api: httpx.Client) -> None:
    answer = api.put(f"/api/v1/documents/{new_id()}", content=b" " * (1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_document_that_fits_no_replication_event_is_refused(api: httpx.Client) -> None:
    lot = "L" * 64
    body = {"type": "goods_receipt", "lines": [{"item": TEA, "quantity": "1", "lot": lot + "", "location": "a" * 30,
            "expiry": "2027-01-31", "reading": "r" * 64, "cost": 999_999_999_999} for _ in range(500)]}  # fmt: skip
    answer = put(api, body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["code"] == "document_too_large"


def test_without_a_token_or_session_nothing_is_told(branch: RunningBranch) -> None:
    with httpx.Client(base_url=branch.url) as stranger:
        for path in ("documents", "stock", "items", "journal", "replication", "devices", "scan?code=1", "metrics",
                     "catalogue", "events", f"documents/{new_id()}", "items/x", "print-jobs", "stations"):  # fmt: skip
            answer = stranger.get(f"/api/v1/{path}")
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), path
        assert put(stranger, sale()).status_code == 401
        assert stranger.put("/api/v1/items/x", json={}).status_code == 401
        assert stranger.get("/api/v1/health").status_code == 200


def test_a_session_needs_its_form_token_and_its_own_origin(branch: RunningBranch) -> None:
    with branch.signed_in("lin", pin="1111") as till:
        assert put(till, sale()).status_code == 201
        del till.headers["X-CSRF-Token"]
        assert put(till, sale()).json()["code"] == "csrf"
        till.headers["X-CSRF-Token"] = "wrong"
        assert put(till, sale()).json()["code"] == "csrf"
        assert till.get("/api/v1/stock").status_code == 200


def test_a_cashier_makes_no_items(branch: RunningBranch) -> None:
    with branch.client(Role.CASHIER) as cashier:
        answer = cashier.put("/api/v1/items/x", json={"name": "X", "unit": "pc", "price": 1})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        receipt = put(cashier, {"type": "goods_receipt", "lines": [{"item": TEA, "quantity": "1"}]})
        assert receipt.status_code == 202


def test_an_unknown_path_and_method_are_problems_too(api: httpx.Client) -> None:
    assert api.get("/api/v1/nothing").json()["code"] == "not_found"
    wrong = api.delete(f"/api/v1/documents/{new_id()}")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, PUT")
    assert json.loads(api.get("/api/v1/lots").text)["status"] == 404
