"""Killed again and again while clients sell, and the count of what became of every sale.

The oracle is the client's own memory: a sale counts as acknowledged only when its client read a 200 or 201 for it.
"""

import http.client
import json
import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.whole_shop import WholeShop, ask, every_row

CLIENTS = 4
BRANCHES = 2
CONVERGE_SECONDS_MAX = 90.0
SKUS = tuple(f"crash-{number}" for number in range(20))


@dataclass
class Count:
    """What happened, for the line that is printed."""

    seed: int
    kills: int = 0
    acknowledged: int = 0
    retried: int = 0
    answered_exists: int = 0
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        """The result in one line."""
        return (
            f"crash: seed {self.seed}, {self.kills} kills of everything, {self.acknowledged} sales acknowledged, "
            f"{self.retried} sent again, {self.answered_exists} answered exists, {len(self.wrong)} wrong"
        )


class Client(threading.Thread):
    """Sells one sale after another until told to stop, and never gives one up."""

    def __init__(self, port: int, token: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, tuple[int, str]] = {}
        self.retried = 0
        self.answered_exists = 0
        self.wrong: list[str] = []
        self.enough = threading.Event()
        self._port, self._token = port, token
        self._random = random.Random(seed)

    def run(self) -> None:
        """See the class."""
        while not self.enough.is_set():
            skus = self._random.sample(SKUS, self._random.randint(1, 5))
            body = {
                "type": "sale",
                "lines": [{"item": sku, "quantity": str(self._random.randint(1, 3))} for sku in skus],
            }
            self._sell(str(uuid.UUID(int=self._random.getrandbits(128), version=4)), body)

    def _sell(self, document_id: str, body: dict[str, Any]) -> None:
        while True:
            try:
                status, answer = ask(self._port, self._token, "PUT", f"/documents/{document_id}", body)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                self.retried += 1
                time.sleep(0.05)
                continue
            if status in {429, 503}:
                time.sleep(0.2)
                continue
            if status in {200, 201}:
                self.answered_exists += status == 200
                self.acknowledged[document_id] = (answer["seq"], answer["hash"])
            else:
                self.wrong.append(f"{document_id}: {status} {answer}")
            return


def run(home: Path, *, seed: int, kills: int, pause_seconds: tuple[float, float]) -> Count:
    """The story: sell, kill everything `kills` times at random moments, let it converge, and count."""
    chance = random.Random(seed)
    count = Count(seed)
    shop = WholeShop(home, branches=BRANCHES, options=("--empty",))
    shop.start()
    sites = [f"b{number:03d}" for number in range(1, BRANCHES + 1)]
    ports = {site: shop.branch_port + index for index, site in enumerate(sites)}
    tokens = {site: shop.token(site) for site in [*sites, "hq"]}
    for site in sites:
        _stock_up(ports[site], tokens[site])
    clients = [
        Client(ports[site], tokens[site], seed + index) for index, site in enumerate(sites * (CLIENTS // BRANCHES))
    ]
    for client in clients:
        client.start()
    for _ in range(kills):
        time.sleep(chance.uniform(*pause_seconds))
        shop.kill_everything()
        count.kills += 1
        shop.start()
    time.sleep(pause_seconds[1])
    for client in clients:
        client.enough.set()
    for client in clients:
        client.join(timeout=60)
        assert not client.is_alive(), "a client still waits for its answer"
        count.acknowledged += len(client.acknowledged)
        count.retried += client.retried
        count.answered_exists += client.answered_exists
        count.wrong += client.wrong
    try:
        _converge(shop, ports, tokens)
        for index, site in enumerate(sites):
            sold = {key: value for client in clients[index::BRANCHES] for key, value in client.acknowledged.items()}
            count.wrong += _compare(site, sold, shop, ports[site], tokens)
        verified = shop.verify()
        if verified.returncode != 0:
            count.wrong.append(f"kontor verify: {verified.stdout}{verified.stderr}")
    finally:
        code = shop.stop()
    if code != 0:
        count.wrong.append(f"kontor up ended with {code} after SIGTERM")
    return count


def _stock_up(port: int, token: str) -> None:
    for sku in SKUS:
        status, answer = ask(port, token, "PUT", f"/items/{sku}", {"name": sku, "unit": "piece", "price": 100})
        assert status in {200, 201}, answer
    lines = [{"item": sku, "quantity": "900000"} for sku in SKUS]
    status, answer = ask(port, token, "PUT", f"/documents/{uuid.uuid4()}", {"type": "opening_balance", "lines": lines})
    assert status == 201, answer


def _converge(shop: WholeShop, ports: dict[str, int], tokens: dict[str, str]) -> None:
    """Wait until headquarters has applied every branch's head."""
    deadline = time.monotonic() + CONVERGE_SECONDS_MAX
    while time.monotonic() < deadline:
        heads = {site: ask(port, tokens[site], "GET", "/replication")[1]["head_seq"] for site, port in ports.items()}
        rows = every_row(shop.hq_port, tokens["hq"], "/branches")
        applied = {row["branch"]: row["applied_seq"] for row in rows}
        if all(applied.get(site) == head for site, head in heads.items()):
            return
        time.sleep(0.2)
    raise AssertionError(f"headquarters did not catch up: branches at {heads}, applied {applied}")


def _compare(
    site: str, sold: dict[str, tuple[int, str]], shop: WholeShop, port: int, tokens: dict[str, str]
) -> list[str]:
    """Every acknowledged sale exactly once at the branch and at headquarters, and the same stock on both sides."""
    wrong = []
    sides = {
        "branch": every_row(port, tokens[site], "/documents?type=sale"),
        "headquarters": every_row(shop.hq_port, tokens["hq"], f"/documents?branch={site}&type=sale"),
    }
    for side, rows in sides.items():
        ids = [row["id"] for row in rows]
        wrong += (
            [f"{site} {side}: {id_} twice" for id_ in {id_ for id_ in ids if ids.count(id_) > 1}]
            if len(ids) != len(set(ids))
            else []
        )
        wrong += [f"{site} {side}: {id_} was acknowledged and is missing" for id_ in sold.keys() - set(ids)]
        wrong += [f"{site} {side}: {id_} nobody was told of" for id_ in set(ids) - sold.keys()]
        wrong += [
            f"{site} {side}: {row['id']} is at {row['seq']}"
            for row in rows
            if row["id"] in sold and row["seq"] != sold[row["id"]][0]
        ]
    here = {row["item"]: row["on_hand"] for row in every_row(port, tokens[site], "/stock")}
    there = {row["item"]: row["on_hand"] for row in every_row(shop.hq_port, tokens["hq"], f"/stock?branch={site}")}
    if here != there:
        wrong.append(f"{site}: stock {here} at the branch, {there} at headquarters")
    return wrong
