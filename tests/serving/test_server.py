"""The real server on a free port: bounds, event streams, a port that is taken, stopping."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from admin_ui.serving import http_protocol, server
from admin_ui.serving.event_stream import GATHER_SECONDS, EventStream
from admin_ui.serving.events import EventHub
from admin_ui.serving.guard import Guard
from admin_ui.serving.limits import BODY_BYTES_MAX
from admin_ui.serving.raw import Operation, RawRoute, read_body, respond
from admin_ui.serving.server import PortTaken, ServeError, StartFailed, listen, serve
from admin_ui.serving.site import build_app
from tests.serving.kit import API, FakeClock, bearer, running

pytestmark = pytest.mark.anyio


def a_site(guard: Guard, stream: EventStream | None = None, **options: Any) -> Any:
    async def measure(_: Any, receive: Any, send: Any) -> None:
        await respond(send, 200, str(len(await read_body(receive))).encode())

    async def half(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("broken on purpose")

    raw = [
        RawRoute("/measure", {"POST": Operation(handler=measure, summary="Length of a body")}),
        RawRoute("/half", {"GET": Operation(handler=half, summary="Breaks half way")}),
    ]
    if stream is not None:
        raw.append(RawRoute("/api/v1/events", {"GET": Operation(handler=stream, summary="Live events")}))
    return build_app([], guard=guard, api=API, raw=raw, **options)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


class Listener:
    """An open page: reads its stream event by event."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self) -> dict[str, str]:
        event: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                return event
            name, _, value = line.partition(": ")
            event[name] = value
        raise EOFError


@asynccontextmanager
async def listening(port: int, guard: Guard, query: str = "", **headers: str) -> AsyncIterator[Listener]:
    async with (
        httpx.AsyncClient(timeout=5, verify=False) as client,
        client.stream(
            "GET", f"http://127.0.0.1:{port}/api/v1/events{query}", headers={**bearer(guard), **headers}
        ) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        listener = Listener(answer.aiter_lines())
        assert await listener.next() == {"retry": "1000"}
        yield listener


@asynccontextmanager
async def a_live_site(
    guard: Guard, heartbeat_seconds: float = 15, gather_seconds: float = GATHER_SECONDS, **bounds: int
) -> AsyncIterator[tuple[EventHub, int]]:
    hub = EventHub(clock=FakeClock(), **bounds)
    stream = EventStream(
        hub, guard, now_text=lambda: "2026-11-22T00:00:00Z", heartbeat_seconds=heartbeat_seconds, gather_seconds=gather_seconds
    )  # fmt: skip
    async with running(a_site(guard, stream), before_stop=hub.close) as port:
        yield hub, port


async def heartbeats_of(page: Listener) -> None:
    while (await page.next())["event"] == "heartbeat":
        pass


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.01)


async def test_events_come_by_topic_and_station_in_order(guard: Guard) -> None:
    async with (
        a_live_site(guard) as (hub, port),
        listening(port, guard, "?topics=stock,scan&station=till-1") as till,
        listening(port, guard) as office,
    ):
        first = hub.publish("stock", {"item": "A"})
        hub.publish("device", b"{}")
        hub.publish("scan", {"code": "1"}, audience="till-2")
        hub.publish("scan", {"code": "2"}, audience="till-1")
        assert await till.next() == {"id": str(first), "event": "stock", "data": '{"item":"A"}'}
        assert await till.next() == {"id": str(first + 3), "event": "scan", "data": '{"code":"2"}'}
        assert [(await office.next())["event"] for _ in range(4)] == ["stock", "device", "scan", "scan"]


async def test_a_page_resumes_after_its_last_event(guard: Guard) -> None:
    async with a_live_site(guard) as (hub, port):
        numbers = [hub.publish("stock", {"n": n}) for n in range(3)]
        async with listening(port, guard, **{"last-event-id": str(numbers[0])}) as page:
            assert [(await page.next())["data"] for _ in range(2)] == ['{"n":1}', '{"n":2}']
            hub.publish("stock", {"n": 3})
            assert (await page.next())["data"] == '{"n":3}'
        async with listening(port, guard, f"?last_event_id={numbers[2]}") as page:
            assert (await page.next())["data"] == '{"n":3}'


