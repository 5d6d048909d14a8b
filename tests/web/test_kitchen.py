"""A restaurant with a kitchen: what is sold there comes out on the kitchen's printer, and somebody must say that they have it."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from admin_ui.serving.roles import Role
from gateway.use_cases import kitchen_desk, watch_alerts
from peripherals.simulated import SimulatedFloor
from tests.web.conftest import RunningBranch
from tests.web.counter import SECONDS_MAX, Page, branch_in_this_loop, listening

pytestmark = pytest.mark.anyio

SETTINGS = """
[[devices]]
name = "counter"
driver = "escpos"
transport = "tcp"
host = "127.0.0.1"
port = {counter}
[[devices]]
name = "stove"
driver = "escpos"
transport = "tcp"
host = "127.0.0.1"
port = {stove}
beeper = "common"
[[stations]]
name = "till-1"
printer = "counter"
[[kitchens]]
name = "wok"
printer = "stove"
categories = ["Hot dishes"]
items = ["soup"]
fallback = "counter"
acknowledge_seconds = {seconds}
"""


class House(NamedTuple):
    """The branch with its two printers, and a page that listens."""

    api: httpx.AsyncClient
    counter: SimulatedFloor
    stove: SimulatedFloor
    page: Page


@contextlib.asynccontextmanager
async def printers(folder: Path) -> AsyncIterator[tuple[SimulatedFloor, SimulatedFloor]]:
    for name in ("counter", "stove"):
        (folder / name).mkdir(exist_ok=True)
    async with (
        SimulatedFloor(scale_link=folder / "counter/scale", scanner_link=folder / "counter/scanner") as counter,
        SimulatedFloor(scale_link=folder / "stove/scale", scanner_link=folder / "stove/scanner") as stove,
    ):
        yield counter, stove


def running(folder: Path, counter: SimulatedFloor, stove: SimulatedFloor, seconds: int = 600) -> RunningBranch:
    settings = SETTINGS.format(counter=counter.printer_port, stove=stove.printer_port, seconds=seconds)
    return RunningBranch(folder, settings)


@contextlib.asynccontextmanager
async def house(folder: Path, seconds: int = 600) -> AsyncIterator[House]:
    async with (
        printers(folder) as (counter, stove),
        branch_in_this_loop(running(folder, counter, stove, seconds)) as api,
    ):
        await menu(api)
        async with listening(api, topics="kitchen,print,alert") as page:
            yield House(api, counter, stove, page)


async def menu(api: httpx.AsyncClient) -> None:
    dishes = {
        "tomato-eggs": {"name": "Tomato and eggs", "name_zh": "番茄炒蛋", "unit": "pc", "price": 2800, "category": "Hot dishes"},
        "soup": {"name": "Soup of the day", "name_zh": "例汤", "unit": "pc", "price": 1200, "category": "Soups"},
        "beer": {"name": "Beer", "name_zh": "啤酒", "unit": "bottle", "price": 800, "category": "Drinks"},
    }  # fmt: skip
    for sku, body in dishes.items():
        assert (await api.put(f"/api/v1/items/{sku}", json=body)).status_code == 201
    stock = [{"item": sku, "quantity": "100"} for sku in dishes]
    assert (await put(api, {"type": "opening_balance", "lines": stock})).status_code == 201


async def put(api: httpx.AsyncClient, body: Any) -> httpx.Response:
    return await api.put(f"/api/v1/documents/{uuid.uuid4()}", json=body)


async def sell(api: httpx.AsyncClient, **quantities: str) -> dict[str, Any]:
    prices = {"tomato-eggs": 2800, "soup": 1200, "beer": 800}
    lines = [{"item": sku.replace("_", "-"), "quantity": many} for sku, many in quantities.items()]
    due = sum(prices[line["item"]] * int(line["quantity"]) for line in lines)
    body = {
        "type": "sale",
        "station": "till-1",
        "lines": lines,
        "tenders": [{"type": "card", "amount": due}],
        "note": "少辣",
    }
    answer = await put(api, body)
    assert answer.status_code == 201, answer.text
    posted: dict[str, Any] = answer.json()
    return posted


async def waiting(api: httpx.AsyncClient, state: str = "waiting") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await api.get("/api/v1/kitchen-tickets", params={"state": state})).json()["rows"]
    return rows


async def printer_says(api: httpx.AsyncClient, name: str, code: str) -> None:
    """Wait until a printer's state is known."""
    async with asyncio.timeout(SECONDS_MAX):
        while (name, code) not in {
            (row["name"], row["code"]) for row in (await api.get("/api/v1/devices")).json()["rows"]
        }:
            await asyncio.sleep(0.05)


