"""One branch in full: what happened to it in plain words, and the decisions a person may take, as plain forms."""

from collections.abc import Sequence
from typing import Any, Final, get_args
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from admin_ui.contexts.branch import BranchPage, Said, SkippedRun
from admin_ui.serving.guard import Caller
from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from replication.headquarters.decisions import Replacement
from replication.headquarters.skip import DAMAGED, NotSkipped
from replication.headquarters.stores.rows import SkipRow
from replication.headquarters.stores.sqlite.aside import list_skips
from replication.headquarters.web.decisions import NEWEST, REASON_CHARACTERS_MAX
from replication.headquarters.web.office import BranchNow
from replication.headquarters.web.pages.frame import AnyRequest, Frame, attention_of, seconds

MIB: Final = 1024 * 1024
SKIPS_SHOWN: Final = 20
"""The newest; the API lists all."""


def routes(frame: Frame) -> Sequence[Any]:
    """`/fleet/{branch}` and its three forms."""
    office = frame.office

    async def page_of_branch(
        request: AnyRequest, caller: Caller, branch: str, said: str | None, made: Replacement | None = None
    ) -> Response[str]:
        branches, skips = await office.read(
            lambda connection: list_skips(connection, branch, before=NEWEST, limit=SKIPS_SHOWN)
        )
        now = branches.get(branch)
        if now is None:
            raise ProblemRaised(make("not_found"))
        page = _page(now, skips, may_decide=caller.role.reaches(Role.ADMIN), said=said, made=made)
        return frame.page(request, "branch.html", page, caller, attention=attention_of(branches))

    async def known(branch: str) -> str:
        if branch not in await office.branches():
            raise ProblemRaised(make("not_found"))
        return branch

    @get("/fleet/{branch:str}", include_in_schema=False, guards=[at_least(Role.MANAGER, password=True)])
    async def show(
        request: AnyRequest, caller: TheCaller, branch: FromPath[str], said: FromQuery[str | None] = None
    ) -> Response[str]:
        return await page_of_branch(request, caller, branch, said)

    @post("/fleet/{branch:str}/unblock", include_in_schema=False, guards=[at_least(Role.ADMIN, password=True)])
    async def unblock(branch: FromPath[str]) -> Redirect:
        done = await office.decisions.unblock(await known(branch))
        return _back(branch, "unblocked" if done else "not_blocked")

    @post("/fleet/{branch:str}/skip", include_in_schema=False, guards=[at_least(Role.ADMIN, password=True)])
    async def skip(request: AnyRequest, caller: TheCaller, branch: FromPath[str]) -> Redirect:
        told = (await request.form()).get("reason")
        reason = told.strip()[:REASON_CHARACTERS_MAX] if isinstance(told, str) else ""
        if not reason:
            return _back(branch, "reason_missing")
        done = await office.decisions.skip(await known(branch), person=caller.person, reason=reason)
        return _back(branch, done.code if isinstance(done, NotSkipped) else "skipped")

    @post("/fleet/{branch:str}/replacement", include_in_schema=False, guards=[at_least(Role.ADMIN, password=True)])
    async def replacement(request: AnyRequest, caller: TheCaller, branch: FromPath[str]) -> Response[str]:
        made = await office.decisions.replacement(await known(branch))
        # Shown in the answer itself: an address with a code in it would stay in the browser's history.
        return await page_of_branch(request, caller, branch, None, made)

    return [show, unblock, skip, replacement]


def _back(branch: str, said: str) -> Redirect:
    return Redirect(f"/fleet/{quote(branch, safe='')}?said={said}", status_code=303)


def _page(
    now: BranchNow, skips: Sequence[SkipRow], *, may_decide: bool, said: str | None, made: Replacement | None
) -> BranchPage:
    row, block, issued = now.row, now.row.block, now.row.binding.replacement
    offer = row.binding.offer
    return BranchPage(
        branch=row.branch,
        name=row.name or row.branch,
        name_zh=row.name_zh or None,
        state=now.state.value,
        applied_seq=now.applied_seq,
        head_seq=now.head_seq,
        durable_seq=row.durable_seq,
        epoch=row.epoch,
        as_of=seconds(now.as_of),
        epoch_reason=offer.reason if offer is not None and offer.epoch == row.epoch else None,
        blocked_code=block.code if block else None,
        blocked_detail=block.detail if block else None,
        blocked_at=seconds(block.at) if block else None,
        may_skip=block is not None and block.code not in DAMAGED,
        second_device=now.second_device,
        devices=None if now.peripherals is None else now.peripherals.count,
        devices_lost=() if now.peripherals is None else now.peripherals.lost,
        forked=row.forked,
        set_aside_full_mib=-(-row.forked_bytes // MIB) if row.forked_not_kept else 0,
        readmitted=row.readmitted,
        readmitting=row.readmitting,
        damaged=row.damaged,
        skips=tuple(
            SkippedRun(
                first_seq=one.first_seq, last_seq=one.last_seq, person=one.person, reason=one.reason, at=one.at / 1000
            )
            for one in skips
        ),
        may_decide=may_decide,
        code=None if made is None else made.code,
        code_until=seconds(made.expires_at if made is not None else issued.expires_at if issued is not None else None),
        said=next((known for known in get_args(Said) if known == said), None),
    )
