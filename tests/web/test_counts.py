"""Counting over HTTP: blind while selling, posted as a document, explained to the manager."""

import uuid

import httpx
import pytest

from admin_ui.serving.roles import Role
from gateway.web.examples import COUNT_ENTRY, SKU
from tests.web.conftest import RunningBranch, make_items, new_id, post, sale


@pytest.fixture
def made(api: httpx.Client) -> httpx.Client:
    make_items(api)
    return api


def counted(api: httpx.Client, sheet: str, quantity: str, time: int = 1, line: int = 1) -> httpx.Response:
    body = {"item": COUNT_ENTRY.item, "counted": quantity, "time": time}
    return api.put(f"/api/v1/counts/{sheet}/lines/{line}", json=body)


def test_a_cashier_counts_blind_twice_and_a_manager_posts_and_sees_why(
    branch: RunningBranch, made: httpx.Client
) -> None:
    """Nothing that a cashier is answered says what the book holds."""
    sheet = new_id()
    start = int(float(made.get("/api/v1/stock", params={"q": SKU}).json()["rows"][0]["on_hand"]))
    with branch.client(Role.CASHIER) as cashier:
        first = counted(cashier, sheet, str(start - 300))
        assert (first.status_code, first.json()["state"]) == (200, "second_count"), first.text
        early = cashier.post(f"/api/v1/counts/{sheet}/post")
        assert (early.status_code, early.json()["errors"][0]["code"]) == (422, "second_count_needed")
        assert counted(cashier, sheet, str(start - 290), time=2).json()["state"] == "counted"
        told = cashier.get(f"/api/v1/counts/{sheet}")
        assert (told.json()["posted"], len(told.json()["lines"])) == (False, 1)
        assert "expected" not in first.text + told.text
        assert cashier.get(f"/api/v1/counts/{sheet}/differences").status_code == 403
    post(made, sale("2", SKU))
    done = made.post(f"/api/v1/counts/{sheet}/post")
    assert done.status_code == 201, done.text
    assert made.post(f"/api/v1/counts/{sheet}/post").status_code == 200
    assert made.get("/api/v1/stock", params={"q": SKU}).json()["rows"][0]["on_hand"] == f"{start - 292}.000"
    (off,) = made.get(f"/api/v1/counts/{sheet}/differences").json()
    assert (off["difference"], off["kind"], off["expected"]) == ("-290.000", "shortage", f"{start}.000")
    closed = counted(made, sheet, "1", line=2)
    assert closed.json()["errors"][0]["code"] == "count_closed"


def test_lists_classes_and_accuracy_are_answered(branch: RunningBranch, made: httpx.Client) -> None:
    with branch.client(Role.CASHIER) as cashier:
        today = cashier.get("/api/v1/counts/today")
        assert today.status_code == 200, today.text
        assert today.json()["location"] == "shop"
        assert len(today.json()["rows"]) <= 20
        assert cashier.get("/api/v1/counts/today", params={"person": "chen"}).status_code == 403
        assert cashier.get("/api/v1/counts/accuracy").status_code == 403
        assert cashier.post("/api/v1/counts/classes/recompute").status_code == 403
    assert set(made.post("/api/v1/counts/classes/recompute").json()) == {"A", "B", "C"}
    page = made.get("/api/v1/counts/classes", params={"limit": 1})
    assert set(page.json()) == {"rows", "next"}, page.text
    assert isinstance(made.get("/api/v1/counts/accuracy").json(), list)


def test_what_is_not_there_is_not_found(api: httpx.Client) -> None:
    nobody = uuid.uuid4()
    assert api.get(f"/api/v1/counts/{nobody}").status_code == 404
    assert api.post(f"/api/v1/counts/{nobody}/post").status_code == 404
    assert api.get(f"/api/v1/counts/{nobody}/differences").status_code == 404
    assert api.post("/api/v1/counts/none/post").status_code == 404
    assert api.put("/api/v1/counts/none/lines/1", json={"item": SKU, "counted": "1"}).status_code == 400
