"""Headquarters' HTTP application: every route in one place, with what the published description says of the raw ones."""

from litestar import Litestar

from admin_ui.serving.event_stream import EventStream
from admin_ui.serving.openapi import ApiInfo
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.raw import Operation, RawRoute
from admin_ui.serving.site import build_app
from replication.headquarters.web import branches, decisions, documents, health, items, lots, prices, stock, transfers
from replication.headquarters.web.health import Figures, HealthView
from replication.headquarters.web.live import TOPICS
from replication.headquarters.web.office import Office, moment
from replication.headquarters.web.pages import branch as branch_page
from replication.headquarters.web.pages import entrance, fleet
from replication.headquarters.web.pages import items as items_page
from replication.headquarters.web.pages import requisitions as requisitions_page
from replication.headquarters.web.pages import stock as stock_page
from replication.headquarters.web.pages import transfers as transfers_page
from replication.headquarters.web.pages.frame import Frame
from replication.storage.errors import StoreBusy, StoreClosed

DESCRIPTION = (
    'All branches. Quantities are decimal strings in thousandths ("1.250"), money is whole minor units, times are UTC. '
    "Lists are {rows, next}: send `next` back as `after`. Every figure says what it is true for: `as_of_seq` of its "
    "branch's journal, and the moment `as_of`."
)
CLOSING_RETRY_SECONDS = 2


def build(office: Office) -> Litestar:
    """The application, ready for `server.serve`."""
    frame = Frame(office)
    routes = [
        *branches.routes(office), *decisions.routes(office), *stock.routes(office), *documents.routes(office), *items.routes(office),
        *prices.routes(office), *transfers.routes(office), *lots.routes(office),
        *entrance.routes(frame), *fleet.routes(frame), *branch_page.routes(frame), *stock_page.routes(frame),
        *transfers_page.routes(frame), *requisitions_page.routes(frame),
        *items_page.routes(frame),
    ]  # fmt: skip
    return build_app(
        routes,
        guard=office.guard,
        api=ApiInfo("Kontor headquarters", office.version, DESCRIPTION),
        raw=_raw_routes(office),
        static=office.static,
        problem_page=frame.problem,
        exceptions={
            StoreBusy: lambda error: make("busy", retry_after=error.retry_after_seconds),
            StoreClosed: lambda _: make("busy", retry_after=CLOSING_RETRY_SECONDS),
        },
        home="/fleet",
    )


def _raw_routes(office: Office) -> list[RawRoute]:
    stream = EventStream(office.live, office.guard, now_text=lambda: moment(office.utc_milliseconds()) or "")
    return [
        *items.raw_routes(office),
        *prices.raw_routes(office),
        RawRoute("/api/v1/events", {
            "GET": Operation(
                handler=stream,
                summary="Live events (text/event-stream)",
                name="events",
                tags=["live"],
                query={
                    "topics": f"Comma-separated, of: {', '.join(TOPICS)}. All without it.",
                    "last_event_id": "The last number received, for a page that cannot send the header.",
                },
                responses={200: None},
            )
        }),
        RawRoute("/api/v1/health", {
            "GET": Operation(
                handler=health.get_health(office),
                summary="Start-up checks, writer, line and disk; open to everybody",
                name="health",
                tags=["site"],
                responses={200: HealthView, 503: HealthView},
            )
        }),
        RawRoute("/api/v1/metrics", {
            "GET": Operation(
                handler=health.get_metrics(office, Figures(office)),
                summary="Figures for Prometheus (text)",
                name="metrics",
                tags=["site"],
                responses={200: None, 401: Problem},
            )
        }),
    ]  # fmt: skip
