"""The sales every program of the bench takes, ours and the peers alike: 5 lines, one payment, 10,000 items, some popular.

The same seed gives the same bytes. Knows no server and no store.
"""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from replication.wire.identity import make_uuid7
from replication.wire.money import line_amount
from replication.wire.quantity import Quantity, format_quantity

SEED = 20261122
ITEMS = 10_000
LINES = 5
OPENING = 900_000
"""Units of each item on the shelves at first, so that no sale ever asks for more than there is."""
TILLS = 8
RECEIPT_LINES = 500
WEIGHED_EVERY = 5
"""Every fifth item is sold by weight."""
START_MILLISECONDS = 1_795_000_000_000
PATH = "/api/v1/documents/"


@dataclass(frozen=True)
class Sale:
    """A sale as it goes over the line; `id` was made by the till."""

    id: bytes
    body: bytes

    @property
    def id_text(self) -> str:
        """The id as it stands in a path."""
        digits = self.id.hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def sku(index: int) -> str:
    """The SKU of an item."""
    return f"SKU-{index:06d}"


def barcode(index: int) -> str:
    """The EAN-13 of an item, in GS1's demonstration range."""
    digits = f"952{index:09d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def price(index: int) -> int:
    """What an item costs, in minor units."""
    return 150 + index * 37 % 9_800


def is_weighed(index: int) -> bool:
    """Whether an item is sold by weight."""
    return index % WEIGHED_EVERY == 0


def unit(index: int) -> str:
    """An item's base unit."""
    return "kg" if is_weighed(index) else "pc"


def sales(count: int, items: int = ITEMS, seed: int = SEED, first: int = 0) -> Iterator[Sale]:
    """`count` sales; `first` continues where an earlier run of the same site ended, so that no id comes twice."""
    chance = random.Random(seed * 1_000_003 + first)
    weights = list(itertools.accumulate(1 / (index + 1) for index in range(items)))
    for number in range(first, first + count):
        lines, total = [], 0
        for index in chance.choices(range(items), cum_weights=weights, k=LINES):
            quantity = Quantity(chance.randint(150, 2_500) if is_weighed(index) else chance.randint(1, 3) * 1000)
            text = format_quantity(quantity) if is_weighed(index) else str(quantity // 1000)
            lines.append({"item": sku(index), "quantity": text, "unit": unit(index), "price": price(index)})
            total += line_amount(price(index), quantity)
        body = {
            "type": "sale", "station": f"till-{number % TILLS + 1}", "occurred_at": "2026-11-22T10:15:27+08:00", "lines": lines,
            "tenders": [{"type": "cash", "amount": (total + 999) // 1000 * 1000}],
        }  # fmt: skip
        moment = START_MILLISECONDS + number
        identity = make_uuid7(moment, chance.randbytes(10)).bytes
        yield Sale(identity, json.dumps(body, separators=(",", ":")).encode())


def receipts(items: int) -> Iterator[Sale]:
    """Goods receipts that name every item once: after them a ledger knows its goods as in the middle of a day."""
    chance = random.Random(SEED - 1)
    for first in range(0, items, RECEIPT_LINES):
        lines = [{"item": sku(index), "quantity": "1"} for index in range(first, min(first + RECEIPT_LINES, items))]
        body = {"type": "goods_receipt", "lines": lines}
        identity = make_uuid7(START_MILLISECONDS - 1, chance.randbytes(10)).bytes
        yield Sale(identity, json.dumps(body, separators=(",", ":")).encode())


def request(sale: Sale, token: str) -> bytes:
    """The whole HTTP request of a sale."""
    return (
        f"PUT {PATH}{sale.id_text} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(sale.body)}\r\n\r\n"
    ).encode() + sale.body


def scan_request(code: str, token: str) -> bytes:
    """The HTTP request that looks a scanned code up."""
    return f"GET /api/v1/scan?code={code} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
