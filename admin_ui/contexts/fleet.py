"""Headquarters: every branch, the worst first, each figure with its age."""

from typing import Literal

from msgspec import Struct

BranchState = Literal["current", "catching_up", "offline", "blocked", "fenced"]
FleetTab = Literal["all", "attention", "catching_up", "current"]


class BranchRow(Struct, frozen=True, kw_only=True):
    """`as_of` is when the branch was last heard; figures of a silent branch are shown as old, never as zero."""

    branch: str
    name: str
    name_zh: str | None = None
    state: BranchState
    applied_seq: int
    head_seq: int
    epoch: int
    lag_seconds: float | None
    as_of: float | str | None
    sales_today: int | None = None
    documents_today: int | None = None
    negative: int | None = None
    hours: tuple[int, ...] = ()
    blocked_code: str | None = None
    second_device: bool = False
    devices: int | None = None
    devices_lost: tuple[str, ...] = ()
    readmitting: int = 0


class FleetFigures(Struct, frozen=True, kw_only=True, gc=False):
    """The figures on top. `as_of` is the age of the oldest branch that counts into them."""

    sales_today: int | None
    documents_today: int | None
    waiting: int
    oldest_branch: str | None = None
    oldest_branch_zh: str | None = None
    oldest_seconds: float | None = None
    in_transit: int | None = None
    as_of: float | str | None = None


class FleetCounts(Struct, frozen=True, gc=False):
    all: int
    attention: int
    catching_up: int
    current: int


class FleetPage(Struct, frozen=True, kw_only=True):
    branches: tuple[BranchRow, ...]
    figures: FleetFigures
    counts: FleetCounts
    tab: FleetTab = "all"
