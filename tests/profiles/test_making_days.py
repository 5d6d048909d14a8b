"""An evening of a noodle house and a day of a bakery that fills boxes, from `kontor init` to what was used and what should have been."""

import time
from typing import Any

import httpx
import pytest

from admin_ui.serving.roles import Role
from tests.profiles.conftest import Begun, codes, done, on_hand, tried
from tests.web.conftest import new_id

SECONDS_MAX = 20.0


@pytest.fixture(autouse=True)
def followed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows the journal waits for the tills to rest; here they rest at once."""
    monkeypatch.setattr("gateway.use_cases.follow_journal.QUIET_SECONDS", 0.05)


def used(client: httpx.Client, seq: int) -> dict[str, Any]:
    """What was used today, by component, once it was followed so far."""
    until = time.monotonic() + SECONDS_MAX
    while time.monotonic() < until:
        rows = client.get("/api/v1/usage").json()["rows"]
        if rows and rows[0]["as_of_seq"] >= seq:
            return {row["item"]: row for row in rows}
        time.sleep(0.02)
    raise AssertionError("nobody followed the journal")


def test_an_evening_of_a_noodle_house(begun: Begun) -> None:
    """Broth is made in the afternoon, dishes take what is in them, cooks eat, something falls, and the count says what is missing."""
    branch = begun("restaurant")
    kitchen = {"location": "kitchen"}
    with branch.client() as chen, branch.client(Role.CASHIER) as till:
        order = f"/api/v1/work-orders/{new_id()}"
        assert chen.put(order, json={"recipe": "I-011", "quantity": "20", "location": "kitchen"}).status_code == 201
        for step in (1, 2):
            assert till.post(f"{order}/steps/{step}/start", json={"operator": "wu"}).status_code == 200
            assert till.post(f"{order}/steps/{step}/finish", json={}).status_code == 200
        assert chen.post(f"{order}/complete", json={"quantity": "18"}).status_code == 201
        assert (on_hand(chen, "I-011", "kitchen"), on_hand(chen, "I-010", "kitchen")) == ("48.000", "9.000")
        sold = done(
            till, "sale", {"item": "D-001", "quantity": "10"}, {"item": "D-002", "quantity": "4"}, {"item": "B-001", "quantity": "6"},
            station="till-1", tenders=[{"type": "cash", "amount": 60_000}],
        )  # fmt: skip
        assert (sold["total"], sold["change"]) == (49_600, 10_400)
        assert (on_hand(chen, "I-005", "kitchen"), on_hand(chen, "I-002", "kitchen")) == ("8.600", "18.200")
        assert on_hand(chen, "D-001") == "0.000"
        meal = {"item": "I-002", "quantity": "0.800", **kitchen}
        done(till, "internal_issue", meal, purpose="staff_meal", reason="cooks 员工餐")
        feast = {"item": "I-001", "quantity": "2", **kitchen}
        asked = tried(till, "internal_issue", feast, purpose="staff_meal", reason="party")
        assert codes(asked) == []
        done(chen, "write_off", {"item": "I-005", "quantity": "0.500", **kitchen}, reason="fell 摔坏")
        last = done(chen, "stock_count", {"item": "I-005", "counted": "8", **kitchen})
        tofu = used(chen, last["seq"])["I-005"]
        assert (tofu["theoretical"], tofu["actual"], tofu["difference"]) == ("1.400", "2.000", "0.600")
        ahead = done(till, "sale", {"item": "D-002", "quantity": "30"}, station="till-1")
        assert {one["code"] for one in ahead["warnings"]} == {"component_short"}


def test_a_day_of_a_bakery_that_fills_boxes(begun: Begun) -> None:
    """Materials go to the workshop, dough and cakes are made by steps, boxes are filled, and a missing material stops the last order."""
    branch = begun("production")
    with branch.client() as chen, branch.client(Role.CASHIER) as baker:

        def make(recipe: str, quantity: str, good: str, to: str = "workshop") -> httpx.Response:
            order = f"/api/v1/work-orders/{new_id()}"
            answer = chen.put(order, json={"recipe": recipe, "quantity": quantity, "location": to})
            assert answer.status_code == 201, answer.text
            for step in answer.json()["steps"]:
                baker.post(f"{order}/steps/{step['step']}/start", json={"operator": "li"})
                baker.post(f"{order}/steps/{step['step']}/finish", json={})
            return chen.post(f"{order}/complete", json={"quantity": good})

        issued = {"M-001": "11", "M-002": "3", "M-003": "7", "M-004": "2", "M-005": "6", "M-006": "20", "M-007": "220"}
        lines = [
            {"item": sku, "quantity": quantity, "location": "materials", "to": "workshop"} for sku, quantity in issued.items()
        ]  # fmt: skip
        done(chen, "stock_move", *lines)
        assert make("P-001", "20", "19.6").status_code == 201
        assert on_hand(chen, "P-002", "workshop") == "0.196"
        cakes = make("P-010", "200", "194")
        assert cakes.status_code == 201, cakes.text
        boxes = make("P-011", "20", "20", "finished")
        assert boxes.status_code == 201, boxes.text
        assert (on_hand(chen, "P-011", "finished"), on_hand(chen, "P-010", "workshop")) == ("20.000", "34.000")
        (lot,) = chen.get("/api/v1/stock", params={"item": "P-011", "location": "finished"}).json()["rows"]
        assert lot["lot"]
        short = make("P-011", "8", "8", "finished")
        assert (short.status_code, codes(short)) == (422, ["negative_stock"])
        done(chen, "stock_move", {"item": "P-011", "quantity": "5", "location": "finished", "to": "shop"})
        last = done(baker, "sale", {"item": "P-011", "quantity": "2"}, station="till-1")
        assert used(chen, last["seq"])["M-006"]["actual"] == "20.000"
        worth = chen.get("/api/v1/items/P-011/worth").json()
        # Twelve boxes of the first day at 23.50, and twenty of today at what went into them.
        assert (worth["quantity"], worth["unit_cost"]) == ("30.000", 1_763)
