"""Decisions about a branch over HTTP, and what was set aside of it: unblock, skip, replacement, backups; three lists."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar import get, post
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath, FromQuery

from admin_ui.serving.handler_guard import TheCaller, at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import Problem, ProblemRaised, make, problem
from admin_ui.serving.roles import Role
from replication.headquarters.skip import NotSkipped
from replication.headquarters.stores.rows import ForkedRow, QuarantineRow, SkipRow
from replication.headquarters.stores.sqlite.aside import list_forked, list_quarantine, list_skips
from replication.headquarters.stores.store import Covered, Skip
from replication.headquarters.web.office import Office, moment

Decorator = Callable[[Callable[..., Any]], Any]
Row = TypeVar("Row")
View = TypeVar("View")
NEWEST: Final = 2**62
REASON_CHARACTERS_MAX: Final = 500
COVERED_MAX: Final = 20_000
"""Branches in one backup's report: twice the largest chain this is built for."""


class NumberKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in a list that is ordered by number."""

    number: Annotated[int, msgspec.Meta(ge=0, le=NEWEST)]


class SkipBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is right to go on without these entries; kept for ever, and told to the branch."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_CHARACTERS_MAX)]


class CoveredBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A branch's cursor inside a verified backup; `hash` is the chain hash there, as hex."""

    branch: Annotated[str, msgspec.Meta(max_length=32)]
    epoch: int
    seq: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    hash: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class BackupBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a verified backup holds of every branch."""

    branches: Annotated[list[CoveredBody], msgspec.Meta(max_length=COVERED_MAX)]


SkipEntry = Annotated[
    SkipBody, Body(examples=[Example(value={"reason": "A test entry of the technician, agreed with the store"})])
]
BackupEntry = Annotated[
    BackupBody,
    Body(examples=[Example(value={"branches": [{"branch": "b001", "epoch": 1, "seq": 4711, "hash": "5e" * 32}]})]),
]


class BackupView(msgspec.Struct, frozen=True):
    """`recorded` branches may forget what the backup holds; of those in `differing` it tells another history."""

    recorded: int
    differing: list[str]


class Unblocked(msgspec.Struct, frozen=True):
    """`unblocked` is false where nothing was stopped."""

    branch: str
    unblocked: bool


class ReplacementView(msgspec.Struct, frozen=True):
    """A code with which one new device takes the branch over, until `expires_at`. It is shown this once."""

    branch: str
    code: str
    expires_at: str | None


class SkipView(msgspec.Struct, frozen=True):
    """A decision. `with_effects`: the entries were applied, and only the branch's own digest is believed. `signature` is
    headquarters' HMAC-SHA256 over it; `correction` by how much the digests parted, once the branch has told."""

    first_seq: int
    last_seq: int
    code: str
    person: str
    reason: str
    at: str | None
    signature: str
    with_effects: bool
    correction: str | None


class QuarantineView(msgspec.Struct, frozen=True):
    """Bytes that were not applied, and why."""

    code: str
    detail: str
    bytes: int
    received_at: str | None
    times: int


class ForkedView(msgspec.Struct, frozen=True):
    """A batch of a second history. `looked_at`: since then its events are held or on their way to the present device."""

    code: str
    detail: str
    epoch: int
    first_seq: int
    last_seq: int
    boot_id: str
    bytes: int
    received_at: str | None
    times: int
    looked_at: str | None


