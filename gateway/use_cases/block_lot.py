"""Block a lot, as for a recall, or release it again: an entry of the journal that moves no goods.

A lot may be blocked before any of it came: a recall is told before the lorry. Asking for what is so already changes nothing.
"""

import msgspec

from gateway.domain.document import TEXT_MAX
from gateway.domain.draft import LOT_MAX
from gateway.domain.fault import Fault
from gateway.domain.posting import Rejected
from gateway.store.session import LedgerSession
from gateway.use_cases.shop import Poster, Shop
from replication.wire.events import LotBlocked, LotReleased


class UnknownItem(msgspec.Struct, frozen=True):
    """Nobody made such an item."""


class LotStands(msgspec.Struct, frozen=True):
    """The lot is as was asked for, as of that entry of the journal."""

    seq: int


async def block_lot(
    shop: Shop, poster: Poster, sku: str, lot: str, reason: str, *, blocked: bool
) -> LotStands | Rejected | UnknownItem:
    """Block or release a lot of an item. Raises StoreBusy when too many documents wait."""
    if not reason.strip():
        return Rejected((Fault("reason", "reason_required"),))
    for path, text, longest in (("reason", reason, TEXT_MAX), ("lot", lot, LOT_MAX)):
        if not 1 <= len(text) <= longest:
            return Rejected((Fault(path, "text_out_of_range", {"limit": str(longest)}),))

    def command(session: LedgerSession) -> LotStands | UnknownItem:
        if session.item(sku) is None:
            return UnknownItem()
        known = session.lot(sku, lot)
        if (known is not None and known.blocked is not None) != blocked:
            made = LotBlocked if blocked else LotReleased
            event = made(sku, lot, reason, poster.person, shop.clock())
            seq = session.append_event(event)
            session.goods.note(seq, b"", event, session.items.item_id)
        return LotStands(session.head_seq)

    outcome = await shop.ledger.write(command)
    if isinstance(outcome, LotStands):
        for watcher in shop.watchers:
            watcher.item_changed(sku, outcome.seq)
    return outcome
