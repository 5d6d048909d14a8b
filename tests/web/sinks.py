"""The other ends of a message: a web hook and a mail server, each a real socket on loopback that keeps what it was sent."""

import contextlib
import http.server
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any


class WebHook:
    """Answers each POST with the status its path names, `/204` by 204; `/hang` is never answered."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.came = threading.Event()
        self.let_go = threading.Event()
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.bodies.append(body)
                hook.came.set()
                if self.path == "/hang":
                    hook.let_go.wait()
                    return
                self.send_response(int(self.path.strip("/")))
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet: what came is in `bodies`."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        """An address as the settings name it, with a password nobody may read."""
        return f"json://shop:s3cret@127.0.0.1:{self.port}/{path}"

    def close(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class MailServer:
    """As much SMTP as a client needs to hand over a letter."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 sink")
                while line := self.rfile.readline().decode():
                    match line.split()[0].upper() if line.split() else "":
                        case "EHLO" | "HELO":
                            self._say("250 sink")
                        case "DATA":
                            self._say("354 go on")
                            server.letters.append(self._letter())
                            self._say("250 taken")
                        case "QUIT":
                            self._say("221 bye")
                            return
                        case _:
                            self._say("250 fine")

            def _letter(self) -> str:
                lines = []
                while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(line.removeprefix(".") if line.startswith("..") else line)
                return "\n".join(lines)

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        socketserver.ThreadingTCPServer.daemon_threads = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def web_hook() -> Iterator[WebHook]:
    """A web hook for as long as it is needed."""
    hook = WebHook()
    try:
        yield hook
    finally:
        hook.close()


@contextlib.contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server for as long as it is needed."""
    server = MailServer()
    try:
        yield server
    finally:
        server.close()


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])
