"""Direct routes on the real server: entered without ASGI or through it, a caller sees no difference."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from admin_ui.serving import http_protocol, server
from admin_ui.serving.direct import Answer, Direct, Given, Pledge, ReadBody, problem_answer
from admin_ui.serving.direct_exchange import BODY_BYTES_MAX
from admin_ui.serving.guard import Guard
from admin_ui.serving.problem import make
from admin_ui.serving.raw import Operation, RawRoute
from admin_ui.serving.site import build_app
from tests.serving.kit import API, running

pytestmark = pytest.mark.anyio


def a_site(guard: Guard, gate: asyncio.Event | None = None) -> Any:
    async def put(scope: Any, read: ReadBody) -> Answer:
        body, name = await read(), scope["path_params"]["id"]
        if name == "wait" and gate is not None:
            await gate.wait()
        if name == "broken":
            raise RuntimeError("broken on purpose")
        if name == "busy":
            return problem_answer(make("busy", retry_after=1))
        way = "asgi" if "litestar_app" in scope else "direct"
        return Answer(201, f"{way} {name} {len(body)}".encode())

    def at_once(scope: Any, body: bytes | bytearray) -> Given | None:
        name = scope["path_params"]["id"]
        match name:
            case "now":
                return Answer(201, b"at once %d" % len(body))
            case "awaited":
                return put(scope, nothing)
            case "broken-at-once":
                raise RuntimeError("broken on purpose")
            case "pledged" | "pledged-broken" | "pledged-awaited" | "pledged-wait":
                pledge = Pledge()
                asyncio.get_running_loop().call_later(0.01, pledge.give, PLEDGED.get(name) or put(scope, nothing))
                return pledge
            case "kept":
                pledge = Pledge()
                pledge.give(Answer(201, b"kept"))
                return pledge
            case _:
                return None

    routes = [
        RawRoute(f"/{name}/{{id:str}}", {"PUT": Operation(handler=handler, summary="Put a thing")})
        for name, handler in (("things", Direct(put)), ("swift", Direct(put, at_once)))
    ]
    return build_app([], guard=guard, api=API, raw=routes)


PLEDGED = {"pledged": Answer(201, b"as pledged"), "pledged-broken": RuntimeError("broken on purpose")}


async def nothing() -> bytes:
    return b""


def request(name: str, body: bytes, *headers: str) -> bytes:
    lines = [f"PUT /things/{name} HTTP/1.1", "host: x", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    async with asyncio.timeout(5):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        return int(head[0].split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def chunks(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def test_both_ways_answer_alike(guard: Guard) -> None:
    """A plain request is entered directly, a chunked or long one through ASGI; heads are the same, safety included."""
    async with running(a_site(guard)) as port, httpx.AsyncClient(verify=False) as client:
        for name, status in (("a", 201), ("busy", 503)):
            url = f"http://127.0.0.1:{port}/things/{name}"
            short = await client.put(url, content=b"xyz")
            chunked = await client.put(url, content=chunks(b"xyz"))
            assert (short.status_code, chunked.status_code) == (status, status)
            for answer in (short, chunked):
                del answer.headers["date"], answer.headers["content-length"]
            assert sorted(short.headers.items()) == sorted(chunked.headers.items())
            assert short.headers["x-content-type-options"] == "nosniff"
        assert (await client.put(f"http://127.0.0.1:{port}/things/a", content=b"xyz")).text == "direct a 3"
        long = await client.put(f"http://127.0.0.1:{port}/things/a", content=bytes(BODY_BYTES_MAX + 1))
        assert long.text == f"asgi a {BODY_BYTES_MAX + 1}"
        assert (await client.put(f"http://127.0.0.1:{port}/things/a?x=1", content=b"xyz")).text == "asgi a 3"


async def test_a_fault_is_answered_with_an_incident(guard: Guard) -> None:
    """What a handler raises is logged and answered, and the connection goes on."""
    async with running(a_site(guard)) as port, httpx.AsyncClient(verify=False) as client:
        broken = await client.put(f"http://127.0.0.1:{port}/things/broken", content=b"")
        assert (broken.status_code, broken.json()["code"]) == (500, "internal")
        assert (await client.put(f"http://127.0.0.1:{port}/things/b", content=b"")).text == "direct b 0"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("now", "at once 3"), ("pledged", "as pledged"), ("kept", "kept"), ("awaited", "direct awaited 0"),
        ("pledged-awaited", "direct pledged-awaited 0"), ("else", "direct else 3"),
    ],
)  # fmt: skip
async def test_a_swift_route_answers_without_a_task(guard: Guard, name: str, answer: str) -> None:
    """At once, as pledged, by what it has awaited, or by its handler where it says nothing; the connection goes on."""
    async with running(a_site(guard)) as port, httpx.AsyncClient(verify=False) as client:
        for _ in range(2):
            told = await client.put(f"http://127.0.0.1:{port}/swift/{name}", content=b"xyz")
            assert (told.status_code, told.text) == (201, answer)
        through_asgi = await client.put(f"http://127.0.0.1:{port}/swift/{name}?x=1", content=b"xyz")
        assert through_asgi.text == f"asgi {name} 3"


@pytest.mark.parametrize("name", ["broken-at-once", "pledged-broken"])
async def test_a_fault_of_a_swift_route_is_answered(guard: Guard, name: str) -> None:
    """Raised at once or told later: logged and answered, and the connection goes on."""
    async with running(a_site(guard)) as port, httpx.AsyncClient(verify=False) as client:
        broken = await client.put(f"http://127.0.0.1:{port}/swift/{name}", content=b"")
        assert (broken.status_code, broken.json()["code"]) == (500, "internal")
        assert (await client.put(f"http://127.0.0.1:{port}/swift/now", content=b"")).text == "at once 0"


async def test_a_swift_answer_comes_behind_the_one_before(guard: Guard) -> None:
    """What was sent ahead waits for its turn, however soon it could be answered."""
    async with running(a_site(guard)) as port, connected(port) as (reader, writer):
        writer.write(request("x", b"1").replace(b"/things/x", b"/swift/pledged") + request("next", b"22"))
        assert (await answer_of(reader))[2] == b"as pledged"
        assert (await answer_of(reader))[2] == b"asgi next 2"
        writer.write(b"".join(request("x", b"1").replace(b"/things/x", b"/swift/now") for _ in range(3)))
        assert [(await answer_of(reader))[2] for _ in range(3)] == [b"at once 1"] * 3


async def test_an_idle_connection_is_closed(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time begins anew with each answer, and a request under way is not cut off."""
    monkeypatch.setattr(server, "KEEP_ALIVE_SECONDS", 0.3)
    gate = asyncio.Event()
    async with running(a_site(guard, gate)) as port, connected(port) as (reader, writer), asyncio.timeout(5):
        for _ in range(3):
            writer.write(request("x", b"1").replace(b"/things/x", b"/swift/now"))
            await answer_of(reader)
            await asyncio.sleep(0.15)
        writer.write(request("wait", b"1"))
        await asyncio.sleep(0.5)
        gate.set()
        assert (await answer_of(reader))[0] == 201
        assert await reader.read() == b""


