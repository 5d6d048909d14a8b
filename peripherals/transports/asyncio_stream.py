"""A `ByteStream` over asyncio's reader and writer, shared by the serial and the TCP line."""

import asyncio
import contextlib
from collections.abc import Callable

from peripherals.errors import LineLost
from peripherals.transports.stream import READ_BYTES_MAX

CLOSE_SECONDS_MAX = 2.0
"""A line that does not confirm its closing within this is left to the system."""


class AsyncioStream:
    """Keeps both ends referenced: a collected `StreamWriter` would close the line behind our back."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        name: str,
        faults: tuple[type[Exception], ...],
        decode: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """`faults` are the library's errors that mean the line is gone; `decode` is applied to what is read."""
        self._reader, self._writer, self._name = reader, writer, name
        self._faults, self._decode = faults, decode
        # "Written" shall mean taken by the system, so no buffer of ours stands between a job and a stuck printer.
        writer.transport.set_write_buffer_limits(high=0)

    async def read(self) -> bytes:
        """The next bytes."""
        try:
            data = await self._reader.read(READ_BYTES_MAX)
        except self._faults as error:
            raise LineLost(what="read", on=self._name, cause=str(error)) from error
        if not data:
            raise LineLost(what="read", on=self._name)
        return self._decode(data) if self._decode else data

    async def write(self, data: bytes) -> None:
        """Waits until the system has taken all of `data`."""
        if self._writer.is_closing():
            raise LineLost(what="write", on=self._name)
        try:
            self._writer.write(data)
            await self._writer.drain()
        except self._faults as error:
            raise LineLost(what="write", on=self._name, cause=str(error)) from error

    async def close(self) -> None:
        """Drops what was not taken, lets go of the line, and waits shortly for the system to confirm."""
        if not self._writer.is_closing() or self._writer.transport.get_write_buffer_size() > 0:
            self._writer.transport.abort()
        with contextlib.suppress(TimeoutError, *self._faults):
            await asyncio.wait_for(self._writer.wait_closed(), CLOSE_SECONDS_MAX)
