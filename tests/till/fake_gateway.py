"""A gateway for the till's tests: the HTTP contract of the blueprint over stdlib, in memory, one thread per connection.

It renders the real page with the real renderer and headers. It can die (every socket closed, port refused) and come back
on the same port with what it had stored, as a gateway with a disk does.
"""

import contextlib
import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from admin_ui.assets import STATIC
from admin_ui.contexts.shell import Person, Shell, Site
from admin_ui.contexts.till import TillPage
from admin_ui.render import Renderer
from admin_ui.serving.headers import CONTENT_SECURITY_POLICY

TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".webmanifest": "application/manifest+json"}
PEOPLE = {
    "lin": ("Lin Yue", "cashier", "1111"),
    "chen": ("Chen Wei", "manager", "2222"),
    "admin": ("Admin", "admin", "9999"),
}
TEA, MILK, APPLES, LABEL = "9521101530003", "9521101530010", "9521101530027", "2112345012349"


def _items() -> list[list[Any]]:
    named = [
        ("tea-500", "Oolong tea 500 ml", "乌龙茶 500 毫升", 650, "bottle", False, "Drinks", "饮料", [[TEA, None], ["9521101539990", "box"]], [["box", "24"]]),
        ("milk-1l", "Whole milk 1 L", "全脂牛奶 1 升", 1290, "carton", False, "Chilled", "冷藏", [[MILK, None]], []),
        ("apples", "Red apples", "红富士苹果", 2599, "kg", True, "Fresh", "生鲜", [[APPLES, None]], []),
        ("water-15", "Spring water 1.5 L", "天然矿泉水 1.5 升", 300, "bottle", False, "Drinks", "饮料", [], []),
        ("noodles", "Instant noodles, beef", "红烧牛肉面", 550, "piece", False, "Pantry", "粮油", [], []),
        ("tissue", "Tissue 3-ply × 10", "三层抽纸 10 包", 2390, "pack", False, "Household", "日用", [], []),
        ("rice-5", "Jasmine rice 5 kg", "茉莉香米 5 公斤", 4680, "bag", False, "Pantry", "粮油", [], []),
        ("paste", "Toothpaste, mint 120 g", "薄荷牙膏 120 克", 1490, "piece", False, "Household", "日用", [], []),
        ("cells", "AA batteries × 4", "五号电池 4 节", 1990, "pack", False, "Household", "日用", [], []),
        ("yoghurt", "Plain yoghurt 400 g", "原味酸奶 400 克", 1180, "cup", False, "Chilled", "冷藏", [], []),
        ("cola", "Cola 330 ml", "可乐 330 毫升", 280, "can", False, "Drinks", "饮料", [], []),
        ("soy", "Soy milk 1 L", "豆浆 1 升", 990, "carton", False, "Chilled", "冷藏", [], []),
        ("sauce", "Light soy sauce 500 ml", "生抽 500 毫升", 1150, "bottle", False, "Pantry", "粮油", [], []),
        ("eggs", "Eggs, free range × 10", "散养鸡蛋 10 枚", 1680, "box", False, "Fresh", "生鲜", [], []),
        ("bread", "White bread 400 g", "白吐司 400 克", 890, "loaf", False, "Pantry", "粮油", [], []),
        ("wafer", "Chocolate wafer 100 g", "巧克力威化 100 克", 690, "piece", False, "Snacks", "零食", [], []),
        ("crisps", "Potato crisps, salt", "原味薯片", 780, "bag", False, "Snacks", "零食", [], []),
        ("bananas", "Bananas", "香蕉", 899, "kg", True, "Fresh", "生鲜", [], []),
        ("shampoo", "Shampoo 400 ml", "洗发水 400 毫升", 3590, "bottle", False, "Household", "日用", [], []),
        ("green-tea", "Green tea 500 ml", "绿茶 500 毫升", 450, "bottle", False, "Drinks", "饮料", [], []),
    ]
    return [list(row) for row in named]


