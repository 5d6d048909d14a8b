"""A whole small site in the test client: refusals, faults, lists, the published description."""

import logging
from typing import Any

import msgspec
import pytest

from admin_ui.serving.guard import Guard
from admin_ui.serving.limits import BODY_BYTES_MAX
from admin_ui.serving.problem import problem
from tests.serving.kit import bearer
from tests.serving.small_site import BODY, EXAMPLE, Client

pytestmark = pytest.mark.anyio


async def test_a_raw_route_and_a_handler_share_a_path(client: Client, guard: Guard) -> None:
    put = await client.put("/api/v1/documents/abc", json=BODY, headers=bearer(guard))
    assert (put.status_code, put.json()) == (201, ["abc", "script"])
    assert (await client.get("/api/v1/documents/abc")).status_code == 200
    assert (await client.post("/api/v1/documents/abc")).status_code == 405
    approve = await client.post("/api/v1/documents/abc/approve", json=BODY, headers=bearer(guard))
    assert approve.json() == ["abc", "script"]
    wrong = await client.get("/api/v1/documents/abc/approve")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("method_and_path", ["PUT /api/v1/documents/1", "POST /api/v1/echo"])
@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"type": "sale", "lines": [{"item": "A", "quantity": 3}]}, "lines[0].quantity", "wrong_type"),
        ({"type": "sale", "lines": [{"item": "A"}]}, "lines[0].quantity", "missing"),
        ({"lines": []}, "type", "missing"),
        ({"type": 1, "lines": []}, "type", "wrong_type"),
        ({"type": "sale", "lines": {}}, "lines", "wrong_type"),
        ([], "", "wrong_type"),
    ],
)
async def test_a_wrong_value_is_named_by_its_place(
    client: Client, guard: Guard, method_and_path: str, body: Any, path: str, code: str
) -> None:
    method, url = method_and_path.split()
    answer = await client.request(method, url, json=body, headers=bearer(guard))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    refused = answer.json()
    assert refused["code"] == "invalid_value"
    assert refused["type"] == "https://kontor.invalid/problems/invalid_value"
    assert [(error["path"], error["code"]) for error in refused["errors"]] == [(path, code)]
    assert all(error["detail"] and error["detail_zh"] for error in refused["errors"])


@pytest.mark.parametrize("method_and_path", ["PUT /api/v1/documents/1", "POST /api/v1/echo"])
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"type":"sale","lines":[]} x'])
async def test_what_is_not_json_is_said_to_be_so(
    client: Client, guard: Guard, method_and_path: str, body: bytes
) -> None:
    method, url = method_and_path.split()
    answer = await client.request(
        method, url, content=body, headers={**bearer(guard), "content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["code"] in ("malformed_json", "invalid_value")


async def test_unknown_paths_and_methods_are_problems_with_all_headers(client: Client) -> None:
    missing = await client.get("/api/v1/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert "default-src 'self'" in missing.headers["content-security-policy"]
    assert "unsafe-inline" not in missing.headers["content-security-policy"]
    assert missing.headers["x-content-type-options"] == "nosniff"
    assert missing.headers["cache-control"] == "no-store"
    data = await client.get("/api/v1/rows")
    assert (data.headers["x-content-type-options"], data.headers["cache-control"]) == ("nosniff", "no-store")
    page = await client.get("/")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    wrong = await client.delete("/api/v1/rows")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (
        405,
        "method_not_allowed",
        "GET, OPTIONS",
    )


@pytest.mark.parametrize("raw", [True, False])
async def test_our_own_fault_is_logged_under_the_number_the_caller_reads(
    client: Client, guard: Guard, caplog: pytest.LogCaptureFixture, raw: bool
) -> None:
    with caplog.at_level(logging.ERROR, logger="kontor.web"):
        answer = (
            await client.put("/api/v1/raw", json={"type": "broken", "lines": []}, headers=bearer(guard))
            if raw
            else await client.get("/api/v1/broken")
        )
    assert answer.status_code == 500
    assert "broken on purpose" not in answer.text
    (record,) = caplog.records
    assert record.incident in answer.json()["detail"]
    assert record.incident in answer.json()["detail_zh"]
    assert record.exc_info is not None


async def test_a_sites_own_exception_becomes_its_problem(client: Client, guard: Guard) -> None:
    answer = await client.put("/api/v1/documents/1", json={"type": "full", "lines": []}, headers=bearer(guard))
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "3")
    assert answer.json()["retry_after"] == 3


@pytest.mark.parametrize("path", ["/api/v1/documents/1", "/api/v1/echo", "/nowhere"])
async def test_a_body_above_the_bound_is_refused(client: Client, guard: Guard, path: str) -> None:
    answer = await client.post(path, content=b"x" * (BODY_BYTES_MAX + 1), headers=bearer(guard))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_body_of_just_the_bound_is_read(client: Client, guard: Guard) -> None:
    body = msgspec.json.encode(EXAMPLE).ljust(BODY_BYTES_MAX)
    assert (await client.put("/api/v1/raw", content=body, headers=bearer(guard))).status_code == 500  # no id here
    assert (await client.put("/api/v1/documents/1", content=body, headers=bearer(guard))).status_code == 201


async def test_a_list_is_walked_by_its_cursor_to_the_end(client: Client) -> None:
    seen: list[int] = []
    after: str | None = ""
    while after is not None:
        page = (await client.get("/api/v1/rows", params={"after": after} if after else {})).json()
        seen += page["rows"]
        after = page["next"]
    assert seen == list(range(1, 121))
    assert len((await client.get("/api/v1/rows?limit=100000")).json()["rows"]) == 120
    for bad in ("limit=0", "limit=-1", "limit=x"):
        assert (await client.get(f"/api/v1/rows?{bad}")).json()["code"] == "invalid_value", bad
    for bad in ("x", "%00", "é", "A" * 2000, "k6RvbGRzAQ"):
        answer = await client.get(f"/api/v1/rows?after={bad}")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor"), bad


async def test_the_description_holds_raw_routes_and_handlers_with_examples(client: Client) -> None:
    described = (await client.get("/schema/openapi.json")).json()
    put = described["paths"]["/api/v1/documents/{id}"]["put"]
    assert set(described["paths"]["/api/v1/documents/{id}"]) == {"put", "get"}
    assert put["requestBody"]["content"]["application/json"]["example"] == msgspec.to_builtins(EXAMPLE)
    assert put["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Document"}
    assert put["parameters"] == [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    assert "application/problem+json" in put["responses"]["default"]["content"]
    names = set(described["components"]["schemas"])
    for reference in _references(described):
        assert reference.removeprefix("#/components/schemas/") in names
    assert described["security"] == [{"token": []}, {"session": []}]
    for page in ("/schema", "/schema/swagger", "/schema/redoc"):
        assert "cdn" not in (await client.get(page)).text


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for key, each in value.items() for found in ([each] if key == "$ref" else _references(each))]
    return [found for each in value for found in _references(each)] if isinstance(value, list) else []


def test_texts_of_problems_exist_in_both_languages() -> None:
    from admin_ui.serving.problem_texts import TEXTS

    for code, text in TEXTS.items():
        assert text.title != text.title_zh, code
        assert text.detail != text.detail_zh, code
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text.detail_zh), code
    own = problem(409, "own", title="T", title_zh="题", detail="d", detail_zh="述")
    assert own.type == "https://kontor.invalid/problems/own"
