"""Security headers on every answer, also on refusals and unknown paths. Pure ASGI; knows no route."""

from collections.abc import Awaitable
from typing import Any

# No inline script or style anywhere, nothing from outside, never inside a frame. `data:` images cannot run.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

_ALWAYS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
)
# An answer that says nothing about caching is nobody's to keep: the Back button on a shared till shows no old page.
_NO_STORE = (b"cache-control", b"no-store")


class SecurityHeaders:
    def __init__(self, app: Any) -> None:
        self._app = app

    # Plain functions that hand on the inner awaitable: no coroutine of their own on the posting path.
    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._app(scope, receive, send)  # type: ignore[no-any-return]

        def send_with_headers(message: Any) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], *_ALWAYS]
                for name, _ in message["headers"]:
                    if name == b"cache-control":
                        break
                else:
                    headers.append(_NO_STORE)
                message["headers"] = headers
            return send(message)  # type: ignore[no-any-return]

        return self._app(scope, receive, send_with_headers)  # type: ignore[no-any-return]