def routes(office: Office) -> Sequence[Any]:
    """`POST /branches/{branch}/unblock|skip|replacement`, `POST /backups`, `GET /branches/{branch}/quarantine|forks|skips`."""

    async def known(branch: str) -> str:
        if branch not in await office.branches():
            raise ProblemRaised(make("not_found"))
        return branch

    def written(path: str, summary: str) -> Decorator:
        return post(
            f"/api/v1/branches/{{branch:str}}/{path}",
            status_code=200, tags=["branches"], summary=summary, guards=[at_least(Role.ADMIN)],
        )  # fmt: skip

    def listed(path: str, summary: str) -> Decorator:
        return get(
            f"/api/v1/branches/{{branch:str}}/{path}",
            tags=["branches"],
            summary=summary,
            guards=[at_least(Role.MANAGER)],
        )

    async def newest_first(
        name: str, branch: str, after: str | None, limit: int | None,
        rows_before: Callable[..., list[Row]], view: Callable[[Row], View],
    ) -> Page[View]:  # fmt: skip
        key, most = decode_cursor(name, after, NumberKey), page_limit(limit)
        await known(branch)
        before = NEWEST if key is None else key.number
        rows = await office.store.read(lambda c: rows_before(c, branch, before=before, limit=most + 1))
        page = page_of(name, rows, most, lambda row: NumberKey(row.number))
        return Page([view(row) for row in page.rows], page.next)

    @written("unblock", "Take a stopped branch up again: what stopped it is judged anew")
    async def unblock(branch: FromPath[str]) -> Unblocked:
        return Unblocked(branch, await office.decisions.unblock(await known(branch)))

    @written("skip", "Go on without what stopped a branch; signed and kept")
    async def skip(branch: FromPath[str], data: SkipEntry, caller: TheCaller) -> SkipView:
        done = await office.decisions.skip(await known(branch), person=caller.person, reason=data.reason)
        if isinstance(done, NotSkipped):
            raise ProblemRaised(not_skipped(done))
        return _decided(done)

    @written("replacement", "A one-time code with which a new device takes the branch over")
    async def replacement(branch: FromPath[str]) -> ReplacementView:
        made = await office.decisions.replacement(await known(branch))
        return ReplacementView(branch, made.code, moment(made.expires_at))

    @post(
        "/api/v1/backups", status_code=200, tags=["site"], guards=[at_least(Role.ADMIN)],
        summary="Record what a verified backup of headquarters holds",
    )  # fmt: skip
    async def backups(data: BackupEntry) -> BackupView:
        met = await office.branches()
        covered = [
            Covered(one.branch, one.epoch, one.seq, bytes.fromhex(one.hash))
            for one in data.branches
            if one.branch in met
        ]
        differing = await office.decisions.backed_up(covered)
        return BackupView(len(covered) - len(differing), differing)

    @listed("quarantine", "What could not be applied, newest first")
    async def quarantine(
        branch: FromPath[str], after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None
    ) -> Page[QuarantineView]:
        return await newest_first("quarantine", branch, after, limit, list_quarantine, _quarantined)

    @listed("forks", "Batches of second histories of the branch, newest first")
    async def forks(
        branch: FromPath[str], after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None
    ) -> Page[ForkedView]:
        return await newest_first("forks", branch, after, limit, list_forked, _forked)

    @listed("skips", "What people decided to go on without, newest first")
    async def skips(
        branch: FromPath[str], after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None
    ) -> Page[SkipView]:
        return await newest_first("skips", branch, after, limit, list_skips, skip_view)

    return [unblock, skip, replacement, backups, quarantine, forks, skips]


def not_skipped(why: NotSkipped) -> Problem:
    """Why there was nothing to pass."""
    if why.code == "not_blocked":
        return problem(
            409, why.code, title="Nothing is stopped", title_zh="没有停止",
            detail="Headquarters applies this branch; there is nothing to go on without.",
            detail_zh="总部正常入账该分店，无需跳过任何记录。",
        )  # fmt: skip
    if why.code == "nothing_stops":
        return problem(
            409, why.code, title="Nothing to skip", title_zh="没有可跳过的记录",
            detail="What stopped the branch can be applied by now; take the branch up again, and nothing has to be left out.",
            detail_zh="当初使其停止的记录现在可以入账；请恢复该分店，无需跳过任何记录。",
        )  # fmt: skip
    return problem(
        409, why.code, title="Nothing to skip", title_zh="没有可跳过的记录",
        detail="What arrived was damaged on its way; take the branch up again, and it sends the same entries anew. If it is"
        " stopped by the same again, the journal on the device itself is damaged, and nothing after headquarters' last entry"
        " can be believed: make a replacement code (`kontor hq-replace`) and run `kontor rejoin` with it on the device. The"
        " damaged ledger is kept there.",
        detail_zh="收到的数据在传输中损坏；请恢复该分店，分店会重新发送相同的记录。若再次因同样原因停止，则是设备上的流水本身已损坏："
        "总部最后一条记录之后的内容无法采信。请生成更换代码（kontor hq-replace），在设备上用它运行 kontor rejoin。损坏的账本会保留在设备上。",
    )  # fmt: skip


def _decided(done: Skip) -> SkipView:
    return SkipView(
        done.first_seq, done.last_seq, done.code, done.person, done.reason, moment(done.at), done.signature.hex(),
        done.with_effects, None,
    )  # fmt: skip


def skip_view(row: SkipRow) -> SkipView:
    """A decision as the API shows it."""
    return SkipView(
        row.first_seq, row.last_seq, row.code, row.person, row.reason, moment(row.at), row.signature.hex(),
        row.with_effects, None if row.correction is None else row.correction.hex(),
    )  # fmt: skip


def _quarantined(row: QuarantineRow) -> QuarantineView:
    return QuarantineView(row.code, row.detail, row.size, moment(row.received_at), row.times)


def _forked(row: ForkedRow) -> ForkedView:
    return ForkedView(
        row.code, row.detail, row.epoch, row.first_seq, row.last_seq, row.boot_id.hex(), row.size,
        moment(row.received_at), row.times, moment(row.looked_at),
    )  # fmt: skip
