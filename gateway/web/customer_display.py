"""`PUT /stations/{name}/display`: what the till tells its customer while a sale is rung up."""

from typing import Annotated, Any

import msgspec

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.problem import FieldProblem, Problem, make, problem
from admin_ui.serving.raw import RawHandler, read_body, respond, send_problem
from gateway.store.items import load_item
from gateway.web.branch import Branch
from replication.wire.item import Item
from replication.wire.money import AMOUNT_MAX
from replication.wire.quantity import QuantityError, parse_quantity

Money = Annotated[int, msgspec.Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]


class DisplayRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the customer reads: the article just rung up with its quantity and amount, and what is `due` so far (minor
    units). Without `due`, the shop's welcome."""

    due: Money | msgspec.UnsetType = msgspec.UNSET
    item: str | msgspec.UnsetType = msgspec.UNSET
    quantity: str = "1"
    amount: Money = 0


_decoder = msgspec.json.Decoder(DisplayRequest)


def put_display(branch: Branch) -> RawHandler:
    """The newest is what stands there; 204 means that it was handed to the display, which never answers."""

    async def display(scope: Any, receive: Any, send: Any) -> None:
        refused = await branch.guard.require(scope)
        station = scope["path_params"]["name"]
        if isinstance(refused, Problem):
            await send_problem(send, refused)
            return
        if station not in {one.name for one in branch.config.stations}:
            await send_problem(send, make("not_found"))
            return
        if not branch.displays.has(station):
            await send_problem(send, _no_display())
            return
        request = decode_json(_decoder, await read_body(receive))
        if isinstance(request, Problem):
            await send_problem(send, request)
            return
        shown = await _show(branch, station, request)
        if shown is not None:
            await send_problem(send, shown)
            return
        await respond(send, 204, b"")

    return display


async def _show(branch: Branch, station: str, request: DisplayRequest) -> Problem | None:
    if isinstance(request.due, msgspec.UnsetType):
        branch.displays.clear(station)
        return None
    try:
        quantity = parse_quantity(request.quantity)
    except QuantityError as wrong:
        said = FieldProblem("quantity", wrong.code, "No quantity such as 1.250", "数量格式应如 1.250")
        return make("invalid_value", errors=[said])
    item: Item | None = None
    if isinstance(request.item, str):
        sku = request.item
        row = await branch.shop.ledger.read(lambda connection: load_item(connection, sku))
        if row is None:
            return make("invalid_value", errors=[FieldProblem("item", "unknown_item", "No such item", "没有此商品")])
        item = row.item
    branch.displays.ring_up(station, item, quantity, request.amount, request.due)
    return None


def _no_display() -> Problem:
    return problem(
        422,
        "no_display",
        title="No customer display here",
        title_zh="没有顾客显示屏",
        detail="This station has no customer display. Set one up in config.toml.",
        detail_zh="此收银台没有顾客显示屏，请在 config.toml 中配置。",
    )
