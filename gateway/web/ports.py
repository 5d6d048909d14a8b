"""What hangs on the branch's sockets without being in its settings; and a device that is released or taken up again."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, page_of_all
from admin_ui.serving.problem import Problem, make
from admin_ui.serving.raw import RawHandler, respond, send_problem
from admin_ui.serving.roles import Role
from gateway.web.branch import Branch
from gateway.web.devices import device_view
from peripherals.errors import UnknownDevice
from peripherals.ports import proposal, where


class PortView(msgspec.Struct, frozen=True):
    """A port that no setting means: it was not opened. `path` is its most stable name, `proposal` what to add to
    `config.toml`; the driver in it is a guess."""

    path: str
    node: str
    kind: str
    told: str
    where: str
    where_zh: str
    proposal: str


def port_views(branch: Branch) -> list[PortView]:
    """All of them, by node."""
    taken = {device.name for device in branch.config.devices}
    return [
        PortView(port.path, port.node, port.kind, port.told(), *where(port), proposal(port, taken))
        for port in branch.devices.found_ports()
    ]


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /ports`."""

    @get(
        "/api/v1/ports",
        tags=["devices"],
        summary="What hangs on the machine's sockets and is no device of the settings; nothing of it was opened",
        guards=[at_least(Role.MANAGER)],
    )
    async def ports(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[PortView]:
        return page_of_all("ports", port_views(branch), after=after, limit=limit, key_of=lambda row: row.node)

    return [ports]


def enable_device(branch: Branch, *, enabled: bool) -> RawHandler:
    """`POST /devices/{name}/release` and `/enable`: until the next start."""
    encode = msgspec.json.Encoder().encode

    async def enable(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
        caller = await branch.guard.require(scope, Role.MANAGER)
        if isinstance(caller, Problem):
            await send_problem(send, caller)
            return
        name = scope["path_params"]["name"]
        try:
            branch.devices.enable(name, enabled=enabled)
        except UnknownDevice:
            await send_problem(send, make("not_found"))
            return
        state = next(one for one in branch.devices.states() if one.name == name)
        await respond(send, 202, encode(device_view(branch, state)))

    return enable
