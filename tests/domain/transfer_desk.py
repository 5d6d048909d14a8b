"""A ledger in a dictionary, for planning transfers without a store: every item exists, balances are what was posted."""

import uuid
from typing import Any

import msgspec

from gateway.domain.document import Body
from gateway.domain.draft import Draft, Malformed, Refused, read_draft
from gateway.domain.lots import Lot
from gateway.domain.policy import GENERAL, Role
from gateway.domain.posting import Approver, NeedsApproval, Posting, Rejected, Terms, plan
from gateway.domain.transfer_return import plan_return
from gateway.domain.transfers import Said, Transfer, after_event, after_message
from replication.wire.events import DocumentPosted, KnownEvent, TransferReleased
from replication.wire.item import Item, Pack, Tracking
from replication.wire.outbox import (
    OutboxMessage,
    TransferAdvice,
    TransferCancelRefused,
    TransferReceived,
    TransferReleaseAsked,
    TransferTakenElsewhere,
    TransferVoided,
)
from replication.wire.quantity import Quantity
from replication.wire.transfer import derived_id
from tests.domain.bare_ledger import BareLedger

ITEMS = {
    "flour": Item("flour", "Flour", "kg", 500, packs=(Pack("bag", Quantity(25_000)),)),
    "milk": Item("milk", "Milk", "bottle", 900, tracking=Tracking.LOT),
}


class Desk(BareLedger):
    """One branch: its journal's events in order, its balances, its transfers."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.journal: list[tuple[bytes, KnownEvent]] = []
        self.balances: dict[tuple[str, str, str], int] = {}
        self.transfers: dict[bytes, Transfer] = {}
        self.expiries: dict[tuple[str, str], str] = {}

    def copy(self) -> "Desk":
        """Another desk in the same state."""
        other = Desk(self.site)
        other.journal, other.balances = list(self.journal), dict(self.balances)
        other.transfers, other.expiries = dict(self.transfers), dict(self.expiries)
        return other

    # what planning asks

    def item(self, sku: str) -> Item | None:
        return ITEMS.get(sku)

    def on_hand(self, sku: str, location: str, lot: str) -> int:
        return self.balances.get((sku, location, lot), 0)

    def transfer(self, transfer: bytes) -> Transfer | None:
        return self.transfers.get(transfer)

    def lot(self, sku: str, lot: str) -> Lot | None:
        return Lot(lot, self.expiries.get((sku, lot)))

    def newest_lot(self, sku: str) -> Lot | None:
        del sku
        return None

    # what tests do

    def plan(self, body: dict[str, Any], id_: bytes) -> Posting | NeedsApproval | Rejected | Malformed | Refused:
        """Read and plan a body, approved where it needs to be."""
        draft = read_draft(id_, msgspec.json.decode(msgspec.json.encode(body), type=Body))
        if not isinstance(draft, Draft):
            return draft
        approver = Approver("boss", Role.ADMIN, "test")
        return plan(draft, self, Terms("admin", Role.ADMIN, GENERAL, approver, site=self.site))

    def post(self, body: dict[str, Any], id_: bytes | None = None) -> Posting | tuple[str, ...]:
        """Post a body; answers the codes of a refusal."""
        id_ = id_ or uuid.uuid4().bytes
        outcome = self.plan(body, id_)
        if isinstance(outcome, Posting):
            self.append(id_, outcome)
            return outcome
        faults = outcome.reasons if isinstance(outcome, NeedsApproval) else outcome.faults
        return tuple(fault.code for fault in faults)

    def append(self, id_: bytes, posting: Posting) -> None:
        """A planned document into the journal."""
        number = f"{posting.type.value[:2]}-{len(self.journal)}"
        event = DocumentPosted(
            posting.type.value, number, 1_795_000_000_000, None, "admin", None, 0, 0, (), posting.lines, posting.routes,
            None if posting.plain else posting.movements, posting.detail,
        )  # fmt: skip
        for movement in event.moves():
            route, line = event.routes[movement.route], event.lines[movement.line]
            for location, change in ((route.source, -movement.quantity), (route.destination, movement.quantity)):
                cell = (line.item, location, movement.lot or "")
                self.balances[cell] = self.balances.get(cell, 0) + change
        self.note(id_, event)

    def note(self, id_: bytes, event: KnownEvent) -> None:
        """An entry into the journal, with what it means for a transfer."""
        self.journal.append((id_, event))
        record = after_event(self.transfers.get, id_, event)
        if record is not None:
            self.transfers[record.id] = record

    def hear(self, message: OutboxMessage) -> None:
        """What headquarters says, as `take_transfer_message` does it."""
        match message:
            case TransferAdvice() | TransferReceived() | TransferCancelRefused() | TransferTakenElsewhere():
                self._keep(message)
            case TransferReleaseAsked(transfer=transfer):
                known = self.transfers.get(transfer)
                if known is None or not known.released:
                    self.note(derived_id(transfer, "release"), TransferReleased(transfer, 1))
            case TransferVoided(transfer=transfer):
                known = self.transfers[transfer]
                if not known.returned:
                    draft, posting = plan_return(message, known.cancel_reason)
                    self.append(draft.id, posting)
            case _:
                raise AssertionError(message)

    def _keep(self, message: Said) -> None:
        record = after_message(self.transfers.get, message)
        if record is not None:
            self.transfers[record.id] = record

    def stock(self, item: str = "flour", lot: str = "") -> int:
        """Thousandths in the shop."""
        return self.balances.get((item, "shop", lot), 0)


def transfer_out(to: str, *lines: dict[str, Any]) -> dict[str, Any]:
    return {"type": "transfer_out", "to_branch": to, "lines": list(lines)}


def transfer_in(transfer: bytes, *lines: dict[str, Any]) -> dict[str, Any]:
    return {"type": "transfer_in", "transfer": str(uuid.UUID(bytes=transfer)), "lines": list(lines)}


def line(quantity: str, item: str = "flour", **more: Any) -> dict[str, Any]:
    """A line; `short`, `over` and `damaged` become its differences."""
    variance = [
        {"reason": reason, "quantity": more.pop(reason)} for reason in ("short", "over", "damaged") if reason in more
    ]
    return {"item": item, "quantity": quantity} | more | ({"variance": variance} if variance else {})
