"""A gateway for the till's tests: the HTTP contract of a branch over the standard library, in memory, one thread per connection.

It renders the real page with the real renderer and headers. It can die (every socket closed, port refused) and come back
on the same port with what it had stored, as a gateway with a disk does.
"""

import contextlib
import json
import queue
import socket
import threading
import time
from http.server import ThreadingHTTPServer
from typing import Any

import msgspec

from admin_ui.contexts.shell import Site
from admin_ui.render import Renderer
from gateway.domain.till_money import PLAIN, TillMoney
from replication.wire.events import PostedLine, Tender, TenderType
from replication.wire.item import Item
from replication.wire.quantity import Quantity
from tests.domain.bare_ledger import BareLedger
from tests.till.fake_http import Handler, problem
from tests.till.shop import PEOPLE, items


class FakeGateway:
    """`documents` is the ledger: id -> {"body", "seq", "number"}; `puts` every PUT that arrived, answered or not."""

    def __init__(self) -> None:
        self.site = Site(
            kind="branch", id="b001", name="Riverside store", name_zh="滨江店", version="test", currency="CNY",
            minor_unit_digits=2, time_zone="Asia/Shanghai", kitchens=("wok",),
        )  # fmt: skip
        self.renderer = Renderer(self.site, lambda path: f"/static/test/{path}", time.time)
        self.port = 0
        self._server: ThreadingHTTPServer | None = None
        self.streams: list[queue.Queue[str | None]] = []
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._event = 0
        self.reset()

    def reset(self) -> None:
        """As new: nothing sold, nobody signed in."""
        self.documents: dict[str, dict[str, Any]] = {}
        self.puts: list[tuple[str, dict[str, Any]]] = []
        self.pending: set[str] = set()
        self.posted: list[str] = []  # paths of POSTs
        self.approval_for: set[str] = set()  # SKUs that need a manager
        self.refuse: set[str] = set()  # SKUs that are refused with 422
        self.lose_answers = 0  # so many PUTs are stored, but their answers are lost
        self.printer = True
        self.print_jobs: list[dict[str, Any]] = []
        self.items = items()
        self.money = PLAIN
        self.version = 1
        self.stock = [
            ("milk-1l", "4.000", "4.000"), ("soy", "0.000", "0.000"), ("wafer", "-1.000", "-1.000"), ("tea-500", "120.000", "120.000"),
        ]  # fmt: skip
        """Of each item in the shop: what is held, and how much of it is free."""
        self.session: str | None = None
        for stream in self.streams:
            stream.put(None)
        self.streams = []
        if self.port and self._server is None:
            self.start()

    def start(self) -> "FakeGateway":
        gateway = self

        class Bound(Handler):
            site = gateway

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def process_request(self, request: Any, client_address: Any) -> None:
                gateway._sockets.add(request)
                super().process_request(request, client_address)

            def shutdown_request(self, request: Any) -> None:
                gateway._sockets.discard(request)
                super().shutdown_request(request)

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A browser that went away is no error here."""

        self._server = Server(("127.0.0.1", self.port), Bound)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def die(self) -> None:
        """As by SIGKILL: nobody listens, every connection is gone."""
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        server.socket.close()
        for stream in self.streams:
            stream.put(None)
        self.streams = []
        for open_socket in list(self._sockets):
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def push(self, topic: str, data: dict[str, Any]) -> None:
        """One server-sent event to every open page."""
        with self._lock:
            self._event += 1
            for stream in self.streams:
                stream.put(f"id: {self._event}\nevent: {topic}\ndata: {json.dumps(data)}\n\n")

    def wait_for_stream(self, seconds: float = 5) -> None:
        until = time.monotonic() + seconds
        while not self.streams:
            assert time.monotonic() < until, "the page opened no event stream"
            time.sleep(0.01)

    # ---- the contract

    def put_document(self, ident: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.puts.append((ident, body))
            content = {k: v for k, v in body.items() if k not in ("settled", "approval")}
            known = self.documents.get(ident)
            if known:
                if known["content"] != content:
                    return 409, problem("conflict", "This id names another sale.", "此编号已用于另一笔销售。", 409)
                return 200, {"status": "exists", **known["answer"]}
            skus = {line["item"] for line in body["lines"]}
            approval = body.get("approval")
            if skus & self.refuse and not body.get("settled"):
                return 422, problem("expired_lot", "The lot on line 1 has expired.", "第 1 行的批次已过期。", 422)
            if skus & self.approval_for and not body.get("settled"):
                if approval and approval["pin"] != PEOPLE[approval["person"]][2]:
                    wrong = problem("approval_refused", "The PIN is not right.", "密码不正确。", 422)
                    wrong["errors"] = [
                        {
                            "path": "approval.pin",
                            "code": "wrong_pin",
                            "detail": "The PIN is not right.",
                            "detail_zh": "密码不正确。",
                        }
                    ]
                    return 422, wrong
                if not approval:
                    self.pending.add(ident)
                    return 202, {
                        "status": "needs_approval",
                        "id": ident,
                        "detail": "Stock would go below zero.",
                        "detail_zh": "库存将变为负数。",
                    }
            seq = len(self.documents) + 1
            total = self._total(body)
            paid = sum(tender["amount"] for tender in body["tenders"])
            answer = {
                "id": ident,
                "number": f"S-{seq:06d}",
                "seq": seq,
                "hash": "00",
                "total": total,
                "change": paid - total,
                "warnings": [],
            }
            self.documents[ident] = {"content": content, "body": body, "answer": answer}
            return 201, {"status": "posted", **answer}

    def sell_under(self, money: TillMoney) -> None:
        """Taxes and cash rounding, with an item of another class than the usual."""
        self.money = money
        self.items = [[*row, "food" if row[0] == "rice-5" else None] for row in self.items]
        self.version += 1

    def catalogue(self) -> dict[str, Any]:
        rules = None if self.money.is_plain else msgspec.to_builtins(self.money)
        return {
            "version": f'"c{self.version}"',
            "currency": "CNY",
            "minor_unit_digits": 2,
            "money": rules,
            "items": self.items,
        }

    def _total(self, body: dict[str, Any]) -> int:
        """By the gateway's own rules."""
        gateway = self

        class Shop(BareLedger):
            def item(self, sku: str) -> Item | None:
                row = next(row for row in gateway.items if row[0] == sku)
                return Item(sku, row[1], row[4], row[3], tax=row[10])

        lines = [PostedLine(line["item"], Quantity(1000), _amount(line)) for line in body["lines"]]
        total = sum(line.worth() for line in lines)
        if self.money.rates and not self.money.inclusive:
            total += sum(part.tax for part in self.money.taxes(lines, Shop()))
        return total + self.money.rounding(
            total, [Tender(TenderType(one["type"]), one["amount"]) for one in body["tenders"]]
        )

    def after_posting(self, ident: str) -> None:
        job = {"job": f"j-{ident[-4:]}", "document": ident, "printer": "printer-1"}
        for state in ("printing", "printed") if self.printer else ("queued",):
            self.print_jobs.append({**job, "state": state, "detail": "", "kitchen": None})
            self.push("print", self.print_jobs[-1])
        self.push("document", {"id": ident, "type": "sale", "seq": self.documents[ident]["answer"]["seq"]})

    def headquarters_has(self, seq: int) -> None:
        self.push(
            "replication",
            {
                "head_seq": seq,
                "applied_seq": seq,
                "durable_seq": seq,
                "epoch": 1,
                "lag_seconds": 0,
                "state": "current",
                "waiting": 0,
            },
        )


def _amount(line: dict[str, Any]) -> int:
    whole, _, part = line["quantity"].partition(".")
    thousandths = int(whole) * 1000 + int(part.ljust(3, "0") or 0)
    return (line["price"] * thousandths + 500) // 1000 - int(line.get("discount", 0))
