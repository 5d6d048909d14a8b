"""Headquarters' items and prices over HTTP: put, refused with reasons, described with examples, sent to branches."""

import datetime as dt

import httpx
import pytest

from tests.replication.shop import item_put
from tests.replication.test_headquarters_site import Site, site

__all__ = ["site"]

pytestmark = pytest.mark.anyio

TEA = {"name": "Oolong tea", "name_zh": "乌龙茶", "unit": "bottle", "price": 650, "barcodes": ["6901"]}


async def test_an_item_is_put_changed_and_put_again(site: Site) -> None:
    """201 new, 200 changed, 200 the same again without a new version."""
    made = await site.client.put("/api/v1/items/TEA", json=TEA)
    assert made.status_code == 201, made.text
    assert (made.json()["owner"], made.json()["list_price"]) == ("headquarters", None)
    changed = await site.client.put("/api/v1/items/TEA", json=TEA | {"price": 700})
    assert changed.status_code == 200
    assert changed.json()["sent_version"] > made.json()["sent_version"]
    again = await site.client.put("/api/v1/items/TEA", json=TEA | {"price": 700})
    assert (again.status_code, again.json()) == (200, changed.json())
    assert (await site.get("/items/TEA"))["price"] == 700


async def test_what_is_wrong_with_an_item_is_said_in_both_languages(site: Site) -> None:
    """The same rules as at a branch; and two items of headquarters cannot have one barcode."""
    await site.client.put("/api/v1/items/TEA", json=TEA)
    for sku, body, status, code in (
        ("T EA", TEA, 422, "bad_sku"),
        ("RICE", TEA | {"price": -1, "barcodes": []}, 422, "amount_out_of_range"),
        ("RICE", TEA, 409, "barcode_taken"),
        ("TEA", TEA | {"unit": "box"}, 409, "unit_fixed"),
        ("RICE", TEA | {"barcodes": [], "packs": [{"unit": "box", "factor": "x"}]}, 400, "quantity_not_a_decimal"),
        ("RICE", TEA | {"colour": "red"}, 400, "unknown_field"),
    ):
        answer = await site.client.put(f"/api/v1/items/{sku}", json=body)
        assert answer.status_code == status, answer.text
        (error,) = answer.json()["errors"]
        assert error["code"] == code
        assert error["detail"]
        assert any("\u4e00" <= character <= "\u9fff" for character in error["detail_zh"])


async def test_an_item_of_a_branch_becomes_headquarters_own(site: Site) -> None:
    """SKUs are chain-wide; a branch's later word does not change it any more."""
    journal = site.open_branch("b001", "Riverside", "河滨店")
    journal.append(item_put("TEA", unit="bottle", price=500, name="Tea of b001"))
    await site.arrived()
    assert (await site.get("/items/TEA"))["owner"] == "branch"
    taken = await site.client.put("/api/v1/items/TEA", json=TEA)
    assert (taken.status_code, taken.json()["owner"]) == (200, "headquarters")
    journal.append(item_put("TEA", unit="bottle", price=1, name="Tea of b001"))
    await site.arrived()
    assert (await site.get("/items/TEA"))["name"] == "Oolong tea"


async def test_prices_are_put_whole_or_not_at_all(site: Site) -> None:
    """Each fault names its row; nothing of a refused request is kept."""
    await site.client.put("/api/v1/items/TEA", json=TEA)
    site.open_branch("b001", "Riverside", "河滨店").append(item_put("OWN"))
    await site.arrived()
    rows = [{"item": "TEA", "price": 600}, {"item": "NONE", "price": 1}, {"item": "OWN", "price": 2},
            {"item": "TEA", "price": -5, "effective_at": "2020-01-01T00:00:00Z"}]  # fmt: skip
    refused = await site.client.put("/api/v1/prices/default", json={"rows": rows})
    assert refused.status_code == 422
    assert [(error["path"], error["code"]) for error in refused.json()["errors"]] == [
        ("rows[1].item", "unknown_item"),
        ("rows[2].item", "not_of_headquarters"),
        ("rows[3].price", "amount_out_of_range"),
    ]
    assert (await site.get("/prices/default"))["rows"] == []
    for body, status in (
        ({"rows": []}, 422),
        ({"rows": [{"item": "TEA", "price": 1}] * 2}, 422),
        ({"rows": [{"item": "TEA", "price": 1}] * 1001}, 422),
        ({"rows": [{"item": "TEA", "price": 1, "effective_at": "tomorrow"}]}, 400),
        ({"rows": [{"item": "TEA", "price": 1, "effective_at": "2026-12-01T00:00:00"}]}, 400),
        ({"rows": [{"item": "TEA", "price": 1, "effective_at": "1960-01-01T00:00:00Z"}]}, 422),
        ({"rows": [{"item": "TEA", "price": "1"}]}, 400),
        ({}, 400),
    ):
        answer = await site.client.put("/api/v1/prices/default", json=body)
        assert answer.status_code == status, answer.text
    assert (await site.client.put("/api/v1/prices/vip", json={"rows": rows[:1]})).status_code == 422


