"""The published description: every route is in it, and every example it gives is accepted by a real branch."""

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gateway.store.verify import verify_site
from gateway.web.examples import ITEM, RECEIPT_ID, SALE_ID, SKU, WRITE_OFF_ID
from replication.wire.document_types import DOCUMENT_TYPES
from tests.web.conftest import RunningBranch, new_id, post

CONTRACT = {
    "/api/v1/items/{sku}": {"get", "put"},
    "/api/v1/items": {"get"},
    "/api/v1/held-items": {"get"},
    "/api/v1/items/{sku}/movements": {"get"},
    "/api/v1/items/{sku}/explain": {"get"},
    "/api/v1/documents/{id}": {"get", "put"},
    "/api/v1/documents": {"get"},
    "/api/v1/documents/{id}/approve": {"post"},
    "/api/v1/documents/{id}/reject": {"post"},
    "/api/v1/documents/{id}/print": {"post"},
    "/api/v1/documents/{id}/review": {"post"},
    "/api/v1/reviews": {"get"},
    "/api/v1/scan": {"get"},
    "/api/v1/stock": {"get"},
    "/api/v1/journal": {"get"},
    "/api/v1/replication": {"get"},
    "/api/v1/epochs": {"get"},
    "/api/v1/policy": {"get"},
    "/api/v1/shifts": {"get"},
    "/api/v1/shifts/{id_text}": {"get"},
    "/api/v1/devices": {"get"},
    "/api/v1/devices/{name}/release": {"post"},
    "/api/v1/devices/{name}/enable": {"post"},
    "/api/v1/ports": {"get"},
    "/api/v1/receipt-layout": {"get", "put"},
    "/api/v1/receipt-layout/preview": {"post"},
    "/api/v1/stations": {"get"},
    "/api/v1/stations/{name}/drawer": {"post"},
    "/api/v1/stations/{name}/display": {"put"},
    "/api/v1/stations/{name}/scale": {"post"},
    "/api/v1/print-jobs": {"get"},
    "/api/v1/catalogue": {"get"},
    "/api/v1/events": {"get"},
    "/api/v1/transfers": {"get"},
    "/api/v1/transfers/{id_text}": {"get"},
    "/api/v1/transfers/{id}/cancel": {"post"},
    "/api/v1/orders": {"get"},
    "/api/v1/orders/{id_text}": {"get"},
    "/api/v1/orders/{id_text}/receive": {"get"},
    "/api/v1/receipts/{id_text}": {"get"},
    "/api/v1/lots/{lot}": {"get"},
    "/api/v1/lots/{item}/{lot}/block": {"post"},
    "/api/v1/lots/{item}/{lot}/unblock": {"post"},
    "/api/v1/serials": {"get"},
    "/api/v1/tasks": {"get"},
    "/api/v1/turnover": {"get"},
    "/api/v1/items/{sku}/worth": {"get"},
    "/api/v1/alerts": {"get"},
    "/api/v1/alerts/receivers": {"get"},
    "/api/v1/alerts/{id}/seen": {"post"},
    "/api/v1/kitchen-tickets": {"get"},
    "/api/v1/kitchen-tickets/{ticket}/take": {"post"},
    "/api/v1/attention": {"get"},
    "/api/v1/counts/classes": {"get"},
    "/api/v1/counts/classes/recompute": {"post"},
    "/api/v1/counts/today": {"get"},
    "/api/v1/counts/accuracy": {"get"},
    "/api/v1/counts/{id_text}": {"get"},
    "/api/v1/counts/{id_text}/differences": {"get"},
    "/api/v1/counts/{id}/lines/{line}": {"put"},
    "/api/v1/counts/{id}/post": {"post"},
    "/api/v1/suppliers": {"get"},
    "/api/v1/suppliers/{code}": {"put"},
    "/api/v1/members": {"get"},
    "/api/v1/members/{code}": {"put"},
    "/api/v1/imports/{name}": {"get", "post"},
    "/api/v1/imports/{kind}/template": {"get"},
    "/api/v1/exports/{kind}": {"get"},
    "/api/v1/recipes": {"get"},
    "/api/v1/recipes/{code}": {"get", "put"},
    "/api/v1/recipes/{code}/explosion": {"get"},
    "/api/v1/usage": {"get"},
    "/api/v1/work-orders": {"get"},
    "/api/v1/work-orders/{id}": {"get", "put"},
    "/api/v1/work-orders/{id}/steps/{step}/start": {"post"},
    "/api/v1/work-orders/{id}/steps/{step}/finish": {"post"},
    "/api/v1/work-orders/{id}/complete": {"post"},
    "/api/v1/work-orders/{id}/cancel": {"post"},
    "/api/v1/health": {"get"},
    "/api/v1/metrics": {"get"},
    "/api/v1/session": {"get", "post", "delete"},
    "/api/v1/people/sign-in": {"get"},
}


