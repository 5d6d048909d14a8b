"""A Dialog 06 checkout scale as seen from the wire: it takes a price, weighs, computes, and now and then wants checksums. Pure.

Written from the Aviator 7000 service manual p. 38-45, apart from the talk it is used to prove.
"""

import re
from typing import Final

from peripherals.simulators.scale_pan import ScalePan

RECORD_BYTES_MAX: Final = 64
MINIMUM_THOUSANDTHS: Final = 20
"""Lighter is below the minimum weight."""
_PRICE: Final = re.compile(rb"01\x1b(\d{6})\x1b?")
_CHECKSUMS: Final = re.compile(rb"10\x1b([0-?]{4})([0-?]{4})")
_BITS: Final = 16


class Dialog06Simulator(ScalePan):
    """One scale; with a key it asks for checksums when switched on, as verified ones do."""

    def __init__(self, key: tuple[int, int] | None = None, random: int = 5) -> None:
        """`key`: the checksum it expects and the polynomial it shares with the till's maker."""
        super().__init__("kg")
        self._key, self._random = key, random
        self._wants = key is not None
        self._price = 0
        self._error = b"00"
        self._weighed: int | None = None
        self._heard = bytearray()

    def receive(self, data: bytes) -> bytes:
        """Answers every record that `data` completes."""
        answers = b""
        for byte in data:
            self._heard.append(byte & 0x7F)
            if self._heard.endswith(b"\x04\x05"):
                self._heard.clear()
                answers += self._result()
            elif byte & 0x7F == 0x03:
                start = self._heard.rfind(b"\x04\x02")
                record = bytes(self._heard[start + 2 : -1]) if start >= 0 else b""
                self._heard.clear()
                answers += self._record(record)
            elif len(self._heard) > RECORD_BYTES_MAX:
                self._heard.clear()
        return b"" if self.silent else answers

    def _record(self, record: bytes) -> bytes:
        found = _PRICE.fullmatch(record)
        if found is not None:
            self._price = int(found[1])
            self._error = b"00" if self._price else b"11"
            return b"\x06" if self._price else b"\x15"
        if record == b"08":
            return b"\x0209\x1b" + (self._trouble() if self._error == b"00" else self._error) + b"\x03"
        found = _CHECKSUMS.fullmatch(record)
        if found is not None:
            right = self._key is not None and (found[1], found[2]) == self._expected(*self._key)
            self._wants = not right
            return b"\x0211\x1b1\x03" if right else b"\x0211\x1b0\x03"
        self._error = b"10"
        return b"\x15"

    def _result(self) -> bytes:
        if not self._price:
            return b"\x15"
        if self._wants:
            return b"\x0211\x1b2" + bytes((0x30 | self._random,)) + b"\x03"
        if self._trouble() != b"00":
            return b"\x15"
        self._weighed = self.net
        total = (self._price * self.net + 500) // 1000
        price, self._price = self._price, 0
        return b"\x0202\x1b3\x1b%05d\x1b%06d\x1b%06d\x03" % (self.net, price, total)

    def _trouble(self) -> bytes:
        if self.over:
            return b"32"
        if self.under:
            return b"31"
        if self.moving:
            return b"20"
        if self.net < MINIMUM_THOUSANDTHS:
            self._weighed = None
            return b"30"
        return b"21" if self.net == self._weighed else b"00"

    def _expected(self, checksum: int, polynomial: int) -> tuple[bytes, bytes]:
        """CS turned to the left and its rest turned to the right, by the random number, as characters 30 to 3F."""
        value = checksum << _BITS
        for bit in range(2 * _BITS - 1, _BITS - 1, -1):
            if value >> bit & 1:
                value ^= (1 << _BITS | polynomial) << (bit - _BITS)
        left = f"{checksum:016b}"[self._random :] + f"{checksum:016b}"[: self._random]
        right = f"{value:016b}"[-self._random :] + f"{value:016b}"[: _BITS - self._random]
        return tuple(bytes(0x30 | int(word[at : at + 4], 2) for at in range(0, 16, 4)) for word in (left, right))  # type: ignore[return-value]
