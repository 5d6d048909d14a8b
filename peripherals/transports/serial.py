"""A serial line. The only door to pyserial-asyncio; its ways are met here and nowhere else.

- A pseudo-terminal carries whole bytes and refuses seven bits and parity, so there the line is opened 8N1 and the top
  bit is masked by us, which is what a real port's driver does for 7E1.
- The library waits in `tcdrain` on the loop when it closes; a printer that holds flow control would stop the shop.
  Our port drops the unsent bytes instead.
- A write to a vanished port is reported by the library to the loop's exception handler; we report it ourselves, once.
"""

import asyncio
import contextlib
import errno
import os
import termios
from typing import Any

import serial
import serial_asyncio

from peripherals.config import Framing
from peripherals.errors import LineError, LineMissing, LineRefused, NoSerialPort
from peripherals.transports.aside import aside
from peripherals.transports.asyncio_stream import AsyncioStream
from peripherals.transports.stream import ByteStream

_MISSING = frozenset((errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO, errno.ENOTDIR))
_TOP_BIT_OFF = bytes(byte & 0x7F for byte in range(256))


class _Port(serial.Serial):
    """A port whose closing never waits for the other end."""

    def flush(self) -> None:
        """Called by the library on the loop just before it closes: drop the unsent bytes, do not wait for them."""
        with contextlib.suppress(termios.error, OSError):
            termios.tcflush(self.fileno(), termios.TCOFLUSH)


class _Line(serial_asyncio.SerialTransport):  # type: ignore[misc]  # the library has no type hints
    """The library's transport, less its second report of a lost line."""

    def _fatal_error(self, exc: Exception, message: str = "") -> None:  # noqa: ARG002 - the library's signature
        self._abort(exc)


async def open_serial(path: str, baud_rate: int, framing: Framing) -> ByteStream:
    """Opens the port, alone; raises `LineMissing` or `LineRefused`."""
    try:
        port = await aside(lambda: _opened(path, baud_rate, framing), _Port.close)
    except (serial.SerialException, termios.error, OSError, ValueError) as error:
        raise _cannot_open(path, error) from error
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport: Any = _Line(loop, protocol, port)
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    mask = framing.startswith("7")
    return AsyncioStream(
        reader,
        writer,
        name=path,
        faults=(serial.SerialException, OSError, termios.error),
        decode=(lambda data: data.translate(_TOP_BIT_OFF)) if mask else None,
    )


def _opened(path: str, baud_rate: int, framing: Framing) -> _Port:
    """An adapter whose firmware hangs lets this wait for seconds. What is judged is what is opened: a link may appear, or change,
    between the two."""
    node = os.path.realpath(path)
    wire: Framing = "8N1" if node.startswith("/dev/pts/") else framing
    return _Port(
        port=node,
        baudrate=baud_rate,
        bytesize=int(wire[0]),
        parity=wire[1],
        stopbits=int(wire[2]),
        # Two programs reading one scale would each get half of its answers.
        exclusive=True,
    )


def _cannot_open(path: str, error: Exception) -> LineError:
    number = getattr(error, "errno", None)
    if number is None and isinstance(error.__context__, termios.error):
        # The library tells it in a sentence only.
        number = error.__context__.args[0]
    kind = NoSerialPort if number == errno.ENOTTY else LineMissing if number in _MISSING else LineRefused
    return kind(what="open", on=path, cause=str(error))
