"""A line inside the process: two ends joined. The sibling of the real transports, kept to the same contract."""

import asyncio

from peripherals.errors import LineLost
from peripherals.transports.stream import READ_BYTES_MAX

BUFFER_BYTES_MAX = 65_536
"""As much as a socket holds; then `write` waits, as it would on a real line."""


class _Channel:
    """One direction."""

    def __init__(self) -> None:
        self.held = bytearray()
        self.closed = False
        self.changed = asyncio.Condition()


class MemoryStream:
    """One end."""

    def __init__(self, incoming: _Channel, outgoing: _Channel, name: str) -> None:
        """Use `memory_pair`."""
        self._incoming, self._outgoing, self._name = incoming, outgoing, name

    async def read(self) -> bytes:
        """Bytes the other end wrote."""
        channel = self._incoming
        async with channel.changed:
            await channel.changed.wait_for(lambda: channel.held or channel.closed)
            if not channel.held:
                raise LineLost(what="read", on=self._name)
            data = bytes(channel.held[:READ_BYTES_MAX])
            del channel.held[:READ_BYTES_MAX]
            channel.changed.notify_all()
            return data

    async def write(self, data: bytes) -> None:
        """Waits while the other end's buffer is full."""
        channel = self._outgoing
        async with channel.changed:
            rest = data
            while rest:
                await channel.changed.wait_for(lambda: len(channel.held) < BUFFER_BYTES_MAX or channel.closed)
                if channel.closed:
                    raise LineLost(what="write", on=self._name)
                room = BUFFER_BYTES_MAX - len(channel.held)
                channel.held += rest[:room]
                rest = rest[room:]
                channel.changed.notify_all()

    async def close(self) -> None:
        """Hangs up both directions."""
        for channel in (self._incoming, self._outgoing):
            async with channel.changed:
                channel.closed = True
                channel.changed.notify_all()


def memory_pair(name: str = "memory") -> tuple[MemoryStream, MemoryStream]:
    """Two ends of one line."""
    there, back = _Channel(), _Channel()
    return MemoryStream(back, there, name), MemoryStream(there, back, f"{name} (far end)")
