"""One of everything that travels: messages, journal entries, outbox entries; the golden files are made of these."""

from typing import Final

from replication.wire.events import (
    Approval,
    DocumentDetail,
    DocumentMore,
    DocumentPosted,
    EpochBegun,
    ItemPut,
    KnownEvent,
    LineDetail,
    LineMore,
    LotBlocked,
    LotReleased,
    Making,
    PostedLine,
    PriceTaken,
    RecipePut,
    SkipTaken,
    Tender,
    TenderType,
    TransferCancelRequested,
    TransferReleased,
    Variance,
    VarianceReason,
    WorkStep,
    encode_event,
)
from replication.wire.item import Item, Pack, Tracking
from replication.wire.messages import (
    Ancestor,
    Bisect,
    Continue,
    Fenced,
    Heartbeat,
    Hello,
    InboxPosition,
    Lane,
    Later,
    Message,
    Nudge,
    Peripherals,
    Pull,
    Pulled,
    PullRefused,
    Rebase,
    Refused,
    Want,
    Watermark,
)
from replication.wire.movement import Movement, Route
from replication.wire.outbox import (
    CatalogueItem,
    OutboxMessage,
    Price,
    Readmit,
    ReceivedLine,
    Skipped,
    TransferAdvice,
    TransferCancelRefused,
    TransferLine,
    TransferReceived,
    TransferReleaseAsked,
    TransferTakenElsewhere,
    TransferVoided,
    encode_outbox,
)
from replication.wire.partner import PartnerPut
from replication.wire.quantity import Quantity
from replication.wire.recipe import ByProduct, Component, DepleteOn, Recipe, RoutingStep

AT: Final = 1_795_000_000_000
HASH: Final = bytes(range(32))
BOOT: Final = b"12345678"
TRANSFER: Final = bytes(range(16))

ITEM: Final = Item(
    "tea", "Tea", "piece", 645, "茶", ("9521234567899",), (Pack("box", Quantity(24000)),), Tracking.LOT, weighed=True
)
SALE: Final = DocumentPosted(
    "sale", "SA-000001", AT, AT + 1, "lin", "till-1", 1290, 10, (Tender(TenderType.CASH, 1300),),
    (PostedLine("tea", Quantity(2000), 645, 0, 1290, LineDetail(reading="r1")),), (Route("shop", "customer"),),
    (Movement(0, 0, Quantity(2000), "L1"),),
    DocumentDetail(warnings=("negative_stock",), approval=Approval("chen", "late"), settled=True),
)  # fmt: skip
RECEIVED: Final = DocumentPosted(
    "transfer_in", "TI-000001", AT, None, "chen", None, 0, 0, (),
    (PostedLine("tea", Quantity(9000), detail=LineDetail(variance=(Variance(VarianceReason.SHORT, Quantity(1000)),))),),
    (Route("in-transit", "shop"), Route("in-transit", "transfer-short")),
    (Movement(0, 0, Quantity(9000)), Movement(0, 1, Quantity(1000))), DocumentDetail(transfer="00010203"),
)  # fmt: skip

RECIPE: Final = Recipe(
    "bread", "bread", Quantity(10_000),
    (Component("flour", Quantity(5000)), Component("oil", Quantity(20_000), "spoon", 200, 3, 9800)), 9500,
    (ByProduct("crumbs", Quantity(300), 100),), (RoutingStep("Bake", "烘烤", 40),), DepleteOn.PRODUCTION, "bakery", 3, 300,
)  # fmt: skip
PRODUCED: Final = DocumentPosted(
    "production", "PR-000001", AT, None, "chen", None, 0, 0, (),
    (
        PostedLine("bread", Quantity(10_000), detail=LineDetail(expiry="2026-11-26", more=LineMore(role="output"))),
        PostedLine("flour", Quantity(5300), detail=LineDetail(more=LineMore(role="component", planned=Quantity(5263)))),
        PostedLine("crumbs", Quantity(300), detail=LineDetail(more=LineMore(role="by_product", of=0, share=100))),
        PostedLine("bread", Quantity(1000), detail=LineDetail(more=LineMore(role="scrap", step="Bake"))),
    ),
    (Route("production", "shop"), Route("shop", "production"), Route("production", "scrap")),
    (
        Movement(0, 0, Quantity(10_000), "20261123"), Movement(1, 1, Quantity(5300)), Movement(2, 0, Quantity(300)),
        Movement(3, 2, Quantity(1000)),
    ),
    DocumentDetail(more=DocumentMore(recipe="bread", made=Making(False, (WorkStep("Bake", "wang", AT, AT + 1),)))),
)  # fmt: skip

