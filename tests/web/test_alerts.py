"""Alerts and follow-up tasks over HTTP, told to an open page and to a real web hook as they happen."""

import asyncio
import json
import sqlite3
from pathlib import Path

import httpx
import pytest

from admin_ui.serving.roles import Role
from tests.web.conftest import RunningBranch
from tests.web.counter import branch_in_this_loop, listening
from tests.web.sinks import web_hook


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody rests for seconds here."""
    monkeypatch.setattr("gateway.use_cases.follow_journal.QUIET_SECONDS", 0.01)
    monkeypatch.setattr("gateway.use_cases.watch_alerts.START_SECONDS", 0.0)
    monkeypatch.setattr("gateway.use_cases.watch_alerts.PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("gateway.use_cases.deliver_alerts.GATHER_SECONDS", 0.0)


@pytest.mark.usefixtures("at_once")
def test_a_negative_sale_is_told_everywhere_and_mended_by_its_receipt(tmp_path: Path) -> None:
    """An approved sale below zero: a task, an alert, an event, and a message at the web hook. The receipt closes the task."""

    async def story(running: RunningBranch, hooked: asyncio.Event) -> None:
        async with branch_in_this_loop(running) as api, listening(api, topics="alert,task,delivery") as page:
            item = {"name": "Sauce", "name_zh": "酱", "unit": "kg", "price": 100}
            assert (await api.put("/api/v1/items/sauce", json=item)).status_code == 201
            body = {"type": "sale", "lines": [{"item": "sauce", "quantity": "3"}], "station": "till-1",
                    "approval": {"person": "chen", "pin": "2222", "reason": "The delivery is at the door"}}  # fmt: skip
            sold = (await api.put("/api/v1/documents/019ab3c4-5d6e-7f80-9123-4567890000a1", json=body)).json()
            assert sold["status"] == "posted", sold
            told = await page.next("task")
            assert (told["state"], told["item"], told["location"]) == ("open", "sauce", "shop")
            raised = await page.next("alert", lambda data: data["kind"] == "negative_stock")
            (task,) = (await api.get("/api/v1/tasks", params={"state": "open"})).json()["rows"]
            assert (task["quantity"], task["document"]["number"], task["document"]["person"]) == (
                "-3.000",
                sold["number"],
                "admin",
            )
            assert task["explain"] == "/api/v1/items/sauce/explain"
            alert = next(row for row in (await api.get("/api/v1/alerts")).json()["rows"] if row["id"] == raised["id"])
            assert (alert["item"], alert["state"], alert["title_zh"], alert["seen_by"]) == (
                "sauce",
                "open",
                "负库存",
                None,
            )
            seen = await api.post(f"/api/v1/alerts/{alert['id']}/seen")
            assert (seen.status_code, seen.json()["seen_by"]) == (200, "admin")
            await asyncio.wait_for(hooked.wait(), 60)
            assert await page.next("delivery") == {"result": "sent"}
            receipt = {"type": "goods_receipt", "lines": [{"item": "sauce", "quantity": "30"}]}
            assert (
                await api.put("/api/v1/documents/019ab3c4-5d6e-7f80-9123-4567890000a2", json=receipt)
            ).status_code == 201
            assert (await page.next("task"))["state"] == "closed"
            assert (await api.get("/api/v1/tasks", params={"state": "open"})).json()["rows"] == []
            (closed,) = (await api.get("/api/v1/tasks")).json()["rows"]
            assert closed["closed_by"] == "019ab3c4-5d6e-7f80-9123-4567890000a2"

    with web_hook() as hook:
        receiver = f'[[alerts.receivers]]\nname = "chen"\nurl = "{hook.url("200")}"\nlanguage = "zh"\n'
        (tmp_path / "config.toml").touch(mode=0o600)
        running = RunningBranch(tmp_path, '[[stations]]\nname = "till-1"\n' + receiver)

        async def body() -> None:
            hooked = asyncio.Event()
            waiting = asyncio.create_task(asyncio.to_thread(hook.came.wait, 60))
            waiting.add_done_callback(lambda _: hooked.set())
            await story(running, hooked)

        asyncio.run(body())
        (message,) = [json.loads(sent) for sent in hook.bodies]
    assert message["title"] == "河滨店：负库存"
    assert message["message"] == "[警告] 负库存：酱：账面为 −3 千克，可能有入库未录入。"


def test_only_a_manager_reads_alerts_and_addresses_are_hidden(branch: RunningBranch, api: httpx.Client) -> None:
    with branch.client(Role.CASHIER) as cashier:
        for path in ("/api/v1/alerts", "/api/v1/alerts/receivers", "/api/v1/tasks"):
            assert cashier.get(path).status_code == 403
        assert cashier.post("/api/v1/alerts/1/seen").status_code == 403
    assert api.get("/api/v1/alerts/receivers").json() == []
    assert api.post("/api/v1/alerts/987654/seen").status_code == 404
    assert api.get("/api/v1/alerts", params={"state": "lost"}).status_code == 400
    assert api.get("/api/v1/alerts", params={"kind": "boredom"}).status_code == 400
    assert api.get("/api/v1/tasks", params={"state": "lost"}).status_code == 400
    for path in ("/api/v1/alerts", "/api/v1/tasks"):
        assert api.get(path, params={"state": "open"}).json() == {"rows": [], "next": None}


def test_today_shows_what_nobody_saw_yet(branch: RunningBranch) -> None:
    """An alert of a kind that the page does not count itself stands among what needs a person, until somebody saw it."""
    told = {
        "item": "ham",
        "name": "Ham",
        "name_zh": "火腿",
        "unit": "kg",
        "on_hand": "3.000",
        "lot": "L1",
        "expiry": "2026-11-20",
    }
    with sqlite3.connect(branch.folder / "ledger.db") as other:
        place = other.execute(
            "INSERT INTO alerts (kind, subject, severity, told, raised_at) VALUES ('expired', 'ham/L1', 'urgent', ?, 0)"
            " RETURNING place",
            (json.dumps(told),),
        ).fetchone()[0]
    other.close()
    with branch.signed_in("chen", password="kontor-manager") as manager:
        shown = manager.get("/today", headers={"Accept": "text/html", "Accept-Language": "zh"}).text
        assert "火腿（批次 L1）：货架上 3 千克 已于 2026-11-20 过期。" in shown
        assert manager.post(f"/api/v1/alerts/{place}/seen").json()["seen_by"] == "chen"
        assert "火腿（批次" not in manager.get("/today", headers={"Accept": "text/html"}).text
        (row,) = manager.get("/api/v1/alerts", params={"kind": "expired"}).json()["rows"]
        assert (row["href"], row["detail"]) == (
            "/stock?q=ham",
            "Ham, lot L1: 3 kg on the shelf expired on 2026-11-20.",
        )
