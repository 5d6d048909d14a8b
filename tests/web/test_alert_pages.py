"""The page of alerts, the badges beside the menu, and the queue of requests, each told what changes while it is open."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from admin_ui.serving.roles import Role
from tests.web.conftest import RunningBranch, new_id
from tests.web.counter import branch_in_this_loop, listening

HTML = {"Accept": "text/html", "Accept-Language": "en"}
TOLD = {"item": "ham", "name": "Ham", "name_zh": "火腿", "unit": "kg", "on_hand": "3.000", "lot": "L1", "expiry": "2026-11-20"}  # fmt: skip
RECEIVERS = """[[stations]]
name = "till-1"
[[alerts.receivers]]
name = "boss"
url = "jsons://user:s3cret@example.com/hook"
quiet_from = "20:00"
quiet_to = "08:00"
"""


def raised(folder: Path, subject: str, *, cleared_at: int | None = None, sent_at: int | None = None) -> str:
    """An alert as the watch keeps it, queued for one receiver."""
    with sqlite3.connect(folder / "ledger.db") as other:
        (place,) = other.execute(
            "INSERT INTO alerts (kind, subject, severity, told, raised_at, cleared_at)"
            " VALUES ('expired', ?, 'urgent', ?, 0, ?) RETURNING place",
            (subject, json.dumps(TOLD), cleared_at),
        ).fetchone()
        other.execute("INSERT INTO deliveries VALUES ('boss', ?, ?)", (place, sent_at))
    other.close()
    return str(place)


def test_the_page_tells_open_ones_and_the_history_and_how_each_was_delivered(branch: RunningBranch) -> None:
    """In the reader's language; one row alone is drawn as the page draws it."""
    opened, over = raised(branch.folder, "ham/A"), raised(branch.folder, "ham/B", cleared_at=5, sent_at=4)
    with branch.signed_in("chen", password="kontor-manager") as manager:
        page = manager.get("/alerts", headers=HTML).text
        assert f'data-row="{opened}"' in page
        assert f'data-row="{over}"' not in page
        assert "boss is still to be told" in page
        history = manager.get("/alerts", params={"tab": "history"}, headers=HTML | {"Accept-Language": "zh"}).text
        assert f'data-row="{over}"' in history
        assert "已通知 boss" in history
        row = manager.get("/alerts/rows", params={"only": opened}, headers=HTML).text
        assert row.count("<tr") == 1
        assert manager.get("/alerts", params={"tab": "lost"}, headers=HTML).status_code == 404
        (listed,) = manager.get("/api/v1/alerts", params={"state": "cleared"}).json()["rows"]
        assert listed["deliveries"][0]["receiver"] == "boss"
        assert listed["deliveries"][0]["sent_at"]


def test_the_history_is_paged_by_a_key(branch: RunningBranch) -> None:
    """The next page begins behind the last row of the first."""
    places = [raised(branch.folder, f"old/{index}", cleared_at=9) for index in range(53)]
    with branch.signed_in("chen", password="kontor-manager") as manager:
        first = manager.get("/alerts/rows", params={"tab": "history"}, headers=HTML).text
        after = first.split('class="more" data-after="')[1].split('"')[0]
        second = manager.get("/alerts/rows", params={"tab": "history", "after": after}, headers=HTML).text
    shown = [place for place in places if f'data-row="{place}"' in first]
    assert shown == places[-50:]
    assert all(f'data-row="{place}"' in second for place in places[:3])


def test_a_cashier_sees_neither_the_page_nor_what_waits(branch: RunningBranch) -> None:
    with branch.client(Role.CASHIER) as cashier:
        for path in ("/alerts", "/alerts/rows", "/waiting/rows?only=x", "/api/v1/attention"):
            assert cashier.get(path, headers=HTML).status_code == 403


def test_every_page_of_the_office_counts_what_waits(branch: RunningBranch, api: httpx.Client) -> None:
    """Open alerts nobody saw, and documents to decide about; a seen alert is not counted any more."""
    before = api.get("/api/v1/attention").json()
    place = raised(branch.folder, f"ham/{new_id()}")
    assert api.get("/api/v1/attention").json() == before | {"alerts": before["alerts"] + 1}
    with branch.signed_in("chen", password="kontor-manager") as manager:
        for path in ("/today", "/stock", "/policy", "/alerts"):
            page = manager.get(path, headers=HTML).text
            badge = page.split('data-badge="alerts"')[1].split("</b>")[0]
            assert f"<span data-n>{before['alerts'] + 1}</span>" in badge
        assert manager.post(f"/api/v1/alerts/{place}/seen").status_code == 200
        assert manager.get("/api/v1/attention").json() == before


