"""Reversals: a posted document is never changed; another takes back all it moved and all that was paid, once."""

from typing import Final

from msgspec import UNSET

from gateway.domain.bodies.correcting import Reversal
from gateway.domain.document_type import WITH_MONEY, DocumentType
from gateway.domain.fault import Fault
from gateway.domain.kinds.correcting import require_reason
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import LinePlan, list_nothing, shift
from gateway.domain.order_lines import goods_went_on
from gateway.domain.policy import Breach
from replication.wire.events import DocumentPosted, Making, PostedLine, TaxPart, Tender, TenderType
from replication.wire.transfer import read_transfer_id

NOT_REVERSIBLE: Final = frozenset({
    DocumentType.REVERSAL, DocumentType.TRANSFER_OUT, DocumentType.TRANSFER_IN, DocumentType.CASH_MOVEMENT,
    DocumentType.SHIFT_OPEN, DocumentType.SHIFT_CLOSE, DocumentType.PURCHASE_ORDER_CLOSE,
})  # fmt: skip
"""A transfer is cancelled, for it has two ends; cash that moved wrongly moves back; what was reversed, or closed, is entered anew."""


def plan_reversal(state: LinePlan, body: Reversal) -> None:
    """Every movement of the original the other way, every amount with the other sign."""
    list_nothing(state)
    require_reason(state, body.reason)
    if body.original is UNSET:
        state.refuse("original", "original_required")
        return
    document_id = read_transfer_id(body.original)
    original = None if document_id is None else state.ledger.document(document_id)
    if document_id is None or original is None:
        state.refuse("original", "unknown_document", document=body.original[:64])
    elif original.type in NOT_REVERSIBLE:
        state.refuse("original", "not_reversible", number=original.number)
    elif not original.lines:
        state.refuse("original", "original_pruned", number=original.number)
    elif state.ledger.is_reversed(document_id):
        state.refuse("original", "already_reversed", number=original.number)
    elif any(state.ledger.returned(document_id).values()):
        state.refuse("original", "already_returned", number=original.number)
    elif original.type == DocumentType.PURCHASE_ORDER and _has_receipts(state, document_id):
        state.refuse("original", "order_has_receipts", number=original.number)
    elif (went_on := goods_went_on(state, document_id, original)) is not None:
        state.refuse("original", "receipt_went_on", number=went_on.number)
    else:
        state.breaches.append(_breach(state, document_id, original))
        _take_back(state, original)


def _has_receipts(state: LinePlan, document_id: bytes) -> bool:
    order = state.ledger.order(document_id)
    return order is not None and order.has_receipts


def _breach(state: LinePlan, document_id: bytes, original: DocumentPosted) -> tuple[Breach, Fault]:
    """A sale or return whose drawer was not counted yet is voided; whatever is in the books of a closed shift is reversed."""
    open_still = (
        original.type in WITH_MONEY
        and original.station is not None
        and state.ledger.is_in_open_shift(original.station, document_id)
    )
    breach = Breach.VOID if open_still else Breach.REVERSAL
    return breach, Fault("original", breach.value)


def _take_back(state: LinePlan, original: DocumentPosted) -> None:
    for line in original.lines:
        amount = -line.worth()
        state.lines.append(PostedLine(line.item, line.quantity, line.price, line.discount, amount, line.detail))
        state.total += amount
    state.routes = {(route.destination, route.source): at for at, route in enumerate(original.routes)}
    state.movements = list(original.moves())
    for movement in state.movements:
        route = original.routes[movement.route]
        goods = (original.lines[movement.line].item, movement.lot or "")
        shift(state, goods, route.destination, route.source, movement.quantity, "original")
        state.goods.take_serials_back("original", goods[0], movement.serials, route.destination, route.source)
    state.plain = False
    state.paid = _paid_back(original)
    more = None if original.detail is None else original.detail.more
    if original.total is not None:
        state.total = state.told_total = -original.total
    if more is not None and (more.taxes or more.rounding):
        state.told["taxes"] = tuple(TaxPart(part.rate, -part.base, -part.tax) for part in more.taxes)
        state.told["rounding"] = -more.rounding
    state.told["reverses"] = original.type
    if more is not None and more.purpose is not None:
        state.told["purpose"] = more.purpose
    if more is not None and more.made is not None and more.made.unbuild:
        state.told["made"] = Making(unbuild=True)


def _paid_back(original: DocumentPosted) -> tuple[Tender, ...]:
    """What was paid, with the other sign; the change that was given out of the cash goes with it."""
    change, paid = original.given_back(), []
    for tender in original.tenders:
        amount = tender.amount
        if tender.type is TenderType.CASH:
            given = min(change, amount)
            amount, change = amount - given, change - given
        paid.append(Tender(tender.type, -amount))
    return tuple(paid)


KINDS: Final = (Kind(Reversal, plan_reversal),)
