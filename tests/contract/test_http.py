"""What holds for every address: who may ask, lists and their pages, methods, headers, the published description."""

import http.client
import threading
import time
from typing import Any

import pytest

from tests.contract.conftest import ADMIN, CASHIER, MANAGER, Site, eventually, new_id, sale

BRANCH_LISTS = ("/items", "/stock", "/documents", "/journal", "/devices", "/stations", "/print-jobs")
HEADQUARTERS_LISTS = ("/branches", "/items", "/stock", "/documents", "/journal?branch=b001")


@pytest.fixture(scope="module", params=["branch", "headquarters"])
def site(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def lists(site: Site) -> tuple[str, ...]:
    return HEADQUARTERS_LISTS if site.name == "hq" else BRANCH_LISTS


def test_a_list_gives_pages_and_refuses_what_it_never_gave(site: Site, rice: str) -> None:
    assert rice
    for path in lists(site):
        joint = "&" if "?" in path else "?"
        one_by_one = (
            site.rows(path, limit=1) if path not in ("/journal", "/journal?branch=b001", "/documents") else None
        )
        if one_by_one is not None and path != "/devices":
            assert one_by_one == site.rows(path), path
        for limit in ("0", "-1", "abc", "1.5"):
            answer = site.ask("GET", f"{path}{joint}limit={limit}", role=CASHIER)
            assert (answer.status, {where for where, _ in answer.fields()}) == (400, {"limit"}), path
        assert site.ask("GET", f"{path}{joint}limit=1001", role=CASHIER).status == 200
        for after in ("abc", "%00", "AAAA", "x" * 3000, "%ff"):
            answer = site.ask("GET", f"{path}{joint}after={after}", role=CASHIER)
            assert (answer.status, answer.json["code"]) == (400, "bad_cursor"), (path, after)
        assert site.ask("GET", path, role=None).status == 401


def test_a_token_is_of_one_site(branch: Site, headquarters: Site) -> None:
    for site, other in ((branch, headquarters), (headquarters, branch)):
        for token in (other.token(ADMIN), "nonsense", "", site.token(ADMIN)[:-4] + "AAAA"):
            answer = site.ask("GET", "/stock", role=None, headers={"Authorization": f"Bearer {token}"})
            assert answer.status == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
            answer.fields()


def test_methods_and_addresses_that_do_not_exist(site: Site) -> None:
    for method, path in (("POST", f"/documents/{new_id()}"), ("DELETE", "/items"), ("PUT", "/stock"), ("PATCH", "/items/x"),
                         ("DELETE", "/health")):  # fmt: skip
        answer = site.ask(method, path)
        assert answer.status == 405, (method, path)
        assert "GET" in answer.headers["allow"]
        answer.fields()
    for path in ("/nothing", "/items//x", "/documents/x/y/z"):
        answer = site.ask("GET", path)
        assert answer.status == 404
        answer.fields()
    assert site.ask("GET", "//nothing").json["code"] == "not_found"


def test_a_type_of_the_contract_may_be_listed_and_another_may_not(site: Site) -> None:
    for name in ("sale", "stock_count", "shift_close"):
        assert site.ask("GET", f"/documents?type={name}", role=CASHIER).status == 200
    assert site.ask("GET", "/documents?type=gift", role=CASHIER).fields() == {("type", "unknown_value")}
    assert site.ask("GET", "/documents/abc").status == site.ask("GET", f"/documents/{new_id()}").status == 404


def test_an_empty_filter_filters_nothing(site: Site, rice: str) -> None:
    assert rice
    eventually(lambda: site.rows("/documents"), "a document")
    names = "branch=&type=" if site.name == "hq" else "type=&station="
    assert site.rows(f"/documents?{names}") == site.rows("/documents")
    names = "branch=&item=" if site.name == "hq" else "item=&location="
    assert site.rows(f"/stock?{names}") == site.rows("/stock")
    assert site.ask("GET", "/stock?item=&after=").status == 200


def test_health_is_open_and_metrics_are_text(site: Site) -> None:
    health = site.ask("GET", "/health", role=None)
    assert (health.status, health.json["site"]) == (200, site.name)
    assert site.ask("GET", "/metrics", role=CASHIER).headers["content-type"].startswith("text/plain")


def test_pages_carry_a_strict_policy(site: Site) -> None:
    page = site.ask("GET", "//sign-in", role=None, headers={"Accept": "text/html"})
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in policy
    assert site.ask("GET", "//", role=None, headers={"Accept": "text/html"}).headers["location"].startswith("/sign-in")


def test_a_session_needs_its_form_token_and_its_own_origin(branch: Site, rice: str) -> None:
    signed_in = branch.ask("POST", "/session", {"person": "chen", "password": "kontor-manager"}, role=None)
    cookie = signed_in.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    session = {"Cookie": cookie.split(";")[0]}
    form = session | {"X-CSRF-Token": signed_in.json["csrf_token"]}
    for wrong in (session, session | {"X-CSRF-Token": "no"}, form | {"Origin": "http://elsewhere.example"},
                  form | {"Sec-Fetch-Site": "cross-site"}):  # fmt: skip
        answer = branch.ask("PUT", f"/documents/{new_id()}", sale(rice), role=None, headers=wrong)
        assert answer.status == 403
        answer.fields()
    assert branch.ask("PUT", f"/documents/{new_id()}", sale(rice), role=None, headers=form).status == 201
    assert branch.ask("DELETE", "/session", role=None, headers=form).status == 204
    assert branch.ask("GET", "/session", role=None, headers=session).status == 401


def test_wrong_pins_lock_a_person_out_for_a_while(headquarters: Site) -> None:
    wrong = {"person": "chen", "password": "wrong"}
    assert [headquarters.ask("POST", "/session", wrong, role=None).status for _ in range(5)] == [401] * 5
    locked = headquarters.ask("POST", "/session", wrong | {"password": "kontor-manager"}, role=None)
    assert (locked.status, locked.json["code"]) == (429, "locked_out")
    assert int(locked.headers["retry-after"]) > 60
    other = headquarters.ask("POST", "/session", {"person": "admin", "password": "kontor-admin"}, role=None)
    assert other.status == 200


def test_500_requests_a_second_and_no_more(branch: Site) -> None:
    head = {"Authorization": f"Bearer {branch.token(MANAGER)}"}
    seen: list[tuple[int, str | None]] = []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", branch.port, timeout=20)
        for _ in range(400):
            connection.request("GET", "/api/v1/items/none", headers=head)
            answer = connection.getresponse()
            answer.read()
            seen.append((answer.status, answer.getheader("retry-after")))
        connection.close()

    began = time.monotonic()
    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    let_through = sum(status == 404 for status, _ in seen)
    assert let_through <= 500 * (time.monotonic() - began + 1)
    assert {(429, "1")} == set(seen) - {(404, None)} or let_through == len(seen)


def test_the_description_is_whole(site: Site) -> None:
    described = site.ask("GET", "//schema/openapi.json", role=None).json
    paths = set(described["paths"])
    listed = {f"/api/v1{path.partition('?')[0]}" for path in lists(site)}
    assert (
        listed | {"/api/v1/events", "/api/v1/health", "/api/v1/metrics", "/api/v1/session", "/api/v1/items/{sku}"}
        <= paths
    )
    if site.name != "hq":
        assert {f"/api/v1/{rest}" for rest in (
            "documents/{id}", "documents/{id}/approve", "documents/{id}/reject", "scan", "replication", "items/{sku}/movements",
        )} <= paths  # fmt: skip
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert operation["responses"], path
            for content in operation.get("requestBody", {}).get("content", {}).values():
                assert content.get("example") or content.get("examples") or content["schema"].get("examples"), path


def test_the_examples_can_be_sent_as_they_stand(branch: Site) -> None:
    paths = branch.ask("GET", "//schema/openapi.json", role=None).json["paths"]

    def send(name: str, method: str) -> int:
        operation = paths[f"/api/v1{name}"][method]
        where = name
        for parameter in operation["parameters"]:
            where = where.replace(f"{{{parameter['name']}}}", parameter.get("example", ""))
        content = operation["requestBody"]["content"]["application/json"]
        example = content["example"] if "example" in content else content["examples"]["sale"]["value"]
        return branch.ask(method.upper(), where, example).status

    assert send("/items/{sku}", "put") == 201
    assert send("/documents/{id}", "put") == 202
    assert send("/documents/{id}/approve", "post") == 422
    assert send("/documents/{id}/reject", "post") == 200
