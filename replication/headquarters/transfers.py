"""A transfer as headquarters sees it: both branches' documents joined, and the one place that decides a cancel. Pure.

    after(find, met, branch, event_id, event) -> the transfer after it, and what is to be told to whom

Figures are sums of what the documents move and come out the same in any order, a receipt before its dispatch included:
dispatched = received + short + damaged - over + in transit, always. A cancel is decided on the receiver's own prefix: it
is asked to say in its journal that it takes no more, and what it had not taken before that entry goes back. So a receipt
and a cancel never both win, however late either arrives.

A transfer has one source: the branch whose dispatch arrived first. What another branch sends under the same id (a copied
form, a till that guessed) is goods of its own on a way of its own: a *stray*, kept as a transfer beside the first one.
"""

import enum
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from replication.wire.events import DocumentPosted, KnownEvent, TransferCancelRequested, TransferReleased
from replication.wire.outbox import (
    OutboxMessage,
    ReceivedLine,
    TransferAdvice,
    TransferCancelRefused,
    TransferLine,
    TransferReceived,
    TransferReleaseAsked,
    TransferTakenElsewhere,
    TransferVoided,
)
from replication.wire.quantity import QUANTITY_MAX, Quantity
from replication.wire.requisition import requisition_of
from replication.wire.transfer import (
    TRANSFER_IN,
    TRANSFER_OUT,
    Figures,
    Goods,
    TransferState,
    add,
    derived_id,
    expiries,
    state_of,
    tally,
    transfer_of,
)

NOTHING_LEFT: Final = "nothing_left"
UNKNOWN_TRANSFER: Final = "unknown_transfer"
"""Why a cancel is refused."""


class Decided(enum.StrEnum):
    """What became of a request to cancel."""

    OPEN = "open"
    ASKED = "asked"
    VOIDED = "voided"
    REFUSED = "refused"


class ChainTransfer(msgspec.Struct, frozen=True):
    """One transfer. `sender` is empty until its dispatch is known; until then `receiver` is the branch that took of it.

    `takers` are all branches but the sender that took of it; `returned` says that the sender took the rest back;
    `dispatches` counts transfers out that carry this id, more than one of them is somebody's mistake: only the sender's
    own is in the figures. A stray has an id that headquarters made, and `stray_of` is the one its sender knows it by.
    `requisition` is the id of the requisition that its dispatch names.
    """

    id: bytes
    sender: str = ""
    receiver: str = ""
    number: str = ""
    dispatched_at: int | None = None
    note: str | None = None
    cells: Mapping[Goods, Figures] = {}
    expiries: Mapping[Goods, str] = {}
    takers: tuple[str, ...] = ()
    dispatches: int = 0
    cancel_reason: str | None = None
    released: bool = False
    returned: bool = False
    decided: Decided = Decided.OPEN
    stray_of: bytes | None = None
    requisition: bytes | None = None

    @property
    def senders_id(self) -> bytes:
        """What the sender calls it."""
        return self.stray_of or self.id

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """Branches that took of it though it was not sent to them."""
        return tuple(taker for taker in self.takers if taker != self.receiver) if self.dispatches else ()

    @property
    def state(self) -> TransferState:
        """Where it stands."""
        return state_of(
            self.cells.values(),
            dispatched=self.dispatches > 0,
            cancelling=self.cancel_reason is not None and self.decided is not Decided.REFUSED,
            cancelled=self.returned,
        )

    @property
    def findings(self) -> tuple[str, ...]:
        """What somebody should look at; codes."""
        below = any(one.in_transit < 0 for one in self.cells.values())
        found = (
            ("taken_elsewhere", bool(self.elsewhere)),
            ("id_used_twice", self.dispatches > 1 or self.stray_of is not None),
            ("below_zero", self.dispatches > 0 and below),
        )
        return tuple(code for code, so in found if so)


