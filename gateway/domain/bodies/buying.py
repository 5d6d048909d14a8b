"""Bodies of what is ordered, and of what comes from suppliers, is looked at, and goes back to them."""

import enum
from typing import ClassVar

from msgspec import UNSET, UnsetType

from gateway.domain.bodies.entry import DocumentBody, Line


class InspectionResult(enum.StrEnum):
    """What a person found who looked at goods."""

    PASSED = "passed"
    REJECTED = "rejected"


class OrderedLine(Line, frozen=True, forbid_unknown_fields=True, gc=False):
    """A line of what is asked for; `free`: the supplier promised it without pay."""

    free: bool | UnsetType = UNSET


class PurchaseOrder(DocumentBody, frozen=True, tag="purchase_order"):
    """Goods asked of a supplier. A line's `cost` is in minor units of `currency`, whose `rate` is the site's currency per
    unit of it, a decimal string; `expected` is the date they are to come."""

    lines: tuple[OrderedLine, ...]
    supplier: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    rate: str | UnsetType = UNSET
    expected: str | UnsetType = UNSET


class PurchaseOrderClose(DocumentBody, frozen=True, tag="purchase_order_close"):
    """Nothing more is awaited of a purchase order; `order` is its id or its number. Refused without its reason."""

    needs_lines: ClassVar[bool] = False

    lines: tuple[Line, ...] = ()
    order: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class ReceiptLine(Line, frozen=True, forbid_unknown_fields=True, gc=False):
    """A line of what came: `quantity` arrived well, `damaged` beside it did not. `free`: nothing is paid for it;
    `inspect`: somebody has to look at it before it is sold; `temperature` is what it had when it came, in degrees Celsius, a
    decimal string."""

    free: bool | UnsetType = UNSET
    damaged: str | UnsetType = UNSET
    inspect: bool | UnsetType = UNSET
    temperature: str | UnsetType = UNSET


class GoodsReceipt(DocumentBody, frozen=True, tag="goods_receipt"):
    """Goods in from a supplier. `order` is the id or the number of a purchase order, or what the supplier's paper says. Of an
    order of ours, lines that tell no cost have the order's, by its booked rate."""

    lines: tuple[ReceiptLine, ...]
    supplier: str | UnsetType = UNSET
    order: str | UnsetType = UNSET


class InspectionLine(Line, frozen=True, forbid_unknown_fields=True, gc=False, kw_only=True):
    """Goods in inspection that were looked at; passed ones go to `location`."""

    result: InspectionResult


class QualityInspection(DocumentBody, frozen=True, tag="quality_inspection"):
    """What became of goods in inspection. `receipt` is the id of the goods receipt they came with."""

    lines: tuple[InspectionLine, ...]
    receipt: str | UnsetType = UNSET


class SupplierReturn(DocumentBody, frozen=True, tag="supplier_return"):
    """Goods back to a supplier, out of `rejected` where a line names no other place."""

    supplier: str | UnsetType = UNSET
    receipt: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class Requisition(DocumentBody, frozen=True, tag="requisition"):
    """Goods asked of headquarters; `expected` is the date they are wanted."""

    expected: str | UnsetType = UNSET
