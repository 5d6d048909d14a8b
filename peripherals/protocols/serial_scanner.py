"""A scanner on a serial line: codes between terminators. Refuses to know what a code means (GS1 is not read here).

Every byte but the terminator belongs to the code, the group separator (1D) of GS1 above all.
"""

import re

from peripherals.config import ScanSuffix
from peripherals.events import Event, Garbled, Scanned
from peripherals.protocols.symbologies import SYMBOLOGIES

CODE_BYTES_MAX = 4_296
"""The most characters a QR code holds (alphanumeric, version 40-L); other symbologies hold fewer."""
QUIET_SECONDS = 0.05
"""Without a terminator, a code ends after this silence. A scanner sends a code in one breath."""
STALE_SECONDS = 0.5
"""With a terminator, a fragment this old lost its end. It is dropped: half a code would be another article."""
SAMPLE_BYTES_MAX = 32

_CR, _LF, _TAB = 0x0D, 0x0A, 0x09
_TERMINATORS = frozenset((_CR, _LF, _TAB))
_AIM_ID = re.compile(r"\][A-Za-z][0-9A-Za-z]")


class ScanReader:
    """Cuts a stream of bytes into codes. Holds at most one unfinished code of bounded length."""

    is_none = False

    def __init__(self, suffix: ScanSuffix = "terminator") -> None:
        """`suffix` says how a code ends: CR, LF, CR LF or TAB; or, with `none`, by silence."""
        self._suffix = suffix
        self._held = bytearray()
        self._overflowed = False

    def feed(self, data: bytes) -> list[Event]:
        """The codes that `data` completes."""
        events: list[Event] = []
        for byte in data:
            if byte in _TERMINATORS:
                # CR LF ends one code: the LF then finds nothing held.
                events += self._take()
            elif len(self._held) < CODE_BYTES_MAX:
                self._held.append(byte)
            else:
                self._overflowed = True
        return events

    def quiet(self, elapsed: float) -> list[Event]:
        """Tells how long the line has been silent; a held code is taken or dropped when that was long enough."""
        if not self._held or elapsed < self.quiet_seconds:
            return []
        if self._suffix == "none":
            return self._take()
        return [self._drop("no_terminator")]

    @property
    def quiet_seconds(self) -> float:
        """The silence that decides."""
        return QUIET_SECONDS if self._suffix == "none" else STALE_SECONDS

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished code are held."""
        return len(self._held)

    def reset(self) -> None:
        """Forgets an unfinished code."""
        self._held.clear()
        self._overflowed = False

    def _take(self) -> list[Event]:
        if self._overflowed:
            return [self._drop("too_long")]
        raw = bytes(self._held)
        self.reset()
        return [scanned(raw)] if raw else []

    def _drop(self, reason: str) -> Garbled:
        sample = bytes(self._held[:SAMPLE_BYTES_MAX]).hex(" ")
        self.reset()
        return Garbled(reason=reason, sample=sample)


def scanned(raw: bytes) -> Scanned:
    """One code from its bytes. Text that is not UTF-8 is told byte by byte (Latin-1), so that nothing is lost."""
    try:
        code = raw.decode("utf-8")
    except UnicodeDecodeError:
        code = raw.decode("latin-1")
    found = _AIM_ID.match(code)
    if found is None or found.end() == len(code):
        return Scanned(code=code, data=code)
    aim_id = found.group()
    kind = SYMBOLOGIES.get(aim_id)
    return Scanned(code=code, data=code[found.end() :], aim_id=aim_id, symbology=None if kind is None else kind.name)
