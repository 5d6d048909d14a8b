"""A buyer's desk without a database: documents are planned one after another, and what they say of orders is added up by hand."""

import uuid
from typing import Any

import msgspec

from gateway.domain.document import Body, document_number
from gateway.domain.draft import Draft, read_draft
from gateway.domain.order_words import Bought, CameWith, Placed, bought, came_with, ended, placed
from gateway.domain.orders import NOTHING, Came, Order, Receipt
from gateway.domain.policy import GENERAL, Policy, Role
from gateway.domain.posting import Approver, NeedsApproval, Posting, Rejected, Terms, plan
from replication.wire.events import DocumentPosted
from replication.wire.item import Item, Pack, Tracking
from replication.wire.quantity import Quantity
from tests.domain.bare_ledger import BareLedger

GOODS = {
    "tea": Item("tea", "Tea", "pc", 900, packs=(Pack("box", Quantity(24_000)),)),
    "mug": Item("mug", "Mug", "pc", 500),
    "milk": Item("milk", "Milk", "pc", 500, tracking=Tracking.LOT),
}


class Desk(BareLedger):
    """See the module. There is plenty of everything everywhere."""

    def __init__(self, policy: Policy = GENERAL, role: Role = Role.MANAGER) -> None:
        self.policy, self.role = policy, role
        self.posted: dict[bytes, DocumentPosted] = {}
        self.orders: dict[bytes, Placed] = {}
        self.closed: set[bytes] = set()
        self.receipts: dict[bytes, CameWith] = {}
        self.words: list[Bought] = []

    def item(self, sku: str) -> Item | None:
        return GOODS.get(sku)

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        del sku, location, lot
        return 10**9

    def document(self, document_id: bytes) -> DocumentPosted | None:
        return self.posted.get(document_id)

    def order(self, named: str | bytes) -> Order | None:
        order_id = self._order_id(named)
        told = None if order_id is None else self.orders.get(order_id)
        if order_id is None or told is None:
            return None
        came: dict[str, Came] = {}
        for word in self.words:
            order = self.receipts[word.receipt].order
            if order is not None and self._order_id(order) == order_id:
                came[word.item] = came.get(word.item, NOTHING).plus(word.came)
        return Order(order_id, *msgspec.structs.astuple(told), came, order_id in self.closed)

    def receipt(self, document_id: bytes) -> Receipt | None:
        head = self.receipts.get(document_id)
        if head is None:
            return None
        goods: dict[tuple[str, str], Came] = {}
        for word in self.words:
            if word.receipt == document_id:
                cell = (word.item, word.lot)
                goods[cell] = goods.get(cell, NOTHING).plus(word.came)
        went_on = any(word.receipt == document_id != word.document for word in self.words)
        order = None if head.order is None else self._order_id(head.order)
        return Receipt(document_id, head.number, head.supplier, order, goods, went_on)

    def _order_id(self, named: str | bytes) -> bytes | None:
        if isinstance(named, bytes):
            return named
        if len(named) == 36:
            return uuid.UUID(named).bytes
        return next((id_ for id_, one in self.orders.items() if one.number == named), None)

    def plan(self, body: dict[str, Any], approved: bool = False) -> tuple[bytes, Posting | NeedsApproval | Rejected]:
        """What is answered to a body."""
        draft = read_draft(uuid.uuid4().bytes, msgspec.json.decode(msgspec.json.encode(body), type=Body))
        assert isinstance(draft, Draft), draft
        approver = Approver("chen", Role.MANAGER, "told") if approved else None
        return draft.id, plan(draft, self, Terms("lin", self.role, self.policy, approver))

    def post(self, body: dict[str, Any], approved: bool = False) -> tuple[str, Posting]:
        """Plan a body that must be posted, and remember it; answers its id."""
        document_id, posting = self.plan(body, approved)
        assert isinstance(posting, Posting), posting
        movements = None if posting.plain else posting.movements
        event = DocumentPosted(
            posting.type.value, document_number(posting.type.value, len(self.posted) + 1), 1, None, "lin", None,
            posting.told_total, None, posting.tenders, posting.lines, posting.routes, movements, posting.detail,
        )  # fmt: skip
        self.posted[document_id] = event
        order, receipt, end = placed(event), came_with(event), ended(event)
        if order is not None:
            self.orders[document_id] = order
        if receipt is not None:
            self.receipts[document_id] = receipt
        if end is not None and (of := self._order_id(end)) is not None:
            self.closed.add(of)
        of_document = {word.document: word.receipt for word in self.words}
        self.words += bought(document_id, event, of_document.get)
        return str(uuid.UUID(bytes=document_id)), posting

    def ask(self, *lines: dict[str, Any], **more: Any) -> str:
        """Place an order with Wu; answers its id."""
        return self.post({"type": "purchase_order", "supplier": "Wu", "lines": list(lines)} | more)[0]

    def known(self, order: str) -> Order:
        """An order as it stands."""
        found = self.order(order)
        assert found is not None
        return found


def line(item: str, quantity: str, **more: Any) -> dict[str, Any]:
    """A line of any document."""
    return {"item": item, "quantity": quantity} | more


def receipt(order: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A goods receipt of an order."""
    return {"type": "goods_receipt", "order": order, "lines": list(lines)} | more
