"""Tables brought into a real branch that is killed at random moments: afterwards all of each or nothing, and it may be sent again.

The oracle reads the ledger's file, not the branch's word for it.
"""

import contextlib
import http.client
import json
import random
import signal
import sqlite3
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from admin_ui.serving.roles import Role
from gateway.store.verify import verify_site
from tests.bench.servers import BranchSite, free_port

ITEMS, RECIPES = 3_000, 100
"""Staged and applied in a second or two: a kill falls anywhere in it."""
LATEST_KILL_SECONDS = 1.2
SECONDS_MAX = 60.0
KINDS = ("items", "balances", "recipes")


@dataclass
class Count:
    """What happened, for the line that is printed."""

    seed: int
    kills: int = 0
    nothing: int = 0
    carried_on: int = 0
    already_done: int = 0
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        """The result in one line."""
        return (
            f"imports: seed {self.seed}, {self.kills} kills, after which {self.nothing} had not begun, {self.carried_on} were"
            f" carried on and {self.already_done} were done; {len(self.wrong)} wrong"
        )


def table(kind: str, number: int) -> bytes:
    """The rows of a round; goods and recipes are of the items of the round before."""
    goods = [f"r{number // len(KINDS)}-{place:05}" for place in range(ITEMS)]
    if kind == "items":
        return ("sku,name,unit,price,barcodes\n" + "".join(f"{sku},Item {sku},kg,5,X{sku}\n" for sku in goods)).encode()
    if kind == "balances":
        return ("sku,quantity,cost\n" + "".join(f"{sku},2.5,3\n" for sku in goods)).encode()
    rows = "".join(f"{goods[place]},{goods[-1]},1,\n{goods[place]},,,Mix\n" for place in range(RECIPES))
    return ("code,component,quantity,step\n" + rows).encode()


def stands(folder: Path, kind: str, number: int) -> int:
    """How many rows of a round's table the ledger holds."""
    sql = {
        "items": "SELECT count(*) FROM items JOIN barcodes USING (item_id) WHERE sku LIKE ? AND barcode = 'X' || sku",
        "balances": "SELECT count(*) FROM balances JOIN items USING (item_id) JOIN locations USING (location_id)"
        " WHERE sku LIKE ? AND quantity = 2500 AND NOT virtual",
        "recipes": "SELECT count(DISTINCT code) FROM recipes WHERE code LIKE ?",
    }[kind]
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True)) as ledger:
        return int(ledger.execute(sql, (f"r{number // len(KINDS)}-%",)).fetchone()[0])


class Caller:
    """Asks the branch as an admin."""

    def __init__(self, site: BranchSite) -> None:
        self._site = site
        (self._token,) = site.tokens(Role.ADMIN, 1)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
        """A status and what was said. Raises OSError, HTTPException."""
        line = http.client.HTTPConnection("127.0.0.1", self._site.port, timeout=SECONDS_MAX)
        try:
            line.request(method, f"/api/v1{path}", body, {"Authorization": f"Bearer {self._token}"})
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            line.close()

    def send(self, kind: str, name: uuid.UUID, data: bytes) -> None:
        """What becomes of it is found out later."""
        with contextlib.suppress(OSError, http.client.HTTPException, json.JSONDecodeError):
            self.ask("POST", f"/imports/{kind}?id={name}", data)

    def settled(self, name: uuid.UUID) -> str | None:
        """The state of an import that does not go on: `done`, or None where it never began."""
        until = time.monotonic() + SECONDS_MAX
        while time.monotonic() < until:
            status, told = self.ask("GET", f"/imports/{name}")
            if status == 404:
                return None
            if told["state"] == "done":
                return "done"
            time.sleep(0.05)
        raise AssertionError(f"the import {name} does not end")


def run(home: Path, *, seed: int, rounds: int) -> Count:
    """Bring a table a round, each killed once at a random moment, then sent again."""
    chance, count = random.Random(seed), Count(seed)
    site = BranchSite(home, free_port())
    site.start()
    caller = Caller(site)
    try:
        for number in range(rounds):
            kind = KINDS[number % len(KINDS)]
            _round(site, caller, kind, number, chance, count)
    finally:
        site.stop()
    found = verify_site(home)
    count.wrong += [f"kontor verify: {difference}" for difference in found.differences]
    return count


def _round(site: BranchSite, caller: Caller, kind: str, number: int, chance: random.Random, count: Count) -> None:
    name, data = uuid.UUID(int=chance.getrandbits(128), version=4), table(kind, number)
    whole = RECIPES if kind == "recipes" else ITEMS
    sender = threading.Thread(target=caller.send, args=(kind, name, data))
    moment = chance.uniform(0, LATEST_KILL_SECONDS)
    sender.start()
    time.sleep(moment)
    assert site.process is not None
    site.process.send_signal(signal.SIGKILL)
    site.process.wait()
    sender.join()
    count.kills += 1
    before = stands(site.folder, kind, number)
    site.start()
    state, after = caller.settled(name), stands(site.folder, kind, number)
    where = f"round {number}, {kind} killed after {moment:.3f} s"
    if after != (0 if state is None else whole):
        count.wrong.append(f"{where}: {after} of {whole} rows, the import is {state}")
    count.nothing += state is None
    count.carried_on += state is not None and before < whole
    count.already_done += state is not None and before == whole
    head = caller.ask("GET", "/replication")[1]["head_seq"]
    status, told = caller.ask("POST", f"/imports/{kind}?id={name}", data)
    if status not in {200, 202} or caller.settled(name) != "done" or stands(site.folder, kind, number) != whole:
        count.wrong.append(f"{where}: sent again it is {status} {told}")
    if state is not None and caller.ask("GET", "/replication")[1]["head_seq"] != head:
        count.wrong.append(f"{where}: sent again it was done again")