class Told(msgspec.Struct, frozen=True):
    """A message for a branch's outbox."""

    branch: str
    message: OutboxMessage


class Step(msgspec.Struct, frozen=True):
    """A transfer after an event, and what follows. `beside` is the one whose id a stray was sent under, where it came to
    light just now."""

    transfer: ChainTransfer
    messages: tuple[Told, ...] = ()
    beside: ChainTransfer | None = None

    @property
    def changed(self) -> tuple[ChainTransfer, ...]:
        """All that is to be kept."""
        return (self.transfer,) if self.beside is None else (self.transfer, self.beside)


Find = Callable[[bytes], ChainTransfer | None]
Met = Callable[[str], bool]
"""Whether a branch ever spoke to headquarters."""


def after(find: Find, met: Met, branch: str, event_id: bytes, event: KnownEvent) -> Step | tuple[Told, ...]:
    """What an applied entry of a branch does to its transfer; only messages (or none) where it is about none known."""
    match event:
        case DocumentPosted(type=kind) if kind == TRANSFER_OUT:
            first = find(event_id) or ChainTransfer(event_id)
            step = (
                _dispatched(first, branch, event)
                if first.sender in ("", branch)
                else _strayed(find, first, branch, event)
            )
        case DocumentPosted(type=kind) if kind == TRANSFER_IN:
            transfer = transfer_of(event)
            if transfer is None:
                return ()
            step = _taken(_of(find, transfer, branch) or ChainTransfer(transfer), branch, event)
        case TransferCancelRequested(transfer=transfer, reason=reason):
            known = _of(find, transfer, branch)
            if known is None or known.sender != branch:
                return (Told(branch, TransferCancelRefused(transfer, UNKNOWN_TRANSFER)),)
            step = Step(msgspec.structs.replace(known, cancel_reason=reason))
        case TransferReleased(transfer=transfer):
            known = find(transfer) or ChainTransfer(transfer, receiver=branch)
            if known.receiver != branch:
                return ()
            step = Step(msgspec.structs.replace(known, released=True))
        case _:
            return ()
    return _decide(step, met)


def stray_id(transfer: bytes, branch: str) -> bytes:
    """The id of what a branch sent under another's id."""
    return derived_id(transfer + branch.encode(), "stray")


def _of(find: Find, transfer: bytes, branch: str) -> ChainTransfer | None:
    """The transfer that a branch means by an id: what it sent under it itself, where that is a stray."""
    known = find(transfer)
    if known is None or known.sender in ("", branch):
        return known
    return find(stray_id(transfer, branch)) or known


def _strayed(find: Find, known: ChainTransfer, branch: str, document: DocumentPosted) -> Step:
    """Goods on a way of their own: nothing of the transfer whose id they came under changes, but that it is known."""
    id_ = stray_id(known.id, branch)
    own = msgspec.structs.replace(find(id_) or ChainTransfer(id_), stray_of=known.id)
    stray = _dispatched(own, branch, document)
    return msgspec.structs.replace(stray, beside=msgspec.structs.replace(known, dispatches=known.dispatches + 1))


def _dispatched(known: ChainTransfer, branch: str, document: DocumentPosted) -> Step:
    cells, dates = add(known.cells, tally(document)), {**known.expiries, **expiries(document)}
    detail = document.detail
    receiver = "" if detail is None else detail.to_branch or ""
    transfer = msgspec.structs.replace(
        known, sender=branch, receiver=receiver, number=document.number, dispatched_at=document.posted_at,
        note=None if detail is None else detail.note, cells=cells, expiries=dates, dispatches=known.dispatches + 1,
        released=known.released and known.receiver == receiver, requisition=requisition_of(document),
    )  # fmt: skip
    advice = TransferAdvice(
        known.id,
        branch,
        document.number,
        document.posted_at,
        _lines(transfer, lambda one: one.dispatched),
        transfer.note,
        transfer.requisition,
    )
    messages = [Told(receiver, advice)]
    if known.takers:
        messages.append(_progress(transfer))
    return Step(transfer, (*messages, *_taken_elsewhere(transfer)))


