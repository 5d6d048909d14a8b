"""The page that says how far headquarters has come, and this branch with what headquarters sends."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response, get

from admin_ui.contexts.replication import HeldRow, InboxFigures, ReplicationFigures, ReplicationPage
from admin_ui.i18n import Language
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.roles import Role
from gateway.store.held_items import HeldItem, count_held, list_held
from gateway.store.inbox import read_inbox
from gateway.store.journal import applied_position
from gateway.web.branch import Branch, ReplicationTrouble
from gateway.web.pages.frame import AnyRequest, Frame, language_of, seconds
from replication.branch.inbox import AppliedUpTo

HELD_SHOWN_MAX: Final = 20
"""Items named on the page; all of them are in `GET /held-items`."""


def figures(branch: Branch, heard_at: int | None) -> ReplicationFigures:
    """How headquarters stands now; `heard_at` is when it last said so."""
    now = branch.replication()
    return ReplicationFigures(
        state=now.state,
        head_seq=now.head_seq,
        applied_seq=now.applied_seq,
        durable_seq=now.durable_seq,
        epoch=now.epoch,
        waiting=now.waiting,
        lag_seconds=now.lag_seconds,
        as_of=None if heard_at is None else seconds(heard_at),
    )


def _inbox(branch: Branch, taken: AppliedUpTo, language: Language) -> InboxFigures:
    """What the ledger says is applied; what is known to wait, and what stands in the way, says the line's end."""
    now, at = branch.replication().inbox, None if taken.at is None else seconds(taken.at)
    if now is None:
        return InboxFigures(seq=taken.position.seq, waiting=0, applied_at=at)
    waiting = max(0, now.head_seq - taken.position.seq)
    error = _words(now.last_error, language)
    return InboxFigures(seq=taken.position.seq, waiting=waiting, applied_at=at, stopped=now.stopped, error=error)


def _held(branch: Branch, held: HeldItem, language: Language) -> HeldRow:
    words = branch.sentences.of(held.fault)
    reason = words.zh if language == "zh" else words.en
    item = held.item
    return HeldRow(sku=item.sku, name=item.name, name_zh=item.name_zh, reason=reason, since=seconds(held.at))


def _words(trouble: ReplicationTrouble | None, language: Language) -> str | None:
    if trouble is None:
        return None
    return trouble.detail_zh if language == "zh" else trouble.detail


def routes(frame: Frame) -> Sequence[Any]:
    """`/replication`."""
    branch = frame.branch

    @get("/replication", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def replication(request: AnyRequest, caller: TheCaller) -> Response[str]:
        applied, taken, held, held_count = await branch.shop.ledger.read(
            lambda connection: (
                applied_position(connection),
                read_inbox(connection),
                list_held(connection, after="", limit=HELD_SHOWN_MAX),
                count_held(connection),
            )
        )
        language = language_of(request)
        headquarters = branch.config.headquarters
        page = ReplicationPage(
            figures=figures(branch, applied.at),
            link=None if headquarters is None else headquarters.nats_url,
            last_error=_words(branch.replication().last_error, language),
            inbox=None if headquarters is None else _inbox(branch, taken, language),
            held=tuple(_held(branch, one, language) for one in held),
            held_count=held_count,
        )
        return await frame.page(request, "replication.html", page, caller)

    return [replication]
