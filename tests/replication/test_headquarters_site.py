"""Headquarters as it runs: API, live events and pages over HTTP, fed by branches over the line in memory."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random

import httpx
import pytest
from msgspec import structs

from admin_ui.serving.people import People
from admin_ui.serving.roles import Role
from admin_ui.serving.tokens import Tokens, read_or_create_key
from replication.branch.shipper import Shipper
from replication.headquarters.app import run
from replication.headquarters.config import (
    ConfigError,
    HeadquartersConfig,
    SiteSettings,
    WebSettings,
    load_headquarters_config,
)
from replication.headquarters.stores.verify import verify_site
from replication.link import Parcel
from replication.memory_link import MemoryBranchLink, MemoryBroker, MemoryHeadquartersLink
from tests.replication.shop import MemoryJournal, goods_receipt, item_put, sale
from tests.replication.test_nats_faults import RealClock, until

pytestmark = pytest.mark.anyio


class Site:
    """A running headquarters with two branches."""

    def __init__(self, client: httpx.AsyncClient, broker: MemoryBroker) -> None:
        self.client = client
        self.broker = broker
        self.journals: dict[str, MemoryJournal] = {}
        self.shippers: dict[str, Shipper] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def open_branch(self, branch: str, name: str, name_zh: str) -> MemoryJournal:
        journal = self.journals[branch] = MemoryJournal(branch)
        shipper = self.shippers[branch] = Shipper(
            branch, journal, MemoryBranchLink(self.broker, branch), clock=RealClock(), jitter=Random(1).random,
            boot_id=bytes(16), name=name, name_zh=name_zh, currency="CNY",
        )  # fmt: skip
        self.tasks.append(asyncio.create_task(shipper.run()))
        return journal

    async def arrived(self) -> None:
        for branch, shipper in self.shippers.items():
            shipper.wake()
            journal = self.journals[branch]
            await until(lambda s=shipper, j=journal: s.status.applied_seq == len(j.entries), lambda s=shipper: s.status)

    async def get(self, path: str) -> dict[str, object]:
        answer = await self.client.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    config = HeadquartersConfig(site=SiteSettings(data=str(tmp_path)), web=WebSettings(port=0))
    people = await People.open(tmp_path / "people.db", clock=lambda: 1_795_000_000.0)
    await people.put("admin", display_name="Admin", display_name_zh="管理员", role=Role.ADMIN, password="kontor-admin")
    await people.close()
    broker, stop, port = MemoryBroker(), asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run(config, stop, started=port.set_result, link=MemoryHeadquartersLink(broker)))
    await asyncio.wait({task, port}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    token = Tokens(read_or_create_key(tmp_path), "hq").issue(role=Role.ADMIN, person="admin", issued=1_795_000_000)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port.result()}", headers={"authorization": f"Bearer {token}"}, timeout=15
    ) as client:
        made = Site(client, broker)
        yield made
    for shipper in made.shippers.values():
        await shipper.close()
    await asyncio.gather(*made.tasks)
    stop.set()
    async with asyncio.timeout(15):
        await task
    assert verify_site(tmp_path).clean


def stocked(journal: MemoryJournal) -> None:
    journal.append(item_put("952-RICE", name="Rice"))
    journal.append(item_put("952-TEA", name="Tea"))
    journal.append(goods_receipt([("952-RICE", 10_000), ("952-TEA", 5_000)], 1))
    journal.append(sale([("952-RICE", 1_250)], 2))


async def test_the_api_shows_every_branch_with_what_its_figures_are_true_for(site: Site) -> None:
    stocked(site.open_branch("b001", "Riverside", "河滨店"))
    stocked(site.open_branch("b002", "Old Town", "老城店"))
    await site.arrived()
    branches = (await site.get("/branches"))["rows"]
    assert isinstance(branches, list)
    assert [(one["branch"], one["name_zh"], one["state"], one["applied_seq"], one["head_seq"]) for one in branches] == [
        ("b001", "河滨店", "current", 4, 4),
        ("b002", "老城店", "current", 4, 4),
    ]
    assert branches[0]["as_of"].endswith("Z")
    stock = (await site.get("/stock?item=952-RICE"))["rows"]
    assert isinstance(stock, list)
    assert [{key: one[key] for key in one if key != "as_of"} for one in stock] == [
        {
            "branch": branch,
            "item": "952-RICE",
            "on_hand": "8.750",
            "available": "8.750",
            "in_transit": "0.000",
            "as_of_seq": 4,
        }
        for branch in ("b001", "b002")
    ]
    assert (await site.get("/stock?branch=b002&limit=1"))["next"] is not None
    first = await site.get("/stock?branch=b002&limit=1")
    second = await site.get(f"/stock?branch=b002&limit=1&after={first['next']}")
    assert [row["item"] for row in (*first["rows"], *second["rows"])] == ["952-RICE", "952-TEA"]  # type: ignore[misc]
    lots = (await site.get("/stock?detail=lot&branch=b001"))["rows"]
    assert isinstance(lots, list)
    assert lots[0]["lot"] is None


async def test_documents_items_and_the_journal_are_there_as_the_branch_wrote_them(site: Site) -> None:
    journal = site.open_branch("b001", "Riverside", "河滨店")
    stocked(journal)
    await site.arrived()
    documents = (await site.get("/documents?branch=b001&type=sale"))["rows"]
    assert isinstance(documents, list)
    assert [(one["branch"], one["seq"], one["type"]) for one in documents] == [("b001", 4, "sale")]
    whole = await site.get(f"/documents/{documents[0]['id']}")
    assert whole["hash"] == journal.hash_of(4).hex()
    lines = whole["lines"]
    assert isinstance(lines, list)
    told = {"item": "952-RICE", "quantity": "1.250", "unit": None, "price": 500, "discount": 0, "amount": 625}
    assert [{name: line[name] for name in told} for line in lines] == [told]
    assert whole["movements"] == [
        {"line": 0, "item": "952-RICE", "quantity": "1.250", "from": "shop", "to": "customer", "lot": None}
    ]
    items = (await site.get("/items?q=ri"))["rows"]
    assert isinstance(items, list)
    assert [one["sku"] for one in items] == ["952-RICE"]
    assert (await site.get("/items/952-TEA"))["price"] == 500
    entries = (await site.get("/journal?branch=b001&limit=2"))["rows"]
    assert isinstance(entries, list)
    assert [(one["seq"], one["kind"], one["hash"]) for one in entries] == [
        (seq, "item_put", journal.hash_of(seq).hex()) for seq in (1, 2)
    ]


async def test_what_is_not_there_is_404_and_nobody_sees_anything_unasked(site: Site) -> None:
    for path in (
        "/documents/none",
        "/documents/00000000-0000-0000-0000-000000000000",
        "/items/none",
        "/journal?branch=b9",
    ):
        answer = await site.client.get(f"/api/v1{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert (await site.client.get("/api/v1/stock?after=nonsense")).json()["code"] == "bad_cursor"
    assert (await site.client.get("/api/v1/journal")).status_code == 400
    async with httpx.AsyncClient(base_url=site.client.base_url) as stranger:
        for path in ("/branches", "/stock", "/documents", "/items", "/metrics", "/events", "/journal?branch=b001"):
            assert (await stranger.get(f"/api/v1{path}")).status_code == 401, path
        assert (await stranger.get("/api/v1/health")).json()["line"] == "up"


async def test_a_stopped_branch_is_visible_and_taken_up_again(site: Site) -> None:
    bad = site.open_branch("b001", "Riverside", "河滨店")
    stocked(bad)
    await site.arrived()
    bad.append_raw(99, b"")
    site.shippers["b001"].wake()
    await until(lambda: site.shippers["b001"].status.state == "blocked", lambda: site.shippers["b001"].status)
    branches = (await site.get("/branches"))["rows"]
    assert isinstance(branches, list)
    assert (branches[0]["state"], branches[0]["blocked_code"], branches[0]["applied_seq"]) == (
        "blocked",
        "unknown_kind",
        4,
    )
    health = await site.get("/health")
    assert health["status"] == "advice"
    answer = await site.client.post("/api/v1/branches/b001/unblock")
    assert answer.json() == {"branch": "b001", "unblocked": True}
    bad.entries.pop()
    bad.hashes.pop()  # the branch's software was mended before it sent the entry again


async def test_metrics_and_the_published_description_are_complete(site: Site) -> None:
    text = (await site.client.get("/api/v1/metrics")).text
    assert "kontor_hq_events" in text
    described = (await site.client.get("/schema/openapi.json")).json()["paths"]
    assert {
        "/api/v1/branches", "/api/v1/stock", "/api/v1/documents", "/api/v1/documents/{id_text}", "/api/v1/items",
        "/api/v1/items/{sku}", "/api/v1/journal", "/api/v1/events", "/api/v1/health", "/api/v1/metrics", "/api/v1/session",
    } <= set(described)  # fmt: skip
    assert set(described["/api/v1/items/{sku}"]) == {"get", "put"}
    assert set(described["/api/v1/prices/{price_list}"]) == {"get", "put"}


async def test_pages_are_told_what_changes_while_they_are_open(site: Site) -> None:
    journal = site.open_branch("b001", "Riverside", "河滨店")
    stocked(journal)
    await site.arrived()
    heard: dict[str, str] = {}
    async with site.client.stream("GET", "/api/v1/events?topics=branch,stock,document") as stream:
        journal.append(sale([("952-RICE", 750)], 3))
        site.shippers["b001"].wake()
        topic = ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                async for line in stream.aiter_lines():
                    if line.startswith("event: "):
                        topic = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        heard[topic] = line.removeprefix("data: ")
                    if {"branch", "stock", "document"} <= heard.keys():
                        break
    assert '"on_hand":"8.000"' in heard["stock"]
    assert '"as_of_seq":5' in heard["stock"]
    assert '"applied_seq":5' in heard["branch"]
    assert '"seq":5' in heard["document"]


async def test_the_pages_show_it_in_both_languages(site: Site) -> None:
    stocked(site.open_branch("b001", "Riverside", "河滨店"))
    stocked(site.open_branch("b002", "Old Town", "老城店"))
    await site.arrived()
    async with httpx.AsyncClient(base_url=site.client.base_url, timeout=15) as browser:
        assert (await browser.get("/")).headers["location"] == "/sign-in"
        assert (await browser.get("/sign-in")).status_code == 200
        browser.headers["origin"] = str(site.client.base_url).rstrip("/")
        signed = await browser.post("/api/v1/session", json={"person": "admin", "password": "kontor-admin"})
        assert signed.status_code == 200, signed.text
        assert (await browser.get("/")).headers["location"] == "/fleet"
        for language, branch_name in (("en", "Riverside"), ("zh", "河滨店")):
            browser.cookies.set("kontor_language", language)
            for path in ("/fleet", "/fleet?tab=current", "/stock", "/stock?q=ri", "/stock?branch=b001", "/stock/rows"):
                page = await browser.get(path)
                assert page.status_code == 200, f"{path}: {page.text}"
                if path in ("/fleet", "/stock"):
                    assert branch_name in page.text, path
            assert branch_name in (await browser.get("/fleet/b001")).text
        assert (await browser.get("/fleet/b009")).status_code == 404
        assert "8.75" in (await browser.get("/stock")).text
        assert (await browser.get("/fleet?tab=nonsense")).status_code == 404


async def test_what_a_branch_asks_for_is_on_a_page(site: Site) -> None:
    """With what became of it, in both languages; empty, it says so."""
    async with httpx.AsyncClient(base_url=site.client.base_url, timeout=15) as browser:
        browser.headers["origin"] = str(site.client.base_url).rstrip("/")
        signed = await browser.post("/api/v1/session", json={"person": "admin", "password": "kontor-admin"})
        assert signed.status_code == 200, signed.text
        assert "No branch has asked for anything" in (await browser.get("/requisitions")).text
        journal = site.open_branch("b001", "Riverside", "河滨店")
        stocked(journal)
        came = goods_receipt([("952-RICE", 30_000)], 1)
        journal.append(structs.replace(came, type="requisition", number="RQ-000001", routes=(), movements=()))
        await site.arrived()
        for language, words in (("en", ("Riverside", "Asked for", "Rice")), ("zh", ("河滨店", "要货单"))):
            browser.cookies.set("kontor_language", language)
            page = (await browser.get("/requisitions")).text
            for word in (*words, "RQ-000001", "30"):
                assert word in page
        assert (await browser.get("/requisitions?after=x")).status_code == 400


async def test_a_person_decides_on_the_branch_page(site: Site) -> None:
    """Plain forms, with the token of the page: pass over with a reason, take up again, make a code that is shown once."""
    bad = MemoryJournal("b001")
    stocked(bad)
    bad.append_raw(99, b"from a later version")
    site.broker.store("b001", Parcel("one", bad.batch(1, 5)))

    async def state() -> object:
        rows = (await site.get("/branches"))["rows"]
        assert isinstance(rows, list)
        return [(row["state"], row["applied_seq"], row["skips"]) for row in rows]

    await eventually(state, [("blocked", 0, 0)])
    async with httpx.AsyncClient(base_url=site.client.base_url, timeout=15, follow_redirects=True) as browser:
        browser.headers["origin"] = str(site.client.base_url).rstrip("/")
        await browser.post("/api/v1/session", json={"person": "admin", "password": "kontor-admin"})
        page = (await browser.get("/fleet/b001")).text
        assert "kind this headquarters does not know yet" in page
        token = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0]}
        assert (await browser.post("/fleet/b001/skip", data={"reason": "x"})).status_code == 403
        assert "Say why" in (await browser.post("/fleet/b001/skip", data={**token, "reason": " "})).text
        assert "passed over" in (await browser.post("/fleet/b001/skip", data={**token, "reason": "a test entry"})).text
        await eventually(state, [("offline", 5, 1)])
        assert "Nothing is stopped" in (await browser.post("/fleet/b001/unblock", data=token)).text
        made = await browser.post("/fleet/b001/replacement", data=token)
        code = made.text.split('<p class="mono">')[1].split("<")[0]
        assert len(code) == 19
        assert code not in (await browser.get("/fleet/b001")).text
    skips = (await site.get("/branches/b001/skips"))["rows"]
    assert isinstance(skips, list)
    assert [(one["first_seq"], one["last_seq"], one["person"], one["reason"]) for one in skips] == [
        (5, 5, "admin", "a test entry")
    ]
    aside = (await site.get("/branches/b001/quarantine?limit=1"))["rows"]
    assert isinstance(aside, list)
    assert (aside[0]["code"], aside[0]["times"]) == ("unknown_kind", 1)
    assert (await site.get("/branches/b001/forks")) == {"rows": [], "next": None}
    again = await site.client.post("/api/v1/branches/b001/skip", json={"reason": "twice"})
    assert (again.status_code, again.json()["code"]) == (409, "not_blocked")
    assert (await site.client.post("/api/v1/branches/b001/skip", json={})).status_code == 400


async def test_a_journal_damaged_on_its_device_is_not_passed_over_but_replaced(site: Site) -> None:
    """Page, list and refusal say what to do, in both languages; nobody is offered what cannot help."""
    journal = site.open_branch("b001", "Riverside", "河滨店")
    stocked(journal)
    await site.arrived()
    journal.sell(1)
    journal.hashes[-1] = b"#" * 32
    site.shippers["b001"].wake()

    async def state() -> object:
        rows = (await site.get("/branches"))["rows"]
        assert isinstance(rows, list)
        return [(row["blocked_code"], row["applied_seq"], row["ways_out"]) for row in rows]

    await eventually(state, [("bad_hash", 4, ["unblock", "replace"])])
    answer = await site.client.post("/api/v1/branches/b001/skip", json={"reason": "why not"})
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_skip")
    assert "`kontor rejoin`" in answer.json()["detail"]
    assert "kontor rejoin" in answer.json()["detail_zh"]
    async with httpx.AsyncClient(base_url=site.client.base_url, timeout=15) as browser:
        await browser.post("/api/v1/session", json={"person": "admin", "password": "kontor-admin"})
        for language, said in (("en", "nothing after #4 can be believed"), ("zh", "#4 之后的记录无法采信")):
            page = (await browser.get("/fleet/b001", headers={"accept-language": language})).text
            assert said in page
            assert "kontor hq-replace --branch b001" in page
            assert "/fleet/b001/unblock" in page
            assert "/fleet/b001/skip" not in page


async def eventually(ask: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Ask until the answer is the one that must come."""
    for _ in range(100):
        found = await ask()
        if found == wanted:
            return
        await asyncio.sleep(0.1)
    assert found == wanted


def test_a_wrong_setting_is_refused_with_its_file_and_its_path(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    for text, path in (
        ('[site]\nid = "hq"\nnmae = "x"\n', "site.nmae"),
        ("[web]\nport = 700000\n", "web.port"),
        ('[site]\ntime_zone = "Asia/Nowhere"\n', "site.time_zone"),
        ('[nats]\nurl = "http://x"\n', "nats.url"),
        ("[web\n", ""),
    ):
        file.write_text(text)
        with pytest.raises(ConfigError) as refused:
            load_headquarters_config(file)
        assert (refused.value.file, refused.value.path) == (file, path)
        assert refused.value.hint
    file.write_text("")
    assert load_headquarters_config(file).data == tmp_path
    with pytest.raises(ConfigError):
        load_headquarters_config(tmp_path / "none.toml")
