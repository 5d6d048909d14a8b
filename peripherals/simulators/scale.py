"""A Toledo 8217 scale as seen from the wire. Pure: commands in, answers out; the pan is moved by methods."""

from collections.abc import Callable

from peripherals.events import WeightUnit
from peripherals.protocols.toledo8217 import CENTER_OF_ZERO, MOTION, NET, OUTSIDE_ZERO, OVER, UNDER
from peripherals.protocols.weight_text import exact_thousandths, printed_weight

CAPACITY_THOUSANDTHS = 15_000
"""A usual counter scale: 15 kg (or lb)."""
ZERO_CAPTURE_THOUSANDTHS = 300
"""The Z key works within two per cent of the capacity."""
STATUS_ALWAYS = 0x40
"""The maker sets bit 6 always."""


class ScaleSimulator:
    """One scale with one thing on its pan."""

    def __init__(self, unit: WeightUnit = "kg") -> None:
        """Pounds are printed with two decimals, kilograms with three."""
        self._decimals = 2 if unit == "lb" else 3
        self._load = 0
        self._zero = 0
        self._tare = 0
        self._motion = False
        self._silent = False
        self._echo = False
        self._digits: str | None = None
        self._commands: dict[str, Callable[[], bytes]] = {
            "W": lambda: self._weight(self._decimals),
            "H": lambda: self._weight(self._decimals + 1),
            "Z": self._zero_key,
            "T": self._tare_key,
            "C": self._clear_key,
            "A": lambda: b"\x02\x0d",
            "B": self._status,
            "E": self._echo_on,
            "F": self._echo_off,
        }

    def put_weight(self, text: str | None) -> None:
        """Puts that much on the pan (`"1.250"`, may be negative); None takes everything off."""
        printed = printed_weight(text or "0")
        thousandths = exact_thousandths(printed) if printed is not None else None
        if thousandths is None:
            raise ValueError(f"{text!r} is no weight")
        self._load = thousandths

    def set_motion(self, moving: bool) -> None:
        """Whether the pan still moves."""
        self._motion = moving

    def set_silent(self, silent: bool) -> None:
        """A scale that is switched off, on a cable that is plugged in."""
        self._silent = silent

    @property
    def shown(self) -> str:
        """What the scale's own display shows."""
        return self._printed(self._net)

    def receive(self, data: bytes) -> bytes:
        """Answers every command in `data`."""
        if self._silent:
            return b""
        return b"".join(self._byte(byte & 0x7F) for byte in data)

    @property
    def _net(self) -> int:
        return self._load - self._zero - self._tare

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
        if not self._motion and abs(self._load) <= ZERO_CAPTURE_THOUSANDTHS:
            self._zero, self._tare = self._load, 0
        return self._status()

    def _tare_key(self) -> bytes:
        """Tares what is on the pan; five digits may follow and name another tare."""
        if not self._motion and 0 < self._load - self._zero <= CAPACITY_THOUSANDTHS:
            self._tare = self._load - self._zero
        self._digits = ""
        return self._status()

    def _clear_key(self) -> bytes:
        self._tare = 0
        return self._status()

    def _echo_on(self) -> bytes:
        self._echo = True
        return b"\x02E\x0d"

    def _echo_off(self) -> bytes:
        self._echo = False
        return b"\x02F\x0d"

    def _digital_tare(self) -> bytes:
        digits, self._digits = self._digits or "0", None
        self._tare = int(digits)
        return self._status()

    def _bits(self) -> int:
        gross = self._load - self._zero
        bits = STATUS_ALWAYS
        bits |= MOTION if self._motion else 0
        bits |= OVER if gross > CAPACITY_THOUSANDTHS else 0
        bits |= UNDER if self._net < 0 else 0
        bits |= OUTSIDE_ZERO if abs(self._load) > ZERO_CAPTURE_THOUSANDTHS else 0
        bits |= CENTER_OF_ZERO if self._net == 0 else 0
        bits |= NET if self._tare else 0
        return bits

    def _status(self) -> bytes:
        return bytes((0x02, ord("?"), self._bits(), 0x0D))

    def _weight(self, decimals: int) -> bytes:
        if self._bits() & (MOTION | OVER | UNDER):
            return self._status()
        whole, _, places = self._printed(self._net).partition(".")
        field = f"{whole.zfill(2)}.{places.ljust(decimals, '0')}"
        return b"\x02" + field.encode("ascii") + (b"N" if self._tare else b"") + b"\x0d"

    def _printed(self, thousandths: int) -> str:
        sign = "-" if thousandths < 0 else ""
        whole, places = divmod(abs(thousandths), 1000)
        return f"{sign}{whole}.{places:03d}"[: None if self._decimals == 3 else -1]
