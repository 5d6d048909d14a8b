"""The rest of a cancelled transfer comes back: the document by which its sender takes what nobody received. Pure."""

import uuid
from typing import Final

from gateway.domain.document import DocumentType, TransferIn
from gateway.domain.draft import CONTENT_BYTES, Draft
from gateway.domain.posting import Posting
from replication.wire.events import DocumentDetail, LineDetail, PostedLine
from replication.wire.location import SHOP, Virtual
from replication.wire.movement import Movement, Route
from replication.wire.outbox import TransferVoided
from replication.wire.transfer import derived_id

HEADQUARTERS: Final = "headquarters"
"""The person of a document that headquarters' decision led to."""
_PURPOSE: Final = "return"


def return_id(transfer: bytes) -> bytes:
    """The id of that document: it follows from the transfer's, so that the rest comes back once."""
    return derived_id(transfer, _PURPOSE)


def plan_return(voided: TransferVoided, reason: str | None) -> tuple[Draft, Posting]:
    """What headquarters gave back, from in transit to the shop; `reason` is why the sender cancelled."""
    lines = tuple(
        PostedLine(line.item, line.quantity, detail=None if line.expiry is None else LineDetail(expiry=line.expiry))
        for line in voided.lines
    )
    movements = tuple(Movement(index, 0, line.quantity, line.lot or None) for index, line in enumerate(voided.lines))
    detail = DocumentDetail(reason=reason, transfer=str(uuid.UUID(bytes=voided.transfer)))
    draft = Draft(return_id(voided.transfer), TransferIn(lines=()), (), None, bytes(CONTENT_BYTES))
    posting = Posting(
        DocumentType.TRANSFER_IN,
        0,
        0,
        (),
        lines,
        (Route(Virtual.IN_TRANSIT.value, SHOP),),
        movements,
        False,
        (),
        detail,
    )
    return draft, posting