MESSAGES: Final[tuple[Message, ...]] = (
    Hello(
        "b001", 2, BOOT, 1, Ancestor(9, HASH), (Ancestor(8, HASH[::-1]),), (1,), AT, "Riverside", "河滨", "CNY", "UDEVICE",
        "board-1", "K7QD", InboxPosition(7, 3, HASH), (1, 2, 3), "0.2.0",
    ),
    Continue(2, 9, HASH, 5, 20_000, 7),
    Bisect(3, 9, 7),
    Rebase(3, 10_010, 4, HASH, 9, HASH[::-1], "restored", 7),
    Fenced("copy", "two are alive", 5, 7),
    Later(1500, 7),
    Refused("blocked", "bad_hash: entry 9", 8, HASH, 7, BOOT),
    Watermark("b001", 2, 9, HASH, 5, 20_000, 7),
    Heartbeat("b001", 2, 9, AT, leaving=True, boot_id=BOOT, peripherals=Peripherals(4, ("scale-1",))),
    Want("b001", 2, 4),
    Pull("b001", Lane.JOURNAL, 4, HASH, 7, "UDEVICE", BOOT),
    Pulled(Lane.OUTBOX, b"envelope", 12, 7, from_beginning=True),
    PullRefused("fenced", "another device is this branch now", 7),
    Nudge("b001", 7, 12),
)  # fmt: skip

EVENT_SAMPLES: Final[tuple[KnownEvent, ...]] = (
    SALE,
    RECEIVED,
    ItemPut(ITEM, "headquarters", AT, 7 << 28 | 3, HASH[:16]),
    EpochBegun(4, HASH, 9, "restored", 2, 1, AT),
    TransferCancelRequested(TRANSFER, "chen", "wrong shop", AT),
    TransferReleased(TRANSFER, AT),
    PriceTaken("default", "tea", 700, AT, 7 << 28 | 4, AT, HASH[:16]),
    SkipTaken(5, 6, "wang", "damaged card", b"signature", AT),
    LotBlocked("tea", "L1", "recalled by the maker", "chen", AT),
    LotReleased("tea", "L1", "tested", "chen", AT),
    RecipePut(RECIPE, "chen", AT),
    PRODUCED,
    PartnerPut("suppliers", "riverside-tea", "Riverside Tea Co.", "河滨茶业", "0571-5550100", None, True, "chen", AT),
)
OUTBOX_SAMPLES: Final[tuple[OutboxMessage, ...]] = (
    CatalogueItem(ITEM, 7 << 28 | 3, HASH[:16]),
    Price("default", "tea", 700, AT, 7 << 28 | 4, HASH[:16]),
    TransferAdvice(
        TRANSFER,
        "b002",
        "TO-000001",
        AT,
        (TransferLine("tea", Quantity(9000), "L1", "2027-01-31"),),
        "fragile",
        HASH[:16],
    ),
    TransferReleaseAsked(TRANSFER, "wrong shop"),
    TransferVoided(TRANSFER, (TransferLine("tea", Quantity(1000)),)),
    TransferCancelRefused(TRANSFER, "received"),
    TransferReceived(TRANSFER, (ReceivedLine("tea", "L1", 8000, 1000, 0, 0),)),
    Readmit(TRANSFER, 1, b"payload", 1, 12),
    Skipped(5, 6, "wang", "damaged card", b"signature"),
    TransferTakenElsewhere(TRANSFER, "b003", ("b004",)),
)
EVENTS: Final = tuple((int(kind), payload) for kind, payload in map(encode_event, EVENT_SAMPLES))
OUTBOX: Final = tuple((int(kind), payload) for kind, payload in map(encode_outbox, OUTBOX_SAMPLES))
