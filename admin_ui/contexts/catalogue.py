"""Headquarters: the items of the chain, whose they are, what they cost now and from when on they will cost what."""

from msgspec import Struct


class CatalogueRow(Struct, frozen=True, kw_only=True, gc=False):
    """`price` is in force now; `next_price` follows at `next_at`. `own` marks an item of headquarters."""

    sku: str
    name: str
    name_zh: str | None = None
    unit: str
    price: int | None
    next_price: int | None = None
    next_at: float | str | None = None
    own: bool


class PriceForm(Struct, frozen=True, kw_only=True):
    """What was entered, to be mended where it was refused."""

    item: str = ""
    price: str = ""
    moment: str = ""


class CataloguePage(Struct, frozen=True, kw_only=True):
    """`said` is the SKU whose price was just put, `refused` why one was not, in the reader's language."""

    rows: tuple[CatalogueRow, ...]
    next: str | None
    q: str = ""
    items: int = 0
    form: PriceForm = PriceForm()
    said: str | None = None
    refused: str | None = None
    time_zone: str = "UTC"
