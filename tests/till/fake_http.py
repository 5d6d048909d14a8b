"""The HTTP of the tests' gateway: decodes, asks the gateway, encodes. One thread per connection."""

import json
import queue
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from admin_ui.assets import STATIC
from admin_ui.bundle import TILL, bundles
from admin_ui.contexts.shell import Person, Shell
from admin_ui.contexts.till import TillPage
from admin_ui.serving.headers import CONTENT_SECURITY_POLICY
from tests.till.shop import LABEL, PEOPLE, PRICED, WEIGHED_AND_PRICED

TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


def problem(code: str, detail: str, detail_zh: str, status: int) -> dict[str, Any]:
    return {
        "type": f"https://kontor.invalid/problems/{code}",
        "title": code,
        "detail": detail,
        "detail_zh": detail_zh,
        "code": code,
        "status": status,
        "errors": [],
    }


class Handler(BaseHTTPRequestHandler):
    site: Any  # the gateway this handler speaks for
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
        elif path == f"/static/test/{TILL}":
            self._send(200, bundles()[TILL], TYPES[".js"])
        elif path.startswith("/static/test/"):
            self._file(STATIC / path.removeprefix("/static/test/"))
        elif path == "/cases.json":
            self._file(Path(__file__).with_name("money_cases.json"))
        elif path == "/api/v1/people/sign-in":
            rows = [
                {"person": person, "display_name": name, "display_name_zh": name_zh, "role": role}
                for person, (name, role, _, name_zh) in PEOPLE.items()
            ]
            self._json(200, {"rows": rows, "next": None})
        elif not self._person() and path.startswith("/api/"):
            self._json(401, problem("sign_in", "Sign in first.", "请先登录。", 401))
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
                    self._json(200, gateway.catalogue(), {"ETag": tag})
            case "/api/v1/stock":
                rows = [row for row in gateway.stock if row[0] == query.get("item", row[0])]
                self._json(
                    200,
                    {
                        "rows": [
                            {
                                "item": item,
                                "location": "shop",
                                "lot": None,
                                "on_hand": held,
                                "available": free,
                                "as_of_seq": 1,
                            }
                            for item, held, free in rows
                        ],
                        "next": None,
                    },
                )
            case "/api/v1/replication":
                self._json(
                    200,
                    {
                        "head_seq": 0,
                        "applied_seq": 0,
                        "durable_seq": 0,
                        "epoch": 1,
                        "lag_seconds": 0,
                        "state": "current",
                    },
                )
            case "/api/v1/print-jobs":
                rows = [job for job in gateway.print_jobs if job["document"] == query["document"]]
                self._json(200, {"rows": rows[::-1], "next": None})
            case "/api/v1/reviews":
                self._json(200, {"rows": [{}, {}], "next": None})
            case "/api/v1/scan":
                labels = {
                    LABEL: {"quantity": "1.234"}, PRICED: {"quantity": "1.250", "price": 3249},
                    WEIGHED_AND_PRICED: {"quantity": "1.234", "price": 3000},
                }  # fmt: skip
                label = labels.get(query["code"])
                found = {"item": "apples", "unit": "kg", **label} if label else {"item": None}
                self._json(200, {**found, "symbology": "ean13", "findings": []})
            case "/api/v1/events":
                self._stream()
            case _:
                self._json(404, problem("not_found", "Nothing here.", "没有。", 404))

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
                self._json(
                    200,
                    self._session(),
                    {"Set-Cookie": f"kontor_session={body['person']}; HttpOnly; SameSite=Strict; Path=/"},
                )
            else:
                self._json(401, problem("refused", "Wrong.", "不正确。", 401))
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
        name, role, _, name_zh = PEOPLE[person]
        return {
            "person": person,
            "display_name": name,
            "display_name_zh": name_zh,
            "role": role,
            "csrf_token": "token-" + person,
        }

    def _allowed(self) -> bool:
        person = self._person()
        if not person:
            self._json(401, problem("sign_in", "Sign in first.", "请先登录。", 401))
        elif self.headers.get("X-CSRF-Token") != "token-" + person:
            self._json(403, problem("csrf", "The page is too old.", "页面已过期。", 403))
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
        page = TillPage(
            station=query.get("station"),
            person=person,
            csrf_token=token,
            language=language,
            theme=theme,
            shell_only=shell_only,
        )
        shell = Shell(language=language, theme=theme, path="/till", person=person, csrf_token=token)
        self._send(200, self.site.renderer.render("till.html", page, shell).encode(), "text/html; charset=utf-8")

    def _file(self, path: Path) -> None:
        if path.is_file():
            caching = {"Cache-Control": "no-cache" if path.name == "sw.js" else "public, max-age=31536000, immutable"}
            self._send(200, path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream"), caching)
        else:
            self._send(404, b"", "text/plain")

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")

    def _json(self, status: int, data: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, b"" if data is None else json.dumps(data).encode(), "application/json", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            **(headers or {}),
        }.items():
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
        self.site.streams.append(stream)
        self.close_connection = True
        for event in _events(stream):
            self.wfile.write(event.encode())
            self.wfile.flush()


def _events(stream: "queue.Queue[str | None]") -> Iterator[str]:
    while (event := stream.get()) is not None:
        yield event
