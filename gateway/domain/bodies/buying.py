"""Bodies of what is ordered, and of what comes from suppliers and goes back to them."""

from msgspec import UNSET, UnsetType

from gateway.domain.bodies.entry import DocumentBody


class GoodsReceipt(DocumentBody, frozen=True, tag="goods_receipt"):
    """Goods in from a supplier."""

    supplier: str | UnsetType = UNSET
    order: str | UnsetType = UNSET
