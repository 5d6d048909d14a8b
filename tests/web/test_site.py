"""The branch as a whole: health, metrics, "busy", a damaged ledger, stopping and starting again."""

import functools
import sqlite3
import threading
import time
from pathlib import Path

import httpx
import pytest

from replication.storage.writer import Writer
from tests.web.conftest import RunningBranch, make_items, new_id, post, put, sale
from tests.web.test_pages import page_in


def test_health_tells_the_start_up_checks_to_anybody(branch: RunningBranch) -> None:
    answer = httpx.get(f"{branch.url}/api/v1/health")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] in {"good", "advice"}
    assert {check["name"] for check in body["checks"]} == {
        "sqlite_version", "synchronous", "free_disk", "flush_latency", "journal_tail", "wal",
    }  # fmt: skip
    assert body["writer"]["commands"] > 0
    assert (body["site"], body["replication"]) == ("b001", "standalone")


def test_metrics_count_what_was_posted(api: httpx.Client) -> None:
    def sales() -> int:
        answer = api.get("/api/v1/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        found = [
            line for line in answer.text.splitlines() if line.startswith('kontor_documents_posted_total{type="sale"}')
        ]
        return int(found[0].split()[-1]) if found else 0

    before = sales()
    post(api, sale("1"))
    assert sales() == before + 1


def test_a_full_writer_answers_busy_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.ledger.Writer", functools.partial(Writer, queue_max=2))
    with RunningBranch(tmp_path) as running, running.client() as api:
        make_items(api)
        with sqlite3.connect(tmp_path / "ledger.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            answers: list[httpx.Response] = []
            ids = [new_id() for _ in range(8)]
            threads = [threading.Thread(target=lambda i=i: answers.append(put(api, sale("1"), i))) for i in ids]
            for thread in threads:
                thread.start()
                time.sleep(0.05)
            time.sleep(0.3)
            other.execute("COMMIT")
            for thread in threads:
                thread.join()
        other.close()
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses.count(201) == 3
        assert statuses.count(503) == 5
        busy = next(answer for answer in answers if answer.status_code == 503)
        assert (busy.headers["retry-after"], busy.json()["code"]) == ("1", "busy")
        again = [put(api, sale("1"), document_id) for document_id in ids]
        assert sorted(answer.status_code for answer in again) == [200] * 3 + [201] * 5


def test_nothing_is_added_to_a_damaged_ledger(tmp_path: Path) -> None:
    with RunningBranch(tmp_path) as running, running.client() as api:
        make_items(api)
    with sqlite3.connect(tmp_path / "ledger.db") as ledger:
        ledger.execute("UPDATE journal SET hash = zeroblob(32) WHERE seq = 2")
    ledger.close()
    with RunningBranch(tmp_path) as running, running.client() as api:
        assert httpx.get(f"{running.url}/api/v1/health").status_code == 503
        for answer in (put(api, sale("1")), api.put("/api/v1/items/x", json={"name": "X", "unit": "pc", "price": 1})):
            assert (answer.status_code, answer.json()["code"]) == (503, "unsafe_ledger")
            assert answer.json()["detail_zh"]
        assert api.get("/api/v1/stock").status_code == 200


def test_a_branch_stops_within_seconds_with_a_page_listening_and_goes_on_where_it_was(tmp_path: Path) -> None:
    running = RunningBranch(tmp_path)
    with running, running.client() as api:
        make_items(api)
        document_id = new_id()
        first = put(api, sale("1"), document_id).json()
        with api.stream("GET", "/api/v1/events") as stream:
            assert stream.status_code == 200
            assert running.stop() < 5
    with RunningBranch(tmp_path) as later, later.client() as api:
        again = put(api, sale("1"), document_id)
        assert again.json() == {**first, "status": "exists"}
        assert post(api, sale("1"))["seq"] == first["seq"] + 1


def test_a_branch_sells_while_headquarters_is_not_there(tmp_path: Path) -> None:
    tables = '[headquarters]\nnats_url = "nats://127.0.0.1:9"\nreconnect_seconds_max = 1\n'
    with RunningBranch(tmp_path, tables) as running, running.client() as api:
        make_items(api)
        posted = post(api, sale("1"))
        now = api.get("/api/v1/replication").json()
        assert (now["state"], now["head_seq"], now["applied_seq"]) == ("offline", posted["seq"], 0)
        assert now["waiting"] == posted["seq"]


def test_a_reader_that_does_not_end_is_told_where_people_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Health, metrics and the page of devices, in both languages, with what to do; selling goes on."""
    monkeypatch.setattr("replication.storage.wal.WAL_HELD_BYTES", 100_000)
    monkeypatch.setattr("replication.storage.wal.WAL_HELD_SECONDS", 0.2)
    monkeypatch.setattr("replication.storage.wal.LOOK_SECONDS", 0.0)
    with RunningBranch(tmp_path) as running, running.client() as api:
        make_items(api)
        reader = sqlite3.connect(f"file:{tmp_path / 'ledger.db'}?mode=ro", uri=True, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM journal").fetchone()
        ends_at = time.monotonic() + 30
        found: list[dict[str, str]] = []
        while not found:
            assert time.monotonic() < ends_at, "nothing was told"
            assert put(api, sale("1"), new_id()).status_code == 201
            body = api.get("/api/v1/health").json()
            found = [check for check in body["checks"] if check["name"] == "wal" and check["state"] == "advice"]
        assert body["status"] == "advice"
        assert "restart Kontor" in found[0]["advice"]
        assert "请重启 Kontor" in found[0]["advice_zh"]
        figures = dict(
            line.split() for line in api.get("/api/v1/metrics").text.splitlines() if "kontor_wal" in line[:10]
        )
        assert float(figures["kontor_wal_bytes"]) > 100_000
        assert float(figures["kontor_wal_held_seconds"]) >= 0.2
        with running.signed_in("admin", password="kontor-admin") as browser:
            browser.headers["Accept"] = "text/html"
            for language, words in (("en", "restart Kontor"), ("zh", "请重启 Kontor")):
                for page in ("/devices", "/today"):
                    assert words in page_in(browser, page, language), (page, language)
        reader.close()


def test_a_crowd_of_readers_is_told_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries wait in bounds as writes do: lists, the catalogue and a document answer busy, and when to ask again."""
    with RunningBranch(tmp_path) as running, running.client() as api:
        make_items(api)
        posted = post(api, sale("1"))
        monkeypatch.setattr("replication.storage.readers.QUERIES_WAITING_MAX", 0)
        for path in ("items", "documents", f"documents/{posted['id']}", "stock", "journal", "transfers"):
            answer = api.get(f"/api/v1/{path}")
            assert (answer.status_code, answer.json()["code"]) == (503, "busy"), path
            assert int(answer.headers["retry-after"]) >= 1
