"""Starts the reader of tables for one file and waits for what it found, within bounds. One at a time: a box has few cores."""

import asyncio
import contextlib
import os
import sys
from typing import Final

import msgspec

from gateway.domain.fault import Fault
from gateway.domain.import_changes import Change, RowFault, TableRead, Taken
from gateway.domain.import_columns import ImportKind

READ_SECONDS_MAX: Final = 150
"""The child ends itself a little earlier."""
_NICE: Final = 10
"""Tills come first."""

DECODE_ROWS: Final = 500
"""A fraction of a millisecond each time, and tills between."""

_decoder = msgspec.msgpack.Decoder(tuple[Taken, TableRead, list[msgspec.Raw]])
_change_decoder = msgspec.msgpack.Decoder(Change)


class TableReader:
    """Reads one file at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def read(self, kind: ImportKind, data: bytes, digits: int) -> tuple[Taken, TableRead]:
        """What a file was taken for and what it asks; one that breaks its reader is told like any other that cannot be read."""
        environment = {
            name: value for name, value in os.environ.items() if name not in {"NOTIFY_SOCKET", "WATCHDOG_USEC"}
        }
        async with self._turn:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway.read_table", kind.value, str(digits), stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=environment,
            )  # fmt: skip
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, child.pid, _NICE)
            said = b""
            try:
                async with asyncio.timeout(READ_SECONDS_MAX):
                    said, _ = await child.communicate(data)
            except TimeoutError:
                pass
            finally:
                if child.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        child.kill()
                    await child.wait()
        try:
            taken, table, raw = _decoder.decode(said)
        except msgspec.DecodeError:
            fault = RowFault(0, "", Fault("", "reader_broke"))
            return Taken("unknown"), TableRead(0, (), (), (fault,), 1)
        changes: list[Change] = []
        for at in range(0, len(raw), DECODE_ROWS):
            changes += [_change_decoder.decode(one) for one in raw[at : at + DECODE_ROWS]]
            await asyncio.sleep(0)
        return taken, msgspec.structs.replace(table, changes=tuple(changes))
