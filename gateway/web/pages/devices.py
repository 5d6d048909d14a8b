"""The devices page."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get

from admin_ui.contexts.devices import DevicesPage
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.roles import Role
from gateway.web.pages.device_cards import device_cards, found_ports, print_news, start_up_checks
from gateway.web.pages.frame import AnyRequest, Frame


def routes(frame: Frame) -> Sequence[Any]:
    """`/devices`."""
    branch = frame.branch

    @get("/devices", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def devices(request: AnyRequest, caller: TheCaller) -> Response[str]:
        news = await branch.shop.ledger.read(print_news)
        page = DevicesPage(
            devices=device_cards(branch, news), ports=found_ports(branch), checks=start_up_checks(branch),
            checked_at=branch.started_at,
        )  # fmt: skip
        return await frame.page(request, "devices.html", page, caller)

    return [devices]
