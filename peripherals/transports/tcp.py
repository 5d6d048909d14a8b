"""A TCP line, as network printers (port 9100) and serial-to-network boxes offer it."""

import asyncio
import socket

from peripherals.errors import LineMissing, LineRefused
from peripherals.transports.asyncio_stream import AsyncioStream
from peripherals.transports.stream import ByteStream

CONNECT_SECONDS_MAX = 3.0
"""A printer in the same shop answers in milliseconds; switched off, it would take the system two minutes to say so."""


async def open_tcp(host: str, port: int) -> ByteStream:
    """Connects, or raises `LineMissing` or `LineRefused`."""
    name = f"{host}:{port}"
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), CONNECT_SECONDS_MAX)
    except TimeoutError as error:
        raise LineMissing(what="connect", on=name, cause="no answer") from error
    except ConnectionRefusedError as error:
        raise LineRefused(what="connect", on=name, cause=str(error)) from error
    except OSError as error:
        raise LineMissing(what="connect", on=name, cause=str(error)) from error
    raw = writer.get_extra_info("socket")
    if raw is not None:
        # A printer that loses its power says nothing; keep-alive finds out within about half a minute.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
    return AsyncioStream(reader, writer, name=name, faults=(OSError,))
