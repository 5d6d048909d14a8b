"""How far headquarters has come with this branch's journal, in figures and in what stands in the way."""

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


class ReplicationPage(Struct, frozen=True, kw_only=True):
    figures: ReplicationFigures
    link: str | None = None  # where headquarters is asked, e.g. nats://hq:4222
    last_error: str | None = None
    last_error_at: float | str | None = None
    forked: int = 0  # entries kept aside after a restore
    inbox_seq: int | None = None  # what came down from headquarters and is applied here
