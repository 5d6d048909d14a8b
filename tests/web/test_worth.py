"""What goods are worth and what days earned, over HTTP; managers only."""

import time
import uuid
from typing import Any

import httpx
import pytest

from admin_ui.serving.roles import Role
from tests.web.conftest import RunningBranch, post, sale

SECONDS_MAX = 30


@pytest.fixture
def cake(api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> str:
    """An item of its own, ten of which came at 1.00; the follower does not wait for a rest."""
    monkeypatch.setattr("gateway.use_cases.follow_journal.QUIET_SECONDS", 0.01)
    sku = f"cake-{uuid.uuid4().hex[:8]}"
    assert api.put(f"/api/v1/items/{sku}", json={"name": "Cake", "unit": "piece", "price": 250}).status_code == 201
    post(api, {"type": "goods_receipt", "lines": [{"item": sku, "quantity": "10", "cost": 100}]})
    return sku


def worth_at(api: httpx.Client, sku: str, seq: int) -> Any:
    """The worth of an item once the follower has come so far."""
    until = time.monotonic() + SECONDS_MAX
    while time.monotonic() < until:
        found = api.get(f"/api/v1/items/{sku}/worth")
        assert found.status_code == 200, found.text
        if found.json()["as_of_seq"] >= seq:
            return found.json()
        time.sleep(0.02)
    raise AssertionError("nobody followed the journal")


def test_an_item_and_its_day(api: httpx.Client, cake: str) -> None:
    """Four of ten sold: six left at 1.00, and the day earned 6.00."""
    sold = post(api, sale("4", cake))
    found = worth_at(api, cake, sold["seq"])
    (day,) = found.pop("days")
    assert found == {
        "item": cake, "quantity": "6.000", "value": 600, "unit_cost": 100, "unit_cost_millionths": 100_000_000,
        "as_of_seq": found["as_of_seq"],
    }  # fmt: skip
    assert (day["sold"], day["sales"], day["cost"], day["correction"], day["margin"]) == ("4.000", 1000, 400, 0, 600)
    (whole,) = api.get("/api/v1/turnover", params={"from": day["day"], "to": day["day"]}).json()["rows"]
    assert (whole["day"], whole["sales"] >= 1000, whole["margin"]) == (
        day["day"], True, whole["sales"] - whole["cost"] - whole["correction"]
    )  # fmt: skip
    assert api.get("/api/v1/turnover", params={"limit": 1}).json()["next"] is None


def test_only_a_manager_reads_costs_and_nonsense_is_refused(
    branch: RunningBranch, api: httpx.Client, cake: str
) -> None:
    with branch.client(Role.CASHIER) as cashier:
        assert cashier.get(f"/api/v1/items/{cake}/worth").status_code == 403
        assert cashier.get("/api/v1/turnover").status_code == 403
    assert api.get("/api/v1/items/nobody/worth").status_code == 404
    for days in (
        {"from": "2026-11-23", "to": "2026-11-22"},
        {"from": "2024-01-01", "to": "2026-01-01"},
        {"from": "soon"},
    ):
        assert api.get("/api/v1/turnover", params=days).status_code == 400, days
