"""A TCP line, as network printers (port 9100) and serial-to-network boxes offer it."""

import asyncio
import contextlib
import socket

from peripherals.errors import HostRefused, LineMissing
from peripherals.transports.aside import aside
from peripherals.transports.asyncio_stream import AsyncioStream
from peripherals.transports.stream import ByteStream

CONNECT_SECONDS_MAX = 3.0
"""A printer in the same shop answers in milliseconds; switched off, it would take the system two minutes to say so."""
UNTAKEN_MILLISECONDS_MAX = 60_000
"""As long as a printer out of paper may hold a job's bytes (`PrintQueue.write_seconds_max`)."""


async def open_tcp(host: str, port: int) -> ByteStream:
    """Connects, or raises `LineMissing` or `HostRefused`."""
    name = f"{host}:{port}"
    try:
        reader, writer = await asyncio.wait_for(_connect(host, port), CONNECT_SECONDS_MAX)
    except TimeoutError as error:
        raise LineMissing(what="connect", on=name, cause="no answer") from error
    except ConnectionRefusedError as error:
        raise HostRefused(what="connect", on=name, cause=str(error)) from error
    except OSError as error:
        raise LineMissing(what="connect", on=name, cause=str(error)) from error
    raw = writer.get_extra_info("socket")
    if raw is not None:
        # A printer that loses its power says nothing. Keep-alive finds out within half a minute while nothing is on the way;
        # what is on the way would be sent again for a quarter of an hour, and be printed late by one that comes back.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNTAKEN_MILLISECONDS_MAX)
    return AsyncioStream(reader, writer, name=name, faults=(OSError,))


async def _connect(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A name is looked up aside: without a name server that takes long, and the loop's own threads are others' too."""
    found = await aside(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    *others, last = dict.fromkeys(str(address[0]) for *_, address in found)
    for address in others:
        with contextlib.suppress(OSError):
            return await asyncio.open_connection(address, port)
    return await asyncio.open_connection(last, port)
