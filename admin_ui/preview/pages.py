"""The list of previews: a name, the site, the template and its context. Tests walk it too."""

from msgspec import Struct

from admin_ui.contexts.shell import Shell, Site, Sync, Theme
from admin_ui.i18n import Language
from admin_ui.preview import (
    alerts,
    branch,
    counts,
    explain,
    headquarters,
    labels,
    lots,
    making,
    policy,
    receipts,
    shifts,
    transfers,
    waiting,
)


class Preview(Struct, frozen=True):
    name: str
    site: Site
    template: str
    page: Struct
    sync: Sync | None = None
    signed_in: bool = True


def _b(name: str, template: str, page: Struct, sync: Sync | None = branch.SYNC, signed_in: bool = True) -> Preview:
    return Preview(name, branch.SITE, template, page, sync, signed_in)


def _h(name: str, template: str, page: Struct, signed_in: bool = True) -> Preview:
    return Preview(name, headquarters.SITE, template, page, None, signed_in)


PREVIEWS = (
    _b("today", "today.html", branch.TODAY),
    _b("today-quiet", "today.html", branch.TODAY_QUIET, branch.SYNC_OFFLINE),
    _b("stock", "stock.html", branch.STOCK),
    _b("stock-peek", "stock.html", branch.STOCK_PEEKED),
    _b("stock-low", "stock.html", branch.STOCK_LOW),
    _b("stock-no-match", "stock.html", branch.STOCK_NO_MATCH),
    _b("stock-empty", "stock.html", branch.STOCK_EMPTY),
    _b("stock-rows", "stock_rows.html", branch.STOCK_MORE),
    _b("peek", "stock_peek.html", branch.PEEK),
    _b("peek-new", "stock_peek.html", branch.PEEK_NEW),
    _b("documents", "documents.html", branch.DOCUMENTS),
    _b("documents-rows", "documents_rows.html", branch.DOCUMENTS),
    _b("documents-empty", "documents.html", branch.DOCUMENTS_EMPTY),
    _b(
        "document",
        "document.html",
        branch.SALE,
        Sync(state="catching_up", head_seq=branch.HEAD, applied_seq=branch.HEAD - 2, waiting=2),
    ),
    _b("document-adjustment", "document.html", branch.ADJUSTED),
    _b("document-waiting", "document.html", branch.WAITING),
    _b("document-asked", "document.html", waiting.ASKED),
    _b("document-counted", "document.html", waiting.COUNTED),
    _b("document-closed", "document.html", waiting.CLOSED),
    _b("document-requisition", "document.html", waiting.REQUIRED),
    _b("document-taken-back", "document.html", waiting.TAKEN_BACK),
    _b("counts", "counts.html", counts.FIRST),
    _b("counts-cashier", "counts.html", counts.CASHIER),
    _b("count-sheet", "count_sheet.html", counts.SHEET),
    _b("count-sheet-new", "count_sheet.html", counts.NEW),
    _b("count-posted", "count_sheet.html", counts.POSTED),
    _b("why", "explain.html", explain.BELOW),
    _b("why-quiet", "explain.html", explain.QUIET),
    _b("labels", "labels.html", labels.EMPTY),
    _b("labels-tried", "labels.html", labels.TRIED),
    _b("labels-wrong", "labels.html", labels.WRONG),
    _b("lots", "lots.html", lots.EXPIRING),
    _b("lots-rows", "lots_rows.html", lots.EXPIRING),
    _b("lots-expired", "lots.html", lots.EXPIRED),
    _b("lots-none", "lots.html", lots.NONE),
    _b("lots-no-match", "lots.html", lots.NO_MATCH),
    _b("lot", "lot.html", lots.ONE),
    _b("lot-blocked", "lot.html", lots.RECALLED),
    _b("serial", "serial.html", lots.LIFE),
    _b("serial-none", "serial.html", lots.NO_PIECE),
    _b("policy", "policy.html", policy.GENERAL),
    _b("policy-own", "policy.html", policy.OWN),
    _b("receipts", "receipts.html", receipts.RECEIPTS),
    _b("receipts-look", "receipts.html", receipts.RECEIPTS_LOOK),
    _b("shifts", "shifts.html", shifts.LIST),
    _b("shifts-rows", "shifts_rows.html", shifts.LIST),
    _b("shifts-empty", "shifts.html", shifts.EMPTY),
    _b("shift-x", "shift.html", shifts.X),
    _b("shift-z", "shift.html", shifts.Z),
    _b("shift-never", "shift.html", shifts.NEVER),
    _b("waiting", "waiting.html", waiting.REQUESTS),
    _b("waiting-none", "waiting.html", waiting.REQUESTS_NONE),
    _b("waiting-reviews", "waiting.html", waiting.REVIEWS),
    _b("waiting-rows", "waiting_rows.html", waiting.REQUESTS),
    _b("alerts", "alerts.html", alerts.OPEN),
    _b("alerts-rows", "alerts_rows.html", alerts.MORE),
    _b("alerts-history", "alerts.html", alerts.HISTORY),
    _b("alerts-none", "alerts.html", alerts.QUIET),
    _b("alerts-history-none", "alerts.html", alerts.QUIET_HISTORY),
    _b("orders", "orders.html", making.ORDERS),
    _b("orders-rows", "orders_rows.html", making.ORDERS),
    _b("orders-none", "orders.html", making.ORDERS_NONE),
    _b("orders-no-match", "orders.html", making.ORDERS_NO_MATCH),
    _b("order", "order.html", making.ORDER),
    _b("order-closed", "order.html", making.ORDER_CLOSED),
    _b("recipes", "recipes.html", making.RECIPES),
    _b("recipes-rows", "recipes_rows.html", making.RECIPES),
    _b("recipes-none", "recipes.html", making.RECIPES_NONE),
    _b("recipe", "recipe.html", making.RECIPE),
    _b("recipe-plain", "recipe.html", making.RECIPE_PLAIN),
    _b("work-orders", "work_orders.html", making.WORK),
    _b("work-orders-rows", "work_orders_rows.html", making.WORK),
    _b("work-orders-none", "work_orders.html", making.WORK_NONE),
    _b("work-orders-no-recipe", "work_orders.html", making.WORK_NO_RECIPE),
    _b("work-order", "work_order.html", making.WORK_ONE),
    _b("work-order-ready", "work_order.html", making.WORK_READY),
    _b("work-order-plain", "work_order.html", making.WORK_PLAIN),
    _b("work-order-done", "work_order.html", making.WORK_DONE),
    _b("new-receipt", "document_new.html", making.RECEIVE),
    _b("new-write-off", "document_new.html", making.WRITE_OFF),
    _b("new-issue", "document_new.html", making.ISSUE),
    _b("new-adjustment", "document_new.html", making.ADJUST),
    _b("document-pruned", "document.html", branch.PRUNED),
    _b("transfers", "transfers.html", transfers.LIST),
    _b("transfers-rows", "transfers_rows.html", transfers.LIST),
    _b("transfers-empty", "transfers.html", transfers.EMPTY),
    _b("transfers-no-match", "transfers.html", transfers.NO_MATCH),
    _b("transfer-receive", "transfer.html", transfers.RECEIVE),
    _b("transfer-sent", "transfer.html", transfers.SENT),
    _b("transfer-received", "transfer.html", transfers.RECEIVED),
    _b("transfer-cancelling", "transfer.html", transfers.CANCELLING),
    _b("transfer-cancelled", "transfer.html", transfers.CANCELLED),
    _b("transfer-early", "transfer.html", transfers.EARLY),
    _b("transfer-new", "transfer_new.html", transfers.NEW),
    _b("transfer-elsewhere", "transfer.html", transfers.ELSEWHERE),
    _b("devices", "devices.html", branch.DEVICES),
    _b("devices-none", "devices.html", branch.DEVICES_NONE),
    _b("replication", "replication.html", branch.REPLICATION),
    _b("replication-held", "replication.html", branch.REPLICATION_HELD),
    _b("replication-offline", "replication.html", branch.REPLICATION_OFFLINE, branch.SYNC_OFFLINE),
    _b("replication-alone", "replication.html", branch.REPLICATION_ALONE, Sync(state="standalone")),
    _b("replication-blocked", "replication.html", branch.REPLICATION_BLOCKED, Sync(state="blocked", waiting=9)),
    _b("sign-in-pin", "sign_in.html", branch.SIGN_IN_PIN, None, signed_in=False),
    _b("sign-in-refused", "sign_in.html", branch.SIGN_IN_REFUSED, None, signed_in=False),
    _b("sign-in-password", "sign_in.html", branch.SIGN_IN_PASSWORD, None, signed_in=False),
    _b("sign-in-locked", "sign_in.html", branch.SIGN_IN_LOCKED, None, signed_in=False),
    _b("not-found", "problem.html", branch.NOT_FOUND, None),
    _b("not-allowed", "problem.html", branch.NOT_ALLOWED, None),
    _b("failed", "problem.html", branch.FAILED, None),
    _b("simulated-devices", "simulated_devices.html", branch.SIMULATED, None, signed_in=False),
    _h("fleet", "fleet.html", headquarters.FLEET),
    _h("fleet-empty", "fleet.html", headquarters.FLEET_EMPTY),
    _h("branch-blocked", "branch.html", headquarters.BRANCH_BLOCKED),
    _h("branch-two-devices", "branch.html", headquarters.BRANCH_TWO_DEVICES),
    _h("hq-transfers", "transfers.html", transfers.CHAIN),
    _h("hq-transfers-empty", "transfers.html", transfers.CHAIN_EMPTY),
    _h("hq-transfer", "transfer.html", transfers.CHAIN_ONE),
    _h("hq-stock", "branch_stock.html", headquarters.STOCK),
    _h("hq-stock-rows", "branch_stock_rows.html", headquarters.STOCK_MORE),
    _h("hq-stock-empty", "branch_stock.html", headquarters.STOCK_EMPTY),
    _h("items", "catalogue.html", headquarters.CATALOGUE),
    _h("items-refused", "catalogue.html", headquarters.CATALOGUE_REFUSED),
    _h("items-empty", "catalogue.html", headquarters.CATALOGUE_EMPTY),
    _h("hq-sign-in", "sign_in.html", headquarters.SIGN_IN, signed_in=False),
)


def shell_of(preview: Preview, language: Language, theme: Theme) -> Shell:
    return Shell(
        language=language,
        theme=theme,
        person=branch.PERSON if preview.signed_in else None,
        csrf_token="example",  # noqa: S106  (a picture needs no real one)
        sync=preview.sync,
        attention=4 if preview.site.kind == "headquarters" and preview.signed_in else None,
        badges={"waiting": 3, "alerts": 0 if "none" in preview.name else 12} if preview.site.kind == "branch" else {},
    )
