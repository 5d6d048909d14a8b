"""Numbers, money, times and names as a person reads them, in one language and one site's currency and time zone.

Pure formatting. The ES module `static/js/kit/figures.js` says the same things in the browser; a test compares both.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from admin_ui.contexts.shell import Site
from admin_ui.i18n import Words

MINUS = "\u2212"
NBSP = "\u00a0"
# Signs a shop expects on its own tags; every other currency is written with its code.
_SIGNS = {
    "CNY": "¥",
    "JPY": "¥",
    "EUR": "€",
    "USD": "$",
    "GBP": "£",
    "INR": "₹",
    "KRW": "₩",
    "TWD": "NT$",
    "HKD": "HK$",
}

Moment = float | int | str


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def name_zh(self) -> str | None: ...


class Figures:
    """The template filters of one environment."""

    def __init__(self, words: Words, site: Site, clock: Callable[[], float]) -> None:
        self._words = words
        self._sign = _SIGNS.get(site.currency, site.currency + NBSP)
        self._digits = site.minor_unit_digits
        self._zone = ZoneInfo(site.time_zone)
        self._clock = clock

    def money(self, minor: int, whole: bool = False) -> str:
        """`whole` leaves the minor units out, for totals where they are noise."""
        major, rest = divmod(abs(minor), 10**self._digits)
        tail = "" if whole or not self._digits else f".{rest:0{self._digits}d}"
        return f"{MINUS if minor < 0 else ''}{self._sign}{major:,}{tail}"

    def quantity(self, value: str) -> str:
        """`"1.250"` as `1.25`, `"-2"` with a true minus, thousands marked; no float in between."""
        number = Decimal(value)
        whole, _, fraction = f"{abs(number):f}".partition(".")
        fraction = fraction.rstrip("0")
        return f"{MINUS if number < 0 else ''}{int(whole):,}{'.' + fraction if fraction else ''}"

    def signed(self, value: str) -> str:
        text = self.quantity(value)
        return f"+{text}" if Decimal(value) > 0 else text

    def count(self, value: int) -> str:
        return f"{value:,}"

    def percent(self, basis_points: int) -> str:
        """1300 -> 13 %, 650 -> 6.5 %."""
        whole, part = divmod(basis_points, 100)
        return f"{whole}{f'.{part:02d}'.rstrip('0') if part else ''}\u00a0%"

    def duration(self, seconds: float) -> str:
        _ = self._words.gettext
        whole = max(0, int(seconds))
        if whole < 60:
            return _("{n} s", n=whole)
        if whole < 3600:
            return _("{n} min", n=whole // 60)
        if whole < 86400:
            return _("{h} h {m} min", h=whole // 3600, m=whole % 3600 // 60)
        return _("{d} d {h} h", d=whole // 86400, h=whole % 86400 // 3600)

    def ago(self, moment: Moment) -> str:
        seconds = self._clock() - self._at(moment).timestamp()
        if seconds < 5:
            return self._words.gettext("just now")
        return self._words.gettext("{duration} ago", duration=self.duration(seconds))

    def time(self, moment: Moment, seconds: bool = False) -> str:
        return self._at(moment).strftime("%H:%M:%S" if seconds else "%H:%M")

    def date(self, moment: Moment) -> str:
        return self._at(moment).strftime("%Y-%m-%d")

    def date_time(self, moment: Moment) -> str:
        """Only the time for today, the date as well for any other day."""
        at = self._at(moment)
        today = datetime.fromtimestamp(self._clock(), self._zone).date()
        return at.strftime("%H:%M:%S") if at.date() == today else at.strftime("%Y-%m-%d %H:%M")

    def iso(self, moment: Moment) -> str:
        return self._at(moment).isoformat(timespec="seconds")

    def named(self, thing: _Named) -> str:
        """The Chinese name for a Chinese reader where there is one."""
        return thing.name_zh or thing.name if self._words.language == "zh" else thing.name

    def _at(self, moment: Moment) -> datetime:
        if isinstance(moment, str):
            return datetime.fromisoformat(moment).astimezone(self._zone)
        return datetime.fromtimestamp(moment, self._zone)


def bar(value: str | float, unit: str | float, length: float, most: float | None = None) -> float:
    """How long a bar for `value` is when `unit` is `length` long, between 0 and `most`; an SVG attribute, one decimal."""
    whole = Decimal(unit)
    if whole <= 0:
        return 0.0
    drawn = float(Decimal(value) / whole) * length
    return round(min(max(drawn, 0.0), length if most is None else most), 1)