class FakeGateway:
    """`documents` is the ledger: id -> {"body", "seq", "number"}; `puts` every PUT that arrived, answered or not."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.puts: list[tuple[str, dict[str, Any]]] = []
        self.pending: set[str] = set()
        self.posted: list[str] = []  # paths of POSTs
        self.approval_for: set[str] = set()  # SKUs that need a manager
        self.refuse: set[str] = set()  # SKUs that are refused with 422
        self.lose_answers = 0  # so many PUTs are stored, but their answers are lost
        self.printer = True
        self.items = _items()
        self.version = 1
        self.session: str | None = None
        self.site = Site(
            kind="branch", id="b001", name="Riverside store", name_zh="滨江店", version="test", currency="CNY",
            minor_unit_digits=2, time_zone="Asia/Shanghai",
        )  # fmt: skip
        self.renderer = Renderer(self.site, lambda path: f"/static/test/{path}", time.time)
        self.port = 0
        self._server: ThreadingHTTPServer | None = None
        self._streams: list[queue.Queue[str | None]] = []
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._event = 0

    def start(self) -> "FakeGateway":
        gateway = self

        class Bound(_Handler):
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
        for stream in self._streams:
            stream.put(None)
        self._streams = []
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
            for stream in self._streams:
                stream.put(f"id: {self._event}\nevent: {topic}\ndata: {json.dumps(data)}\n\n")

    def wait_for_stream(self, seconds: float = 5) -> None:
        until = time.monotonic() + seconds
        while not self._streams:
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
                    return 409, _problem("conflict", "This id names another sale.", "此编号已用于另一笔销售。", 409)
                return 200, {"status": "exists", **known["answer"]}
            skus = {line["item"] for line in body["lines"]}
            approval = body.get("approval")
            if skus & self.refuse and not body.get("settled"):
                return 422, _problem("expired_lot", "The lot on line 1 has expired.", "第 1 行的批次已过期。", 422)
            if skus & self.approval_for and not body.get("settled"):
                if approval and approval["pin"] != PEOPLE[approval["person"]][2]:
                    problem = _problem("approval_refused", "The PIN is not right.", "密码不正确。", 422)
                    problem["errors"] = [{"path": "approval.pin", "code": "wrong_pin", "detail": "The PIN is not right.", "detail_zh": "密码不正确。"}]
                    return 422, problem
                if not approval:
                    self.pending.add(ident)
                    return 202, {"status": "needs_approval", "id": ident, "detail": "Stock would go below zero.", "detail_zh": "库存将变为负数。"}
            seq = len(self.documents) + 1
            total = sum(_amount(line) for line in body["lines"])
            paid = sum(tender["amount"] for tender in body["tenders"])
            answer = {"id": ident, "number": f"S-{seq:06d}", "seq": seq, "hash": "00", "total": total, "change": paid - total, "warnings": []}
            self.documents[ident] = {"content": content, "body": body, "answer": answer}
            return 201, {"status": "posted", **answer}

    def after_posting(self, ident: str) -> None:
        job = {"job": f"j-{ident[-4:]}", "document": ident, "printer": "printer-1"}
        self.push("print", {**job, "state": "printing" if self.printer else "queued", "detail": ""})
        if self.printer:
            self.push("print", {**job, "state": "printed", "detail": ""})
        self.push("document", {"id": ident, "type": "sale", "seq": self.documents[ident]["answer"]["seq"]})

    def headquarters_has(self, seq: int) -> None:
        self.push("replication", {"head_seq": seq, "applied_seq": seq, "durable_seq": seq, "epoch": 1, "lag_seconds": 0, "state": "current", "waiting": 0})


def _amount(line: dict[str, Any]) -> int:
    whole, _, part = line["quantity"].partition(".")
    thousandths = int(whole) * 1000 + int(part.ljust(3, "0") or 0)
    return (line["price"] * thousandths + 500) // 1000 - int(line.get("discount", 0))


def _problem(code: str, detail: str, detail_zh: str, status: int) -> dict[str, Any]:
    return {"type": f"https://kontor.invalid/problems/{code}", "title": code, "detail": detail, "detail_zh": detail_zh, "code": code, "status": status, "errors": []}


class _Handler(BaseHTTPRequestHandler):
    site: FakeGateway
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is stdlib's
        """Quiet: the tests say what matters."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        path = url.path
        if path == "/till":
            self._page(query)
        elif path == "/till-sw.js":
            self._file(STATIC / "js/till/sw.js")
        elif path.startswith("/static/test/"):
            self._file(STATIC / path.removeprefix("/static/test/"))
        elif path == "/api/v1/people/sign-in":
            self._json(200, {"rows": [{"person": p, "display_name": n, "role": r} for p, (n, r, _) in PEOPLE.items()]})
        elif not self._person() and path.startswith("/api/"):
            self._json(401, _problem("sign_in", "Sign in first.", "请先登录。", 401))
        else:
            self._api(path, query)

    def _api(self, path: str, query: dict[str, str]) -> None:
        gateway = self.site
        match path:
            case "/api/v1/session":
                self._json(200, self._session())
            case "/api/v1/catalogue":
                tag = f'"c{gateway.version}"'
                if self.headers.get("If-None-Match") == tag:
                    self._send(304, b"", "application/json", {"ETag": tag})
                else:
                    self._json(200, {"version": tag, "currency": "CNY", "minor_unit_digits": 2, "items": gateway.items}, {"ETag": tag})
            case "/api/v1/stock":
                rows = [("milk-1l", "4.000"), ("soy", "0.000"), ("wafer", "-1.000"), ("tea-500", "120.000")]
                self._json(200, {"rows": [{"item": s, "location": "shop", "lot": None, "on_hand": q, "available": q, "as_of_seq": 1} for s, q in rows], "next": None})
            case "/api/v1/replication":
                self._json(200, {"head_seq": 0, "applied_seq": 0, "durable_seq": 0, "epoch": 1, "lag_seconds": 0, "state": "current"})
            case "/api/v1/scan":
                found = {"item": "apples", "quantity": "1.234", "symbology": "ean13", "findings": []} if query["code"] == LABEL else {"item": None, "findings": [{"code": "unknown_code"}]}
                self._json(200, found)
            case "/api/v1/events":
                self._stream()
            case _:
                self._json(404, _problem("not_found", "Nothing here.", "没有。", 404))

    def do_PUT(self) -> None:
        body = self._body()
        if not self._allowed():
            return
        ident = self.path.removeprefix("/api/v1/documents/")
        status, answer = self.site.put_document(ident, body)
        if self.site.lose_answers:
            self.site.lose_answers -= 1
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._json(status, answer)
        if status == 201:
            self.site.after_posting(ident)

    def do_POST(self) -> None:
        body = self._body()
        if self.path == "/api/v1/session":
            known = PEOPLE.get(body["person"])
            if known and known[2] == body["pin"]:
                self.site.session = body["person"]
                self._json(200, self._session(), {"Set-Cookie": f"kontor_session={body['person']}; HttpOnly; SameSite=Strict; Path=/"})
            else:
                self._json(401, _problem("refused", "Wrong.", "不正确。", 401))
        elif self._allowed():
            self.site.posted.append(self.path)
            self._json(202, {"job": "j-1"})

    def do_DELETE(self) -> None:
        if self._allowed():
            self.site.session = None
            self._json(204, None)

    # ---- parts

    def _person(self) -> str | None:
        return self.site.session if "kontor_session=" in self.headers.get("Cookie", "") else None

    def _session(self) -> dict[str, str]:
        person = self.site.session or ""
        name, role, _ = PEOPLE[person]
        return {"person": person, "display_name": name, "role": role, "csrf_token": "token-" + person}

    def _allowed(self) -> bool:
        person = self._person()
        if not person:
            self._json(401, _problem("sign_in", "Sign in first.", "请先登录。", 401))
        elif self.headers.get("X-CSRF-Token") != "token-" + person:
            self._json(403, _problem("csrf", "The page is too old.", "页面已过期。", 403))
        else:
            return True
        return False

    def _page(self, query: dict[str, str]) -> None:
        cookies = dict(pair.split("=", 1) for pair in self.headers.get("Cookie", "").split("; ") if "=" in pair)
        shell_only = "shell" in query
        language: Any = "zh" if not shell_only and cookies.get("kontor_language") == "zh" else "en"
        theme: Any = "auto" if shell_only else cookies.get("kontor_theme", "light")
        signed = None if shell_only or not self._person() else self._session()
        person = Person(signed["person"], signed["display_name"], signed["role"]) if signed else None  # type: ignore[arg-type]
        token = signed["csrf_token"] if signed else None
        page = TillPage(station=query.get("station"), person=person, csrf_token=token, language=language, theme=theme, shell_only=shell_only)
        shell = Shell(language=language, theme=theme, path="/till", person=person, csrf_token=token)
        self._send(200, self.site.renderer.render("till.html", page, shell).encode(), "text/html; charset=utf-8")

    def _file(self, path: Path) -> None:
        if path.is_file():
            self._send(200, path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream"))
        else:
            self._send(404, b"", "text/plain")

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")

    def _json(self, status: int, data: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, b"" if data is None else json.dumps(data).encode(), "application/json", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), "Content-Security-Policy": CONTENT_SECURITY_POLICY, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        stream: queue.Queue[str | None] = queue.Queue()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"retry: 1000\n\n")
        self.wfile.flush()
        self.site._streams.append(stream)
        self.close_connection = True
        for event in _events(stream):
            self.wfile.write(event.encode())
            self.wfile.flush()


def _events(stream: "queue.Queue[str | None]") -> Iterator[str]:
    while (event := stream.get()) is not None:
        yield event
