"""Transfers between branches: the list, and one transfer with what was sent, what arrived how, and what may be done."""

from typing import Literal

from msgspec import Struct

TransferState = Literal["awaiting_dispatch", "in_transit", "partly_received", "received", "cancelling", "cancelled"]
Direction = Literal["in", "out"]
Cancel = Literal["asked", "voided", "refused"]


class TransferEnd(Struct, frozen=True, kw_only=True, gc=False):
    """A branch at one end; only headquarters knows names of others. Empty until the dispatch is known."""

    branch: str
    name: str
    name_zh: str | None = None


class TransferRow(Struct, frozen=True, kw_only=True):
    """One line of the list. `direction` is this branch's end; headquarters has none. `findings` are codes."""

    id: str
    number: str | None
    direction: Direction | None
    sender: TransferEnd
    receiver: TransferEnd
    state: TransferState
    lines: int
    at: float | None
    findings: tuple[str, ...] = ()
    to_known: bool = True


class TransferTab(Struct, frozen=True, gc=False):
    """A filter with how many it holds."""

    name: str
    count: int | None = None


class TransfersPage(Struct, frozen=True, kw_only=True):
    """The list. `direction` and `state` are the filters in force, `all` where there is none."""

    rows: tuple[TransferRow, ...]
    next: str | None
    directions: tuple[TransferTab, ...] = ()
    states: tuple[TransferTab, ...] = ()
    direction: str = "all"
    state: str = "all"
    may_send: bool = False


class NewTransferPage(Struct, frozen=True, kw_only=True):
    """The form of a transfer out; `peers` are branches this one sent to before."""

    peers: tuple[str, ...] = ()


class TransferLine(Struct, frozen=True, kw_only=True):
    """An item and lot: dispatched = received + short + damaged - over + in transit."""

    item: str
    name: str
    name_zh: str | None = None
    unit: str
    lot: str | None = None
    expiry: str | None = None
    dispatched: str
    received: str
    short: str
    over: str
    damaged: str
    returned: str
    in_transit: str
    open: str = ""  # still to come, as a person would type it; empty where nothing is


class TransferDocument(Struct, frozen=True, kw_only=True):
    """A transfer-in document posted here."""

    id: str
    number: str
    person: str
    at: float
    differs: bool = False


class TransferPage(Struct, frozen=True, kw_only=True):
    """One transfer. `may_receive` and `may_cancel` say which of the two forms stands there; `elsewhere` took goods that
    were `meant_for` another branch."""

    id: str
    number: str | None
    direction: Direction | None
    sender: TransferEnd
    receiver: TransferEnd
    state: TransferState
    at: float | None
    lines: tuple[TransferLine, ...]
    note: str | None = None
    cancel: Cancel | None = None
    cancel_reason: str | None = None
    documents: tuple[TransferDocument, ...] = ()
    findings: tuple[str, ...] = ()
    elsewhere: tuple[TransferEnd, ...] = ()
    meant_for: TransferEnd | None = None
    to_known: bool = True
    may_receive: bool = False
    may_cancel: bool = False
