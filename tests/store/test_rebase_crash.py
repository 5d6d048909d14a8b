"""Power lost at every statement of staging, of each step and of the switch: whatever was committed, the next start converges
to the same."""

import asyncio
import itertools
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from gateway.store import rebase as rebase_module
from gateway.store.rebase import switch, take_some
from gateway.store.session import LedgerSession
from gateway.store.staging import begin_staging, stage
from gateway.store.verify import verify_site
from replication.wire.entry import Entry, Position
from replication.wire.messages import Rebase
from tests.store.two_devices import Act, copy_device, entries, join, live, new_id, offer, open_branch

AT = 1_795_000_000_000


class PowerLost(BaseException):
    """Nothing of the process runs on."""


class Failing(sqlite3.Connection):
    """A connection whose power goes before its n-th statement."""

    left = 10**9

    def execute(self, sql: str, parameters: Iterable[Any] = (), /) -> sqlite3.Cursor:
        """Run a statement, while there is power."""
        self.left -= 1
        if self.left < 0:
            raise PowerLost
        return super().execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Any], /) -> sqlite3.Cursor:
        """The same for many rows."""
        self.left -= 1
        if self.left < 0:
            raise PowerLost
        return super().executemany(sql, rows)


def _carry_out(folder: Path, statements: int, rebase: Rebase, held: list[tuple[Entry, bytes]]) -> bool:
    """One start of the process that stages and switches until the power goes; False when it went."""
    connection = sqlite3.connect(folder / "ledger.db", isolation_level=None, factory=Failing)
    connection.execute("PRAGMA synchronous = OFF")
    randomness = random.Random(10**6 + statements)  # another start of the process makes other ids than those before it
    session = LedgerSession(connection, lambda: AT, randomness.randbytes)

    def transaction(command: Callable[[], Any]) -> Any:
        connection.execute("BEGIN IMMEDIATE")
        answer = command()
        session.flush()
        connection.execute("COMMIT")
        return answer

    connection.left = statements
    try:
        reached: Position = transaction(lambda: begin_staging(connection, rebase))
        missing = [one for one in held if one[0].seq > reached.seq]
        for at in range(0, len(missing), 2):
            transaction(lambda at=at: stage(connection, missing[at : at + 2]))
        while transaction(lambda: take_some(session, rebase, AT, 150)):
            pass
        transaction(lambda: switch(session, rebase, AT))
    except PowerLost:
        return False
    finally:
        connection.left = 10**9
        connection.close()  # without a commit: what was open is gone, as after a crash
    return True


def test_power_lost_at_every_statement_of_a_rebase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each point a history stands that headquarters can join, the ledger verifies, sells, and ends the same."""
    monkeypatch.setattr(rebase_module, "OWN_FACTOR", 0)
    folder = tmp_path / "device"
    start = [Act(new_id(), "item", (sku,), str(n)) for n, sku in enumerate(("tea", "rice"), 10)]
    common = live(folder, [*start, Act(new_id(), "opening_balance", ("tea", "rice"), "50")])
    copied = copy_device(folder, tmp_path / "copy")
    held_at = live(
        copied, [Act(new_id(), kind, ("tea",), "3") for kind in ("sale", "item", "sale", "transfer_out", "sale")]
    )
    live(folder, [Act(new_id(), kind, ("tea", "rice"), "2") for kind in ("sale", "item", "sale_return")])
    rebase, held = offer(common, held_at, epoch=2, base_seq=1000), entries(copied, common.seq)
    digests, heads = set(), set()
    for statements in itertools.count():
        broken = tmp_path / f"lost-{statements}"
        shutil.copytree(folder, broken)
        done = _carry_out(broken, statements, rebase, held)
        report = verify_site(broken)
        assert report.differences == (), statements
        assert report.head_seq in ({1003} if done else range(common.seq + 3, held_at.seq + 4)), statements
        heads.add(report.head_seq)
        if statements % 7 == 0 or done:
            asyncio.run(_sell_and_converge(broken, rebase, held))
            report = verify_site(broken)
            assert report.differences == (), statements
            digests.add(report.digest)
        shutil.rmtree(broken)
        if done:
            break
    assert statements > 60
    assert len(digests) == 1
    assert len(heads) >= 3, "the power went between two steps too"


async def _sell_and_converge(folder: Path, rebase: Rebase, held: list[tuple[Entry, bytes]]) -> None:
    async with open_branch(folder) as branch:
        lines = [{"item": "rice", "quantity": "1"}]
        await branch.post({"type": "sale", "lines": lines})
        head = await join(branch, rebase, held)
        assert head.seq > rebase.base_seq