async def calling(api: httpx.AsyncClient, ticket: str, *, many: int) -> list[str]:
    """How bad each open alert about a ticket is, as soon as there are so many."""
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            rows = (await api.get("/api/v1/alerts", params={"state": "open", "kind": "kitchen_ticket"})).json()["rows"]
            found = [row["severity"] for row in rows if row["subject"] == ticket]
            if len(found) == many:
                return found
            await asyncio.sleep(0.05)


async def printed(house: House, kitchen: str | None, document: str) -> dict[str, Any]:
    return await house.page.next(
        "print", lambda job: (job["kitchen"], job["document"], job["state"]) == (kitchen, document, "printed")
    )


async def test_what_is_cooked_comes_out_at_the_stove_and_somebody_takes_it(tmp_path: Path) -> None:
    """Only the kitchen's lines, how many first, in both languages, with the sale's note, and no price."""
    async with house(tmp_path) as here:
        sold = await sell(here.api, beer="2", tomato_eggs="1", soup="3")
        made = await here.page.next("kitchen")
        assert (made["kitchen"], made["document"], made["state"]) == ("wok", sold["id"], "open")
        await printed(here, "wok", sold["id"])
        (slip,) = here.stove.paper()
        for words in ("wok", sold["number"], "till-1", "1 × 番茄炒蛋", "Tomato and eggs", "3 × 例汤", "少辣"):
            assert words in slip.text
        for words in ("啤酒", "28.00", "COPY"):
            assert words not in slip.text
        (ticket,) = await waiting(here.api)
        assert (ticket["ticket"], ticket["state"], ticket["number"]) == (made["ticket"], "open", sold["number"])
        assert [(line["item"], line["quantity"]) for line in ticket["lines"]] == [
            ("tomato-eggs", "1.000"),
            ("soup", "3.000"),
        ]

        taken = await here.api.post(f"/api/v1/kitchen-tickets/{ticket['ticket']}/take")
        assert (taken.status_code, taken.json()["state"], taken.json()["person"]) == (200, "taken", "admin")
        again = await here.api.post(f"/api/v1/kitchen-tickets/{ticket['ticket']}/take")
        assert (again.status_code, again.json()["done_at"]) == (200, taken.json()["done_at"])
        assert (await here.page.next("kitchen"))["state"] == "taken"
        assert await waiting(here.api) == []
        assert [row["state"] for row in await waiting(here.api, "all")] == ["taken"]


