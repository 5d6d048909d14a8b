"""How far headquarters has come, and how far what it sends is applied, over HTTP."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import get

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.roles import Role
from gateway.store.held_items import count_held
from gateway.web.branch import Branch, InboxView, ReplicationTrouble, ReplicationView
from gateway.web.moments import moment
from replication.branch.inbox import InboxStatus
from replication.branch.status import ReplicationStatus, Trouble


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /replication`."""

    @get("/api/v1/replication", tags=["journal"], summary="How far headquarters is", guards=[at_least(Role.CASHIER)])
    async def replication() -> ReplicationView:
        now = branch.replication()
        if now.inbox is None:
            return now
        held = await branch.shop.ledger.read(count_held)
        return msgspec.structs.replace(now, inbox=msgspec.structs.replace(now.inbox, held=held))

    return [replication]


def inbox_view(status: InboxStatus) -> InboxView:
    """The downlink's status."""
    return InboxView(
        seq=status.seq,
        head_seq=status.head_seq,
        waiting=status.head_seq - status.seq,
        applied_at=None if status.applied_at is None else moment(status.applied_at),
        stopped=status.stopped,
        last_error=_said(status.error),
    )


def _said(trouble: Trouble | None) -> ReplicationTrouble | None:
    return None if trouble is None else ReplicationTrouble(trouble.code, trouble.words.en, trouble.words.zh)


def view_of(status: ReplicationStatus, head_seq: int, inbox: InboxStatus | None = None) -> ReplicationView:
    """The shipper's status, with the newest entry this process knows of: the shipper hears of growth a moment later."""
    head = max(status.head_seq, head_seq)
    return ReplicationView(
        head_seq=head,
        applied_seq=status.applied_seq,
        durable_seq=status.durable_seq,
        epoch=status.epoch,
        lag_seconds=round(status.lag_seconds, 3),
        state=status.state.value,
        waiting=head - status.applied_seq,
        last_error=_said(status.last_error),
        inbox=None if inbox is None else inbox_view(inbox),
    )


def standalone(head_seq: int, epoch: int) -> ReplicationView:
    """A branch without headquarters: nothing waits, because nobody is waited for."""
    return ReplicationView(
        head_seq=head_seq, applied_seq=0, durable_seq=0, epoch=epoch, lag_seconds=0.0, state="standalone", waiting=0
    )
