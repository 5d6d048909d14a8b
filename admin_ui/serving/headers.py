"""Security headers: all of them on whatever a browser may draw, the needed one on data. Also on unknown paths. Pure ASGI; knows no route."""

from collections.abc import Awaitable, Sequence
from typing import Any

# No inline script or style anywhere, nothing from outside, never inside a frame. `data:` images cannot run.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

_ALL: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
)
# Data is drawn by no browser, so the rest would protect nothing; and uvicorn checks each header by two regular
# expressions, which made the full set the dearest part of the kit on the posting path.
_FOR_DATA: tuple[tuple[bytes, bytes], ...] = ((b"x-content-type-options", b"nosniff"),)
_DATA = b"application/json"
# An answer that says nothing about caching is nobody's to keep: the Back button on a shared till shows no old page.
_NO_STORE = (b"cache-control", b"no-store")


def security_headers(own: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    """What is added to an answer with these headers of its own."""
    added = _ALL
    says_caching = False
    for name, value in own:
        if name == b"content-type":
            if value == _DATA:
                added = _FOR_DATA
        elif name == b"cache-control":
            says_caching = True
    return added if says_caching else (*added, _NO_STORE)


class SecurityHeaders:
    def __init__(self, app: Any) -> None:
        self._app = app

    # Plain functions that hand on the inner awaitable: no coroutine of their own on the posting path.
    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._app(scope, receive, send)  # type: ignore[no-any-return]

        def send_with_headers(message: Any) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                own = message["headers"]
                message["headers"] = [*own, *security_headers(own)]
            return send(message)  # type: ignore[no-any-return]

        return self._app(scope, receive, send_with_headers)  # type: ignore[no-any-return]
