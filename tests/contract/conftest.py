"""The contract as a stranger meets it: `kontor up --empty`, tokens from `kontor token`, and nothing else of ours.

One shop serves the whole folder; every test makes its own items, so that none minds what the others did.
"""

import http.client
import itertools
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.whole_shop import WholeShop

ANSWER_SECONDS_MAX = 20.0
REPLICATED_SECONDS_MAX = 15.0
CASHIER, MANAGER, ADMIN = "cashier", "manager", "admin"
PROBLEM_KEYS = {"type", "title", "title_zh", "detail", "detail_zh", "code", "status", "errors"}
ERROR_KEYS = {"path", "code", "detail", "detail_zh"}

_numbers = itertools.count(1)


class Answer(msgspec.Struct):
    """What came back; `json` is None where it is none."""

    status: int
    headers: dict[str, str]
    body: bytes
    json: Any

    def fields(self) -> set[tuple[str, str]]:
        """(path, code) of each error of a problem, after looking at the problem's own shape."""
        assert self.headers["content-type"] == "application/problem+json", self
        assert set(self.json) >= PROBLEM_KEYS, self
        assert self.json["status"] == self.status, self
        assert self.json["type"].endswith(self.json["code"]), self
        assert all(set(error) >= ERROR_KEYS for error in self.json["errors"]), self
        return {(error["path"], error["code"]) for error in self.json["errors"]}


class Site:
    """One site of the shop, asked over HTTP by whoever holds a token of it."""

    def __init__(self, shop: WholeShop, name: str, port: int) -> None:
        self.shop, self.name, self.port = shop, name, port
        self._tokens: dict[str, str] = {}

    def token(self, role: str) -> str:
        """A token of that role, made once."""
        if role not in self._tokens:
            command = [sys.executable, "-m", "gateway", "token", "--home", str(self.shop.home), "--site", self.name]
            said = subprocess.run([*command, "--role", role], check=True, capture_output=True, text=True).stdout
            assert said == said.strip() + "\n", "the token stands alone on stdout"
            self._tokens[role] = said.strip()
        return self._tokens[role]

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str | None = ADMIN,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own. `path` is below /api/v1 unless it is absolute (`//till`)."""
        sent = {} if role is None else {"Authorization": f"Bearer {self.token(role)}"}
        data = raw if body is None else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS_MAX)
        try:
            where = path[1:] if path.startswith("//") else f"/api/v1{path}"
            connection.request(method, where, data, sent | (headers or {}))
            response = connection.getresponse()
            content = response.read()
            names = {name.lower(): value for name, value in response.getheaders()}
            is_json = "json" in names.get("content-type", "") and content
            return Answer(response.status, names, content, json.loads(content) if is_json else None)
        finally:
            connection.close()

    def post(self, body: Any, document: str | None = None, *, role: str = ADMIN) -> Answer:
        """`PUT /documents/{id}`, under a new id unless one is given."""
        return self.ask("PUT", f"/documents/{document or new_id()}", body, role=role)

    def item(self, *, stock: str | None = None, **changes: Any) -> str:
        """A new item at 3.00, with opening stock if asked for."""
        sku = f"item-{next(_numbers)}"
        answer = self.ask("PUT", f"/items/{sku}", {"name": f"Item {sku}", "unit": "kg", "price": 300} | changes)
        assert answer.status == 201, answer
        if stock is not None:
            opened = self.post({"type": "opening_balance", "lines": [{"item": sku, "quantity": stock}]})
            assert opened.status == 201, opened
        return sku

    def stock(self, sku: str) -> dict[str, str]:
        """On hand by location, lots left out."""
        return {row["location"]: row["on_hand"] for row in self.rows(f"/stock?item={sku}")}

    def rows(self, path: str, limit: int = 1000) -> list[dict[str, Any]]:
        """All pages of a list, each `next` sent back verbatim."""
        rows: list[dict[str, Any]] = []
        after = ""
        while True:
            answer = self.ask("GET", f"{path}{'&' if '?' in path else '?'}limit={limit}{after}", role=CASHIER)
            assert answer.status == 200, answer
            assert set(answer.json) == {"rows", "next"}, answer
            assert len(answer.json["rows"]) <= limit, answer
            rows += answer.json["rows"]
            if answer.json["next"] is None:
                return rows
            after = f"&after={answer.json['next']}"


def new_id() -> str:
    """A document's id as a client makes it."""
    return str(uuid.uuid4())


def sale(sku: str, quantity: str = "1", **line: Any) -> dict[str, Any]:
    """A sale of one line."""
    return {"type": "sale", "lines": [{"item": sku, "quantity": quantity} | line]}


def eventually(found: Any, what: str) -> Any:
    """Ask until the answer is true, as a page would; says `what` never came."""
    deadline = time.monotonic() + REPLICATED_SECONDS_MAX
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"never came: {what}")


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeShop]:
    """A whole shop with one branch, in a home whose path has a space."""
    running = WholeShop(tmp_path_factory.mktemp("contract") / "the home", branches=1, options=("--empty",))
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def branch(shop: WholeShop) -> Site:
    """The branch."""
    return Site(shop, "b001", shop.branch_port)


@pytest.fixture(scope="session")
def headquarters(shop: WholeShop) -> Site:
    """Headquarters."""
    return Site(shop, "hq", shop.hq_port)


@pytest.fixture(scope="session")
def rice(branch: Site) -> str:
    """An item with plenty of stock, for what does not look at the stock."""
    return branch.item(stock="100000")
