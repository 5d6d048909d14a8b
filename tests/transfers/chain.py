"""Two branches and headquarters without lines: journals, cursors and outboxes that a test moves on step by step."""

from replication.headquarters.transfers import ChainTransfer, Step, after
from replication.wire.events import TransferCancelRequested
from replication.wire.outbox import OutboxMessage
from replication.wire.transfer import TransferState, derived_id
from tests.domain.transfer_desk import Desk


class Office:
    """Headquarters: what it folded, how far it has each branch's journal, and what it has for each branch."""

    def __init__(self, *sites: str) -> None:
        self.transfers: dict[bytes, ChainTransfer] = {}
        self.cursors = dict.fromkeys(sites, 0)
        self.outboxes: dict[str, list[OutboxMessage]] = {site: [] for site in sites}
        self.met = set(sites)

    def copy(self) -> "Office":
        other = Office()
        other.transfers, other.cursors, other.met = dict(self.transfers), dict(self.cursors), set(self.met)
        other.outboxes = {site: list(messages) for site, messages in self.outboxes.items()}
        return other

    def apply_next(self, desk: Desk) -> None:
        """Apply the next entry of a branch, with everything it leads to."""
        self.met.add(desk.site)
        event_id, event = desk.journal[self.cursors.get(desk.site, 0)]
        self.cursors[desk.site] = self.cursors.get(desk.site, 0) + 1
        outcome = after(self.transfers.get, self.met.__contains__, desk.site, event_id, event)
        if isinstance(outcome, Step):
            self.transfers |= {one.id: one for one in outcome.changed}
        for told in outcome.messages if isinstance(outcome, Step) else outcome:
            self.outboxes.setdefault(told.branch, []).append(told.message)


class Chain:
    """Sender a, receiver b, headquarters; `read` is how far each branch has read its outbox."""

    def __init__(self) -> None:
        self.a, self.b, self.office = Desk("a"), Desk("b"), Office("a", "b")
        self.read = {"a": 0, "b": 0}
        self.a.balances = {("flour", "shop", ""): 40_000, ("flour", "supplier", ""): -40_000}

    def copy(self) -> "Chain":
        other = Chain()
        other.a, other.b, other.office, other.read = self.a.copy(), self.b.copy(), self.office.copy(), dict(self.read)
        return other

    def desk(self, site: str) -> Desk:
        return self.a if site == "a" else self.b

    def deliveries(self) -> list[tuple[str, str]]:
        """What the lines could carry next: ("up" or "down", branch)."""
        found = [("up", desk.site) for desk in (self.a, self.b) if self.office.cursors[desk.site] < len(desk.journal)]
        return found + [("down", site) for site in ("a", "b") if self.read[site] < len(self.office.outboxes[site])]

    def deliver(self, way: str, site: str) -> None:
        """Carry one entry up, or one message down."""
        if way == "up":
            self.office.apply_next(self.desk(site))
        else:
            self.desk(site).hear(self.office.outboxes[site][self.read[site]])
            self.read[site] += 1

    def settle(self) -> None:
        """Carry everything."""
        while waiting := self.deliveries():
            self.deliver(*waiting[0])

    def cancel(self, transfer: bytes) -> bool:
        """What `cancel_transfer` does at the sender; False where it would refuse or has asked before."""
        known = self.a.transfers.get(transfer)
        if known is None or known.cancel_reason is not None or known.state is TransferState.RECEIVED:
            return False
        self.a.note(derived_id(transfer, "cancel"), TransferCancelRequested(transfer, "boss", "wrong goods", 2))
        return True

    def total(self, place: str) -> int:
        """Thousandths at a place of both branches."""
        return sum(
            quantity for desk in (self.a, self.b) for (_, name, _), quantity in desk.balances.items() if name == place
        )
