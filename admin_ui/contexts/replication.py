"""How far headquarters has come with this branch's journal, and this branch with what headquarters sends."""

from msgspec import Struct

from admin_ui.contexts.shell import SyncState


class ReplicationFigures(Struct, frozen=True, kw_only=True, gc=False):
    """`applied_seq` is what headquarters has committed, `durable_seq` what it has told us is safe."""

    state: SyncState
    head_seq: int
    applied_seq: int
    durable_seq: int
    epoch: int
    waiting: int
    lag_seconds: float | None = None
    as_of: float | str | None = None


class InboxFigures(Struct, frozen=True, kw_only=True, gc=False):
    """What headquarters sent is applied up to `seq`; `waiting` more are known of. `stopped` needs a person."""

    seq: int
    waiting: int
    applied_at: float | str | None = None
    stopped: bool = False
    error: str | None = None


class HeldRow(Struct, frozen=True, kw_only=True, gc=False):
    """An item of headquarters that does not fit this branch's own, with the reason in the reader's language."""

    sku: str
    name: str
    name_zh: str | None
    reason: str
    since: float | str


class ReplicationPage(Struct, frozen=True, kw_only=True):
    figures: ReplicationFigures
    link: str | None = None  # where headquarters is asked, e.g. nats://hq:4222
    last_error: str | None = None
    last_error_at: float | str | None = None
    forked: int = 0  # entries kept aside after a restore
    inbox: InboxFigures | None = None  # what came down from headquarters and is applied here
    held: tuple[HeldRow, ...] = ()  # the first of them
    held_count: int = 0
