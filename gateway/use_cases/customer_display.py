"""What the customer reads while a sale is rung up and paid. Words only; how a display shows them is the devices'.

The till tells the line and the sum as it goes. What was posted is told by the ledger's own answer, so the last word on
the display is what was booked, whoever posted it.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from gateway.domain.document import DocumentType
from gateway.store.print_jobs import PrintJobRow
from gateway.store.session import Posted
from peripherals.config import Encoding
from peripherals.line_display import DisplayRow, Screen, shows_whole
from replication.wire.item import Item
from replication.wire.quantity import Quantity, format_quantity

PAID_SECONDS: Final = 10.0
"""How long total and change stay: the customer puts the money away meanwhile."""

TOTAL: Final = ("合计 Total", "Total")
CHANGE: Final = ("找零 Change", "Change")
WELCOME: Final = ("欢迎光临 Welcome", "Welcome")


class Glass(msgspec.Struct, frozen=True):
    """The display of a station: its name, and which letters it has."""

    display: str
    encoding: Encoding


class Displays(Protocol):
    """The device hub, as far as showing goes."""

    def show(self, display: str, screen: Screen) -> None:
        """What shall stand there from now on."""


class Wording(msgspec.Struct, frozen=True):
    """The shop's names, its own letters first, and how it writes money."""

    names: tuple[str, ...]
    minor_unit_digits: int

    def money(self, minor: int) -> str:
        """Without the currency's name: twenty columns are few, and the customer knows where they are."""
        digits = self.minor_unit_digits
        if not digits:
            return str(minor)
        major, rest = divmod(abs(minor), 10**digits)
        return f"{'-' if minor < 0 else ''}{major}.{rest:0{digits}d}"


def legible(words: tuple[str, ...], encoding: Encoding) -> str:
    """The first of several wordings that this display can show without a question mark; else the last."""
    return next((one for one in words if shows_whole(one, encoding)), words[-1])


def idle_screen(wording: Wording, encoding: Encoding) -> Screen:
    """Between two customers."""
    return Screen(DisplayRow(legible(wording.names, encoding)), DisplayRow(legible(WELCOME, encoding)))


def line_screen(item: Item, quantity: Quantity, amount: int, due: int, wording: Wording, encoding: Encoding) -> Screen:
    """The article that was just rung up with its amount, and what is to be paid so far."""
    names = tuple(name for name in (item.name_zh, item.name) if name)
    plain = format_quantity(quantity).rstrip("0").rstrip(".")
    left = legible(names, encoding) if plain == "1" else f"{plain}× {legible(names, encoding)}"
    if not shows_whole(left, encoding):
        left = left.replace("×", "x", 1)
    return Screen(DisplayRow(left, wording.money(amount)), DisplayRow(legible(TOTAL, encoding), wording.money(due)))


def sum_screen(due: int, wording: Wording, encoding: Encoding) -> Screen:
    """What is to be paid."""
    return Screen(DisplayRow(legible(TOTAL, encoding), wording.money(due)))


def paid_screen(total: int, change: int, wording: Wording, encoding: Encoding) -> Screen:
    """What was paid, and what comes back."""
    return Screen(
        DisplayRow(legible(TOTAL, encoding), wording.money(total)),
        DisplayRow(legible(CHANGE, encoding), wording.money(change)),
    )


class CustomerDisplays:
    """The displays of all stations. Also a watcher: a posted sale is shown, and after a while the welcome again."""

    def __init__(self, displays: Displays, glasses: Mapping[str, Glass], wording: Wording) -> None:
        """`glasses` by station."""
        self._displays, self._glasses, self._wording = displays, glasses, wording
        self._later: dict[str, asyncio.TimerHandle] = {}
        for glass in glasses.values():
            displays.show(glass.display, idle_screen(wording, glass.encoding))

    def has(self, station: str) -> bool:
        """Whether a display stands there."""
        return station in self._glasses

    def ring_up(self, station: str, item: Item | None, quantity: Quantity, amount: int, due: int) -> None:
        """A line was added or changed; without an item, only the sum."""

        def make(encoding: Encoding) -> Screen:
            if item is None:
                return sum_screen(due, self._wording, encoding)
            return line_screen(item, quantity, amount, due, self._wording, encoding)

        self._show(station, make)

    def clear(self, station: str) -> None:
        """The sale was put aside or given up; what was just paid may be read to its end."""
        if station not in self._later:
            self._show(station, lambda encoding: idle_screen(self._wording, encoding))

    def posted(self, document: Posted) -> None:
        """A sale or a return of a station with a display."""
        station = document.station
        if station is None or document.type not in {DocumentType.SALE, DocumentType.SALE_RETURN}:
            return
        if self._show(station, lambda code: paid_screen(document.total, document.change, self._wording, code)):
            self._later[station] = asyncio.get_running_loop().call_later(PAID_SECONDS, self._read, station)

    def item_changed(self, sku: str, seq: int) -> None:
        """Nothing is shown for an item."""

    def transfer_changed(self, transfer: bytes, seq: int) -> None:
        """Nothing is shown for a transfer."""

    def print_changed(self, job: PrintJobRow) -> None:
        """Nothing is shown for a print job."""

    def _read(self, station: str) -> None:
        self._later.pop(station, None)
        self.clear(station)

    def _show(self, station: str, make: Callable[[Encoding], Screen]) -> bool:
        glass = self._glasses.get(station)
        if glass is None:
            return False
        waiting = self._later.pop(station, None)
        if waiting is not None:
            waiting.cancel()
        self._displays.show(glass.display, make(glass.encoding))
        return True