def test_quiet_hours_are_told_and_the_address_is_not(tmp_path: Path) -> None:
    """On the page and by the API: only the service."""
    (tmp_path / "config.toml").touch(mode=0o600)
    with RunningBranch(tmp_path, RECEIVERS) as branch, branch.signed_in("chen", password="kontor-manager") as manager:
        page = manager.get("/alerts", headers=HTML).text
        assert "Quiet from 20:00 to 08:00" in page
        (receiver,) = manager.get("/api/v1/alerts/receivers").json()
    assert "s3cret" not in page
    assert (receiver["quiet_from"], receiver["quiet_to"], receiver["urgent_always"], receiver["next_try_at"]) == (
        "20:00", "08:00", True, None,
    )  # fmt: skip


async def _asked(api: httpx.AsyncClient, identity: str) -> None:
    body = {"type": "sale", "lines": [{"item": "sauce", "quantity": "3"}], "station": "till-1"}
    answer = await api.put(f"/api/v1/documents/{identity}", json=body)
    assert answer.status_code == 202, answer.text


def test_requests_are_told_as_they_come_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting, approved with a PIN in the document itself, refused, expired: each an event with the document's id."""
    monkeypatch.setattr("gateway.use_cases.expire_requests.LOOK_SECONDS", 0.05)
    ids = [new_id() for _ in range(3)]
    pin = {"person": "chen", "pin": "2222", "reason": "The delivery is at the door"}

    async def story() -> None:
        running = RunningBranch(tmp_path)
        async with branch_in_this_loop(running) as api, listening(api, topics="request") as page:

            async def told(identity: str, state: str) -> None:
                await page.next("request", lambda data: data == {"id": identity, "state": state})

            item = {"name": "Sauce", "unit": "kg", "price": 100}
            assert (await api.put("/api/v1/items/sauce", json=item)).status_code == 201
            for identity in ids:
                await _asked(api, identity)
                await told(identity, "waiting")
            assert (await api.get("/api/v1/attention")).json()["requests"] == 3
            body: dict[str, Any] = {"type": "sale", "lines": [{"item": "sauce", "quantity": "3"}], "station": "till-1"}
            answer = await api.put(f"/api/v1/documents/{ids[0]}", json=body | {"approval": pin})
            assert answer.json()["status"] == "posted", answer.text
            await told(ids[0], "approved")
            assert (await api.post(f"/api/v1/documents/{ids[1]}/reject", json=pin)).status_code == 200
            await told(ids[1], "refused")
            with sqlite3.connect(tmp_path / "ledger.db", timeout=10) as other:
                other.execute("UPDATE pending SET expires_at = 1 WHERE state = 'waiting'")
            other.close()
            await told(ids[2], "expired")

    asyncio.run(story())


def test_a_card_of_the_queue_is_drawn_alone_while_it_waits(branch: RunningBranch, api: httpx.Client) -> None:
    """What was decided meanwhile has no card."""
    identity, item = new_id(), {"name": "Paste", "unit": "kg", "price": 100}
    assert api.put("/api/v1/items/paste", json=item).status_code == 201
    body = {"type": "sale", "lines": [{"item": "paste", "quantity": "3"}], "station": "till-1"}
    assert api.put(f"/api/v1/documents/{identity}", json=body).status_code == 202
    with branch.signed_in("chen", password="kontor-manager") as manager:
        card = manager.get("/waiting/rows", params={"only": identity}, headers=HTML).text
        assert card.count(f'data-ask="{identity}"') == 1
        refused = manager.post(f"/api/v1/documents/{identity}/reject", json={"reason": "No"})
        assert refused.status_code == 200, refused.text
        assert "data-ask" not in manager.get("/waiting/rows", params={"only": identity}, headers=HTML).text
        assert manager.get("/waiting/rows", params={"only": "x"}, headers=HTML).status_code == 404


def test_whoever_sees_an_alert_is_told_to_the_other_pages(tmp_path: Path) -> None:
    """The event says that it was seen; by whom is read from the list."""

    async def story() -> None:
        async with branch_in_this_loop(RunningBranch(tmp_path)) as api:
            place = raised(tmp_path, "ham/L1")
            async with listening(api, topics="alert") as page:
                assert (await api.post(f"/api/v1/alerts/{place}/seen")).status_code == 200
                told = await page.next("alert")
                assert (told["id"], told["state"], told["seen"]) == (place, "open", True)

    asyncio.run(story())
