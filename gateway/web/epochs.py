"""Epochs that began at this branch, over HTTP: when, why, and what became of what stood aside, in words for a manager."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.roles import Role
from gateway.store.epochs import EpochRow, list_epochs
from gateway.web.branch import Branch
from gateway.web.moments import moment

_REASONS: Final = {
    "restored": ("This device had gone back to an earlier state.", "本机曾回到较早的状态。"),
    "replaced": ("A new device took this store over.", "新设备已接管本店。"),
    "forked": ("Two devices had written this store's journal.", "曾有两台设备同时写入本店流水。"),
    "epoch_ended": ("Headquarters had begun a new epoch for this store.", "总部已为本店开启新的纪元。"),
}
_OTHER: Final = ("Headquarters gave this store a new epoch.", "总部为本店指定了新的纪元。")


class EpochKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the list of epochs."""

    epoch: int


class EpochView(msgspec.Struct, frozen=True):
    """An epoch: entries after `ancestor_seq` were set aside, those up to `held_seq` came from headquarters, `base_seq` is its
    first entry, and `readmitted` of the `set_aside` follow it, because headquarters did not have them yet."""

    epoch: int
    begun_at: str
    reason: str
    base_seq: int
    ancestor_seq: int
    held_seq: int
    set_aside: int
    readmitted: int
    detail: str
    detail_zh: str


def epoch_view(row: EpochRow) -> EpochView:
    """An epoch as the contract shows it."""
    why, why_zh = _REASONS.get(row.reason, _OTHER)
    rest = f" Of {row.set_aside} entries of this device, {row.readmitted} were not at headquarters yet and were added again."
    rest_zh = f"本机的 {row.set_aside} 条记录中，有 {row.readmitted} 条总部尚未收到，已重新补入。"
    if not row.set_aside:
        rest = rest_zh = ""
    return EpochView(
        row.epoch, moment(row.begun_at), row.reason, row.base_seq, row.ancestor_seq, row.held_seq, row.set_aside,
        row.readmitted,
        f"{why} What headquarters held is here again.{rest} Nothing was lost.",
        f"{why_zh}总部保存的记录已全部取回。{rest_zh}没有任何丢失。",
    )  # fmt: skip


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /epochs`."""

    @get(
        "/api/v1/epochs", tags=["journal"], summary="Epochs that began at this branch, oldest first",
        guards=[at_least(Role.CASHIER)],
    )  # fmt: skip
    async def epochs(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[EpochView]:
        start, most = decode_cursor("epochs", after, EpochKey) or EpochKey(0), page_limit(limit)
        rows = await branch.shop.ledger.read(
            lambda connection: list_epochs(connection, after=start.epoch, limit=most + 1)
        )
        page = page_of("epochs", rows, most, lambda row: EpochKey(row.epoch))
        return Page([epoch_view(row) for row in page.rows], page.next)

    return [epochs]
