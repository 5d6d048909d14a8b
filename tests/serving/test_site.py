"""A whole small site in the test client: refusals, who may call what, static files, the published description."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import get, post
from litestar.params import FromQuery, JSONBody
from litestar.response import Response
from litestar.testing import AsyncTestClient

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.guard import Guard
from admin_ui.serving.handler_guard import TheCaller, TheCallerIfAny, at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.limits import BODY_BYTES_MAX, RateLimit
from admin_ui.serving.people import People
from admin_ui.serving.problem import Problem, make, problem
from admin_ui.serving.raw import Operation, RawRoute, read_body, respond, send_problem
from admin_ui.serving.roles import Role
from admin_ui.serving.site import build_app
from admin_ui.serving.static import StaticFiles
from tests.serving.kit import API, bearer, guard_for

pytestmark = pytest.mark.anyio


class Line(msgspec.Struct, frozen=True):
    item: str
    quantity: str


class Document(msgspec.Struct, frozen=True):
    type: str
    lines: list[Line]


class StoreFull(Exception):
    """A fault of the site under test, with a problem of its own."""


EXAMPLE = Document("sale", [Line("APPLE", "1.250")])


def a_site(guard: Guard, static: StaticFiles | None = None) -> Any:
    decoder = msgspec.json.Decoder(Document)

    async def put_document(scope: Any, receive: Any, send: Any) -> None:
        caller = await guard.require(scope)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        document = decode_json(decoder, await read_body(receive))
        if isinstance(document, Problem):
            await send_problem(send, document)
            return
        if document.type == "full":
            raise StoreFull
        if document.type == "broken":
            raise RuntimeError("broken on purpose")
        await respond(send, 201, msgspec.json.encode([scope["path_params"]["id"], caller.person]))

    @get("/api/v1/documents/{id:str}")
    async def get_document() -> Document:
        return EXAMPLE

    @post("/api/v1/echo")
    async def echo(data: JSONBody[Document], caller: TheCaller) -> list[str]:
        return [data.type, caller.person]

    @get("/api/v1/rows")
    async def rows(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[int]:
        start = decode_cursor("rows", after, int) or 0
        wanted = page_limit(limit)
        found = list(range(start + 1, 121))[: wanted + 1]
        return page_of("rows", found, wanted, lambda row: row)

    @get("/api/v1/broken")
    async def broken() -> None:
        raise RuntimeError("broken on purpose")

    @get("/stock", guards=[at_least(Role.MANAGER, password=True)], media_type="text/html")
    async def stock(caller: TheCaller) -> str:
        return f"<p>{caller.display_name}</p>"

    @get("/", media_type="text/html")
    async def front(caller_if_any: TheCallerIfAny) -> str:
        return "nobody" if caller_if_any is None else caller_if_any.person

    @post("/stock", guards=[at_least(Role.MANAGER)], media_type="text/html")
    async def change_stock() -> str:
        return "changed"

    def page(_: Any, value: Problem) -> Response[Any]:
        return Response(f"<h1>{value.title_zh}</h1>", media_type="text/html", status_code=value.status)

    return build_app(
        [get_document, echo, rows, broken, stock, front, change_stock],
        guard=guard,
        api=API,
        raw=[
            RawRoute(
                "/api/v1/documents/{id:str}",
                {
                    "PUT": Operation(
                        handler=put_document,
                        summary="Post a document",
                        request=Document,
                        request_example=EXAMPLE,
                        responses={201: list[str], 422: Problem},
                        response_examples={201: ["1", "lin"]},
                    )
                },
            ),
            RawRoute(
                "/api/v1/documents/{id:str}/approve", {"POST": Operation(handler=put_document, summary="Approve")}
            ),
            RawRoute("/api/v1/raw", {"PUT": Operation(handler=put_document, summary="No parameter")}),
        ],
        static=static,
        root_files={"/sw.js": "js/sw.js"} if static else None,
        problem_page=page,
        exceptions={StoreFull: lambda _: make("busy", retry_after=3)},
    )


@pytest.fixture
async def client(guard: Guard) -> AsyncIterator[AsyncTestClient[Any]]:
    async with AsyncTestClient(a_site(guard), raise_server_exceptions=False) as opened:
        yield opened


Client = AsyncTestClient[Any]
BODY = {"type": "sale", "lines": [{"item": "APPLE", "quantity": "1"}]}


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


async def test_credentials_that_are_missing_wrong_or_foreign_have_codes_of_their_own(
    client: Client, guard: Guard, people: People
) -> None:
    async def code(headers: dict[str, str]) -> tuple[int, str]:
        answer = await client.put("/api/v1/documents/1", json=BODY, headers=headers)
        assert "www-authenticate" in answer.headers
        return answer.status_code, answer.json()["code"]

    assert await code({}) == (401, "unauthenticated")
    assert await code({"authorization": "Bearer nonsense"}) == (401, "token_invalid")
    assert await code({"authorization": "Basic bGluOjExMTE="}) == (401, "token_invalid")
    assert await code(bearer(guard_for(people, "hq"))) == (401, "token_wrong_site")
    assert await code({"cookie": f"{guard.cookie}=made-up"}) == (401, "session_expired")
    headers = bearer(guard)
    claims: Any = guard.tokens.verify_bearer(headers["authorization"].encode())
    await people.withdraw_token(claims.token)
    assert await code(headers) == (401, "token_revoked")


async def sign_in(client: Client, **body: str) -> str:
    answer = await client.post("/api/v1/session", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["csrf_token"])


async def test_signing_in_gives_a_session_that_only_this_site_uses(client: Client) -> None:
    answer = await client.post("/api/v1/session", json={"person": "lin", "pin": "1111", "station": "till-1"})
    assert answer.json() | {"csrf_token": None} == {
        "person": "lin",
        "display_name": "Lin Yue",
        "display_name_zh": "林月",
        "role": "cashier",
        "by": "pin",
        "station": "till-1",
        "csrf_token": None,
    }
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("kontor_session_b001=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert (await client.get("/api/v1/session")).json()["csrf_token"] == answer.json()["csrf_token"]


async def test_an_unsafe_request_with_a_cookie_needs_the_form_token(client: Client) -> None:
    token = await sign_in(client, person="lin", pin="1111")
    for headers, status, code in (
        ({}, 403, "csrf"),
        ({"x-csrf-token": "guess"}, 403, "csrf"),
        ({"x-csrf-token": token, "origin": "http://evil.example"}, 403, "wrong_origin"),
        ({"x-csrf-token": token, "origin": "null"}, 403, "wrong_origin"),
        ({"x-csrf-token": token, "sec-fetch-site": "cross-site"}, 403, "wrong_origin"),
    ):
        answer = await client.put("/api/v1/documents/1", json=BODY, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), headers
    for headers in ({"x-csrf-token": token}, {"x-csrf-token": token, "origin": "http://testserver.local"}):
        assert (await client.put("/api/v1/documents/1", json=BODY, headers=headers)).status_code == 201


async def test_a_form_may_carry_the_token_in_a_field(client: Client) -> None:
    token = await sign_in(client, person="chen", password="kontor-manager")
    assert (await client.post("/stock", data={"csrf_token": token})).status_code == 201
    assert (await client.post("/stock", data={"csrf_token": "guess"})).status_code == 403
    assert (await client.post("/stock", data={})).status_code == 403


async def test_a_foreign_page_cannot_sign_anybody_in(client: Client) -> None:
    body = {"person": "lin", "pin": "1111"}
    headers = {"origin": "http://evil.example"}
    assert (await client.post("/api/v1/session", json=body, headers=headers)).json()["code"] == "wrong_origin"
    assert (await client.post("/sign-in", data=body, headers=headers)).status_code == 403


async def test_too_many_failures_answer_429_with_the_wait(client: Client) -> None:
    body = {"person": "lin", "pin": "0000"}
    for _ in range(5):
        assert (await client.post("/api/v1/session", json=body)).status_code == 401
    answer = await client.post("/api/v1/session", json=body)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "locked_out", "900")
    assert "15 分钟" in answer.json()["detail_zh"]


async def test_signing_out_ends_the_session(client: Client) -> None:
    token = await sign_in(client, person="lin", pin="1111")
    assert (await client.delete("/api/v1/session")).status_code == 403
    assert (await client.delete("/api/v1/session", headers={"x-csrf-token": token})).status_code == 204
    assert (await client.get("/api/v1/session")).status_code == 401


async def test_the_tills_names_hold_no_secret(client: Client) -> None:
    rows = (await client.get("/api/v1/people/sign-in")).json()
    assert rows["next"] is None
    assert [row["person"] for row in rows["rows"]] == ["chen", "lin"]
    assert "argon2" not in str(rows)


PAGE = {"accept": "text/html,*/*"}


async def test_a_page_without_a_session_leads_to_sign_in_and_back(client: Client) -> None:
    answer = await client.get("/stock?item=A&x=%2F", headers=PAGE, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/stock%3Fitem%3DA%26x%3D%252F"
    assert (await client.get("/stock")).status_code == 401, "a script is told, not redirected"
    signed = await client.post(
        "/sign-in",
        data={"person": "chen", "password": "kontor-manager", "next": "/stock?item=A"},
        follow_redirects=False,
    )
    assert (signed.status_code, signed.headers["location"]) == (303, "/stock?item=A")
    assert (await client.get("/stock", headers=PAGE)).text == "<p>Chen Wei</p>"
    assert (await client.get("/")).text == "chen"


async def test_a_failed_form_sign_in_leads_back_with_the_reason(client: Client) -> None:
    answer = await client.post(
        "/sign-in", data={"person": "chen", "password": "wrong-wrong", "next": "//evil"}, follow_redirects=False
    )
    assert answer.headers["location"] == "/sign-in?next=/&person=chen&problem=wrong_secret"


async def test_a_pin_opens_the_till_but_not_a_page_that_wants_a_password(client: Client) -> None:
    await sign_in(client, person="chen", pin="2222")
    assert (await client.get("/stock")).json()["code"] == "password_needed"
    page = await client.get("/stock", headers=PAGE, follow_redirects=False)
    assert page.headers["location"] == "/sign-in?next=/stock&problem=password_needed"


async def test_a_role_too_low_is_refused_and_drawn_for_a_person(client: Client, guard: Guard) -> None:
    answer = await client.get("/stock", headers=bearer(guard, Role.CASHIER))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "店长" in answer.json()["detail_zh"]
    drawn = await client.get("/stock", headers={**bearer(guard, Role.CASHIER), **PAGE})
    assert (drawn.status_code, drawn.text) == (403, "<h1>没有权限</h1>")
    assert (await client.get("/stock", headers=bearer(guard, Role.ADMIN))).status_code == 200


async def test_more_requests_than_the_bound_wait(people: People) -> None:
    guard = guard_for(people, rate=RateLimit(per_second=3, monotonic=lambda: 0.0))
    async with AsyncTestClient(a_site(guard), raise_server_exceptions=False) as client:
        one, other = bearer(guard), bearer(guard)
        statuses = [(await client.put("/api/v1/documents/1", json=BODY, headers=one)).status_code for _ in range(4)]
        assert statuses == [201, 201, 201, 429]
        refused = await client.put("/api/v1/documents/1", json=BODY, headers=one)
        assert refused.headers["retry-after"] == "1"
        assert (await client.put("/api/v1/documents/1", json=BODY, headers=other)).status_code == 201


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


@pytest.fixture
def static(tmp_path: Path) -> StaticFiles:
    root = tmp_path / "static"
    (root / "js" / "kit").mkdir(parents=True)
    (root / "js" / "app.js").write_text('import "./kit/live.js";\n' + "// padding\n" * 200)
    (root / "js" / "kit" / "live.js").write_text("export {};\n")
    (root / "js" / "sw.js").write_text("// worker\n")
    (root / ".secret").write_text("no")
    return StaticFiles(root)


async def test_static_files_are_named_by_content_and_relative_imports_resolve(
    guard: Guard, static: StaticFiles
) -> None:
    async with AsyncTestClient(a_site(guard, static)) as client:
        url = static.url_for("js/app.js")
        assert url == f"/static/{static.tree_hash}/js/app.js"
        answer = await client.get(url)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.text.startswith('import "./kit/live.js"')
        plain = await client.get(url, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.text == answer.text
        assert (await client.get(str(answer.url.join("./kit/live.js")))).status_code == 200
        for tag in (answer.headers["etag"], "W/" + answer.headers["etag"], f'"other", {answer.headers["etag"]}', "*"):
            again = await client.get(url, headers={"if-none-match": tag})
            assert (again.status_code, again.content) == (304, b""), tag
        assert (await client.get(url, headers={"if-none-match": '"other"'})).status_code == 200
        assert (await client.head(url)).headers["content-length"] == answer.headers["content-length"]
        worker = await client.get("/sw.js")
        assert worker.headers["cache-control"] == "no-cache"
        assert worker.headers["service-worker-allowed"] == "/"
        for missing in ("", "js/", "../conftest.py", "%2e%2e/x", ".secret", "js/app.js/x"):
            assert (await client.get(static.base_url + missing)).status_code == 404, missing
        assert (await client.get("/static/000000000000/js/app.js")).status_code == 404
        assert (await client.post(url)).status_code == 405


def test_any_change_gives_the_whole_tree_another_name(tmp_path: Path, static: StaticFiles) -> None:
    again = StaticFiles(tmp_path / "static")
    assert again.tree_hash == static.tree_hash
    (tmp_path / "static" / "js" / "kit" / "live.js").write_text("export { }\n")
    assert StaticFiles(tmp_path / "static").tree_hash != static.tree_hash


def test_texts_of_problems_exist_in_both_languages() -> None:
    from admin_ui.serving.problem_texts import TEXTS

    for code, text in TEXTS.items():
        assert text.title != text.title_zh, code
        assert text.detail != text.detail_zh, code
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text.detail_zh), code
    own = problem(409, "own", title="T", title_zh="题", detail="d", detail_zh="述")
    assert own.type == "https://kontor.invalid/problems/own"