async def test_a_body_in_pieces_is_put_together(guard: Guard) -> None:
    """Bytes come as the line brings them."""
    async with running(a_site(guard)) as port, connected(port) as (reader, writer):
        whole = request("c", b"0123456789")
        for place in range(0, len(whole), 7):
            writer.write(whole[place : place + 7])
            await asyncio.sleep(0.001)
        assert (await answer_of(reader))[2] == b"direct c 10"


async def test_requests_sent_ahead_are_answered_in_their_order(guard: Guard) -> None:
    """The second of two waits for the first, and a third after both is direct again."""
    gate = asyncio.Event()
    async with running(a_site(guard, gate)) as port, connected(port) as (reader, writer):
        writer.write(request("wait", b"1") + request("next", b"22"))
        await asyncio.sleep(0.05)
        gate.set()
        assert (await answer_of(reader))[2] == b"direct wait 1"
        assert (await answer_of(reader))[2] == b"asgi next 2"
        writer.write(request("last", b"333"))
        assert (await answer_of(reader))[2] == b"direct last 3"


async def test_a_body_that_does_not_arrive_is_not_waited_for(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server hangs up on a stalled body."""
    monkeypatch.setattr(http_protocol, "BODY_SECONDS_MAX", 0.1)
    async with running(a_site(guard)) as port, connected(port) as (reader, writer), asyncio.timeout(3):
        writer.write(request("d", b"0123456789")[:-4])
        assert await reader.read() == b""


async def test_a_caller_that_hangs_up_disturbs_nobody(guard: Guard) -> None:
    """Its answer is dropped."""
    gate = asyncio.Event()
    async with running(a_site(guard, gate)) as port:
        async with connected(port) as (_, writer):
            writer.write(request("wait", b"1"))
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)
        gate.set()
        async with connected(port) as (reader, writer):
            writer.write(request("e", b"1"))
            assert (await answer_of(reader))[2] == b"direct e 1"


async def test_stopping_lets_what_is_under_way_finish(guard: Guard) -> None:
    """The answer still comes, and says that the connection ends."""
    gate = asyncio.Event()
    async with contextlib.AsyncExitStack() as stack:
        site = running(a_site(guard, gate))
        port = await site.__aenter__()
        reader, writer = await stack.enter_async_context(connected(port))
        writer.write(request("wait", b"1"))
        await asyncio.sleep(0.05)
        stopping = asyncio.create_task(site.__aexit__(None, None, None))
        await asyncio.sleep(0.3)
        gate.set()
        status, headers, body = await answer_of(reader)
        assert (status, headers["connection"], body) == (201, "close", b"direct wait 1")
        await stopping
