"""How far headquarters has come, over HTTP."""

from collections.abc import Sequence
from typing import Any

from litestar import get

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.roles import Role
from gateway.web.branch import Branch, ReplicationTrouble, ReplicationView
from replication.branch.status import ReplicationStatus


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /replication`."""

    @get("/api/v1/replication", tags=["journal"], summary="How far headquarters is", guards=[at_least(Role.CASHIER)])
    async def replication() -> ReplicationView:
        return branch.replication()

    return [replication]


def view_of(status: ReplicationStatus, head_seq: int) -> ReplicationView:
    """The shipper's status, with the newest entry this process knows of: the shipper hears of growth a moment later."""
    head = max(status.head_seq, head_seq)
    trouble = status.last_error
    return ReplicationView(
        head_seq=head,
        applied_seq=status.applied_seq,
        durable_seq=status.durable_seq,
        epoch=status.epoch,
        lag_seconds=round(status.lag_seconds, 3),
        state=status.state.value,
        waiting=head - status.applied_seq,
        last_error=None if trouble is None else ReplicationTrouble(trouble.code, trouble.words.en, trouble.words.zh),
    )


def standalone(head_seq: int, epoch: int) -> ReplicationView:
    """A branch without headquarters: nothing waits, because nobody is waited for."""
    return ReplicationView(
        head_seq=head_seq, applied_seq=0, durable_seq=0, epoch=epoch, lag_seconds=0.0, state="standalone", waiting=0
    )
