"""The branch's stock list and the panel that looks into one item."""

from typing import Literal

from msgspec import Struct

StockTab = Literal["all", "low", "out", "negative"]
StockState = Literal["ok", "low", "out", "made", "negative"]


class StockRow(Struct, frozen=True, kw_only=True):
    """One item over all physical locations of the branch. `parts` says how many location × lot figures it sums. One that is `made` when
    it is sold is never out."""

    sku: str
    name: str
    name_zh: str | None = None
    category: str | None = None
    category_zh: str | None = None
    barcode: str | None = None
    unit: str
    on_hand: str
    available: str
    low_below: str | None = None
    state: StockState
    made: bool = False
    price: int | None = None
    last_moved: float | str | None = None
    as_of_seq: int
    parts: int = 1


class StockCounts(Struct, frozen=True, gc=False):
    all: int
    low: int
    out: int
    negative: int


class StockPage(Struct, frozen=True, kw_only=True):
    """`tab` and `q` are what the reader asked for; `next` goes back verbatim as `after`."""

    rows: tuple[StockRow, ...]
    next: str | None
    tab: StockTab
    q: str
    counts: StockCounts
    after: str = ""
    peek: str | None = None  # the sku whose panel opens with the page


class StockRowsPage(Struct, frozen=True, kw_only=True):
    """The fragment `/stock/rows`: the next rows of the same question."""

    rows: tuple[StockRow, ...]
    next: str | None
    tab: StockTab
    q: str
    after: str = ""


class DaySold(Struct, frozen=True, gc=False):
    date: str
    quantity: str


class ItemMovement(Struct, frozen=True, kw_only=True):
    seq: int
    document: str
    type: str
    number: str | None
    quantity: str
    balance: str
    station: str | None
    person: str | None
    at: float | str
    lot: str | None = None


class PeekPage(Struct, frozen=True, kw_only=True):
    """The fragment `/stock/{sku}/peek`. `days` are the last 14, oldest first, today last."""

    sku: str
    name: str
    name_zh: str | None = None
    unit: str
    price: int | None
    weighed: bool = False
    barcodes: tuple[str, ...] = ()
    category: str | None = None
    category_zh: str | None = None
    on_hand: str
    available: str
    low_below: str | None = None
    state: StockState
    as_of_seq: int
    days: tuple[DaySold, ...]
    movements: tuple[ItemMovement, ...]
    applied_seq: int = 0
    can_adjust: bool = False
