"""What headquarters' store answers to questions about transfers. Quantities in thousandths."""

import msgspec

from replication.headquarters.transfers import ChainTransfer


class TransferRow(msgspec.Struct, frozen=True):
    """A transfer in a list; `place` continues the page after it."""

    place: int
    transfer: ChainTransfer


class TransitRow(msgspec.Struct, frozen=True):
    """Goods on their way to a branch; `lot` is None where lots are summed, or where goods have none."""

    branch_id: int
    branch: str
    item: str
    lot: str | None
    quantity: int
