"""Whether a body that was sent again says what a posted document says.

Used where the content digest of the first sending is not known: the document came back from headquarters, to a device
that never saw its body. Every field that is in the body must say the same as the posted document, read through the same
defaults; a field the body leaves out says nothing. Approval and `settled` tell how it was sent, not what.
"""

from collections.abc import Callable
from typing import Final

from msgspec import UNSET

from gateway.domain.document import (
    Disposition,
    Line,
    Production,
    Sale,
    SaleReturn,
    SupplierReturn,
    document_type,
)
from gateway.domain.draft import Draft
from gateway.domain.lines import NO_LOT
from gateway.domain.told import DOCUMENT_TOLD, LINE_TOLD, plain, said_in
from replication.wire.events import (
    DocumentDetail,
    DocumentPosted,
    LineDetail,
    Making,
    PostedLine,
    Tender,
    Variance,
    WorkStep,
)
from replication.wire.location import REJECTED, SHOP
from replication.wire.movement import Movement
from replication.wire.quantity import THOUSANDTHS, Quantity

_NO_DETAIL = LineDetail()
_NOTHING_MORE = DocumentDetail()
_UNMOVED = Movement(0, 0, Quantity(0))


def says_the_same(draft: Draft, event: DocumentPosted, base_unit: Callable[[str], str | None]) -> bool:
    """Whether a draft is the posted document sent again; `base_unit` knows the unit an item is kept in."""
    body, detail = draft.body, event.detail or _NOTHING_MORE
    if document_type(body).value != event.type or (body.needs_lines and len(body.lines) != _entered(event)):
        return False
    if body.station is not UNSET and body.station != event.station:
        return False
    if body.occurred_at is not UNSET and draft.occurred_at != event.occurred_at:
        return False
    if not _names_the_same(draft, detail, event):
        return False
    moved: dict[int, Movement] = {}
    for movement in event.moves():
        moved.setdefault(movement.line, movement)
    return all(
        _line_says_the_same(draft, index, line, event.lines[index], moved.get(index, _UNMOVED), base_unit)
        for index, line in enumerate(body.lines)
    )


def _entered(event: DocumentPosted) -> int:
    """Lines that somebody entered: what a recipe adds comes behind them."""
    return sum([not line.is_added for line in event.lines])


def _names_the_same(draft: Draft, detail: DocumentDetail, event: DocumentPosted) -> bool:
    """What only some types carry: tenders, and other documents and branches by name."""
    body = draft.body
    tenders = body.tenders if isinstance(body, Sale | SaleReturn) else UNSET
    if tenders is not UNSET and tuple(Tender(one.type, one.amount) for one in tenders) != event.tenders:
        return False
    if isinstance(body, Production) and not _made_the_same(body, said_in(detail, "made") or Making()):
        return False
    said = ((name, plain(getattr(body, name))) for name in DOCUMENT_TOLD[type(body)])
    return all(
        text is UNSET or _id_or_text(name, text or None) == _id_or_text(name, said_in(detail, name) or None)
        for name, text in said
    )


def _made_the_same(body: Production, made: Making) -> bool:
    steps = () if body.steps is UNSET else tuple(WorkStep(*step.done()) for step in body.steps)
    return (body.unbuild is True) == made.unbuild and steps == made.steps


def _id_or_text(name: str, value: object) -> object:
    """A field that names another document says the same however the id is spelt."""
    return _id(value) if name in _IDS and isinstance(value, str) else value


_IDS: Final = frozenset({"original", "transfer", "receipt"})


def _id(text: str) -> str:
    """An id however it is spelt."""
    return text.replace("-", "").lower()


def _line_says_the_same(
    draft: Draft,
    index: int,
    line: Line,
    posted: PostedLine,
    movement: Movement,
    base_unit: Callable[[str], str | None],
) -> bool:
    detail = posted.detail or _NO_DETAIL
    told: list[tuple[object, object]] = [
        (line.item, posted.item),
        (draft.quantities[index], posted.quantity),
        (line.unit, detail.unit or base_unit(posted.item)),
        (line.cost, detail.cost),
        (line.reading, detail.reading),
        (line.disposition, detail.disposition or Disposition.RESTOCK.value),
        (line.location, detail.location or (REJECTED if isinstance(draft.body, SupplierReturn) else SHOP)),
        (line.expiry, detail.expiry),
        (line.lot, movement.lot or said_in(detail, "lot") or NO_LOT),
        (line.serials, movement.serials),
    ]
    if isinstance(draft.body, Sale | SaleReturn):
        told += [(line.price, posted.price), (line.discount, posted.discount)]
    for name in LINE_TOLD[type(line)]:
        said = plain(getattr(line, name))
        told.append((said if said is UNSET else said or None, said_in(detail, name) or None))
    if draft.variances and draft.variances[index]:
        factor = detail.factor or THOUSANDTHS
        base = tuple(
            Variance(one.reason, Quantity(one.quantity * factor // THOUSANDTHS)) for one in draft.variances[index]
        )
        told.append((base, detail.variance))
    return all(said is UNSET or said == stands for said, stands in told)
