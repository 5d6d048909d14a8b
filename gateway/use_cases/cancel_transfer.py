"""Ask for the rest of a transfer back. Only headquarters can decide: the goods may be received this very moment.

The request is an entry of the sender's journal; the answer comes down as a message, and the rest as a document.
"""

import msgspec

from gateway.domain.document import TEXT_MAX
from gateway.domain.fault import Fault
from gateway.domain.posting import Rejected
from gateway.domain.transfers import Direction, Transfer
from gateway.store.session import LedgerSession
from gateway.use_cases.shop import Poster, Shop
from replication.wire.events import TransferCancelRequested, encode_event
from replication.wire.transfer import TransferState, derived_id

_PURPOSE = "cancel"


class UnknownTransfer(msgspec.Struct, frozen=True):
    """This branch knows no such transfer."""


async def cancel_transfer(
    shop: Shop, poster: Poster, transfer: bytes, reason: str
) -> Transfer | Rejected | UnknownTransfer:
    """Ask once; asking again answers how it stands. Raises StoreBusy when too many documents wait."""
    if not reason.strip():
        return Rejected((Fault("reason", "reason_required"),))
    if len(reason) > TEXT_MAX:
        return Rejected((Fault("reason", "text_out_of_range", {"limit": str(TEXT_MAX)}),))

    def command(session: LedgerSession) -> Transfer | Rejected | UnknownTransfer:
        known = session.transfer(transfer)
        if known is None:
            return UnknownTransfer()
        if known.direction is Direction.IN:
            return Rejected((Fault("", "transfer_not_sent_here"),))
        if known.refused is not None:
            return Rejected((Fault("", "cancel_refused"),))
        if known.cancel_reason is None:
            if known.state is TransferState.RECEIVED:
                return Rejected((Fault("", "transfer_closed"),))
            event = TransferCancelRequested(transfer, poster.person, reason, shop.clock())
            kind, payload = encode_event(event)
            session.append_decided(derived_id(transfer, _PURPOSE), int(kind), payload)
        return session.transfer(transfer) or known

    outcome, head_seq = await shop.ledger.write(lambda session: (command(session), session.head_seq))
    if isinstance(outcome, Transfer):
        for watcher in shop.watchers:
            watcher.transfer_changed(transfer, head_seq)
    return outcome
