"""What is ordered, and what comes from suppliers and goes back to them."""

from typing import Final

from gateway.domain.bodies.buying import GoodsReceipt
from gateway.domain.kinds.kind import Kind
from gateway.domain.lines import LinePlan, move_lines
from gateway.domain.policy import Breach
from replication.wire.location import Virtual


def plan_goods_receipt(state: LinePlan, body: GoodsReceipt) -> None:
    """From the supplier to a place."""
    del body
    move_lines(state, lambda _, here, __: (Virtual.SUPPLIER, here))


KINDS: Final = (Kind(GoodsReceipt, plan_goods_receipt, Breach.GOODS_RECEIPT),)
