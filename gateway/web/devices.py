"""Devices and stations over HTTP."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.guard import Caller
from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, page_of_all
from admin_ui.serving.problem import Problem, make, problem
from admin_ui.serving.raw import RawHandler, read_body, respond, send_problem
from admin_ui.serving.roles import Role
from gateway.domain.document import ApprovalEntry
from gateway.domain.posting import Approver, Rejected
from gateway.store.documents import known_stations
from gateway.use_cases.open_drawer import note_drawer_opening
from gateway.use_cases.shop import Poster
from gateway.web.branch import Branch
from gateway.web.document_id import write_id
from gateway.web.moments import moment_of
from gateway.web.posting import address_of, check_approval
from gateway.web.problems import refusal, unsafe_ledger
from peripherals.device_state import DeviceState
from peripherals.errors import PeripheralError

DRAWER_REASON: Final = "开钱箱 No sale"
"""What the journal says where nobody gave a reason: the button of a till asks for none."""


class DeviceView(msgspec.Struct, frozen=True, rename={"device_class": "class"}):
    """How a device is: `code` is stable, `detail` and `hint` are for people. `life` is UnifiedPOS's: closed (released by a
    person), opened (its line is not ours), claimed (nothing was heard yet), enabled."""

    name: str
    device_class: str
    driver: str
    state: str
    life: str
    code: str
    detail: str
    detail_zh: str
    hint: str
    hint_zh: str
    since: str
    last_event: str | None
    stations: tuple[str, ...]


class StationView(msgspec.Struct, frozen=True):
    """A place where a cashier stands, and the devices that stand there."""

    name: str
    scale: str | None
    scanner: str | None
    printer: str | None
    display: str | None
    drawer: str | None


class DrawerRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the drawer is opened without a sale, and the PIN of who allows it where policy wants a second person."""

    reason: str = DRAWER_REASON
    approval: ApprovalEntry | msgspec.UnsetType = msgspec.UNSET


class DrawerOpened(msgspec.Struct, frozen=True):
    """It is in the journal as a cash movement that moved nothing, under that id, and the pulse was sent to `device`."""

    station: str
    device: str
    document: str


_drawer_decoder = msgspec.json.Decoder(DrawerRequest)


def device_view(branch: Branch, state: DeviceState) -> DeviceView:
    """A device as the API shows it."""
    stations = tuple(station.name for station in branch.config.stations if state.name in station.devices)
    return DeviceView(
        state.name, state.device_class, state.driver, state.state, state.life, state.code, state.detail, state.detail_zh, state.hint,
        state.hint_zh, moment_of(state.since), None if state.last_event is None else moment_of(state.last_event), stations,
    )  # fmt: skip


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /devices` and `GET /stations`."""

    @get("/api/v1/devices", tags=["devices"], summary="All devices and how they are", guards=[at_least(Role.CASHIER)])
    async def devices(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[DeviceView]:
        rows = [device_view(branch, state) for state in branch.devices.states()]
        return page_of_all("devices", rows, after=after, limit=limit, key_of=lambda row: row.name)

    @get(
        "/api/v1/stations",
        tags=["devices"],
        summary="Stations and their devices; those not in the settings came with a document",
        guards=[at_least(Role.CASHIER)],
    )
    async def stations(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[StationView]:
        rows = [
            StationView(one.name, one.scale, one.scanner, one.printer, one.display, one.drawer)
            for one in branch.config.stations
        ]
        configured = {row.name for row in rows}
        registered = await branch.shop.ledger.read(known_stations)
        rows += [StationView(name, None, None, None, None, None) for name in registered if name not in configured]
        return page_of_all("stations", rows, after=after, limit=limit, key_of=lambda row: row.name)

    return [devices, stations]


def open_drawer(branch: Branch) -> RawHandler:
    """`POST /stations/{name}/drawer`: now or not at all, and never without an entry in the journal.

    The entry comes first: a drawer that then does not open is told twice, one that opened unseen never.
    """
    encode = msgspec.json.Encoder().encode

    async def drawer(scope: Any, receive: Any, send: Any) -> None:
        caller = await branch.guard.require(scope)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        name = scope["path_params"]["name"]
        station = next((one for one in branch.config.stations if one.name == name), None)
        if station is None:
            await send_problem(send, make("not_found"))
            return
        opened_through = station.drawer_through
        if opened_through is None:
            await send_problem(send, _no_drawer())
            return
        request = decode_json(_drawer_decoder, await read_body(receive) or b"{}")
        journalled = request if isinstance(request, Problem) else await _journal(branch, caller, scope, request)
        if isinstance(journalled, Problem):
            await send_problem(send, journalled)
            return
        try:
            branch.devices.open_drawer(opened_through)
        except PeripheralError as error:
            await send_problem(send, device_problem(error))
            return
        await respond(send, 202, encode(DrawerOpened(name, opened_through, write_id(journalled))))

    return drawer


async def _journal(branch: Branch, caller: Caller, scope: Any, request: DrawerRequest) -> bytes | Problem:
    """The opening, posted; nothing waits in a queue for a drawer."""
    if branch.damage is not None:
        return unsafe_ledger(branch.damage)
    approver: Approver | None = None
    if isinstance(request.approval, ApprovalEntry):
        proved = await check_approval(branch, request.approval, address_of(scope))
        if isinstance(proved, Problem):
            return proved
        approver = proved
    outcome = await note_drawer_opening(
        branch.shop, Poster(caller.person, caller.role), scope["path_params"]["name"], request.reason, approver
    )
    return refusal(branch.sentences, 422, outcome.faults) if isinstance(outcome, Rejected) else outcome


def no_printer() -> Problem:
    """The station has no printer, so nothing can be printed there."""
    return problem(
        422,
        "no_printer",
        title="No printer here",
        title_zh="没有打印机",
        detail="This station has no printer. Choose another station, or set one up.",
        detail_zh="此收银台没有打印机，请选择其他收银台或先配置打印机。",
    )


def _no_drawer() -> Problem:
    """The station has neither a drawer of its own nor a printer that one may hang on."""
    return problem(
        422,
        "no_drawer",
        title="No cash drawer here",
        title_zh="没有钱箱",
        detail="This station has neither a drawer of its own nor a printer to open one.",
        detail_zh="此收银台既没有独立钱箱，也没有可连接钱箱的打印机。",
    )


def device_problem(error: PeripheralError) -> Problem:
    """What a device answered, or did not, for the person who stands at it."""
    return problem(
        409,
        error.code,
        title="The device cannot do this now",
        title_zh="设备暂时无法执行",
        detail=f"{error.detail}. {error.hint}",
        detail_zh=f"{error.detail_zh}。{error.hint_zh}",
    )
