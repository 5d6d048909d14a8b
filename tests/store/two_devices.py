"""Two devices that wrote one branch's journal: the start of a story, each one's own end, and the new epoch that joins them.

Headquarters is played by its pure fold and by the entries of the device it heard first.
"""

import asyncio
import contextlib
import itertools
import shutil
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gateway.domain.policy import Role
from gateway.domain.posting import Approver
from gateway.store.journal import Journal
from replication.headquarters.fold import fold
from replication.wire.digest import digest_bytes, digest_of
from replication.wire.entry import Entry, Position
from replication.wire.messages import Rebase
from tests.store.conftest import Branch
from tests.store.conftest import open_branch as open_with_seed

APPROVER = Approver("chen", Role.MANAGER, "told")
EVERYTHING = 10**9
_SEEDS = itertools.count(100)


@contextlib.asynccontextmanager
async def open_branch(folder: Path) -> AsyncIterator[Branch]:
    """Open a ledger as another start of the process would: no two make the same ids. One till has a printer."""
    async with open_with_seed(folder, next(_SEEDS)) as branch:
        branch.shop.printer_of = {"till-1": "receipt"}.get
        yield branch


class Act(msgspec.Struct, frozen=True):
    """One thing a person does: a document of a type, or an item put when `type` is "item"."""

    id: bytes
    type: str
    items: tuple[str, ...]
    quantity: str


async def carry_out(branch: Branch, acts: Sequence[Act]) -> None:
    """Do everything in order; selling below zero is approved."""
    for act in acts:
        if act.type == "item":
            codes = [f"code-{act.quantity}"]
            await branch.item(act.items[0], price=int(float(act.quantity) * 100) + 1, barcodes=codes)
            continue
        body: dict[str, Any] = {
            "type": act.type,
            "lines": [{"item": sku, "quantity": act.quantity} for sku in act.items],
            "station": "till-1",
        }
        if act.type == "adjustment":
            body["reason"] = "count"
        if act.type == "transfer_out":
            body["to_branch"] = "b002"
        await branch.post(body, act.id, approver=APPROVER)


def live(folder: Path, acts: Sequence[Act]) -> Position:
    """Open a folder's ledger, do things there, close it, and say where its journal stands."""

    async def story() -> Position:
        async with open_branch(folder) as branch:
            await carry_out(branch, acts)
            return await Journal(branch.ledger).head()

    return asyncio.run(story())


def copy_device(folder: Path, to: Path) -> Path:
    """A card copied while the device was off."""
    shutil.copytree(folder, to)
    return to


def entries(folder: Path, after: int = 0) -> list[tuple[Entry, bytes]]:
    """A closed ledger's entries after a seq, each with its hash."""

    async def story() -> list[tuple[Entry, bytes]]:
        async with open_branch(folder) as branch:
            journal, found = Journal(branch.ledger), list[tuple[Entry, bytes]]()
            while run := await journal.entries_after(found[-1][0].seq if found else after, 500, EVERYTHING):
                found += run.entries
            return found

    return asyncio.run(story())


def offer(common: Position, held: Position, *, epoch: int, base_seq: int) -> Rebase:
    """What headquarters offers the device it does not follow."""
    return Rebase(epoch, base_seq, common.seq, common.hash, held.seq, held.hash, "restored", 7)


async def join(branch: Branch, rebase: Rebase, held: Sequence[tuple[Entry, bytes]], step: int = 3) -> Position:
    """Stage what headquarters holds in small steps, and switch."""
    journal = Journal(branch.ledger, step_bytes=100, step_bytes_max=100)
    reached = await journal.begin_rebase(rebase)
    missing = [one for one in held if one[0].seq > reached.seq]
    for at in range(0, len(missing), step):
        await journal.stage(missing[at : at + step])
    return await journal.switch(rebase)


def headquarters_digest(journal: Sequence[tuple[Entry, bytes]]) -> bytes:
    """The digest headquarters computes of a journal: its own fold of every entry."""
    cells = fold([entry for entry, _ in journal]).cells
    return digest_bytes(digest_of((*cell, quantity) for cell, quantity in cells.items()))


def new_id() -> bytes:
    """An id as a till makes one."""
    return uuid.uuid4().bytes
