"""The page that says how far headquarters has come."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get

from admin_ui.contexts.replication import ReplicationFigures, ReplicationPage
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.roles import Role
from gateway.store.journal import applied_position
from gateway.store.pending import count_pending
from gateway.web.branch import Branch
from gateway.web.pages.frame import AnyRequest, Frame, language_of, seconds


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


def routes(frame: Frame) -> Sequence[Any]:
    """`/replication`."""
    branch = frame.branch

    @get("/replication", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def replication(request: AnyRequest, caller: TheCaller) -> Response[str]:
        applied, waiting = await branch.shop.ledger.read(
            lambda connection: (applied_position(connection), count_pending(connection))
        )
        trouble = branch.replication().last_error
        words = None
        if trouble is not None:
            words = trouble.detail_zh if language_of(request) == "zh" else trouble.detail
        headquarters = branch.config.headquarters
        page = ReplicationPage(
            figures=figures(branch, applied.at),
            link=None if headquarters is None else headquarters.nats_url,
            last_error=words,
        )
        return await frame.page(request, "replication.html", page, caller, waiting=waiting)

    return [replication]