@pytest.fixture
def description(api: httpx.Client) -> Any:
    answer = api.get("/schema/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def test_the_whole_contract_is_described_and_nothing_else(description: Any) -> None:
    assert {path: set(methods) for path, methods in description["paths"].items()} == CONTRACT


def test_every_body_a_raw_route_takes_has_an_example(description: Any) -> None:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if "requestBody" in operation and path != "/api/v1/session":
                content = operation["requestBody"]["content"]["application/json"]
                assert "example" in content or content["examples"], (method, path)


def test_references_lead_somewhere(description: Any) -> None:
    names = set(description["components"]["schemas"])

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                assert node["$ref"].removeprefix("#/components/schemas/") in names
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(description)


def test_every_example_is_accepted(branch: RunningBranch, description: Any) -> None:
    def example(path: str, method: str) -> Any:
        content = description["paths"][path][method]["requestBody"]["content"]["application/json"]
        return content["examples"]["sale"]["value"] if "examples" in content else content["example"]

    with branch.client() as api:
        item = api.put("/api/v1/items/tea-500", json=example("/api/v1/items/{sku}", "put"))
        assert item.status_code in (200, 201), item.text
        post(api, {"type": "opening_balance", "lines": [{"item": "tea-500", "quantity": "10"}]})
        document_id = new_id()
        sold = api.put(f"/api/v1/documents/{document_id}", json=example("/api/v1/documents/{id}", "put"))
        assert sold.status_code == 201, sold.text
        answers = description["paths"]["/api/v1/documents/{id}"]["put"]["responses"]
        told = answers["201"]["content"]["application/json"]["example"]
        assert set(told) == set(sold.json())
        assert (told["total"], told["change"]) == (sold.json()["total"], sold.json()["change"])
        transfer = new_id()
        sent = {"type": "transfer_out", "to_branch": "b9", "lines": [{"item": "tea-500", "quantity": "1"}]}
        assert api.put(f"/api/v1/documents/{transfer}", json=sent).status_code == 201
        cancelled = api.post(
            f"/api/v1/transfers/{transfer}/cancel", json=example("/api/v1/transfers/{id}/cancel", "post")
        )
        assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelling")
        printed = api.post(
            f"/api/v1/documents/{document_id}/print", json=example("/api/v1/documents/{id}/print", "post")
        )
        assert printed.json()["code"] == "no_printer"  # this branch has none; the body was understood
        for verb in ("block", "unblock"):
            path = f"/api/v1/lots/{{item}}/{{lot}}/{verb}"
            answer = api.post(f"/api/v1/lots/tea-500/L2026-11/{verb}", json=example(path, "post"))
            assert (answer.status_code, answer.json()["blocked"]) == (200, verb == "block"), answer.text
        for verb in ("approve", "reject"):
            with branch.signed_in("chen", password="kontor-manager") as manager:
                waiting = new_id()
                asked = {"type": "sale", "lines": [{"item": "tea-500", "quantity": "5000"}]}
                answer = api.put(f"/api/v1/documents/{waiting}", json=asked)
                assert answer.status_code == 202
                assert set(answer.json()) == set(answers["202"]["content"]["application/json"]["example"])
                body = example(f"/api/v1/documents/{{id}}/{verb}", "post")
                assert manager.post(f"/api/v1/documents/{waiting}/{verb}", json=body).status_code == 200


def test_an_example_of_every_type_of_document_is_posted(tmp_path: Path) -> None:
    """In the order they are given; then each is listed under its type, read back, sent again, and verifies clean."""
    named = {"sale": SALE_ID, "goods_receipt": RECEIPT_ID, "write_off": WRITE_OFF_ID}
    with RunningBranch(tmp_path) as branch, branch.client() as api:
        description = api.get("/schema/openapi.json").json()
        put = description["paths"]["/api/v1/documents/{id}"]["put"]
        examples = put["requestBody"]["content"]["application/json"]["examples"]
        assert set(examples) == DOCUMENT_TYPES
        assert api.put(f"/api/v1/items/{SKU}", json=msgspec.to_builtins(ITEM)).status_code == 201
        for type_, example in examples.items():
            path = f"/api/v1/documents/{named.get(type_) or new_id()}"
            posted = api.put(path, json=example["value"])
            assert posted.status_code == 201, (type_, posted.text)
            assert api.put(path, json=example["value"]).json()["status"] == "exists"
            (row,) = api.get("/api/v1/documents", params={"type": type_}).json()["rows"]
            told = api.get(path).json()
            assert (row["number"], told["status"], told["type"]) == (told["number"], "posted", type_)
            for name in set(example["value"]) & set(told) - {"lines", "type", "counted", "tenders", "occurred_at"}:
                assert told[name] == example["value"][name], (type_, name)
    assert verify_site(tmp_path).differences == ()
