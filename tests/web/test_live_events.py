"""Live events over HTTP: what is pushed, to whom, and how a page that was away goes on."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.web.conftest import TEA, RunningBranch, sale
from tests.web.counter import branch_in_this_loop, listening

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with branch_in_this_loop(RunningBranch(tmp_path)) as client:
        await client.put(f"/api/v1/items/{TEA}", json={"name": "Tea", "unit": "bottle", "price": 650})
        body = {"type": "opening_balance", "lines": [{"item": TEA, "quantity": "10"}]}
        await client.put(f"/api/v1/documents/{uuid.uuid4()}", json=body)
        yield client


async def sell(api: httpx.AsyncClient) -> int:
    answer = await api.put(f"/api/v1/documents/{uuid.uuid4()}", json=sale("1"))
    assert answer.status_code == 201, answer.text
    return int(answer.json()["seq"])


async def test_every_page_sees_a_sale_and_the_new_stock(api: httpx.AsyncClient) -> None:
    async with listening(api, topics="document,stock") as one, listening(api) as other:
        seq = await sell(api)
        for page in (one, other):
            assert (await page.next("document"))["seq"] == seq
            stock = await page.next("stock")
            assert stock == {
                "item": TEA, "location": "shop", "lot": None, "on_hand": "9.000", "as_of_seq": seq,
            }  # fmt: skip


async def test_a_changed_item_is_told(api: httpx.AsyncClient) -> None:
    async with listening(api, topics="item") as page:
        answer = await api.put(f"/api/v1/items/{TEA}", json={"name": "Tea", "unit": "bottle", "price": 700})
        assert await page.next("item") == {"sku": TEA, "version": answer.json()["version"]}


async def test_a_refused_or_repeated_document_is_not_told(api: httpx.AsyncClient) -> None:
    async with listening(api, topics="document") as page:
        await api.put(f"/api/v1/documents/{uuid.uuid4()}", json=sale("1", "no-such"))
        document_id = str(uuid.uuid4())
        for _ in range(3):
            await api.put(f"/api/v1/documents/{document_id}", json=sale("1"))
        last = await sell(api)
        seen = [(await page.next("document"))["seq"] for _ in range(2)]
        assert seen == [last - 1, last]


async def test_a_page_that_was_away_gets_what_it_missed(api: httpx.AsyncClient) -> None:
    async with api.stream("GET", "/api/v1/events", params={"topics": "document"}) as answer:
        first = await sell(api)
        number = ""
        async with asyncio.timeout(10):
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    number = line.removeprefix("id: ")
                if f'"seq":{first}' in line:
                    break
    missed = [await sell(api), await sell(api)]
    async with listening(api, topics="document", last_event_id=number) as page:
        assert [(await page.next("document"))["seq"] for _ in missed] == missed


async def test_a_page_from_before_a_restart_is_told_to_fetch_anew(api: httpx.AsyncClient) -> None:
    async with listening(api, topics="document", last_event_id="17") as page:
        topic, _ = await page.event()
        assert topic == "resync"