async def test_what_no_kitchen_makes_prints_no_ticket(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        beer = await sell(here.api, beer="1")
        await printed(here, None, beer["id"])
        dish = await sell(here.api, tomato_eggs="1")
        await printed(here, "wok", dish["id"])
        assert [row["number"] for row in await waiting(here.api, "all")] == [dish["number"]]


async def test_a_ticket_that_nobody_takes_goes_once_to_the_other_printer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marked as a copy, with an urgent alert that is over when somebody takes it."""
    monkeypatch.setattr(watch_alerts, "START_SECONDS", 0.0)
    async with house(tmp_path, seconds=5) as here:
        sold = await sell(here.api, soup="1")
        late = await here.page.next("kitchen", lambda one: one["state"] == "late")
        copy = await printed(here, "wok", sold["id"])
        if copy["printer"] == "stove":
            copy = await printed(here, "wok", sold["id"])
        assert copy["printer"] == "counter"
        assert here.counter.paper()[-1].text.startswith("COPY 副本")
        assert await calling(here.api, late["ticket"], many=1) == ["urgent"]
        assert (await here.api.post(f"/api/v1/kitchen-tickets/{late['ticket']}/take")).json()["state"] == "taken"
        assert await calling(here.api, late["ticket"], many=0) == []


async def test_a_stove_without_paper_is_told_at_the_counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before the time to take it is over; and with paper again, what came out at the counter is not cooked twice."""
    monkeypatch.setattr(kitchen_desk, "TROUBLE_MILLISECONDS", 200)
    async with house(tmp_path) as here:
        here.stove.set_paper("out")
        await printer_says(here.api, "stove", "paper_end")
        sold = await sell(here.api, soup="1")
        assert (await printed(here, "wok", sold["id"]))["printer"] == "counter"
        assert [sold["number"] in slip.text and "COPY" in slip.text for slip in here.counter.paper()][-1:] == [True]
        (ticket,) = await waiting(here.api)
        assert ticket["state"] == "late"
        here.stove.set_paper("present")
        await printer_says(here.api, "stove", "ok")
        another = await sell(here.api, soup="2")
        assert (await printed(here, "wok", another["id"]))["printer"] == "stove"
        assert [sold["number"] in slip.text for slip in here.stove.paper()] == [False]
        jobs = (await here.api.get("/api/v1/print-jobs", params={"document": sold["id"]})).json()["rows"]
        assert ("stove", "failed", "came_out_elsewhere") in {
            (one["printer"], one["state"], one["code"]) for one in jobs
        }


async def test_a_copy_that_waits_for_paper_is_withdrawn_with_the_ticket_at_the_stove(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ticket's paper is the one that came out, though the copy was asked for later."""
    monkeypatch.setattr(kitchen_desk, "TROUBLE_MILLISECONDS", 200)
    async with house(tmp_path) as here:
        for name, printer in (("stove", here.stove), ("counter", here.counter)):
            printer.set_paper("out")
            await printer_says(here.api, name, "paper_end")
        sold = await sell(here.api, soup="1")
        await here.page.next("kitchen", lambda one: one["state"] == "late")
        here.stove.set_paper("present")
        await printed(here, "wok", sold["id"])
        await here.page.next("print", lambda job: (job["printer"], job["code"]) == ("counter", "came_out_elsewhere"))
        (ticket,) = await waiting(here.api)
        assert (ticket["paper"]["printer"], ticket["paper"]["state"]) == ("stove", "printed")
        here.counter.set_paper("present")
        await printed(here, None, sold["id"])
        assert not [slip for slip in here.counter.paper() if "COPY" in slip.text]


async def test_a_sale_that_is_taken_back_is_taken_off_the_stove(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        sold = await sell(here.api, soup="1")
        await printed(here, "wok", sold["id"])
        (ticket,) = await waiting(here.api)
        undone = await put(here.api, {"type": "reversal", "original": sold["id"], "reason": "guest left"})
        assert undone.status_code == 201, undone.text
        assert (await here.page.next("kitchen", lambda one: one["state"] == "cancelled"))["document"] == sold["id"]
        await printed(here, "wok", sold["id"])
        assert "取消 CANCELLED" in here.stove.paper()[-1].text
        refused = await here.api.post(f"/api/v1/kitchen-tickets/{ticket['ticket']}/take")
        assert (refused.status_code, refused.json()["code"]) == (409, "ticket_cancelled")


async def test_what_was_sold_while_nobody_looked_is_found_again_and_told_once(tmp_path: Path) -> None:
    """As after a crash between the sale and its ticket: the branch without kitchens sells, the one with them tells."""
    async with printers(tmp_path) as (counter, stove):
        whole = running(tmp_path, counter, stove)
        settings = (tmp_path / "config.toml").read_text(encoding="utf-8")
        (tmp_path / "config.toml").write_text(settings.partition("[[kitchens]]")[0], encoding="utf-8")
        async with branch_in_this_loop(whole) as api:
            await menu(api)
            sold = await sell(api, tomato_eggs="2")
            assert await waiting(api, "all") == []
        (tmp_path / "config.toml").write_text(settings, encoding="utf-8")
        for _ in range(2):
            async with branch_in_this_loop(whole) as api:
                async with asyncio.timeout(SECONDS_MAX):
                    while [row["paper"]["state"] for row in await waiting(api)] != ["printed"]:
                        await asyncio.sleep(0.05)
        assert [sold["number"] in slip.text for slip in stove.paper()] == [True]


async def test_a_cashier_may_take_a_ticket_and_a_stranger_may_not(tmp_path: Path) -> None:
    async with printers(tmp_path) as (counter, stove):
        branch = running(tmp_path, counter, stove)
        async with branch_in_this_loop(branch) as api:
            await menu(api)
            await sell(api, soup="1")
            async with asyncio.timeout(SECONDS_MAX):
                while not (rows := await waiting(api)):
                    await asyncio.sleep(0.02)
            path = f"/api/v1/kitchen-tickets/{rows[0]['ticket']}/take"
            async with httpx.AsyncClient(base_url=branch.url) as nobody:
                assert (await nobody.post(path)).status_code == 401
            headers = {"Authorization": f"Bearer {branch.token(Role.CASHIER)}"}
            async with httpx.AsyncClient(base_url=branch.url, headers=headers) as cashier:
                assert (await cashier.post(path)).status_code == 200
                assert (await cashier.post("/api/v1/kitchen-tickets/999/take")).status_code == 404
