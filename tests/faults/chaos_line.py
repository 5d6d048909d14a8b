"""A TCP line between two parts that a test may stall, cut, half-open, slow down or make flap. Knows bytes only."""

import asyncio
import contextlib
import enum
import threading
from typing import Any, Self

CHUNK_BYTES = 16 * 1024
LOOK_SECONDS = 0.01


class Way(enum.Enum):
    """The two directions of a line, as the client sees them."""

    OUT = "out"
    IN = "in"


class ChaosLine:
    """Listens on a port and passes bytes on to another, on a loop of its own thread. Use as a context manager."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self.target = target
        self.passed = {Way.OUT: 0, Way.IN: 0}
        self.connections = 0
        self._blocked: set[Way] = set()
        self._half_open: dict[asyncio.StreamWriter, set[Way]] = {}
        self._refusing = False
        self._latency = 0.0
        self._rate = 0.0
        self._open: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        self._abort()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    # -- what a test does to it -------------------------------------------------------------------------------------

    def stall(self, *ways: Way) -> None:
        """Bytes stay where they are until `heal`: a partition, or half of one. Nobody is told anything."""
        self._blocked = set(ways or Way)

    def half_open(self, *ways: Way) -> None:
        """What stands now is useless for ever, and both ends think it stands: its bytes are thrown away. A new
        connection is a good one."""
        self._half_open = {pair[0]: set(ways or Way) for pair in self._open}

    def cut(self) -> None:
        """Every connection is reset; new ones are made at once."""
        self._loop.call_soon_threadsafe(self._abort)

    def refuse(self) -> None:
        """Connections are reset, and new ones too, until `heal`."""
        self._refusing = True
        self.cut()

    def slow(self, *, latency_seconds: float = 0.0, bits_per_second: float = 0.0) -> None:
        """Each way takes so long, and so many bits pass in a second."""
        self._latency, self._rate = latency_seconds, bits_per_second / 8

    def heal(self) -> None:
        """A good line again, but for what is half open: only its ends can put an end to that."""
        self._blocked, self._refusing = set(), False
        self._latency = self._rate = 0.0

    # -- the line ---------------------------------------------------------------------------------------------------

    def _abort(self) -> None:
        for pair in self._open:
            for writer in pair:
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self.connections += 1
        pair = (writer, far_writer)
        self._open.add(pair)
        try:
            ways = [
                asyncio.create_task(self._pass_on(reader, far_writer, Way.OUT, writer)),
                asyncio.create_task(self._pass_on(far_reader, writer, Way.IN, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            self._open.discard(pair)
            self._half_open.pop(writer, None)
            for one in pair:
                one.transport.abort()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way, near: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)

        async def take() -> None:
            while data := await reader.read(CHUNK_BYTES):
                await queue.put((loop.time() + self._latency, data))
            await queue.put((loop.time(), b""))

        taking = asyncio.create_task(take())
        try:
            with contextlib.suppress(OSError):
                while True:
                    due, data = await queue.get()
                    await asyncio.sleep(max(0.0, due - loop.time()))
                    while way in self._blocked:
                        await asyncio.sleep(LOOK_SECONDS)
                    if not data:
                        return
                    if way in self._half_open.get(near, ()):
                        continue
                    if self._rate:
                        await asyncio.sleep(len(data) / self._rate)
                    writer.write(data)
                    await writer.drain()
                    self.passed[way] += len(data)
        finally:
            taking.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await taking