async def test_events_that_tell_of_many_count_as_many(guard: Guard) -> None:
    """The ring and what may wait are bounded by what is told, not by how it was put together."""
    async with a_live_site(guard, ring_max=4, waiting_max=3) as (hub, port):
        before = hub.head
        first = hub.publish("stock", [{"n": 1}, {"n": 2}], size=2)
        async with listening(port, guard, **{"last-event-id": str(before)}) as page:
            assert [(await page.next())["data"] for _ in range(2)] == ['{"n":1}', '{"n":2}']
        second = hub.publish("stock", [{"n": 3}, {"n": 4}], size=2)
        async with listening(port, guard, **{"last-event-id": str(before)}) as page:
            assert (await page.next())["event"] == "resync", "four wait, three may"
        hub.publish("stock", {"n": 5})
        assert hub.since(before) is None, "the first made room"
        assert [event.number for event in hub.since(first) or ()] == [second, second + 1]


@pytest.mark.parametrize("last", ["1", "99999999999999999", "rubbish", "-1"])
async def test_a_number_no_longer_held_means_fetch_anew(guard: Guard, last: str) -> None:
    async with a_live_site(guard, ring_max=4) as (hub, port):
        for n in range(9):
            hub.publish("stock", {"n": n})
        async with listening(port, guard, **{"last-event-id": last}) as page:
            assert await page.next() == {"id": str(hub.head), "event": "resync", "data": f'{{"head":{hub.head}}}'}
            hub.publish("stock", {"n": 9})
            assert (await page.next())["data"] == '{"n":9}'


async def test_a_page_that_fell_behind_is_told_to_fetch_anew_and_goes_on(guard: Guard) -> None:
    async with a_live_site(guard, waiting_max=8) as (hub, port), listening(port, guard) as page:
        for n in range(9):  # without a pause the stream cannot drain its queue
            hub.publish("stock", {"n": n})
        assert (await page.next())["event"] == "resync"
        hub.publish("stock", {"n": 9})
        assert (await page.next())["data"] == '{"n":9}'


async def test_rows_of_one_event_share_a_number_that_the_last_carries(guard: Guard) -> None:
    """A page cut off between two rows resumes before the first."""
    async with a_live_site(guard) as (hub, port), listening(port, guard) as page:
        number = hub.publish("stock", [{"n": 1}, {"n": 2}])
        assert await page.next() == {"event": "stock", "data": '{"n":1}'}
        assert await page.next() == {"id": str(number), "event": "stock", "data": '{"n":2}'}


async def test_what_may_wait_is_gathered_and_what_may_not_takes_it_along(guard: Guard) -> None:
    """After a first piece the next document waits a moment; a scan goes at once, behind what happened before it."""
    async with a_live_site(guard, gather_seconds=3) as (hub, port), listening(port, guard) as page:
        hub.publish("document", b"1", at_once=False)
        assert (await page.next())["data"] == "1"
        begun = time.monotonic()
        hub.publish("document", b"2", at_once=False)
        await asyncio.sleep(0.01)
        hub.publish("scan", b"3")
        assert [(await page.next())["data"] for _ in range(2)] == ["2", "3"]
        assert time.monotonic() - begun < 2
        hub.publish("document", b"4", at_once=False)
        assert (await page.next())["data"] == "4"
        assert time.monotonic() - begun > 2


async def test_a_quiet_stream_has_a_heartbeat_without_a_number(guard: Guard) -> None:
    async with a_live_site(guard, heartbeat_seconds=0.05) as (_, port), listening(port, guard) as page:
        assert await page.next() == {"event": "heartbeat", "data": '{"at":"2026-11-22T00:00:00Z"}'}


async def test_a_stream_without_pauses_has_heartbeats_too(guard: Guard) -> None:
    async with (
        a_live_site(guard, heartbeat_seconds=0.05) as (hub, port),
        listening(port, guard) as page,
        asyncio.timeout(5),
    ):
        kinds = set()
        while kinds != {"stock", "heartbeat"}:
            hub.publish("stock", b"{}")
            kinds.add((await page.next())["event"])


async def test_a_withdrawn_token_ends_the_stream_at_the_next_heartbeat(guard: Guard) -> None:
    headers = bearer(guard)
    claims: Any = guard.tokens.verify_bearer(headers["authorization"].encode(), 2)
    async with (
        a_live_site(guard, heartbeat_seconds=0.05) as (hub, port),
        listening(port, guard, **headers) as page,
    ):
        await guard.people.withdraw_token(claims.token)
        async with asyncio.timeout(5):
            with pytest.raises(EOFError):
                await heartbeats_of(page)
        await until(lambda: hub.clients == 0)


async def test_one_stream_too_many_is_told_to_come_back(guard: Guard) -> None:
    async with a_live_site(guard, clients_max=1) as (hub, port):
        async with listening(port, guard), httpx.AsyncClient(verify=False) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/api/v1/events", headers=bearer(guard))
            assert (answer.status_code, answer.json()["code"]) == (503, "too_many_streams")
            assert answer.headers["retry-after"] == "5"
        await until(lambda: hub.clients == 0)
        async with listening(port, guard):
            pass


