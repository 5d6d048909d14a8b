"""Static files under one prefix that names their content: `/static/<treehash>/js/app.js`.

The whole tree shares one hash, so relative imports between ES modules resolve as written. Files are read and
compressed once, at start. Knows no page.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
from litestar import asgi
from litestar.handlers import ASGIRouteHandler

from admin_ui.serving.problem import make
from admin_ui.serving.raw import respond, send_problem

PREFIX = "/static"
HASH_LENGTH = 12
# All files are held in memory, beside their compressed form; ours are a few hundred kB.
TREE_BYTES_MAX = 16 * 1024 * 1024
# Below this a compressed answer saves no packet.
COMPRESS_BYTES_MIN = 512

_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_ALREADY_COMPRESSED = frozenset((".woff2", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".ico", ".gz"))

_IMMUTABLE = (b"cache-control", b"public, max-age=31536000, immutable")
_REVALIDATE = (b"cache-control", b"no-cache")


class StaticTreeError(Exception):
    """The tree cannot be served; says which folder and why."""


class StaticFile(msgspec.Struct, frozen=True, gc=False):
    content: bytes
    compressed: bytes | None
    content_type: bytes
    etag: bytes


class StaticFiles:
    def __init__(self, root: Path, prefix: str = PREFIX, made: Mapping[str, bytes] = MappingProxyType({})) -> None:
        """`made` is served as if it lay in the folder: what is put together at start-up."""
        self._files = _read_tree(root)
        self._files |= {name: _read(Path(name).suffix, content) for name, content in made.items()}
        whole = hashlib.sha256()
        for name, file in sorted(self._files.items()):
            whole.update(name.encode() + b"\0" + file.etag)
        self.tree_hash = whole.hexdigest()[:HASH_LENGTH]
        self._mount = prefix
        self.base_url = f"{prefix}/{self.tree_hash}/"

    def url_for(self, name: str) -> str:
        """The address of `js/app.js`. A name that does not exist is our own fault."""
        assert name in self._files, f"no static file {name!r}"
        return self.base_url + name

    def urls(self) -> Mapping[str, str]:
        """Every name with its address, for templates and the service worker's list."""
        return {name: self.base_url + name for name in self._files}

    def content(self, name: str) -> bytes:
        return self._files[name].content

    def route(self) -> ASGIRouteHandler:
        """The mount that serves the tree. An address of an older tree is 404: mixing two trees breaks modules."""
        start = f"/{self.tree_hash}/"

        async def serve(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
            # Litestar hands a mount the rest of the path, with or without its slashes.
            path = "/" + scope["path"].strip("/")
            file = self._files.get(path.removeprefix(start)) if path.startswith(start) else None
            await _answer(scope, send, file, _IMMUTABLE)

        return asgi(self._mount, is_mount=True, copy_scope=True)(serve)

    def root_route(self, path: str, name: str) -> ASGIRouteHandler:
        """One file at a fixed address, such as `/sw.js`: revalidated each time, and allowed to rule the whole site."""
        file = self._files.get(name)
        assert file is not None, f"no static file {name!r}"

        async def serve(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
            await _answer(scope, send, file, _REVALIDATE, (b"service-worker-allowed", b"/"))

        return asgi(path, copy_scope=False)(serve)


async def _answer(scope: Any, send: Any, file: StaticFile | None, *headers: tuple[bytes, bytes]) -> None:
    if scope["method"] not in ("GET", "HEAD"):
        await send_problem(send, make("method_not_allowed"), headers=((b"allow", b"GET, HEAD"),))
        return
    if file is None:
        await send_problem(send, make("not_found"))
        return
    accepts = none_match = b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accepts = value
        elif name == b"if-none-match":
            none_match = value
    always = (*headers, (b"etag", file.etag), (b"vary", b"accept-encoding"))
    if _matches(none_match, file.etag):
        await send({"type": "http.response.start", "status": 304, "headers": list(always)})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    body = file.content
    if file.compressed is not None and accepts_gzip(accepts):
        body = file.compressed
        always = (*always, (b"content-encoding", b"gzip"))
    if scope["method"] == "HEAD":
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200,
                    "headers": [(b"content-type", file.content_type), length, *always]})  # fmt: skip
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    await respond(send, 200, body, content_type=file.content_type, headers=always)


def accepts_gzip(accept_encoding: bytes) -> bool:
    for part in accept_encoding.split(b","):
        coding, _, parameters = part.strip().partition(b";")
        if coding.strip().lower() in (b"gzip", b"*"):
            return parameters.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False


def _matches(none_match: bytes, etag: bytes) -> bool:
    """Weak comparison: one content has one tag here, compressed or not."""
    return none_match.strip() == b"*" or etag in (tag.strip().removeprefix(b"W/") for tag in none_match.split(b","))


def _read_tree(root: Path) -> dict[str, StaticFile]:
    files: dict[str, StaticFile] = {}
    total = 0
    if not root.is_dir():
        raise StaticTreeError(f"static files {root}: no such folder. Hint: the installation is incomplete; reinstall.")
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_file() or any(part.startswith(".") for part in name.split("/")):
            continue
        content = path.read_bytes()
        total += len(content)
        if total > TREE_BYTES_MAX:
            raise StaticTreeError(
                f"static files {root}: more than {TREE_BYTES_MAX} bytes. Hint: something foreign lies in the folder."
            )
        files[name] = _read(path.suffix.lower(), content)
    return files


def _read(suffix: str, content: bytes) -> StaticFile:
    compressed = None
    if suffix not in _ALREADY_COMPRESSED and len(content) >= COMPRESS_BYTES_MIN:
        candidate = gzip.compress(content, compresslevel=9, mtime=0)
        if len(candidate) < len(content):
            compressed = candidate
    kind = _TYPES.get(suffix) or mimetypes.types_map.get(suffix) or "application/octet-stream"
    etag = b'"' + hashlib.sha256(content).hexdigest()[:24].encode() + b'"'
    return StaticFile(content, compressed, kind.encode(), etag)
