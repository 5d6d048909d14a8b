"""A purchase order as its goods come: what of each line is here and what is still open, and what became of a goods receipt.

Pure: whoever keeps the figures adds them up. All quantities are thousandths of the item's base unit.
"""

import enum
from collections.abc import Mapping

import msgspec

from replication.wire.money import minor_unit_digits


class OrderState(enum.StrEnum):
    """How far an order is filled; `closed` where a person gave up the rest, or took the order back."""

    OPEN = "open"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    CLOSED = "closed"


class ReceiptState(enum.StrEnum):
    """What a goods receipt still asks for: a look at its goods, or that rejected ones go back to the supplier."""

    IN_INSPECTION = "in_inspection"
    TO_SEND_BACK = "to_send_back"
    DONE = "done"
    TAKEN_BACK = "taken_back"


class Came(msgspec.Struct, frozen=True, gc=False):
    """Goods that came with a receipt: `paid` and `free` in all. Of both, `inspecting` lie in inspection now, `rejected` came
    damaged or failed, `returned` went back to the supplier, `sent_back` of these out of the rejected ones."""

    paid: int = 0
    free: int = 0
    inspecting: int = 0
    rejected: int = 0
    returned: int = 0
    sent_back: int = 0

    def plus(self, other: "Came") -> "Came":
        """Both together."""
        ours, theirs = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        return Came(*(one + two for one, two in zip(ours, theirs, strict=True)))

    @property
    def received(self) -> int:
        """What was paid for and is good: what is rejected counts against the paid goods first."""
        return max(self.paid - self.rejected, 0)

    @property
    def received_free(self) -> int:
        """What nobody pays for and is good."""
        return self.free - max(self.rejected - self.paid, 0)

    @property
    def rejected_left(self) -> int:
        """Rejected goods that are not with the supplier again."""
        return self.rejected - self.sent_back

    @property
    def good_left(self) -> int:
        """Goods that were not rejected and are not with the supplier again."""
        return self.paid + self.free - self.rejected - (self.returned - self.sent_back)


NOTHING = Came()


class OrderLine(msgspec.Struct, frozen=True, gc=False):
    """What was asked for: `cost` is in minor units of the order's currency per `unit` of `factor` thousandths."""

    item: str
    unit: str | None
    factor: int
    ordered: int
    cost: int | None = None
    free: bool = False


class LineFigures(msgspec.Struct, frozen=True, gc=False):
    """What came of a line: received + open = ordered + over. `free` and `rejected` are told on the first line of an item."""

    line: OrderLine
    received: int
    free: int
    rejected: int

    @property
    def open(self) -> int:
        """What is still to come."""
        return max(self.line.ordered - self.received, 0)

    @property
    def over(self) -> int:
        """What came beyond the order."""
        return max(self.received - self.line.ordered, 0)


class Order(msgspec.Struct, frozen=True):
    """`came` is by item, over all receipts that name the order; `rate` is the site's currency per unit of `currency`."""

    id: bytes
    number: str
    supplier: str
    currency: str | None = None
    rate: str | None = None
    expected: str | None = None
    lines: tuple[OrderLine, ...] = ()
    came: Mapping[str, Came] = {}
    closed: bool = False

    def figures(self) -> tuple[LineFigures, ...]:
        """Each line of it. Goods fill the lines of their item in the order's own order; what is beyond all of them stands on
        the last. Free goods fill lines that ask for free ones, and stand beside the others."""
        left = {
            (sku, free): came.received_free if free else came.received
            for sku, came in self.came.items()
            for free in (False, True)
        }
        last = {(line.item, line.free): index for index, line in enumerate(self.lines)}
        free_asked = {line.item for line in self.lines if line.free}
        told: set[str] = set()
        found = []
        for index, line in enumerate(self.lines):
            kind, came = (line.item, line.free), self.came.get(line.item, NOTHING)
            rest = left.get(kind, 0)
            received = rest if last[kind] == index else min(rest, line.ordered)
            left[kind] = rest - received
            first = line.item not in told
            told.add(line.item)
            beside = came.received_free if first and line.item not in free_asked else 0
            found.append(LineFigures(line, received, beside, came.rejected if first else 0))
        return tuple(found)

    @property
    def state(self) -> OrderState:
        """How far it is filled."""
        if self.closed:
            return OrderState.CLOSED
        figures = self.figures()
        if all(one.open == 0 for one in figures):
            return OrderState.RECEIVED
        return OrderState.PARTLY_RECEIVED if any(one.received for one in figures) else OrderState.OPEN

    @property
    def has_receipts(self) -> bool:
        """Whether goods came that no reversal took back."""
        return any(came.paid or came.free for came in self.came.values())

    def beside(self) -> dict[str, Came]:
        """Goods that came without being on the order."""
        asked = {line.item for line in self.lines}
        return {sku: came for sku, came in self.came.items() if sku not in asked and came != NOTHING}

    def worth_in(self, line: OrderLine, base: int, currency: str) -> int | None:
        """What so much of a line costs in minor units of a site's currency by the booked rate, rounded half up once; None
        where nobody said a cost or a rate."""
        rate = minor_rate(self.currency, self.rate, currency)
        if line.cost is None or rate is None:
            return None
        numerator, denominator = line.cost * base * rate[0], line.factor * rate[1]
        return (2 * numerator + denominator) // (2 * denominator)


class Receipt(msgspec.Struct, frozen=True):
    """A goods receipt and what became of its goods, by item and lot. `went_on`: some were inspected or sent back since, so
    that it cannot be taken back."""

    id: bytes
    number: str
    supplier: str | None = None
    order: bytes | None = None
    goods: Mapping[tuple[str, str], Came] = {}
    went_on: bool = False

    @property
    def state(self) -> ReceiptState:
        """What is still to be done about it."""
        goods = self.goods.values()
        if any(one.inspecting > 0 for one in goods):
            return ReceiptState.IN_INSPECTION
        if any(one.rejected_left > 0 for one in goods):
            return ReceiptState.TO_SEND_BACK
        return ReceiptState.DONE if any(one.paid or one.free for one in goods) else ReceiptState.TAKEN_BACK


def same_supplier(one: str, other: str) -> bool:
    """Suppliers are free text: blanks around and capitals make no other one."""
    return one.strip().casefold() == other.strip().casefold()


def minor_rate(currency: str | None, rate: str | None, site: str) -> tuple[int, int] | None:
    """Minor units of a site's currency per minor unit of an order's, as numerator and denominator; None without a rate."""
    if currency is None or currency == site:
        return 1, 1
    if rate is None:
        return None
    whole, _, decimals = rate.partition(".")
    ours, theirs = minor_unit_digits(site), minor_unit_digits(currency)
    return int(whole + decimals) * 10**ours, 10 ** len(decimals) * 10**theirs