async def test_a_stranger_hears_nothing(guard: Guard) -> None:
    async with a_live_site(guard) as (_, port), httpx.AsyncClient(verify=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/api/v1/events")
        assert answer.json()["code"] == "unauthenticated"


async def test_stopping_ends_open_streams_at_once(guard: Guard) -> None:
    async with a_live_site(guard) as (hub, port):
        page = listening(port, guard)
        listener = await page.__aenter__()
        stopped = time.monotonic()
    with pytest.raises(EOFError):
        await listener.next()
    await page.__aexit__(None, None, None)
    assert time.monotonic() - stopped < 2
    assert hub.clients == 0


async def test_a_stream_nobody_ends_holds_the_stop_up_only_to_its_bound(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "STOP_SECONDS_MAX", 1)
    hub = EventHub(clock=FakeClock())
    app = a_site(guard, EventStream(hub, guard, now_text=str))
    with caplog.at_level(logging.CRITICAL):
        async with running(app) as port:
            page = listening(port, guard)
            await page.__aenter__()
            stopped = time.monotonic()
    assert time.monotonic() - stopped < 3
    await page.__aexit__(None, None, None)


async def test_a_port_that_is_taken_is_a_typed_error_with_a_hint(guard: Guard) -> None:
    app = a_site(guard)
    async with running(app) as port:
        with pytest.raises(PortTaken, match=rf"port is taken on 127\.0\.0\.1:{port}\. Hint: another program"):
            await serve(app, "127.0.0.1", port, asyncio.Event())
    async with running(app):
        listen("127.0.0.1", port).close()  # and free again at once


async def test_an_address_that_is_not_ours_is_a_typed_error() -> None:
    with pytest.raises(ServeError, match="Hint"):
        listen("203.0.113.1", 0)


async def test_a_start_that_fails_raises_and_frees_the_port(guard: Guard, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Any) -> None:
        raise RuntimeError("broken on purpose")

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with caplog.at_level(logging.CRITICAL), pytest.raises(StartFailed):
        await serve(a_site(guard, on_startup=[broken]), "127.0.0.1", port, asyncio.Event())
    listen("127.0.0.1", port).close()


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_is_bounded_while_it_is_read(guard: Guard, chunked: bool) -> None:
    async with running(a_site(guard)) as port, httpx.AsyncClient(timeout=10, verify=False) as client:
        for size, status in ((BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 413), (4 * BODY_BYTES_MAX, 413)):

            async def pieces(whole: int = size) -> AsyncIterator[bytes]:
                for start in range(0, whole, 50_000):
                    yield b"x" * min(50_000, whole - start)

            answer = await client.post(f"http://127.0.0.1:{port}/measure", content=pieces() if chunked else b"x" * size)
            assert answer.status_code == status, size
            assert answer.text == str(size) if status == 200 else answer.json()["code"] == "too_large"


async def test_an_endless_header_is_cut_off(guard: Guard) -> None:
    async with running(a_site(guard)) as port, connected(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nx-long: ")
        answer = asyncio.create_task(reader.read(12))
        sent = 0
        while not answer.done() and sent < 16 * http_protocol.HEAD_BYTES_MAX:
            writer.write(b"a" * 16384)
            sent += 16384
            await asyncio.sleep(0.001)
        assert answer.done()
        # A reset instead of the 400 means that we were cut off while still sending.
        if not isinstance(answer.exception(), ConnectionError):
            assert answer.result() in (b"HTTP/1.1 400", b"")


async def test_a_head_that_does_not_arrive_is_not_waited_for(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS_MAX", 0.1)
    async with running(a_site(guard)) as port:
        whole = b"POST /measure HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx"
        for pieces in ([], [b"GET / HTT"], [whole, b"GET / H"], [whole, b"G", b"E"]):
            async with connected(port) as (reader, writer), asyncio.timeout(3):
                for piece in pieces:
                    writer.write(piece)
                    await asyncio.sleep(0.02)
                await reader.read()  # ends only when the server hangs up


async def test_a_connection_carries_many_requests_with_heads_over_the_bound_together(guard: Guard) -> None:
    async with running(a_site(guard)) as port, httpx.AsyncClient(verify=False) as client:
        for _ in range(12):
            answer = await client.post(
                f"http://127.0.0.1:{port}/measure", content=b"xyz", headers={"x-pad": "a" * 8000}
            )
            assert answer.text == "3"


async def test_an_answer_that_breaks_half_way_is_cut_and_not_taken_for_whole(
    guard: Guard, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL):
        async with running(a_site(guard)) as port, httpx.AsyncClient(verify=False) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(f"http://127.0.0.1:{port}/half")
