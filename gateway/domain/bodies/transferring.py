"""Bodies of a transfer between branches: what was sent, and what of it arrived."""

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.bodies.entry import DocumentBody, Line
from replication.wire.events import VarianceReason


class VarianceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Part of a transfer's line that did not arrive as sent; `quantity` in the line's unit."""

    reason: VarianceReason
    quantity: str


class TransferInLine(Line, frozen=True, forbid_unknown_fields=True, gc=False):
    """A line of what arrived: `quantity` is what was received good, what came over included."""

    variance: tuple[VarianceEntry, ...] | UnsetType = UNSET


class TransferOut(DocumentBody, frozen=True, tag="transfer_out"):
    """Goods sent to another branch; refused without `to_branch`. Its id is the transfer's id. `requisition` is the id of the
    requisition that it answers, of whichever branch."""

    to_branch: str | UnsetType = UNSET
    requisition: str | UnsetType = UNSET


class TransferIn(DocumentBody, frozen=True, tag="transfer_in"):
    """Goods that arrived of a transfer, all or part; `transfer` is the id of the transfer out."""

    lines: tuple[TransferInLine, ...]
    transfer: str | UnsetType = UNSET