async def test_a_price_list_says_what_is_in_force_and_what_is_to_come(site: Site) -> None:
    """Without a moment a price holds from now on; the same again keeps its version."""
    await site.client.put("/api/v1/items/TEA", json=TEA)
    tomorrow = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat(timespec="milliseconds")
    past = {"item": "TEA", "price": 640, "effective_at": "2026-01-01T08:00:00+08:00"}
    rows = [past, {"item": "TEA", "price": 620}, {"item": "TEA", "price": 590, "effective_at": tomorrow}]
    put = await site.client.put("/api/v1/prices/default", json={"rows": rows})
    assert put.status_code == 200, put.text
    listed = (await site.get("/prices/default?item=TEA"))["rows"]
    assert isinstance(listed, list)
    assert [(row["price"], row["state"]) for row in listed] == [
        (640, "past"), (620, "in_force"), (590, "scheduled"),
    ]  # fmt: skip
    assert listed[0]["effective_at"] == "2026-01-01T00:00:00.000Z"
    assert (await site.get("/items/TEA"))["list_price"] == 620
    again = await site.client.put("/api/v1/prices/default", json={"rows": [past]})
    assert again.json()["rows"][0]["version"] == put.json()["rows"][0]["version"]
    first = await site.get("/prices/default?limit=2")
    second = await site.get(f"/prices/default?limit=2&after={first['next']}")
    assert [row["price"] for row in second["rows"]] == [590]  # type: ignore[attr-defined]


async def test_a_changed_item_price_counts_from_now_on_over_the_list(site: Site) -> None:
    """Whoever puts an item with another price means it, whatever the list said before."""
    await site.client.put("/api/v1/items/TEA", json=TEA)
    await site.client.put("/api/v1/prices/default", json={"rows": [{"item": "TEA", "price": 620}]})
    await site.client.put("/api/v1/items/TEA", json=TEA | {"name": "Oolong"})
    assert (await site.get("/items/TEA"))["list_price"] == 620
    await site.client.put("/api/v1/items/TEA", json=TEA | {"price": 700})
    assert (await site.get("/items/TEA"))["list_price"] == 700


async def test_only_who_may_changes_the_catalogue(site: Site) -> None:
    """A stranger is not let in."""
    bare = {"authorization": ""}
    assert (await site.client.put("/api/v1/items/TEA", json=TEA, headers=bare)).status_code == 401
    assert (await site.client.put("/api/v1/prices/default", json={"rows": []}, headers=bare)).status_code == 401


async def test_the_published_examples_are_accepted(site: Site) -> None:
    """What the description shows can be sent as it stands."""
    paths = (await site.client.get("/schema/openapi.json")).json()["paths"]
    for path, target in (("/api/v1/items/{sku}", "/items/tea-500"), ("/api/v1/prices/{price_list}", "/prices/default")):
        example = paths[path]["put"]["requestBody"]["content"]["application/json"]["example"]
        answer = await site.client.put(f"/api/v1{target}", json=example)
        assert answer.status_code in {200, 201}, answer.text


async def test_the_items_page_puts_a_price_and_says_what_is_wrong_with_one(site: Site) -> None:
    """A plain form: major units, headquarters' own time; refused with a sentence and what was entered still there."""
    await site.client.put("/api/v1/items/TEA", json=TEA)
    async with httpx.AsyncClient(base_url=site.client.base_url, timeout=15) as browser:
        browser.headers["origin"] = str(site.client.base_url).rstrip("/")
        signed = await browser.post("/api/v1/session", json={"person": "admin", "password": "kontor-admin"})
        form = {"csrf_token": signed.json()["csrf_token"], "item": "TEA", "price": "5.90", "moment": ""}
        done = await browser.post("/items/price", data=form)
        assert (done.status_code, done.headers["location"]) == (303, "/items?q=TEA&said=TEA")
        assert (await site.get("/items/TEA"))["list_price"] == 590
        later = await browser.post("/items/price", data=form | {"price": "5.5", "moment": "2099-01-01T08:00"})
        assert later.status_code == 303
        for language, words in (("en", "from 2099-01-01 08:00"), ("zh", "2099-01-01 08:00 起")):
            browser.cookies.set("kontor_language", language)
            page = await browser.get("/items?q=oolong")
            assert page.status_code == 200
            assert words in page.text
            for entered, said in (({"price": "5.901"}, "5.901"), ({"item": "NONE"}, "NONE")):
                refused = await browser.post("/items/price", data=form | entered)
                assert refused.status_code == 200
                assert 'role="alert"' in refused.text
                assert said in refused.text
