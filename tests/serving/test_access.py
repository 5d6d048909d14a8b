"""Who may call what: credentials, signing in and out, form tokens, roles, pages."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from admin_ui.serving.guard import Guard
from admin_ui.serving.limits import RateLimit
from admin_ui.serving.people import People
from admin_ui.serving.roles import Role
from tests.serving.kit import bearer, guard_for
from tests.serving.small_site import BODY, Client, a_site

pytestmark = pytest.mark.anyio


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
    claims: Any = guard.tokens.verify_bearer(headers["authorization"].encode(), 2)
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


async def test_who_takes_over_the_browser_ends_the_session_before(client: Client, guard: Guard) -> None:
    await sign_in(client, person="lin", pin="1111")
    before = {"cookie": f"{guard.cookie}={client.cookies[guard.cookie]}"}
    assert (await client.get("/api/v1/session", headers=before)).json()["person"] == "lin"
    await sign_in(client, person="chen", pin="2222")
    assert (await client.get("/api/v1/session")).json()["person"] == "chen"
    client.cookies.clear()
    assert (await client.get("/api/v1/session", headers=before)).status_code == 401


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


async def test_a_page_with_a_chinese_address_is_come_back_to(client: Client) -> None:
    """A header holds no Chinese, so the address is sent in its written form; what was written already stays."""
    answer = await client.post(
        "/sign-in", data={"person": "lin", "pin": "1111", "next": "/stock?q=苹果&x=%2F"}, follow_redirects=False
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/stock?q=%E8%8B%B9%E6%9E%9C&x=%2F"
