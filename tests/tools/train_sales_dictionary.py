"""Trains the dictionary that packs a few sales: `python -m tests.tools.train_sales_dictionary FILE`.

The sales are of generated shops: six ways to write SKUs, many prices, weights, tills and people, a few years of clock. None
is of the benchmark. The same libzstd makes the same bytes of them. `replication/wire/sales_1.zdict` was made so once and is
part of the protocol since: what it packed is read with it for ever, so another dictionary is another codec.
"""

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import zstandard

from replication.wire.envelope import WireEntry
from replication.wire.events import DocumentDetail, DocumentPosted, PostedLine, Tender, TenderType, encode_event
from replication.wire.movement import Route
from replication.wire.quantity import Quantity

SEED: Final = 1
SALES: Final = 6_000
BYTES: Final = 4_096
"""Twice as much saves 1 B a sale more, half as much costs 2."""
SEGMENT: Final = 64
"""The trainer's k, and below its d and steps: what packed other shops' sales best."""
PIECE: Final = 8
_YEARS_FROM: Final = 1_767_225_600_000
_YEARS_MILLISECONDS: Final = 10 * 365 * 86_400_000
_WORDS: Final = ("MILK", "RICE", "TEA", "PORK", "SOAP", "BEER", "FISH", "CAKE", "APPLE", "NOODLE", "WATER", "EGGS")
_PEOPLE: Final = ("lin", "chen", "wang", "admin", "cashier", "zhao", "anna", "1001")
_STATIONS: Final = ("till-1", "till-2", "till-3", None, "bar", "pos-1")
_LINES: Final = (1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 8, 12)
_PRICES: Final = (199, 250, 399, 500, 590, 890, 1290)


def style(chance: random.Random) -> Callable[[int], str]:
    """How one shop writes its SKUs."""
    prefix, width = chance.choice(("P-", "ART-", "ITEM-", "G-", "K")), chance.choice((4, 5, 6))
    styles: tuple[Callable[[int], str], ...] = (
        lambda n: f"{prefix}{n:0{width}d}",
        lambda n: str(6_900_000_000_000 + n * 7_919 % 99_999_999),
        lambda n: f"{_WORDS[n % len(_WORDS)]}-{n // len(_WORDS):03d}",
        lambda n: f"A{n:05d}",
        lambda n: f"{n:06d}",
        lambda n: f"{n // 100 % 100:02d}.{n % 100:02d}.{n // 10_000:03d}",
    )
    return chance.choice(styles)


def sales(count: int, seed: int) -> list[bytes]:
    """Lone sales as they stand in an envelope, unpacked."""
    chance, packed = random.Random(seed), []
    for _ in range(count):
        sku, lines = style(chance), []
        for _ in range(chance.choice(_LINES)):
            quantity = chance.choice((1000,) * 6 + (2000, 3000, chance.randrange(50, 4000), chance.randrange(50, 4000)))
            price = chance.choice(_PRICES + (chance.randrange(50, 20_000),) * 5)
            lines.append(PostedLine(sku(chance.randrange(10_000)), Quantity(quantity), price))
        total, at = sum(line.worth() for line in lines), _YEARS_FROM + chance.randrange(_YEARS_MILLISECONDS)
        kind = chance.choice((TenderType.CASH,) * 3 + (TenderType.CARD, TenderType.QR, TenderType.QR))
        paid = -(-total // 1000) * 1000 if kind is TenderType.CASH and chance.random() < 0.6 else total
        document = DocumentPosted(
            "sale", f"SA-{chance.randrange(1, 200_000):06d}", at, chance.choice((None, at - chance.randrange(20, 900))),
            chance.choice(_PEOPLE), chance.choice(_STATIONS), None, None, (Tender(kind, paid),), tuple(lines),
            (Route("shop", "customer"),), None,
            DocumentDetail(warnings=("negative_stock",)) if chance.random() < 0.1 else None,
        )  # fmt: skip
        made_at = (at - chance.randrange(1, 2000)).to_bytes(6, "big")
        event_id = made_at + bytes([0x70 | chance.randrange(16)]) + chance.randbytes(9)
        kind_number, payload = encode_event(document)
        packed.append(msgspec.msgpack.encode([WireEntry(event_id, int(kind_number), payload)]))
    return packed


if __name__ == "__main__":
    trained = zstandard.train_dictionary(BYTES, sales(SALES, SEED), k=SEGMENT, d=PIECE, level=6)
    Path(sys.argv[1]).write_bytes(trained.as_bytes())
