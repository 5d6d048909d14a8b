"""`POST /stations/{name}/scale`: a till presses its scale's keys, gives it the unit price where it computes, or asks for its weight.

The weight comes as a live event, as every weight does; of a price-computing scale with the total it computed.
"""

from typing import Annotated, Any, Literal

import msgspec

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.problem import Problem, make, problem
from admin_ui.serving.raw import RawHandler, read_body, respond, send_problem
from gateway.web.branch import Branch
from gateway.web.devices import device_problem
from peripherals.errors import PeripheralError
from peripherals.protocols.dialog06_talk import PRICE_MAX


class ScaleRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of: `zero` or `tare`, as the keys of the scale do; `price`, where the scale computes, per kilogram in minor units; or
    `ask` for the weight, which is then told as soon as the scale says it, also where it was told before."""

    key: Literal["zero", "tare"] | msgspec.UnsetType = msgspec.UNSET
    ask: Literal["weight"] | msgspec.UnsetType = msgspec.UNSET
    price: Annotated[int, msgspec.Meta(ge=1, le=PRICE_MAX)] | msgspec.UnsetType = msgspec.UNSET


class ScaleTold(msgspec.Struct, frozen=True):
    """It was handed to the scale, which itself refuses what is not allowed: it may be moving, or not be empty."""

    station: str
    device: str


_decoder = msgspec.json.Decoder(ScaleRequest)


def tell_scale(branch: Branch) -> RawHandler:
    """Now or not at all: a key is not pressed minutes later."""
    encode = msgspec.json.Encoder().encode

    async def tell(scope: Any, receive: Any, send: Any) -> None:
        refused = await branch.guard.require(scope)
        name = scope["path_params"]["name"]
        if isinstance(refused, Problem):
            await send_problem(send, refused)
            return
        station = next((one for one in branch.config.stations if one.name == name), None)
        request = decode_json(_decoder, await read_body(receive))
        if isinstance(request, Problem):
            await send_problem(send, request)
            return
        asked = isinstance(request.ask, str)
        if station is None and not asked:
            await send_problem(send, make("not_found"))
            return
        scale = station.scale if station is not None else None
        if scale is None and asked:
            scale = _shared_scale(branch)
        if scale is None:
            await send_problem(send, _cannot("no_scale"))
            return
        try:
            done = _done(branch, scale, request)
        except PeripheralError as error:
            await send_problem(send, device_problem(error))
            return
        if done:
            await respond(send, 202, encode(ScaleTold(name, scale)))
        else:
            await send_problem(send, _cannot("not_on_this_scale"))

    return tell


def _shared_scale(branch: Branch) -> str | None:
    """The scale that stands at no station: what it says is for every till."""
    bound = {station.scale for station in branch.config.stations}
    scales = (state.name for state in branch.devices.states() if state.device_class == "Scale")
    return next((name for name in scales if name not in bound), None)


def _done(branch: Branch, scale: str, request: ScaleRequest) -> bool:
    """Whether the scale has what is asked; raises `PeripheralError`."""
    if isinstance(request.price, int):
        return branch.devices.weigh(scale, request.price)
    if isinstance(request.ask, str):
        branch.devices.tell_weight(scale)
        return True
    return isinstance(request.key, str) and branch.devices.press(scale, request.key)


def _cannot(code: Literal["no_scale", "not_on_this_scale"]) -> Problem:
    if code == "no_scale":
        return problem(
            422,
            code,
            title="No scale here",
            title_zh="没有电子秤",
            detail="This station has no scale. Set one up, or choose another station.",
            detail_zh="此收银台没有电子秤，请先配置，或选择其他收银台。",
        )
    return problem(
        422,
        code,
        title="This scale cannot do that from afar",
        title_zh="此电子秤不支持远程操作",
        detail="Say `key`, `price` or `ask`. This scale has no such key in its language: press it on the scale itself; only a price-computing scale takes a price.",
        detail_zh="请给出 key、price 或 ask。此电子秤的协议没有该按键，请直接在秤上操作；只有计价秤才接受单价。",
    )
