"""Headquarters restored from a backup older than items and prices it has sent: what branches hold comes back, newest wins."""

import contextlib
import datetime as dt
import http.client
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Tell
from tests.faults.parts import CONVERGE_SECONDS_MAX, ROOT, Chain, Site

pytestmark = [pytest.mark.needs("nats-server"), pytest.mark.only_in_make_faults]

TEA = {"name": "Oolong tea", "name_zh": "乌龙茶", "unit": "bottle", "price": 650, "barcodes": ["6901"]}
SODA = {"name": "Soda", "name_zh": "苏打", "unit": "bottle", "price": 200}
CUP = {"name": "Cup", "name_zh": "杯子", "unit": "piece", "price": 300}

Shelf = dict[str, tuple[str, int]]
"""Of each SKU its name and the price in force."""


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = Chain(tmp_path)
    try:
        yield made.start()
    finally:
        made.close()


def put(site: Site, path: str, body: dict[str, Any]) -> None:
    """A person puts it, and it is taken."""
    status, answer = site.ask("PUT", path, body)
    assert status in {200, 201}, answer


def shelf(site: Site) -> Shelf:
    """What a branch sells by, or what headquarters says it does."""
    found: Shelf = {}
    for sku in ("TEA", "SODA", "CUP"):
        status, item = site.ask("GET", f"/items/{sku}")
        if status == 200:
            listed = item.get("list_price")
            found[sku] = (item["name"], item["price"] if listed is None else listed)
    return found


def until(sites: tuple[Site, ...], wanted: Shelf) -> float:
    """Wait until all of them agree; how long it took."""
    began = time.monotonic()
    while True:
        found: dict[str, Shelf] = {}
        with contextlib.suppress(OSError, http.client.HTTPException):
            found = {site.name: shelf(site) for site in sites}
        if found and all(one == wanted for one in found.values()):
            return time.monotonic() - began
        assert time.monotonic() - began < CONVERGE_SECONDS_MAX, (wanted, found)
        time.sleep(0.1)


def price_of_a_sale(site: Site, sku: str) -> int:
    """Sell one; what it was sold for."""
    key = uuid.uuid4()
    put(site, f"/documents/{key}", {"type": "sale", "lines": [{"item": sku, "quantity": "1"}]})
    price: int = site.ask("GET", f"/documents/{key}")[1]["lines"][0]["price"]
    return price


def test_a_headquarters_older_than_its_prices_learns_them_back(chain: Chain, tally: Tell, tmp_path: Path) -> None:
    """Row 40. Items and prices sent after the backup come back from the branches; a price put after the restore goes before
    them; tills sell at the right price while headquarters is away, forgetful, and whole again."""
    other = Site("b002", "serve", tmp_path / "b002", tmp_path / "logs", chain.branch.settings)
    chain.parts = (*chain.parts, other)
    other.start()
    branches, hq = (chain.branch, other), chain.hq
    put(hq, "/items/TEA", TEA)
    put(hq, "/items/SODA", SODA)
    put(hq, "/prices/default", {"rows": [{"item": "TEA", "price": 600}]})
    until((*branches, hq), {"TEA": ("Oolong tea", 600), "SODA": ("Soda", 200)})
    command = [sys.executable, "-m", "gateway", "hq-backup", "--config", str(hq.config), str(tmp_path / "backup")]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)

    put(hq, "/items/CUP", CUP)
    put(hq, "/items/SODA", SODA | {"name": "Soda water"})
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)).isoformat(timespec="milliseconds")
    rows = [{"item": "TEA", "price": 580}, {"item": "CUP", "price": 280, "effective_at": later}]
    put(hq, "/prices/default", {"rows": rows})
    sent = {"TEA": ("Oolong tea", 580), "SODA": ("Soda water", 200), "CUP": ("Cup", 280)}
    until((*branches, hq), sent)
    for branch in branches:
        lines = [{"item": sku, "quantity": "50"} for sku in sent]
        put(branch, f"/documents/{uuid.uuid4()}", {"type": "opening_balance", "lines": lines})
    hq.kill()
    shutil.rmtree(hq.folder)
    shutil.copytree(tmp_path / "backup", hq.folder)
    assert [price_of_a_sale(branch, sku) for branch in branches for sku in sent] == [580, 200, 280] * 2
    hq.start()
    put(hq, "/prices/default", {"rows": [{"item": "SODA", "price": 190}]})
    wanted = sent | {"SODA": ("Soda water", 190)}
    seconds = until((*branches, hq), wanted)
    assert [price_of_a_sale(branch, sku) for branch in branches for sku in wanted] == [580, 190, 280] * 2
    put(hq, "/items/CUP", CUP | {"name": "Mug"})
    until((*branches, hq), wanted | {"CUP": ("Mug", 280)})
    tally(
        row="40", fault="headquarters older than its items and prices", injected=1, events=12, lost=0, doubled=0,
        seconds=seconds,
    )  # fmt: skip
