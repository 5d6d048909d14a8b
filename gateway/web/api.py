"""The branch's HTTP application: every route in one place, with what the published description says of the raw ones."""

from litestar import Litestar

from admin_ui.serving.event_stream import EventStream
from admin_ui.serving.openapi import ApiInfo
from admin_ui.serving.problem import Problem
from admin_ui.serving.raw import Operation, RawRoute
from admin_ui.serving.site import build_app
from gateway.domain.document import Body
from gateway.use_cases.count_line import CountEntry
from gateway.web import (
    alerts,
    catalogue,
    counts,
    customer_display,
    deciding,
    devices,
    documents,
    epochs,
    examples,
    explain,
    exports,
    health,
    held_items,
    imports,
    items,
    journal,
    kitchen,
    lots,
    metrics,
    orders,
    partners,
    policy,
    ports,
    posting,
    print_jobs,
    receipt_layout,
    recipes,
    replication,
    reviews,
    scale_keys,
    scan,
    shifts,
    stock,
    tasks,
    transfers,
    usage,
    work_orders,
    worth,
)
from gateway.web.alerts import AlertView
from gateway.web.branch import Branch
from gateway.web.catalogue import Catalogue
from gateway.web.counts import ClassesMade, CountLineView
from gateway.web.customer_display import DisplayRequest
from gateway.web.deciding import DecidedAnswer, Decision
from gateway.web.devices import DeviceView, DrawerOpened, DrawerRequest
from gateway.web.document_answers import DocumentView, NeedsApprovalAnswer, PostedAnswer
from gateway.web.health import HealthView
from gateway.web.items import ItemView
from gateway.web.kitchen import TicketView
from gateway.web.live_events import TOPICS
from gateway.web.lots import BlockAnswer, BlockRequest
from gateway.web.metrics import Figures
from gateway.web.moments import moment
from gateway.web.pages import book
from gateway.web.pages.frame import Frame
from gateway.web.print_jobs import PrintQueued, PrintWhere
from gateway.web.problems import store_busy, store_closing
from gateway.web.reviews import ReviewRequest, ReviewView
from gateway.web.scale_keys import ScaleRequest, ScaleTold
from gateway.web.transfers import CancelRequest, TransferView
from replication.storage.errors import StoreBusy, StoreClosed
from replication.wire.item_entry import ItemEntry

DESCRIPTION = (
    'One branch. Quantities are decimal strings in thousandths ("1.250"), money is whole minor units, times are UTC. '
    "Lists are {rows, next}: send `next` back as `after`. A document's id (UUIDv7) is made by the client, and sending it "
    "again answers the first answer again."
)


def build(branch: Branch, figures: Figures) -> Litestar:
    """The application, ready for `server.serve`."""
    frame = Frame(branch)
    routes = [
        *documents.list_routes(branch), *items.list_routes(branch), *held_items.routes(branch), *scan.routes(branch), *stock.routes(branch), *explain.routes(branch),
        *journal.routes(branch), *replication.routes(branch), *devices.routes(branch), *ports.routes(branch),
        *print_jobs.list_routes(branch), *kitchen.list_routes(branch),
        *transfers.list_routes(branch), *orders.routes(branch), *lots.list_routes(branch), *epochs.routes(branch), *policy.routes(branch), *tasks.list_routes(branch), *worth.routes(branch), *recipes.routes(branch), *usage.routes(branch), *work_orders.list_routes(branch), *alerts.list_routes(branch), *shifts.routes(branch), *counts.list_routes(branch), *reviews.list_routes(branch), *partners.routes(branch), *imports.routes(), *exports.routes(branch), *book.routes(frame),
    ]  # fmt: skip
    return build_app(
        routes,
        guard=branch.guard,
        api=ApiInfo(f"Kontor branch {branch.config.site.id}", branch.version, DESCRIPTION),
        raw=raw_routes(branch, figures),
        static=branch.static,
        root_files=book.SERVICE_WORKER,
        files={imports.PATH: imports.FILE_BYTES_MAX},
        problem_page=frame.problem,
        exceptions={StoreBusy: store_busy, StoreClosed: lambda _: store_closing()},
    )


