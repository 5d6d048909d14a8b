"""Headquarters: one branch in full — how it stands, what went wrong in plain words, and what may be decided about it."""

from typing import Literal

from msgspec import Struct

from admin_ui.contexts.fleet import BranchState

Said = Literal["unblocked", "skipped", "nothing_to_skip", "nothing_stops", "not_blocked", "reason_missing"]


class SkippedRun(Struct, frozen=True, kw_only=True):
    """Entries a person decided to go on without."""

    first_seq: int
    last_seq: int
    person: str
    reason: str
    at: float | str


class BranchPage(Struct, frozen=True, kw_only=True):
    """`epoch_reason` is why the present epoch began (`restored`, `forked`, `epoch_ended`, `replaced`), if it is not the
    first. `code` is a replacement code made just now, shown this once; `code_until` when the present one ends. `said`
    answers what was just asked for. `set_aside_full_mib` is how much is kept of second histories, where there is no room for
    more; `damaged` counts batches of other devices that nobody could read. `may_skip` is false where what stopped the branch
    cannot be passed: then its device has to be replaced, if sending again does not help."""

    branch: str
    name: str
    name_zh: str | None = None
    state: BranchState
    applied_seq: int
    head_seq: int
    durable_seq: int
    epoch: int
    as_of: float | str | None
    epoch_reason: str | None = None
    blocked_code: str | None = None
    blocked_detail: str | None = None
    blocked_at: float | str | None = None
    may_skip: bool = True
    second_device: bool = False
    devices: int | None = None
    devices_lost: tuple[str, ...] = ()
    forked: int = 0
    set_aside_full_mib: int = 0
    readmitted: int = 0
    readmitting: int = 0
    damaged: int = 0
    skips: tuple[SkippedRun, ...] = ()
    may_decide: bool = False
    code: str | None = None
    code_until: float | str | None = None
    said: Said | None = None
