"""What a server costs that does nothing: bare ASGI on uvicorn, reads the body and answers. The floor under every peer."""

import sys
from typing import Any

import uvicorn

START = {"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"2")]}
BODY = {"type": "http.response.body", "body": b"{}"}


async def app(_scope: Any, receive: Any, send: Any) -> None:
    """Every request is answered 201."""
    while (await receive()).get("more_body"):
        pass
    await send(START)
    await send(BODY)


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(sys.argv[1]), loop="uvloop", http="httptools", lifespan="off", log_level="error", access_log=False
    )
