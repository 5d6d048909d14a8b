"""What pages are told of documents that were posted together."""

import msgspec

from gateway.store.session import Posted
from gateway.store.shelves import StockChange
from gateway.web.live_shapes import StockEvent, stock_events


def posted(seq: int, *stock: StockChange) -> Posted:
    return Posted(bytes(16), "sale", f"S-{seq}", seq, bytes(32), 100, 0, (), 0, "lin", None, stock)


def test_each_shelf_is_told_as_the_last_document_left_it() -> None:
    """One event of a shelf, however many sales of a commit took from it; bytes are those of the published shape."""
    told = stock_events(
        [
            posted(7, StockChange('TEA "1"', "shop", "", 5000), StockChange("茶", "inspection", "L1", -250)),
            posted(8, StockChange('TEA "1"', "shop", "", 4000)),
        ]
    )
    assert told == [
        msgspec.json.encode(StockEvent('TEA "1"', "shop", None, "4.000", 8)),
        msgspec.json.encode(StockEvent("茶", "inspection", "L1", "-0.250", 7)),
    ]
