"""Made-up contexts of the page of alerts."""

from msgspec.structs import replace

from admin_ui.contexts.alerts import AlertDelivery, AlertReceiver, AlertRow, AlertsPage, AlertTask
from admin_ui.preview.branch import NOW

# Tables read better with one row per line.
# fmt: off
_ROWS = (
    AlertRow(
        id="14", kind="negative_stock", severity="warning", title="Negative stock", detail="Chocolate wafer 100 g: the book says -2 pc. Something that came in was not entered.",
        raised_at=NOW - 300, href="/stock?q=6901668005335", item="6901668005335", unit="pc",
        tasks=(AlertTask(location="shop", quantity="-2", document="019aa9c0-7a31-7cc0-8e11-5b2f10a4e001", type="sale", number="SA-000412", person="lin"),),
        deliveries=(AlertDelivery(receiver="chen", sent_at=NOW - 290), AlertDelivery(receiver="boss")),
    ),
    AlertRow(id="13", kind="expired", severity="urgent", title="Expired goods on hand", detail="Whole milk 1 L, lot M2610Z: 6 btl on the shelf expired on 2026-11-20.", raised_at=NOW - 90_000, href="/stock?q=milk-1l", item="milk-1l", unit="btl", seen_by="chen", seen_at=NOW - 80_000),
    AlertRow(id="12", kind="transfer_overdue", severity="warning", title="A transfer is overdue", detail="Transfer TO-000031 from b002 to b001, sent on 2026-11-18, has not arrived.", raised_at=NOW - 100_000, href="/transfers/019aa9c0-7a31-7cc0-8e11-5b2f10a4e001"),
    AlertRow(id="11", kind="count_due", severity="info", title="Counts are due", detail="12 items of class A are due to be counted.", raised_at=NOW - 200_000),
)
RECEIVERS = (
    AlertReceiver(name="chen", service="dingtalk://…", severity="info", sent_at=NOW - 290, quiet_from="22:00", quiet_to="07:00"),
    AlertReceiver(name="boss", service="mailtos://…", severity="urgent", waiting=3, failed_tries=4, last_error="failed timeout", next_try_at=NOW + 200, quiet_from="20:00", quiet_to="08:00", urgent_always=False),
    AlertReceiver(name="office", service="json://…", severity="warning", waiting=1),
    AlertReceiver(name="night", service="feishu://…", severity="urgent"),
)
OPEN = AlertsPage(tab="open", rows=_ROWS, next=None, unseen=3, receivers=RECEIVERS)
MORE = replace(OPEN, next="more")
HISTORY = AlertsPage(
    tab="history", next=None, unseen=3, receivers=RECEIVERS,
    rows=(AlertRow(id="9", kind="low_stock", severity="warning", title="Low stock", detail="Spring water 1.5 L: 9 btl left, 24 wanted.", raised_at=NOW - 500_000, cleared_at=NOW - 400_000, seen_by="chen", seen_at=NOW - 490_000, href="/stock?q=6902083881405"),),
)
QUIET = AlertsPage(tab="open", rows=(), next=None)
QUIET_HISTORY = AlertsPage(tab="history", rows=(), next=None)
