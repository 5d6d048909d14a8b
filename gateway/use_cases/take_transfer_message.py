"""Headquarters spoke of a transfer: keep it, and do what it asks. Called inside the transaction that applies the inbox.

Every message may come again, and after any other: what was done once is seen in the journal and not done twice.
"""

from typing import assert_never

from gateway.store.session import LedgerSession, Posted
from replication.wire.events import TransferReleased, encode_event
from replication.wire.outbox import (
    TransferAdvice,
    TransferCancelRefused,
    TransferReceived,
    TransferReleaseAsked,
    TransferTakenElsewhere,
    TransferVoided,
)
from replication.wire.transfer import derived_id

TransferMessage = (
    TransferAdvice | TransferReleaseAsked | TransferVoided | TransferCancelRefused | TransferReceived
    | TransferTakenElsewhere
)  # fmt: skip

_RELEASE = "release"


def take_transfer_message(session: LedgerSession, message: TransferMessage, now: int) -> list[Posted]:
    """Apply one message at `now` (UTC milliseconds); answers the documents it led to, to be announced after the commit."""
    match message:
        case (
            TransferAdvice()
            | TransferReceived()
            | TransferCancelRefused()
            | TransferVoided()
            | TransferTakenElsewhere()
        ):
            session.transfers.hear(message)
        case TransferReleaseAsked(transfer=transfer):
            known = session.transfer(transfer)
            if known is None or not known.released:
                kind, payload = encode_event(TransferReleased(transfer, now))
                session.append_decided(derived_id(transfer, _RELEASE), int(kind), payload)
        case _:
            assert_never(message)
    return session.take_returns()
