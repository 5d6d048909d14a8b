"""Branches over HTTP: how far each is applied, how it stands, its journal."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.problem import ProblemRaised, make
from admin_ui.serving.roles import Role
from replication.headquarters.skip import DAMAGED
from replication.headquarters.stores.rows import JournalRow
from replication.headquarters.stores.sqlite.queries import list_journal
from replication.headquarters.web.office import BranchNow, Office, moment, write_id
from replication.wire.events import EventKind

_KINDS = {int(kind): kind.name.lower() for kind in EventKind}


class SeqKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in a journal."""

    seq: Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class BranchKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the branches by id."""

    branch: str


class BranchView(msgspec.Struct, frozen=True):
    """A branch. Its figures at headquarters are true as of `as_of_seq` = `applied_seq` and the moment `as_of`.

    `second_device`: another device speaks under this name now and is kept out. `forked` counts kept batches of such second
    histories, `forked_bytes` what of them waits to be taken up (`forked_not_kept`: batches that found no room and are to come
    again), `readmitted` the events of them that came up since, `readmitting` those
    the branch was asked for; `damaged` batches of other devices that nobody could read, up to 64. `ways_out` says what helps a
    branch that is stopped, to be tried in this order: `unblock` (it sends again), `skip`, or, where the journal on its device
    is damaged, `replace`: a replacement code (`kontor hq-replace`), with which the device runs `kontor rejoin`. `skips` counts what people decided to go on without.
    `devices` is how many scales, printers and the like it has, `devices_lost` those that do not work, as it last said.
    """

    branch: str
    name: str
    name_zh: str | None
    state: str
    applied_seq: int
    head_seq: int
    durable_seq: int
    epoch: int
    waiting: int
    lag_seconds: float
    as_of: str | None
    heard_at: str | None
    blocked_code: str | None
    blocked_detail: str | None
    second_device: bool
    forked: int
    forked_not_kept: int
    forked_bytes: int
    readmitted: int
    readmitting: int
    damaged: int
    ways_out: tuple[str, ...]
    skips: int
    devices: int | None = None
    devices_lost: tuple[str, ...] = ()


class EntryView(msgspec.Struct, frozen=True):
    """An applied entry. `hash` chains over everything before it; `bytes` is the size of its payload."""

    branch: str
    seq: int
    epoch: int
    event_id: str
    kind: str
    hash: str
    bytes: int


def branch_view(now: BranchNow) -> BranchView:
    """A branch as the API shows it."""
    row, block = now.row, now.row.block
    return BranchView(
        row.branch, row.name or row.branch, row.name_zh or None, now.state.value, now.applied_seq, now.head_seq,
        row.durable_seq, row.epoch, now.head_seq - now.applied_seq, now.lag_seconds, moment(now.as_of), moment(now.heard_at),
        block.code if block else None, block.detail if block else None, now.second_device, row.forked,
        row.forked_not_kept, row.forked_bytes, row.readmitted, row.readmitting, row.damaged,
        () if block is None else ("unblock", "replace" if block.code in DAMAGED else "skip"), row.skips,
        None if now.peripherals is None else now.peripherals.count, () if now.peripherals is None else now.peripherals.lost,
    )  # fmt: skip


def routes(office: Office) -> Sequence[Any]:
    """`GET /branches`, `GET /journal?branch=`."""

    @get("/api/v1/branches", tags=["branches"], summary="Every branch", guards=[at_least(Role.CASHIER)])
    async def branches(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[BranchView]:
        start = decode_cursor("branches", after, BranchKey) or BranchKey("")
        most = page_limit(limit)
        rows = [now for name, now in (await office.branches()).items() if name > start.branch][: most + 1]
        page = page_of("branches", rows, most, lambda now: BranchKey(now.row.branch))
        return Page([branch_view(now) for now in page.rows], page.next)

    @get("/api/v1/journal", tags=["branches"], summary="A branch's applied entries", guards=[at_least(Role.CASHIER)])
    async def journal(
        branch: FromQuery[str], after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None
    ) -> Page[EntryView]:
        start = decode_cursor("journal", after, SeqKey) or SeqKey(0)
        most = page_limit(limit)
        rows = await office.store.read(
            lambda connection: list_journal(connection, branch, after_seq=start.seq, limit=most + 1)
        )
        if rows is None:
            raise ProblemRaised(make("not_found"))
        page = page_of("journal", rows, most, lambda row: SeqKey(row.entry.seq))
        return Page([_entry_view(branch, row) for row in page.rows], page.next)

    return [branches, journal]


def _entry_view(branch: str, row: JournalRow) -> EntryView:
    entry = row.entry
    kind = _KINDS.get(entry.kind, f"kind_{entry.kind}")
    return EntryView(branch, entry.seq, entry.epoch, write_id(entry.event_id), kind, row.hash.hex(), len(entry.payload))
