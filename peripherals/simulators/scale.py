"""A Toledo 8217 scale as seen from the wire. Pure: commands in, answers out; the pan is moved by methods."""

from collections.abc import Callable

from peripherals.events import WeightUnit
from peripherals.protocols.toledo8217 import CENTER_OF_ZERO, MOTION, NET, OUTSIDE_ZERO, OVER, UNDER
from peripherals.simulators.scale_pan import ScalePan

STATUS_ALWAYS = 0x40
"""The maker sets bit 6 always."""


class ScaleSimulator(ScalePan):
    """A pan that answers in Toledo 8217."""

    def __init__(self, unit: WeightUnit = "kg") -> None:
        """Echo off."""
        super().__init__(unit)
        self._echo = False
        self._digits: str | None = None
        self._commands: dict[str, Callable[[], bytes]] = {
            "W": lambda: self._weight(self.decimals),
            "H": lambda: self._weight(self.decimals + 1),
            "Z": self._zero_key,
            "T": self._tare_key,
            "C": self._clear_key,
            "A": lambda: b"\x02\x0d",
            "B": self._status,
            "E": self._echo_on,
            "F": self._echo_off,
        }

    def receive(self, data: bytes) -> bytes:
        """Answers every command in `data`."""
        if self.silent:
            return b""
        return b"".join(self._byte(byte & 0x7F) for byte in data)

    def _byte(self, byte: int) -> bytes:
        letter = chr(byte)
        if self._echo and letter != "F":
            return bytes((byte,))
        if self._digits is not None:
            if letter.isdigit():
                self._digits += letter
                if len(self._digits) < 5:
                    return b""
                return self._digital_tare()
            self._digits = None
        command = self._commands.get(letter)
        return command() if command is not None else b""

    def _zero_key(self) -> bytes:
        self.press_zero()
        return self._status()

    def _tare_key(self) -> bytes:
        """Tares what is on the pan; five digits may follow and name another tare."""
        self.press_tare()
        self._digits = ""
        return self._status()

    def _clear_key(self) -> bytes:
        self.tare = 0
        return self._status()

    def _echo_on(self) -> bytes:
        self._echo = True
        return b"\x02E\x0d"

    def _echo_off(self) -> bytes:
        self._echo = False
        return b"\x02F\x0d"

    def _digital_tare(self) -> bytes:
        digits, self._digits = self._digits or "0", None
        self.tare = int(digits)
        return self._status()

    def _bits(self) -> int:
        bits = STATUS_ALWAYS
        bits |= MOTION if self.moving else 0
        bits |= OVER if self.over else 0
        bits |= UNDER if self.under else 0
        bits |= OUTSIDE_ZERO if self.outside_zero else 0
        bits |= CENTER_OF_ZERO if self.net == 0 else 0
        bits |= NET if self.tare else 0
        return bits

    def _status(self) -> bytes:
        return bytes((0x02, ord("?"), self._bits(), 0x0D))

    def _weight(self, decimals: int) -> bytes:
        if self._bits() & (MOTION | OVER | UNDER):
            return self._status()
        whole, _, places = self.shown.partition(".")
        field = f"{whole.zfill(2)}.{places.ljust(decimals, '0')}"
        return b"\x02" + field.encode("ascii") + (b"N" if self.tare else b"") + b"\x0d"
