"""Made-up transfers: of a branch, one in each state, and of the whole chain."""

from msgspec.structs import replace

from admin_ui.contexts.transfers import (
    NewTransferPage,
    TransferDocument,
    TransferEnd,
    TransferLine,
    TransferPage,
    TransferRow,
    TransfersPage,
    TransferTab,
)
from admin_ui.preview.branch import NOW

# Tables read better with one row per line.
# fmt: off
_HERE = TransferEnd(branch="b001", name="b001")
_THERE = TransferEnd(branch="b003", name="b003")
_NOBODY = TransferEnd(branch="", name="")
_IDS = [f"019ab3c4-5d6e-7f80-9123-4567890000{index:02d}" for index in range(6)]
_STATES = ("in_transit", "partly_received", "received", "cancelling", "cancelled", "awaiting_dispatch")

_ROWS = tuple(
    TransferRow(
        id=_IDS[index], number=None if state == "awaiting_dispatch" else f"TO-{118 - index:06d}", direction="in" if index % 2 == 0 or state == "awaiting_dispatch" else "out",
        sender=_NOBODY if state == "awaiting_dispatch" else _THERE if index % 2 == 0 else _HERE, receiver=_HERE if index % 2 == 0 or state == "awaiting_dispatch" else _THERE,
        state=state, lines=index + 1, at=None if state == "awaiting_dispatch" else NOW - 4_000 * (index + 1),  # type: ignore[arg-type]
    )
    for index, state in enumerate(_STATES)
)
_COUNTS = (TransferTab("all", 6), *(TransferTab(state, 1) for state in _STATES))
LIST = TransfersPage(rows=_ROWS, next="NEXT", directions=(TransferTab("all", 6), TransferTab("in", 4), TransferTab("out", 2)), states=_COUNTS, may_send=True)
EMPTY = TransfersPage(rows=(), next=None, directions=(TransferTab("all", 0), TransferTab("in", 0), TransferTab("out", 0)), states=(TransferTab("all", 0),))
NO_MATCH = replace(LIST, rows=(), next=None, state="cancelling")

_FLOUR = TransferLine(
    item="flour-25", name="Wheat flour", name_zh="小麦面粉", unit="kg", dispatched="30.000", received="10.000", short="0.000", over="0.000",
    damaged="0.000", returned="0.000", in_transit="20.000", open="20",
)
_MILK = TransferLine(
    item="6921168509256", name="Whole milk 1 L", name_zh="全脂牛奶 1 升", unit="bottle", lot="L20261101", expiry="2027-01-31", dispatched="24.000",
    received="0.000", short="0.000", over="0.000", damaged="0.000", returned="0.000", in_transit="24.000", open="24",
)
RECEIVE = TransferPage(
    id=_IDS[0], number="TO-000118", direction="in", sender=_THERE, receiver=_HERE, state="partly_received", at=NOW - 4_000, lines=(_FLOUR, _MILK),
    note="By the morning van", documents=(TransferDocument(id=_IDS[1], number="TI-000007", person="chen", at=NOW - 600),), may_receive=True,
)
_DONE = replace(_FLOUR, received="28.000", short="2.000", in_transit="0.000", open="")
SENT = replace(RECEIVE, direction="out", sender=_HERE, receiver=_THERE, state="in_transit", documents=(), may_receive=False, may_cancel=True)
RECEIVED = replace(
    RECEIVE, state="received", lines=(_DONE, replace(_MILK, received="25.000", over="2.000", damaged="1.000", in_transit="0.000", open="")), may_receive=False,
    documents=(TransferDocument(id=_IDS[1], number="TI-000008", person="chen", at=NOW - 600, differs=True),),
)
CANCELLING = replace(SENT, state="cancelling", may_cancel=False, cancel="asked", cancel_reason="Sent to the wrong branch")
CANCELLED = replace(
    CANCELLING, state="cancelled", cancel="voided", lines=(replace(_FLOUR, received="30.000", returned="20.000", in_transit="0.000", open=""),),
    documents=(TransferDocument(id=_IDS[1], number="TI-000009", person="headquarters", at=NOW - 60),),
)
EARLY = replace(
    RECEIVE, number=None, sender=_NOBODY, state="awaiting_dispatch", at=None, may_receive=False, note=None,
    lines=(replace(_FLOUR, dispatched="0.000", received="28.000", short="2.000", in_transit="-30.000", open=""),),
)
NEW = NewTransferPage(peers=("b003", "b004"))
ELSEWHERE = replace(SENT, elsewhere=(TransferEnd(branch="b004", name="b004"),), meant_for=_THERE)
_NORTH = TransferEnd(branch="b027", name="Station North", name_zh="北站店")
_HARBOUR = TransferEnd(branch="b031", name="Harbour", name_zh="港口店")
CHAIN = TransfersPage(
    rows=tuple(replace(row, direction=None, sender=_NORTH, receiver=_HARBOUR, findings=("taken_elsewhere",) if index == 1 else (), to_known=index != 2) for index, row in enumerate(_ROWS)),
    next="NEXT", states=_COUNTS,
)
CHAIN_EMPTY = TransfersPage(rows=(), next=None, states=(TransferTab("all", 0),))
CHAIN_ONE = replace(
    RECEIVED, direction=None, sender=_NORTH, receiver=_HARBOUR, documents=(), findings=("taken_elsewhere", "id_used_twice", "below_zero"), to_known=False, cancel="refused",
    elsewhere=(_NORTH,), meant_for=_HARBOUR,
    cancel_reason="Sent twice",
)
