"""The pages of orders, recipes and work orders, as a manager's browser gets them, and documents begun with a proposal."""

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from msgspec import UNSET

from admin_ui.serving.roles import Role
from gateway.domain.bodies.using import Purpose
from gateway.domain.document import GoodsReceipt, InternalIssue, Line, ReceiptLine, Requisition
from gateway.web.pages.new_document import address_of
from tests.web.conftest import TEA, RunningBranch, new_id, post
from tests.web.counter import branch_in_this_loop, listening

HTML = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture(scope="module")
def manager(branch: RunningBranch) -> Iterator[httpx.Client]:
    with branch.signed_in("chen", password="kontor-manager") as client:
        yield client


def page(client: httpx.Client, path: str, status: int = 200, **query: Any) -> str:
    answer = client.get(path, params=query or None, headers=HTML)
    assert answer.status_code == status, answer.text
    return answer.text


def test_an_order_shows_what_is_open_over_and_short(api: httpx.Client, manager: httpx.Client) -> None:
    """Its button begins a goods receipt of the rest; closed, the rest is short and nothing is received."""
    order = post(api, {"type": "purchase_order", "supplier": "Riverside Drinks", "lines": [
        {"item": TEA, "quantity": "10", "unit": "box", "cost": 1350}, {"item": "apple", "quantity": "5", "cost": 200},
    ]})  # fmt: skip
    assert order["number"] in page(manager, "/orders", state="open")
    assert order["number"] not in page(manager, "/orders", state="closed")
    shown = page(manager, f"/orders/{order['id']}")
    assert "240 open" in shown
    begun = page(manager, "/documents/new", type="goods_receipt", order=order["id"])
    assert f'value="{TEA}"' in begun
    assert 'value="box"' in begun
    assert 'value="Riverside Drinks"' in begun
    post(api, {"type": "goods_receipt", "order": order["id"], "lines": [{"item": TEA, "quantity": "4", "unit": "box"}, {"item": "apple", "quantity": "6"}]})  # fmt: skip
    shown = page(manager, f"/orders/{order['id']}")
    assert "144 open" in shown
    assert "1 over" in shown
    assert "GR-" in shown
    post(api, {"type": "purchase_order_close", "order": order["id"], "reason": "no more"})
    shown = page(manager, f"/orders/{order['id']}")
    assert "144 short" in shown
    assert "Receive goods" not in shown
    page(manager, "/documents/new", 404, type="goods_receipt", order=order["id"])
    page(manager, "/orders", 404, state="lost")
    page(manager, f"/orders/{new_id()}", 404)


def test_the_orders_are_paged_by_a_key(api: httpx.Client, manager: httpx.Client) -> None:
    """Fifty, and the next begin behind the last."""
    numbers = [
        post(api, {"type": "purchase_order", "supplier": "Many", "lines": [{"item": TEA, "quantity": "1", "cost": 1}]})[
            "number"
        ]
        for _ in range(52)
    ]
    first = page(manager, "/orders/rows")
    after = first.split('class="more" data-after="')[1].split('"')[0]
    second = page(manager, "/orders/rows", after=after)
    assert [number in first for number in numbers] == [False] * 2 + [True] * 50
    assert all(number in second for number in numbers[:2])


def test_a_recipe_shows_its_levels_and_what_it_costs(api: httpx.Client, manager: httpx.Client) -> None:
    """A component that is itself made when sold is taken apart; what never came in has no cost, and the whole has none then."""
    for sku in ("rp-bowl", "rp-broth", "rp-bones", "rp-salt"):
        assert (
            api.put(f"/api/v1/items/{sku}", json={"name": sku.upper(), "unit": "kg", "price": 900}).status_code == 201
        )
    recipe = {
        "components": [{"item": "rp-bones", "quantity": "2"}, {"item": "rp-salt", "quantity": "0.1"}],
        "output": "4",
    }
    assert api.put("/api/v1/recipes/rp-broth", json=recipe).status_code == 201
    bowl = {
        "components": [{"item": "rp-broth", "quantity": "2"}],
        "steps": [{"name": "Boil", "name_zh": "熬", "minutes": 90}],
    }
    assert api.put("/api/v1/recipes/rp-bowl", json=bowl).status_code == 201
    shown = page(manager, "/recipes/rp-bowl")
    assert "RP-BONES" in shown
    assert "lv2" in shown
    assert "Boil" in shown
    assert "no cost yet" in shown
    assert "RP-BOWL" in page(manager, "/recipes")
    page(manager, "/recipes/nothing-here", 404)


