"""The seam between a device and its line: a stream of bytes. Refuses to know serial ports, sockets and frames.

The contract, proved by one suite over all three transports:

- `read` waits for bytes and returns at least one; a line that went away raises `LineLost`, also when asked again.
- `write` returns once the system has taken the bytes; a line that went away raises `LineLost`.
- `close` never blocks the loop and never raises, and may be called twice. Bytes not yet taken are dropped.
"""

from typing import Protocol

READ_BYTES_MAX = 4_096
"""Devices speak in tens of bytes; this is one pty buffer."""


class ByteStream(Protocol):
    """An open line."""

    async def read(self) -> bytes:
        """The next bytes, never empty."""
        ...

    async def write(self, data: bytes) -> None:
        """Hands all of `data` to the system."""
        ...

    async def close(self) -> None:
        """Lets go of the line."""
        ...


class Opener(Protocol):
    """Opens a line; raises a `LineError` when it cannot."""

    async def __call__(self) -> ByteStream:
        """A freshly opened line."""
        ...
