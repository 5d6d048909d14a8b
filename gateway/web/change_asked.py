"""Who asks for a change and what they ask, found out in one order for every route that writes: the caller first, then the body,
then whether the ledger may be written at all. Knows no change."""

from typing import Any, TypeVar

import msgspec

from admin_ui.serving.decoding import decode_json
from admin_ui.serving.direct import ReadBody
from admin_ui.serving.problem import Problem
from admin_ui.serving.roles import Role
from gateway.use_cases.shop import Poster
from gateway.web.branch import Branch
from gateway.web.problems import unsafe_ledger

T = TypeVar("T")


async def change_asked(
    branch: Branch, scope: Any, read: ReadBody, decoder: "msgspec.json.Decoder[T]", role: Role, *, empty: bytes = b""
) -> tuple[Poster, T] | Problem:
    """The caller, of that role at least, and their decoded body; `empty` stands for one that was not sent."""
    caller = await branch.guard.require(scope, role)
    if isinstance(caller, Problem):
        return caller
    asked = decode_json(decoder, await read() or empty)
    if isinstance(asked, Problem):
        return asked
    if branch.damage is not None:
        return unsafe_ledger(branch.damage)
    return Poster(caller.person, caller.role), asked
