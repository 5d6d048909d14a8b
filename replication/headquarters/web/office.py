"""What every route of headquarters is given: the database, who is there, who may ask, how pages are drawn."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final, TypeVar

import msgspec

from admin_ui.render import Renderer
from admin_ui.serving.decoding import decode_json
from admin_ui.serving.events import EventHub
from admin_ui.serving.guard import Guard
from admin_ui.serving.problem import Problem
from admin_ui.serving.raw import read_body
from admin_ui.serving.roles import Role
from admin_ui.serving.static import StaticFiles
from replication.headquarters.apply import Applier
from replication.headquarters.config import HeadquartersConfig
from replication.headquarters.consumer import Consumer
from replication.headquarters.decisions import Decisions
from replication.headquarters.presence import Presence, State
from replication.headquarters.stores.rows import BranchRow
from replication.headquarters.stores.sqlite.queries import list_branches
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.wire.messages import Peripherals

T = TypeVar("T")

NEEDS_A_PERSON: Final = frozenset({State.OFFLINE, State.BLOCKED, State.FENCED})
"""States that do not pass by themselves."""


class BranchNow(msgspec.Struct, frozen=True):
    """A branch's row joined with what was heard since: `as_of` is the moment its figures here are true for (UTC ms).
    `second_device`: another device speaks under the branch's name now, and is kept out."""

    row: BranchRow
    state: State
    applied_seq: int
    head_seq: int
    lag_seconds: float
    heard_at: int | None
    as_of: int | None
    second_device: bool = False
    peripherals: Peripherals | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether it should be looked at: a state that does not pass by itself, or a second device under its name."""
        return self.second_device or self.state in NEEDS_A_PERSON


class Office(msgspec.Struct):
    """The parts of headquarters, joined."""

    config: HeadquartersConfig
    store: SqliteStore
    presence: Presence
    consumer: Consumer
    decisions: Decisions
    applier: Applier
    guard: Guard
    live: EventHub
    renderer: Renderer
    static: StaticFiles
    version: str
    started_at: float
    folder: Path
    utc_milliseconds: Callable[[], int]

    async def entered(self, scope: Any, receive: Any, role: Role, decoder: msgspec.json.Decoder[T]) -> T | Problem:
        """What somebody of that role sent, decoded; else what is to be answered."""
        caller = await self.guard.require(scope, role)
        if isinstance(caller, Problem):
            return caller
        return decode_json(decoder, await read_body(receive))

    async def branches(self) -> dict[str, BranchNow]:
        """Every branch as it is now, by id."""
        rows = await self.store.read(list_branches)
        return {row.branch: self.branch_now(row) for row in rows}

    async def read(self, query: Callable[[Connection], T]) -> tuple[dict[str, BranchNow], T]:
        """Branches and an answer out of one snapshot, so that a figure never claims a seq it does not hold."""
        rows, answer = await self.store.read(lambda connection: (list_branches(connection), query(connection)))
        return {row.branch: self.branch_now(row) for row in rows}, answer

    def branch_now(self, row: BranchRow) -> BranchNow:
        """A branch as it is now. While nothing waits there, its figures hold up to the last time it was heard."""
        standing = self.presence.standing(row.branch)
        heard_at = standing.contact_at if standing.contact_at is not None else row.contact_at
        head_seq = max(standing.head_seq, row.applied_seq)
        all_here = head_seq <= row.applied_seq
        as_of = heard_at if all_here and heard_at is not None else row.applied_at
        if as_of is not None and row.applied_at is not None:
            as_of = max(as_of, row.applied_at)
        return BranchNow(
            row, standing.state, row.applied_seq, head_seq, standing.lag_seconds, heard_at, as_of,
            standing.second_device, standing.peripherals,
        )  # fmt: skip


def moment(milliseconds: int | None) -> str | None:
    """UTC milliseconds as the contract writes times, such as `2026-11-22T09:30:00.125Z`."""
    if milliseconds is None:
        return None
    seconds, rest = divmod(milliseconds, 1000)
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def write_id(event_id: bytes) -> str:
    """The text of a document's id."""
    digits = event_id.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def read_id(text: str) -> bytes | None:
    """The bytes of an id in its canonical form, None where the text is none."""
    if len(text) != 36 or any(text[place] != "-" for place in (8, 13, 18, 23)):
        return None
    try:
        found = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        return None
    return found if len(found) == 16 else None
