"""The fleet: every branch, those that need a person first, each figure with its age."""

from collections.abc import Sequence
from typing import Any, Final, get_args

import msgspec
from litestar import Response, get
from litestar.params import FromQuery

from admin_ui.contexts.fleet import BranchRow, FleetCounts, FleetFigures, FleetPage, FleetTab
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from replication.headquarters.presence import State
from replication.headquarters.stores.rows import TakingsRow
from replication.headquarters.stores.sqlite.queries import count_below_zero, list_takings
from replication.headquarters.stores.sqlite.session import SLOT_MILLISECONDS
from replication.headquarters.stores.sqlite.transfers import count_open
from replication.headquarters.web.office import BranchNow
from replication.headquarters.web.pages.frame import AnyRequest, Frame, attention_of, seconds

HOURS: Final = 24
SLOTS_PER_HOUR: Final = 3_600_000 // SLOT_MILLISECONDS
_ORDER: Final = {State.FENCED: 0, State.BLOCKED: 1, State.OFFLINE: 2, State.CATCHING_UP: 3, State.CURRENT: 4}


def routes(frame: Frame) -> Sequence[Any]:
    """`/fleet`."""
    office = frame.office

    @get("/fleet", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def fleet(request: AnyRequest, caller: TheCaller, tab: FromQuery[str] = "all") -> Response[str]:
        if tab not in get_args(FleetTab):
            raise ProblemRaised(make("not_found"))
        first_slot = int(frame.midnight().timestamp() * 1000) // SLOT_MILLISECONDS
        branches, (takings, below_zero, in_transit) = await office.read(
            lambda connection: (
                list_takings(connection, first_slot=first_slot),
                count_below_zero(connection),
                count_open(connection),
            )
        )
        by_branch: dict[str, list[TakingsRow]] = {}
        for row in takings:
            by_branch.setdefault(row.branch, []).append(row)
        ordered = sorted(branches.values(), key=lambda now: (_ORDER[now.state], -now.lag_seconds, now.row.branch))
        rows = [
            _row(now, by_branch.get(now.row.branch, []), below_zero.get(now.row.branch, 0), first_slot)
            for now in ordered
        ]
        page = FleetPage(
            branches=tuple(row for row, now in zip(rows, ordered, strict=True) if _is_in(tab, now)),
            figures=msgspec.structs.replace(_figures(ordered, takings), in_transit=in_transit),
            counts=FleetCounts(
                len(ordered),
                attention_of(branches),
                sum(now.state is State.CATCHING_UP for now in ordered),
                sum(now.state is State.CURRENT for now in ordered),
            ),
            tab=next(name for name in get_args(FleetTab) if name == tab),
        )
        return frame.page(request, "fleet.html", page, caller, attention=attention_of(branches))

    return [fleet]


def _is_in(tab: str, now: BranchNow) -> bool:
    return tab == "all" or (now.needs_a_person if tab == "attention" else now.state.value == tab)


def _row(now: BranchNow, takings: list[TakingsRow], below_zero: int, first_slot: int) -> BranchRow:
    hours = [0] * HOURS
    for one in takings:
        hour = (one.slot - first_slot) // SLOTS_PER_HOUR
        if 0 <= hour < HOURS:
            hours[hour] += one.sales_total
    row = now.row
    return BranchRow(
        branch=row.branch,
        name=row.name or row.branch,
        name_zh=row.name_zh or None,
        state=now.state.value,
        applied_seq=now.applied_seq,
        head_seq=now.head_seq,
        epoch=row.epoch,
        lag_seconds=now.lag_seconds if now.heard_at is not None else None,
        as_of=seconds(now.as_of),
        sales_today=sum(one.sales_total - one.returns_total for one in takings),
        documents_today=sum(one.documents for one in takings),
        negative=below_zero,
        hours=tuple(hours) if takings else (),
        blocked_code=row.block.code if row.block else None,
        second_device=now.second_device,
        devices=None if now.peripherals is None else now.peripherals.count,
        devices_lost=() if now.peripherals is None else now.peripherals.lost,
        readmitting=row.readmitting,
    )


def _figures(branches: list[BranchNow], takings: list[TakingsRow]) -> FleetFigures:
    waiting = [now for now in branches if now.head_seq > now.applied_seq]
    oldest = max(waiting, key=lambda now: now.lag_seconds, default=None)
    ages = [now.as_of for now in branches if now.as_of is not None]
    return FleetFigures(
        sales_today=sum(one.sales_total - one.returns_total for one in takings),
        documents_today=sum(one.documents for one in takings),
        waiting=sum(now.head_seq - now.applied_seq for now in waiting),
        oldest_branch=None if oldest is None else oldest.row.name or oldest.row.branch,
        oldest_branch_zh=None if oldest is None else oldest.row.name_zh or None,
        oldest_seconds=None if oldest is None else oldest.lag_seconds,
        as_of=seconds(min(ages)) if ages else None,
    )
