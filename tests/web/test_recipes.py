"""Recipes over HTTP: a restaurant's evening and a bakery's morning, as scripts and pages see them."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from admin_ui.serving.roles import Role
from gateway.store.verify import verify_site
from tests.web.conftest import RunningBranch, new_id, post, put

SECONDS_MAX = 20.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBranch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.use_cases.follow_journal.QUIET_SECONDS", 0.05)
        with RunningBranch(tmp_path_factory.mktemp("b001")) as running:
            yield running


@pytest.fixture
def api(house: RunningBranch) -> Iterator[httpx.Client]:
    with house.client() as client:
        yield client


def item(api: httpx.Client, sku: str, unit: str = "kg", price: int = 0, **more: Any) -> None:
    body = {"name": sku.title(), "unit": unit, "price": price} | more
    assert api.put(f"/api/v1/items/{sku}", json=body).status_code in (200, 201)


def line(sku: str, quantity: str, **more: Any) -> dict[str, Any]:
    return {"item": sku, "quantity": quantity, **more}


def recipe(api: httpx.Client, code: str, *components: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = api.put(f"/api/v1/recipes/{code}", json={"components": components, **more})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()  # type: ignore[no-any-return]


def stock(api: httpx.Client, sku: str, **query: str) -> dict[str, str]:
    rows = api.get("/api/v1/stock", params={"item": sku, **query}).json()["rows"]
    return {f"{row['location']}/{row['lot'] or ''}": row["on_hand"] for row in rows}


def used(api: httpx.Client, seq: int) -> dict[str, dict[str, Any]]:
    """What was used today, once it was followed so far."""
    until = time.monotonic() + SECONDS_MAX
    while time.monotonic() < until:
        rows = api.get("/api/v1/usage").json()["rows"]
        if rows and rows[0]["as_of_seq"] >= seq:
            return {row["item"]: row for row in rows}
        time.sleep(0.02)
    raise AssertionError("nobody followed the journal")


def test_a_restaurant_s_evening(house: RunningBranch, api: httpx.Client) -> None:
    """Recipes, dishes over the counter, a staff meal, a drop, a void, and what the kitchen used against what it should have."""
    for sku in ("beef", "rice", "broth", "ginger"):
        item(api, sku)
    item(api, "beef-bowl", "bowl", 3800)
    kitchen = {"location": "kitchen"}
    post(api, {"type": "opening_balance", "lines": [
        line("beef", "10", cost=6000, **kitchen), line("rice", "20", cost=600, **kitchen), line("ginger", "1", cost=2000, **kitchen),
    ]})  # fmt: skip
    broth = {"item": "ginger", "quantity": "3", "unit": "slice", "ratio": {"units": 200, "bases": 1}}
    recipe(api, "broth", broth, output="2", deplete_on="sale", **kitchen)
    first = recipe(
        api, "beef-bowl", line("beef", "0.12", usable=9600), line("rice", "0.2"), line("broth", "0.3"), deplete_on="sale", **kitchen
    )  # fmt: skip
    assert (first["output"], first["deplete_on"], first["version"] > 0) == ("1.000", "sale", True)
    needs = api.get("/api/v1/recipes/beef-bowl/explosion?quantity=100").json()["rows"]
    assert [(row["depth"], row["item"], row["quantity"], row["stocked"]) for row in needs] == [
        (1, "beef", "12.500", True), (1, "rice", "20.000", True), (1, "broth", "30.000", False), (2, "ginger", "0.225", True),
    ]  # fmt: skip

    with house.client(Role.CASHIER) as till:
        sold = post(till, {"type": "sale", "station": "till-1", "lines": [line("beef-bowl", "8")]})
        assert (sold["total"], sold["warnings"]) == (8 * 3800, [])
        wrong = new_id()
        voided = put(till, {"type": "sale", "station": "till-1", "lines": [line("beef-bowl", "2")]}, wrong)
        assert voided.status_code == 201
    post(api, {"type": "reversal", "original": wrong, "reason": "went to another table"})
    assert stock(api, "beef") == {"kitchen/": "9.000"}
    assert stock(api, "ginger") == {"kitchen/": "0.982"}
    assert stock(api, "beef-bowl") == {}
    seen = api.get(f"/api/v1/documents/{sold['id']}").json()
    assert [(row["item"], row.get("of"), row["quantity"]) for row in seen["lines"]] == [
        ("beef-bowl", None, "8.000"), ("beef", 0, "1.000"), ("rice", 0, "1.600"), ("ginger", 0, "0.018"),
    ]  # fmt: skip
    with house.signed_in("chen", password="kontor-manager") as manager:
        page = manager.get(f"/documents/{sold['id']}").text
    assert (page.count("Component"), "Beef-Bowl" in page) == (3, True)
    post(
        api,
        {
            "type": "internal_issue",
            "purpose": "staff_meal",
            "reason": "cooks",
            "lines": [line("beef", "0.3", **kitchen)],
        },
    )
    post(api, {"type": "write_off", "reason": "fell", "lines": [line("beef", "0.1", **kitchen)]})
    last = post(api, {"type": "stock_count", "lines": [{"item": "beef", "counted": "8.4", **kitchen}]})
    beef = used(api, last["seq"])["beef"]
    assert (beef["theoretical"], beef["actual"], beef["difference"]) == ("1.000", "1.600", "0.600")
    assert beef["difference_worth"] == 3600
    assert (beef["causes"]["staff_meal"], beef["causes"]["written_off"], beef["causes"]["counted"]) == (
        "0.300",
        "0.100",
        "0.200",
    )
    with house.signed_in("chen", password="kontor-manager") as manager:
        peeked = manager.get("/stock/beef-bowl/peek").text
    assert "Made when sold" in peeked, "a dish is never out"
    assert "· 8 bowl</title>" in peeked, "and is sold though it leaves no shelf"
    ahead = post(api, {"type": "sale", "lines": [line("beef-bowl", "100")]})
    assert [warning["code"] for warning in ahead["warnings"]] == ["component_short"] * 2
    assert stock(api, "beef") == {"kitchen/": "-4.100"}


def test_a_bakery_s_morning(house: RunningBranch, api: httpx.Client) -> None:
    """A work order through its steps: components reserved, two loaves spoilt, flour weighed, lot and shelf life, cost, and recall."""
    for sku in ("flour", "yeast", "crumbs"):
        item(api, sku)
    item(api, "loaf", "piece", 1200, tracking="lot", whole=True)
    post(api, {"type": "opening_balance", "lines": [line("flour", "50", cost=500), line("yeast", "1", cost=4000)]})
    recipe(
        api, "loaf", line("flour", "6"), line("yeast", "0.12"), output="10", shelf_life_days=3, tolerance=300,
        by_products=[line("crumbs", "0.2")], steps=[{"name": "Knead"}, {"name": "Bake", "name_zh": "烘烤", "minutes": 40}],
    )  # fmt: skip
    order, work = new_id(), "/api/v1/work-orders"
    asked = {"recipe": "loaf", "quantity": "20"}
    assert [api.put(f"{work}/{order}", json=asked).status_code for _ in range(2)] == [201, 200]
    assert (
        api.put(f"{work}/{order}", json=asked | {"quantity": "21"}).json()["errors"][0]["code"] == "work_order_differs"
    )
    assert api.post(f"{work}/{order}/steps/2/finish").json()["errors"][0]["code"] == "step_not_started"
    with house.client(Role.CASHIER) as baker:
        assert baker.post(f"{work}/{order}/steps/1/start", json={"operator": "wang"}).json()["state"] == "started"
        flour = api.get("/api/v1/stock?item=flour").json()["rows"][0]
        assert (flour["on_hand"], flour["reserved"], flour["available"]) == ("50.000", "12.000", "38.000")
        assert api.post(f"{work}/{order}/complete", json={}).json()["errors"][0]["code"] == "step_unfinished"
        assert baker.post(f"{work}/{order}/steps/1/finish", json={}).status_code == 200
        baker.post(f"{work}/{order}/steps/2/start")
        done = baker.post(f"{work}/{order}/steps/2/finish", json={"scrap": "2"})
        assert (done.json()["steps"][1]["operator"], done.json()["steps"][1]["scrap"]) == ("cashier", "2.000")
        assert baker.post(f"{work}/{order}/steps/9/start").status_code == 404
    weighed = {"components": [line("flour", "13"), line("yeast", "0.24")]}
    made = api.post(f"{work}/{order}/complete", json=weighed)
    assert made.status_code == 201, made.text
    assert [warning["code"] for warning in made.json()["warnings"]] == ["over_recipe"]
    assert api.post(f"{work}/{order}/complete", json=weighed).json()["status"] == "exists"
    assert api.get(f"{work}/{order}").json()["state"] == "completed"
    flour = api.get("/api/v1/stock?item=flour").json()["rows"][0]
    assert (flour["on_hand"], flour.get("reserved"), flour["available"]) == ("37.000", None, "37.000")
    document = api.get(f"/api/v1/documents/{order}").json()
    assert [(step["step"], step["operator"]) for step in document["steps"]] == [("Knead", "wang"), ("Bake", "cashier")]
    roles = [
        (row["role"], row["item"], row["quantity"], row.get("step"), row.get("planned")) for row in document["lines"]
    ]
    assert roles == [
        ("output", "loaf", "18.000", None, None), ("scrap", "loaf", "2.000", "Bake", None), ("component", "flour", "13.000", None, "12.000"),
        ("component", "yeast", "0.240", None, None), ("by_product", "crumbs", "0.400", None, None),
    ]  # fmt: skip
    (lot,) = api.get("/api/v1/stock?item=loaf").json()["rows"]
    assert (lot["on_hand"], len(lot["lot"])) == ("18.000", 8)
    known = api.get(f"/api/v1/lots/{lot['lot']}").json()["rows"][0]
    assert known["expiry"] > time.strftime("%Y-%m-%d")
    asked = {"quantity": "1", "recipe": "loaf"}
    other = new_id()
    api.put(f"{work}/{other}", json=asked)
    assert api.post(f"{work}/{other}/cancel").json()["state"] == "cancelled"
    assert api.post(f"{work}/{other}/complete", json={}).json()["errors"][0]["code"] == "work_order_closed"
    rows = api.get(work, params={"limit": 1}).json()
    assert (rows["rows"][0]["id"], rows["next"] is None) == (other, False)
    assert api.get(work, params={"only_open": True}).json()["rows"] == []
    usage = used(api, made.json()["seq"])["flour"]
    assert (usage["theoretical"], usage["actual"]) == ("12.000", "13.000")


def test_what_is_wrong_is_said(house: RunningBranch, api: httpx.Client) -> None:
    item(api, "a")
    item(api, "b")
    recipe(api, "a", line("b", "1"))
    circle = api.put("/api/v1/recipes/b", json={"components": [line("a", "1")]})
    assert circle.status_code == 422
    assert circle.json()["errors"][0]["detail"] == "The recipe goes in a circle: b → a → b."
    assert api.put("/api/v1/recipes/b", json={"components": [line("a", "x")]}).status_code == 400
    assert api.put("/api/v1/recipes/b", json={"components": [], "colour": 1}).status_code == 400
    assert api.get("/api/v1/recipes/nope").status_code == 404
    assert api.get("/api/v1/recipes/nope/explosion").status_code == 404
    assert api.get("/api/v1/recipes/a/explosion?quantity=x").status_code == 400
    assert api.get("/api/v1/usage?from=yesterday").status_code == 400
    assert api.put(f"/api/v1/work-orders/{new_id()}", json={"recipe": "c", "quantity": "1"}).status_code == 422
    assert api.put("/api/v1/work-orders/x", json={"recipe": "a", "quantity": "1"}).status_code == 400
    with house.client(Role.CASHIER) as cashier:
        assert cashier.put("/api/v1/recipes/b", json={"components": [line("b", "1")]}).status_code == 403
        assert cashier.get("/api/v1/usage").status_code == 403
    rows = api.get("/api/v1/recipes?limit=1").json()
    assert rows["rows"][0]["code"] == "a"
    assert api.get("/api/v1/recipes", params={"after": rows["next"]}).json()["rows"][0]["code"] > "a"


def test_every_example_is_accepted(tmp_path: Path) -> None:
    """Those of the published description, in the order of a day; and all of it verifies."""
    with RunningBranch(tmp_path) as branch, branch.client() as api:
        paths = api.get("/schema/openapi.json").json()["paths"]

        def example(path: str, method: str = "post") -> Any:
            return paths[path][method]["requestBody"]["content"]["application/json"]["example"]

        for sku, unit in (("tea-500", "bottle"), ("ribbon", "m"), ("tea-box", "box")):
            item(api, sku, unit)
        order, work = "019ab3c4-5d6e-7f80-9123-456789abcd07", "/api/v1/work-orders"
        for method, path, at in (
            ("put", "/api/v1/recipes/{code}", "/api/v1/recipes/gift-wrap"),
            ("put", f"{work}/{{id}}", f"{work}/{order}"),
            ("post", f"{work}/{{id}}/steps/{{step}}/start", f"{work}/{order}/steps/1/start"),
            ("post", f"{work}/{{id}}/steps/{{step}}/finish", f"{work}/{order}/steps/1/finish"),
        ):
            answer = api.request(method, at, json=example(path, method))
            assert answer.status_code in (200, 201), answer.text
        post(api, {"type": "opening_balance", "lines": [line("tea-500", "500"), line("ribbon", "50")]})
        made = api.post(f"{work}/{order}/complete", json=example(f"{work}/{{id}}/complete"))
        assert made.status_code == 201, made.text
        cancelled = api.post(f"{work}/{order}/cancel")
        assert cancelled.json()["errors"][0]["code"] == "work_order_closed"
    assert verify_site(tmp_path).differences == ()
