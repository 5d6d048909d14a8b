"""A transfer's line as both kinds of site show it: the same words and decimals at a branch and at headquarters."""

from collections.abc import Mapping

import msgspec

from replication.wire.quantity import format_quantity
from replication.wire.transfer import Figures, Goods


class TransferLineView(msgspec.Struct, frozen=True):
    """One item and lot: `dispatched` = `received` + `short` + `damaged` - `over` + `in_transit`, always.

    `received` is what was taken in good order, what came over included; `returned` the part of it that the sender took
    back. At the sender, what the other side took is what headquarters has told so far; at headquarters `in_transit` is
    below zero while goods were taken whose dispatch has not arrived there.
    """

    item: str
    lot: str | None
    dispatched: str
    received: str
    short: str
    over: str
    damaged: str
    in_transit: str
    returned: str
    expiry: str | None = None


def transfer_lines(cells: Mapping[Goods, Figures], expiries: Mapping[Goods, str]) -> tuple[TransferLineView, ...]:
    """The lines by item and lot. `expiries` are ISO dates of the lots that have one."""
    return tuple(
        TransferLineView(
            item, lot or None, format_quantity(one.dispatched), format_quantity(one.received), format_quantity(one.short),
            format_quantity(one.over), format_quantity(one.damaged), format_quantity(one.in_transit),
            format_quantity(one.returned), expiries.get((item, lot)),
        )
        for (item, lot), one in sorted(cells.items())
    )  # fmt: skip
