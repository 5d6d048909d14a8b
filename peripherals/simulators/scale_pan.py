"""What every simulated scale has: a pan with a load, a zero, a tare, and keys for them. Pure; refuses to know a language."""

from peripherals.events import WeightUnit
from peripherals.protocols.weight_text import exact_thousandths, printed_weight

CAPACITY_THOUSANDTHS = 15_000
"""A usual counter scale: 15 kg (or lb)."""
ZERO_CAPTURE_THOUSANDTHS = 300
"""The zero key works within two per cent of the capacity."""


class ScalePan:
    """One scale with one thing on its pan."""

    def __init__(self, unit: WeightUnit = "kg") -> None:
        """Pounds are printed with two decimals, kilograms with three."""
        self.unit = unit
        self.decimals = 2 if unit == "lb" else 3
        self.moving = False
        self.silent = False
        self._load = 0
        self._zero = 0
        self.tare = 0

    def put_weight(self, text: str | None) -> None:
        """Puts that much on the pan (`"1.250"`, may be negative); None takes everything off."""
        printed = printed_weight(text or "0")
        thousandths = exact_thousandths(printed) if printed is not None else None
        if thousandths is None:
            raise ValueError(f"{text!r} is no weight")
        self._load = thousandths

    def set_motion(self, moving: bool) -> None:
        """Whether the pan still moves."""
        self.moving = moving

    def set_silent(self, silent: bool) -> None:
        """A scale that is switched off, on a cable that is plugged in."""
        self.silent = silent

    @property
    def gross(self) -> int:
        """Thousandths on the pan."""
        return self._load - self._zero

    @property
    def net(self) -> int:
        """Thousandths without the tare."""
        return self.gross - self.tare

    @property
    def over(self) -> bool:
        """More than it can carry."""
        return self.gross > CAPACITY_THOUSANDTHS

    @property
    def under(self) -> bool:
        """Less than nothing."""
        return self.net < 0

    @property
    def outside_zero(self) -> bool:
        """Too much on it for the zero key."""
        return abs(self._load) > ZERO_CAPTURE_THOUSANDTHS

    @property
    def shown(self) -> str:
        """What the scale's own display shows."""
        return self.printed(self.net)

    def press_zero(self) -> bool:
        """The zero key; whether it did anything."""
        if self.moving or self.outside_zero:
            return False
        self._zero, self.tare = self._load, 0
        return True

    def press_tare(self) -> bool:
        """The tare key; whether it did anything."""
        if self.moving or not 0 < self.gross <= CAPACITY_THOUSANDTHS:
            return False
        self.tare = self.gross
        return True

    def printed(self, thousandths: int) -> str:
        """A number with the scale's decimals."""
        sign = "-" if thousandths < 0 else ""
        whole, places = divmod(abs(thousandths), 1000)
        return f"{sign}{whole}.{places:03d}"[: None if self.decimals == 3 else -1]

    def digits(self, thousandths: int) -> int:
        """The same number without sign and point."""
        return abs(thousandths) // (1 if self.decimals == 3 else 10)
