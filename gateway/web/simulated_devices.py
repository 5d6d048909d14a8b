"""The page of a branch's simulated devices: what a hand would do to real ones. For demos, on loopback, without sign-in.

Knows the devices' outside (a pan, a trigger, a roll of paper), and nothing of the branch that uses them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.params import FromPath, JSONBody

from admin_ui.assets import STATIC
from admin_ui.contexts.shell import Shell, Site, Theme
from admin_ui.contexts.simulated_devices import PrinterCard, SimulatedDevicesPage
from admin_ui.render import Renderer
from admin_ui.serving.application import Application
from admin_ui.serving.headers import SecurityHeaders
from admin_ui.serving.language import of_request
from admin_ui.serving.static import StaticFiles
from gateway.web.drawn_paper import DrawnLine, drawn
from peripherals.simulated import SimulatedFloor
from peripherals.simulated_printer import SimulatedPrinter

THEMES: tuple[Theme, ...] = ("light", "dark", "auto")
# A weight has eight characters and a QR code some hundreds; anything longer is no press on this page.
BODY_BYTES_MAX = 10_000


@dataclass(frozen=True, kw_only=True)
class ShownPrinter:
    """A printer of the branch, by its device's name; `printed_at` says when a slip, by its number, was first seen."""

    name: str
    kitchen: bool
    printer: SimulatedPrinter
    printed_at: Callable[[int], float]


class Sample(msgspec.Struct, frozen=True):
    """A code worth scanning, and what it is on."""

    code: str
    name: str
    name_zh: str


class Strip(msgspec.Struct, frozen=True):
    """One piece of paper as the page draws it; `at` is in seconds since 1970."""

    id: int
    at: float
    lines: tuple[DrawnLine, ...]
    cut: bool


class ScaleState(msgspec.Struct, frozen=True):
    """What lies on the pan; null when it is empty."""

    weight: str | None
    motion: bool


class PrinterState(msgspec.Struct, frozen=True):
    """A printer as somebody standing before it sees it, and what came out of it."""

    name: str
    paper: Literal["present", "near_end", "out"]
    cover_open: bool
    silent: bool
    drawer_open: bool
    slips: tuple[Strip, ...]


class ScannerState(msgspec.Struct, frozen=True):
    """Codes that lie about."""

    samples: Sequence[Sample]


class FloorView(msgspec.Struct, frozen=True):
    """Everything the page shows."""

    scale: ScaleState
    scanner: ScannerState
    printers: tuple[PrinterState, ...]
    display: tuple[str, str]


class PutOnScale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A weight for the pan, or null to clear it; `motion` keeps it swinging."""

    weight: str | None
    motion: bool = False


class Scan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code under the beam; `symbology` is a name such as `ean13`."""

    code: str
    symbology: str | None = None


class HandlePrinter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a hand does to a printer; what is left out stays."""

    paper: Literal["present", "near_end", "out"] | None = None
    cover_open: bool | None = None
    silent: bool | None = None
    drawer_open: Literal[False] | None = None


def build_simulated_devices(
    floor: SimulatedFloor,
    site: Site,
    samples: Sequence[Sample],
    printers: Sequence[ShownPrinter],
    *,
    port: int,
    clock: Callable[[], float],
) -> Litestar:
    """The application for `port`. `printers` are all there are, also the floor's own, in the order the page shows them."""
    static = StaticFiles(STATIC)
    renderer = Renderer(site, static.url_for, clock)

    @get("/", sync_to_thread=False)
    def page(request: Request[Any, Any, Any]) -> Response[str]:
        """The page itself."""
        theme = request.cookies.get("kontor_theme")
        shell = Shell(language=of_request(request), theme=next((known for known in THEMES if known == theme), "auto"))
        cards = tuple(PrinterCard(name=one.name, kitchen=one.kitchen) for one in printers)
        shown = SimulatedDevicesPage(branch=site.name, branch_zh=site.name_zh, stations=site.stations, printers=cards)
        return Response(renderer.render("simulated_devices.html", shown, shell), media_type="text/html")

    @get("/state", sync_to_thread=False)
    def state() -> FloorView:
        """What the page follows."""
        return view(floor, samples, printers)

    @post("/scale")
    async def scale(data: JSONBody[PutOnScale]) -> Response[Any]:
        """Puts a weight on the pan."""
        try:
            floor.put_weight(data.weight)
        except ValueError:
            return refused("weight", "no weight a scale can show")
        floor.set_motion(data.motion)
        return Response(None, status_code=204)

    @post("/scan")
    async def scan(data: JSONBody[Scan]) -> Response[Any]:
        """Pulls the trigger."""
        try:
            floor.scan(data.code, data.symbology)
        except KeyError:
            return refused("symbology", "no symbology of that name")
        return Response(None, status_code=204)

    @post("/printers/{name:str}")
    async def handle(name: FromPath[str], data: JSONBody[HandlePrinter]) -> Response[Any]:
        """Does to a printer what a hand would."""
        found = next((one.printer for one in printers if one.name == name), None)
        if found is None:
            return refused("name", "no printer of that name", status=404)
        if data.paper is not None:
            found.set_paper(data.paper)
        if data.cover_open is not None:
            found.set_cover(data.cover_open)
        if data.silent is not None:
            found.set_silent(data.silent)
        if data.drawer_open is not None:
            found.close_drawer()
        return Response(None, status_code=204)

    app = Application(
        route_handlers=[page, state, scale, scan, handle, static.route()],
        # Any page in the same browser can send here; it cannot read our answers, and under another name it gets none.
        allowed_hosts=AllowedHostsConfig(allowed_hosts=[f"127.0.0.1:{port}", f"localhost:{port}"]),
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=None,
        logging_config=None,
    )
    app.asgi_handler = SecurityHeaders(app.asgi_handler)
    return app


def view(floor: SimulatedFloor, samples: Sequence[Sample], printers: Sequence[ShownPrinter]) -> FloorView:
    """The floor as the page draws it."""
    now = floor.state()
    empty = not now.weight.strip("-0. ")
    return FloorView(
        scale=ScaleState(weight=None if empty else now.weight, motion=now.moving),
        scanner=ScannerState(samples=samples),
        printers=tuple(map(_standing, printers)),
        display=now.display,
    )


def _standing(shown: ShownPrinter) -> PrinterState:
    now = shown.printer.state()
    return PrinterState(
        name=shown.name,
        paper=now.paper,
        cover_open=now.cover_open,
        silent=now.silent,
        drawer_open=now.drawer_open,
        slips=tuple(
            Strip(
                id=slip.number,
                at=shown.printed_at(slip.number),
                lines=tuple(drawn(line, shown.printer.encoding) for line in slip.lines),
                cut=slip.cut is not None,
            )
            for slip in shown.printer.slips()
        ),
    )


def refused(path: str, detail: str, *, status: int = 400) -> Response[Any]:
    """What was pressed makes no sense."""
    problem = {
        "title": "Not possible", "detail": detail, "status": status, "errors": [{"path": path, "detail": detail}],
    }  # fmt: skip
    return Response(problem, status_code=status, media_type="application/problem+json")
