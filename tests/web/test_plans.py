"""Every route that reads is asked, and every statement it runs beside the writer follows an index. Routes are taken from the published
description and statements from the connections themselves, so that a new one cannot be forgotten."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gateway.store import search
from gateway.store.ledger import LEDGER_FILE
from replication.storage import readers
from tests.web.conftest import RunningBranch, make_items, post, sale

VALUES = {"sku": "tea-500", "kind": "movements", "lot": "L1", "code": "x", "item": "tea-500"}
QUERY = {"q": "tea", "serial": "s", "code": "9521101530001", "limit": "5", "item": "tea-500"}
SKIPPED = {"/api/v1/events"}
WHOLE = {
    ("/api/v1/catalogue", "items"): "all items are what it answers, once for each version of them",
    ("/api/v1/items", "main"): "SQLite itself reads the few settings of its full-text index",
    ("/api/v1/items/{sku}/explain", "journal"): "the newest entries only, a number of them",
    ("/api/v1/items/{sku}/explain", "walk"): "rows the statement itself made, at most its limit",
    ("/api/v1/items/{sku}/movements", "walk"): "rows the statement itself made, at most its limit",
}
"""What may be read from one end to the other, and why."""


def test_no_list_or_look_up_walks_through_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, str] = {}
    current = ""
    real = readers.open_reader

    def traced(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = real(*arguments, **named)
        connection.set_trace_callback(lambda sql: asked.setdefault(sql, current))
        return connection

    monkeypatch.setattr(readers, "open_reader", traced)
    monkeypatch.setattr(search, "WALKED_MAX", 1)
    with RunningBranch(tmp_path) as branch, branch.client() as api:
        make_items(api)
        post(api, sale())
        for path, methods in api.get("/schema/openapi.json").json()["paths"].items():
            if "get" in methods and path not in SKIPPED:
                current = path
                filled = re.sub(r"{(\w+)}", lambda found: VALUES.get(found[1], "0" * 32), path)
                for query in ({"limit": "5"}, QUERY):
                    assert api.get(filled, params=query).status_code < 500, path
        connection = sqlite3.connect(f"file:{tmp_path / LEDGER_FILE}?mode=ro", uri=True)
        walks = set()
        for sql, path in asked.items():
            if path and sql.lstrip("( ").upper().startswith(("SELECT", "WITH")):
                for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}"):
                    found = re.match(r"SCAN (\w+)", row[3])
                    if found and "INDEX" not in row[3] and (path, found[1]) not in WHOLE:
                        walks.add(f"{path}: {row[3]} in {sql[:160]}")
        connection.close()
    assert len(asked) > 30
    assert sorted(walks) == []