def raw_routes(branch: Branch, figures: Figures) -> list[RawRoute]:
    """The raw routes, described with the structs they decode and encode."""
    stream = EventStream(branch.live, branch.guard, now_text=lambda: moment(branch.shop.clock()))
    return [
        RawRoute("/api/v1/documents/{id:str}", {
            "PUT": Operation(
                handler=posting.put_document(branch),
                summary="Post a document",
                name="put_document",
                tags=["documents"],
                request=Body,
                request_examples=examples.DOCUMENTS,
                responses={
                    201: PostedAnswer, 200: PostedAnswer, 202: NeedsApprovalAnswer, 400: Problem, 409: Problem, 422: Problem,
                    429: Problem, 503: Problem,
                },
                response_examples={201: examples.POSTED, 202: examples.NEEDS_APPROVAL},
            ),
            "GET": Operation(
                handler=documents.get_document(branch),
                summary="A document, posted or waiting",
                name="get_document",
                tags=["documents"],
                responses={200: DocumentView, 404: Problem},
            ),
        }, examples.DOCUMENT),
        RawRoute("/api/v1/documents/{id:str}/approve", {
            "POST": Operation(
                handler=deciding.post_approve(branch),
                summary="Approve a waiting document; it is posted against the stock of now",
                name="approve_document",
                tags=["documents"],
                request=Decision,
                request_example=examples.DECISION,
                responses={200: PostedAnswer, 404: Problem, 409: Problem, 422: Problem},
            )
        }, examples.DOCUMENT),
        RawRoute("/api/v1/documents/{id:str}/reject", {
            "POST": Operation(
                handler=deciding.post_reject(branch),
                summary="Refuse a waiting document; its id is spent",
                name="reject_document",
                tags=["documents"],
                request=Decision,
                request_example=examples.DECISION,
                responses={200: DecidedAnswer, 404: Problem, 409: Problem, 422: Problem},
            )
        }, examples.DOCUMENT),
        RawRoute("/api/v1/documents/{id:str}/review", {
            "POST": Operation(
                handler=reviews.post_review(branch),
                summary="Tick off a sale that was settled with warnings",
                name="review_document",
                tags=["documents"],
                request=ReviewRequest,
                request_example=examples.REVIEW,
                responses={200: ReviewView, 404: Problem, 422: Problem},
            )
        }, examples.DOCUMENT),
        RawRoute("/api/v1/documents/{id:str}/print", {
            "POST": Operation(
                handler=print_jobs.post_print(branch),
                summary="Print the till receipt again",
                name="print_document",
                tags=["documents", "devices"],
                request=PrintWhere,
                request_example=examples.PRINT,
                responses={202: PrintQueued, 404: Problem, 422: Problem},
            )
        }, examples.DOCUMENT),
        RawRoute("/api/v1/transfers/{id:str}/cancel", {
            "POST": Operation(
                handler=transfers.post_cancel(branch),
                summary="Ask for the rest of a transfer back; headquarters decides",
                name="cancel_transfer",
                tags=["transfers"],
                request=CancelRequest,
                request_example=examples.CANCEL,
                responses={202: TransferView, 200: TransferView, 404: Problem, 422: Problem},
            )
        }, examples.TRANSFER),
        *[
            RawRoute(f"/api/v1/lots/{{item:str}}/{{lot:str}}/{verb}", {
                "POST": Operation(
                    handler=lots.post_block(branch, blocked=verb == "block"),
                    summary=summary,
                    name=f"{verb}_lot",
                    tags=["stock"],
                    request=BlockRequest,
                    request_example=examples.BLOCK,
                    responses={200: BlockAnswer, 404: Problem, 422: Problem},
                )
            }, examples.LOT)
            for verb, summary in (
                ("block", "Block a lot: it may only be sent back or written off"), ("unblock", "Release a blocked lot"),
            )
        ],
        RawRoute("/api/v1/alerts/{id:int}/seen", {
            "POST": Operation(
                handler=alerts.post_seen(branch),
                summary="Say that an alert was seen; the first who says so stands",
                name="see_alert",
                tags=["alerts"],
                responses={200: AlertView, 404: Problem},
            )
        }, examples.ALERT),
        RawRoute("/api/v1/kitchen-tickets/{ticket:int}/take", {
            "POST": Operation(
                handler=kitchen.post_take(branch),
                summary="Say that somebody in the kitchen has it; the first who says so stands",
                name="take_ticket",
                tags=["kitchen"],
                responses={200: TicketView, 404: Problem, 409: Problem},
            )
        }, examples.TICKET),
        RawRoute("/api/v1/counts/classes/recompute", {
            "POST": Operation(
                handler=counts.post_classes(branch),
                summary="Make the ABC classes anew now, as every night",
                name="recompute_classes",
                tags=["counts"],
                responses={200: ClassesMade},
            )
        }),
        RawRoute("/api/v1/counts/{id:str}/lines/{line:int}", {
            "PUT": Operation(
                handler=counts.put_line(branch),
                summary="Note what was counted of an item, as the ledger stands at this moment",
                name="put_count_line",
                tags=["counts"],
                request=CountEntry,
                request_example=examples.COUNT_ENTRY,
                responses={200: CountLineView, 400: Problem, 422: Problem, 503: Problem},
            )
        }, examples.COUNT_LINE),
        RawRoute("/api/v1/counts/{id:str}/post", {
            "POST": Operation(
                handler=counts.post_sheet(branch),
                summary="Post a count sheet as one stock count, each line at its own position",
                name="post_count",
                tags=["counts"],
                responses={201: PostedAnswer, 200: PostedAnswer, 202: NeedsApprovalAnswer, 404: Problem, 422: Problem},
            )
        }, examples.COUNT),
        RawRoute("/api/v1/items/{sku:str}", {
            "PUT": Operation(
                handler=items.put_one(branch),
                summary="Create or change an item",
                name="put_item",
                tags=["items"],
                request=ItemEntry,
                request_example=examples.ITEM,
                responses={201: ItemView, 200: ItemView, 400: Problem, 409: Problem, 422: Problem, 503: Problem},
            ),
            "GET": Operation(
                handler=items.get_one(branch),
                summary="One item",
                name="get_item",
                tags=["items"],
                responses={200: ItemView, 404: Problem},
            ),
        }, examples.ITEM_AT),
        *recipes.raw_routes(branch),
        *work_orders.raw_routes(branch),
        *partners.raw_routes(branch),
        *imports.raw_routes(branch),
        *receipt_layout.raw_routes(branch),
        RawRoute("/api/v1/catalogue", {
            "GET": Operation(
                handler=catalogue.get_catalogue(branch),
                summary="All items in one compact answer, for the till; with ETag",
                name="get_catalogue",
                tags=["items"],
                responses={200: Catalogue, 304: None},
            )
        }),
        RawRoute("/api/v1/stations/{name:str}/drawer", {
            "POST": Operation(
                handler=devices.open_drawer(branch),
                summary="Open the drawer without a sale: journalled, then now or not at all",
                name="open_drawer",
                tags=["devices"],
                request=DrawerRequest,
                request_example=examples.DRAWER,
                responses={202: DrawerOpened, 404: Problem, 409: Problem, 422: Problem},
            )
        }, examples.STATION),
        RawRoute("/api/v1/stations/{name:str}/scale", {
            "POST": Operation(
                handler=scale_keys.tell_scale(branch),
                summary="Press the scale's zero or tare key, give a price-computing scale the unit price, or ask for the weight",
                name="tell_scale",
                tags=["devices"],
                request=ScaleRequest,
                request_example=examples.SCALE,
                responses={202: ScaleTold, 400: Problem, 404: Problem, 409: Problem, 422: Problem},
            )
        }, examples.STATION),
        RawRoute("/api/v1/stations/{name:str}/display", {
            "PUT": Operation(
                handler=customer_display.put_display(branch),
                summary="What the station's customer reads: a line with the sum so far, or the welcome",
                name="put_display",
                tags=["devices"],
                request=DisplayRequest,
                request_example=examples.DISPLAY,
                responses={204: None, 400: Problem, 404: Problem, 422: Problem},
            )
        }, examples.STATION),
        *(
            RawRoute(f"/api/v1/devices/{{name:str}}/{verb}", {
                "POST": Operation(
                    handler=ports.enable_device(branch, enabled=enabled),
                    summary=summary,
                    name=f"{verb}_device",
                    tags=["devices"],
                    responses={202: DeviceView, 404: Problem},
                )
            }, examples.DEVICE)
            for verb, enabled, summary in (
                ("release", False, "Leave a device's line to another program, until it is taken up again or the next start"),
                ("enable", True, "Take a released device up again"),
            )
        ),
        RawRoute("/api/v1/events", {
            "GET": Operation(
                handler=stream,
                summary="Live events (text/event-stream)",
                name="events",
                tags=["live"],
                query={
                    "topics": f"Comma-separated, of: {', '.join(TOPICS)}. All without it.",
                    "station": "Leaves out what concerns only other stations.",
                    "last_event_id": "The last number received, for a page that cannot send the header.",
                },
                responses={200: None},
            )
        }),
        RawRoute("/api/v1/health", {
            "GET": Operation(
                handler=health.get_health(branch),
                summary="Start-up checks, writer and disk; open to everybody",
                name="health",
                tags=["site"],
                responses={200: HealthView, 503: HealthView},
            )
        }),
        RawRoute("/api/v1/metrics", {
            "GET": Operation(
                handler=metrics.get_metrics(branch, figures),
                summary="Figures for Prometheus (text)",
                name="metrics",
                tags=["site"],
                responses={200: None},
            )
        }),
    ]  # fmt: skip