def test_a_work_order_is_made_and_goes_through_its_steps(api: httpx.Client, manager: httpx.Client) -> None:
    """Each state has its form: start, finish, complete; completed it names its document."""
    for sku in ("wp-box", "wp-tea"):
        assert (
            api.put(f"/api/v1/items/{sku}", json={"name": sku.upper(), "unit": "pc", "price": 900}).status_code == 201
        )
    post(api, {"type": "opening_balance", "lines": [{"item": "wp-tea", "quantity": "100"}]})
    recipe = {
        "components": [{"item": "wp-tea", "quantity": "2"}],
        "steps": [{"name": "Wrap"}],
        "deplete_on": "production",
    }
    assert api.put("/api/v1/recipes/wp-box", json=recipe).status_code == 201
    assert '<option value="wp-box"' in page(manager, "/work-orders")
    order = new_id()
    path = f"/api/v1/work-orders/{order}"
    assert api.put(path, json={"recipe": "wp-box", "quantity": "3"}).status_code == 201
    assert order in page(manager, "/work-orders")
    assert 'data-verb="start"' in page(manager, f"/work-orders/{order}")
    assert manager.post(f"{path}/steps/1/start", json={}).status_code == 200
    shown = page(manager, f"/work-orders/{order}")
    assert 'data-verb="finish"' in shown
    assert 'id="complete"' not in shown
    assert manager.post(f"{path}/steps/1/finish", json={}).status_code == 200
    assert 'id="complete"' in page(manager, f"/work-orders/{order}")
    assert manager.post(f"{path}/complete", json={}).status_code == 201
    assert f"/documents/{order}" in page(manager, f"/work-orders/{order}")
    assert order not in page(manager, "/work-orders/rows")
    assert order in page(manager, "/work-orders/rows", tab="all")
    page(manager, "/work-orders", 404, tab="lost")


def test_a_work_order_is_told_as_it_goes_on(tmp_path: Any) -> None:
    """Made, started, cancelled: an open page hears of each."""

    async def story() -> None:
        async with branch_in_this_loop(RunningBranch(tmp_path)) as api, listening(api, topics="work_order") as told:
            for sku in ("box", "tea"):
                assert (
                    await api.put(f"/api/v1/items/{sku}", json={"name": sku, "unit": "pc", "price": 9})
                ).status_code == 201
            recipe = {
                "components": [{"item": "tea", "quantity": "2"}],
                "steps": [{"name": "Wrap"}],
                "deplete_on": "production",
            }
            assert (await api.put("/api/v1/recipes/box", json=recipe)).status_code == 201
            order = new_id()
            path = f"/api/v1/work-orders/{order}"
            assert (await api.put(path, json={"recipe": "box", "quantity": "3"})).status_code == 201
            assert await told.next("work_order") == {"id": order, "state": "planned"}
            assert (await api.post(f"{path}/steps/1/start", json={})).status_code == 200
            assert await told.next("work_order") == {"id": order, "state": "started"}
            assert (await api.post(f"{path}/cancel", json={})).status_code == 200
            assert await told.next("work_order") == {"id": order, "state": "cancelled"}

    asyncio.run(story())


def test_a_proposal_is_told_by_an_address(manager: httpx.Client) -> None:
    """Each line of it, empty parts too; of types that no page enters there is none."""
    body = GoodsReceipt(
        lines=(ReceiptLine("tea", "2", unit="box"), ReceiptLine("ham", "1.5", lot="L1")), supplier="A & B"
    )
    address = address_of(body)
    assert address is not None
    assert parse_qsl(urlsplit(address).query, keep_blank_values=True) == [
        ("type", "goods_receipt"), ("supplier", "A & B"), ("item", "tea"), ("quantity", "2"), ("unit", "box"), ("lot", ""),
        ("item", "ham"), ("quantity", "1.5"), ("unit", ""), ("lot", "L1"),
    ]  # fmt: skip
    shown = page(manager, address)
    for value in ("A &amp; B", "tea", "box", "ham", "1.5", "L1"):
        assert f'value="{value}"' in shown
    assert shown.count("<fieldset") == 3, "two lines, and the one further ones are made of"
    issue = address_of(InternalIssue(lines=(Line("ham", "1"),), reason="", purpose=Purpose.GIFT))
    assert issue is not None
    assert 'value="gift" selected' in page(manager, issue)
    assert address_of(Requisition(lines=(Line("ham", "1", unit=UNSET),))) is None
    page(manager, "/documents/new", 404, type="sale")


def test_the_pages_are_a_managers(branch: RunningBranch) -> None:
    with branch.client(Role.CASHIER) as cashier:
        for path in ("/orders", "/orders/rows", "/recipes", "/work-orders", "/documents/new?type=write_off"):
            assert cashier.get(path, headers=HTML).status_code == 403
