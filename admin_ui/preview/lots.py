"""Made-up contexts of lots and single pieces."""

from msgspec.structs import replace

from admin_ui.contexts.lots import LotLine, LotPage, LotPlace, LotSaid, LotsPage, SerialPage, SerialStep
from admin_ui.preview.branch import NOW

# Tables read better with one row per line.
# fmt: off
_MILK = LotLine(item="milk-1l", name="Whole milk 1 L", name_zh="全脂牛奶 1 升", unit="bottle", lot="M2611A", expiry="2026-11-25", days=3, on_hand="22", available="22", places=(LotPlace(location="shop", on_hand="16"), LotPlace(location="stockroom", on_hand="6")))
_BLOCKED = replace(_MILK, lot="M2611B", expiry="2026-12-04", days=12, on_hand="33", available="0", blocked="Recall 2026-118: glass")
_OLD = replace(_MILK, lot="M2610Z", expiry="2026-11-20", days=-2, on_hand="6", available="6")
EXPIRING = LotsPage(tab="expiring", rows=(_MILK, _BLOCKED), next="more")
EXPIRED = LotsPage(tab="expired", rows=(_OLD,), next=None)
NONE = LotsPage(tab="blocked", rows=(), next=None)
NO_MATCH = LotsPage(tab="search", rows=(), next=None, q="M99")
ONE = LotPage(lot=_MILK, said=(LotSaid(expiry="2026-11-25", blocked=None, reason="", person="chen", at=NOW - 90_000),))
RECALLED = LotPage(lot=_BLOCKED, said=(LotSaid(expiry=None, blocked=True, reason="Recall 2026-118: glass", person="chen", at=NOW - 900), LotSaid(expiry=None, blocked=False, reason="Tested", person="admin", at=NOW - 9_000)))
LIFE = SerialPage(
    serial="K2-0001", next=None,
    steps=(
        SerialStep(item="scan-k2", from_location="shop", to_location="customer", lot=None, document="019aa9c0-7a31-7cc0-8e11-5b2f10a40b01", type="sale", number="SA-000002", person="lin", station="till-1", at=NOW - 900),
        SerialStep(item="scan-k2", from_location="supplier", to_location="shop", lot=None, document="019aa9c0-7a31-7cc0-8e11-5b2f10a40b02", type="goods_receipt", number="GR-000001", person="chen", station=None, at=NOW - 90_000),
    ),
)
NO_PIECE = SerialPage(serial="", steps=(), next=None)
