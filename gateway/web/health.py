"""Whether this branch may be relied on: start-up checks, the writer's queue and log, the disk now. Open to everybody, names nobody."""

import time
from typing import Any, Final

import msgspec

from admin_ui.serving.raw import RawHandler, respond
from gateway.web.branch import Branch
from gateway.web.moments import moment
from replication.storage.checks import Check, CheckState
from replication.storage.standing import WriterView, checks_now, worst, writer_view

QUEUE_ADVICE: Final = 256
"""Waiting writes above this are a whole group more than the writer takes at once: it no longer keeps up."""

_encode = msgspec.json.Encoder().encode


class HealthView(msgspec.Struct, frozen=True):
    """`status` is `good`, `advice` (works, look at the checks) or `bad` (do not trade on this; answered 503)."""

    status: str
    site: str
    version: str
    started_at: str
    uptime_seconds: int
    replication: str
    writer: WriterView
    checks: tuple[Check, ...]


def health_view(branch: Branch) -> HealthView:
    """How the branch is now."""
    ledger = branch.shop.ledger
    checks = checks_now(ledger.checks, branch.folder, ledger.writer)
    if branch.archive is not None:
        checks = (*checks, branch.archive())
    writer = writer_view(ledger.writer)
    status = worst(checks, advice=writer.waiting > QUEUE_ADVICE)
    return HealthView(
        status.value, branch.config.site.id, branch.version, moment(int(branch.started_at * 1000)),
        int(time.time() - branch.started_at), branch.replication().state, writer, checks,
    )  # fmt: skip


def get_health(branch: Branch) -> RawHandler:
    """`GET /health`."""

    async def get_it(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001  (an ASGI application)
        view = health_view(branch)
        await respond(send, 503 if view.status == CheckState.BAD.value else 200, _encode(view))

    return get_it