def _taken(known: ChainTransfer, branch: str, document: DocumentPosted) -> Step:
    if branch == known.sender:
        cells = add(known.cells, tally(document, returned=True))
        return Step(msgspec.structs.replace(known, cells=cells, returned=True, decided=Decided.VOIDED))
    transfer = msgspec.structs.replace(
        known, cells=add(known.cells, tally(document)), takers=tuple(sorted({*known.takers, branch})),
        receiver=known.receiver or branch,
    )  # fmt: skip
    if not known.sender:
        return Step(transfer)
    is_new = transfer.elsewhere != known.elsewhere
    return Step(transfer, (_progress(transfer), *(_taken_elsewhere(transfer) if is_new else ())))


def _taken_elsewhere(transfer: ChainTransfer) -> tuple[Told, ...]:
    """To everybody it concerns, where a branch took what was not sent to it."""
    takers = transfer.elsewhere
    return tuple(
        Told(branch, TransferTakenElsewhere(name, transfer.receiver, takers))
        for branch, name in (
            (transfer.sender, transfer.senders_id), (transfer.receiver, transfer.id), *((one, transfer.id) for one in takers)
        )
        if takers
    )  # fmt: skip


def _progress(transfer: ChainTransfer) -> Told:
    """To the sender: all that others took so far."""
    lines = tuple(
        ReceivedLine(item, lot or None, one.received - one.returned, one.short, one.over, one.damaged)
        for (item, lot), one in sorted(transfer.cells.items())
        if one.received - one.returned or one.short or one.damaged
    )
    return Told(transfer.sender, TransferReceived(transfer.senders_id, lines))


def _decide(step: Step, met: Met) -> Step:
    """Resolve a request to cancel as soon as it can be, and once."""
    transfer = step.transfer
    if transfer.cancel_reason is None or transfer.decided in (Decided.VOIDED, Decided.REFUSED):
        return step
    ask = Told(transfer.receiver, TransferReleaseAsked(transfer.id, transfer.cancel_reason))
    # Never more than was sent: goods that only a receipt names are none of the sender's, who could not take them back.
    rest = _lines(transfer, lambda one: min(one.in_transit, one.dispatched))
    if not rest:
        refusal = Told(transfer.sender, TransferCancelRefused(transfer.senders_id, NOTHING_LEFT))
        return _resolved(step, Decided.REFUSED, refusal)
    given_back = Told(transfer.sender, TransferVoided(transfer.senders_id, rest))
    if transfer.released:
        return _resolved(step, Decided.VOIDED, given_back)
    if not transfer.takers and not met(transfer.receiver):
        # Nobody there can have taken anything; should the branch ever be met, it reads that it is too late.
        return _resolved(step, Decided.VOIDED, given_back, *(() if transfer.decided is Decided.ASKED else (ask,)))
    return step if transfer.decided is Decided.ASKED else _resolved(step, Decided.ASKED, ask)


def _resolved(step: Step, decided: Decided, *messages: Told) -> Step:
    transfer = msgspec.structs.replace(step.transfer, decided=decided)
    return Step(transfer, (*step.messages, *messages), step.beside)


def _lines(transfer: ChainTransfer, amount: Callable[[Figures], int]) -> tuple[TransferLine, ...]:
    """Goods of a transfer with a figure above zero. A sum of many lines may be more than one line holds: it becomes as
    many as it takes, never more than the documents had that it was summed from."""
    return tuple(
        TransferLine(
            item, Quantity(min(amount(figures) - told, QUANTITY_MAX)), lot or None, transfer.expiries.get((item, lot))
        )
        for (item, lot), figures in sorted(transfer.cells.items())
        for told in range(0, amount(figures), QUANTITY_MAX)
    )
