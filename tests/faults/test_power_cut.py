"""Power cuts at the branch and at headquarters: the real stores' writes recorded, and cut at thousands of places.

The same: the store's code, sqlite3, the SQLite library with its locking, WAL and checkpoints. Not the same: the file
system and the disk, which are the model of tests/faults/power_cut.py (honours flush, tears and reorders the rest).
"""

import asyncio
import contextlib
import shutil
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from random import Random

import pytest

import gateway.store.ledger
import replication.headquarters.stores.sqlite.store
import replication.storage.connection
from gateway.store.session import Posted
from gateway.store.verify import verify_site as verify_branch
from replication.headquarters.apply import Applier
from replication.headquarters.stores.sqlite.queries import list_branches, list_journal
from replication.headquarters.stores.sqlite.store import SqliteStore
from replication.headquarters.stores.verify import verify_site as verify_headquarters
from replication.link import Delivery, StreamPlace
from replication.storage.connection import open_writer
from replication.storage.errors import StorageError, StoreClosed
from replication.wire.envelope import EnvelopeError
from tests.faults.conftest import Tell
from tests.faults.pace import Pace
from tests.faults.power_cut import Disk, cuts, lay_out
from tests.faults.recording_vfs import Flushed, Recorder
from tests.replication.shop import MemoryJournal, goods_receipt, item_put
from tests.store.conftest import Branch, open_branch

pytestmark = [pytest.mark.needs("sqlite-vfs")]

SEED = 20261122
SKUS = ("rice", "tea", "soap")
CHECKPOINT_PAGES = 40
"""Far below the product's, so that a short run holds many checkpoints and WAL resets."""
BRANCH_ROUNDS, HEADQUARTERS_BATCHES = 24, 60
"""Short runs: each cut verifies the whole of what is left, and more cuts find more than longer histories."""
SECONDS_SHORT, SECONDS_LONG = 12.0, 100.0
"""How long each store's run goes on cutting: in every test run, and in `make faults`."""
CUTS_MIN = 400
CHECKPOINTS_MIN = 3


@pytest.fixture
def fast_folder(tmp_path: Path) -> Iterator[Path]:
    """Where the files after a cut are opened: in memory where there is such a place, since thousands are made."""
    memory = Path("/dev/shm")
    folder = (memory if memory.is_dir() else tmp_path) / f"kontor-power-cut-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


class Outcome:
    """What the cuts of one recorded run came to."""

    def __init__(self) -> None:
        self.cuts = self.torn = self.events = 0
        self.lost: list[str] = []
        self.corrupt: list[str] = []


def weaker(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    """The stores with less than the product's flushing: what the harness must be able to see."""

    def opened(path: Path) -> sqlite3.Connection:
        connection = open_writer(path)
        connection.execute(f"PRAGMA synchronous = {level}")
        return connection

    monkeypatch.setattr(gateway.store.ledger, "open_writer", opened)
    monkeypatch.setattr(replication.headquarters.stores.sqlite.store, "open_writer", opened)


async def record_branch(folder: Path) -> tuple[Recorder, list[bytes]]:
    """Sales in groups of one to eight, each acknowledged after its commit; and the chain hash at every seq."""
    recorder, chance = Recorder(), Random(SEED)
    with recorder.installed():
        async with open_branch(folder) as branch:
            for sku in SKUS:
                await branch.item(sku)
            await branch.post(
                {"type": "opening_balance", "lines": [{"item": sku, "quantity": "900000"} for sku in SKUS]}
            )
            for _ in range(BRANCH_ROUNDS):
                await asyncio.gather(*(_sell(branch, chance, recorder) for _ in range(chance.randint(1, 8))))
            hashes = await branch.ledger.read(
                lambda c: [h for (h,) in c.execute("SELECT hash FROM journal ORDER BY seq")]
            )
    return recorder, hashes


async def _sell(branch: Branch, chance: Random, recorder: Recorder) -> None:
    lines = [
        {"item": sku, "quantity": str(chance.randint(1, 3))}
        for sku in chance.sample(SKUS, chance.randint(1, len(SKUS)))
    ]
    answer = await branch.post(
        {"type": "sale", "lines": lines}, uuid.UUID(int=chance.getrandbits(128), version=4).bytes
    )
    assert isinstance(answer, Posted), answer
    recorder.acknowledge("branch", answer.seq)


async def check_branch(folder: Path, disk: Disk, hashes: list[bytes], outcome: Outcome, *, sell: bool) -> None:
    """Open what is left as the product does: every acknowledged sale there, nothing else, nothing half."""
    acknowledged = disk.acknowledged.get("branch", 0)
    try:
        async with open_branch(folder) as branch:
            rows = await branch.ledger.read(
                lambda c: c.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
            )
            head = rows[0] if rows else 0
            outcome.events += head
            if head < acknowledged:
                outcome.lost.append(f"acknowledged {acknowledged}, left {head}")
            if head and rows[1] != hashes[head - 1]:
                outcome.corrupt.append(f"entry {head} is another one")
            if sell and head > len(SKUS):
                answer = await branch.post({"type": "sale", "lines": [{"item": "rice", "quantity": "1"}]})
                if not isinstance(answer, Posted) or answer.seq != head + 1:
                    outcome.corrupt.append(f"the next sale after entry {head} was answered {answer}")
        report = verify_branch(folder)
        if not report.clean:
            outcome.corrupt.append("; ".join(report.differences[:2]))
    except (StorageError, StoreClosed, sqlite3.Error) as error:
        outcome.corrupt.append(str(error))


async def record_headquarters(folder: Path) -> tuple[Recorder, dict[str, MemoryJournal], list[Delivery]]:
    """Batches of three branches in groups, duplicates among them; a watermark counts as the acknowledgement."""
    recorder, chance = Recorder(), Random(SEED)
    journals = {branch: MemoryJournal(branch, Random(branch)) for branch in ("b001", "b002", "b003")}
    deliveries: list[Delivery] = []
    for journal in journals.values():
        journal.append(item_put("952-RICE", name="Rice"))
        journal.append(goods_receipt([("952-RICE", 100_000)]))
    sent = dict.fromkeys(journals, 0)
    for _ in range(HEADQUARTERS_BATCHES):
        journal = chance.choice(list(journals.values()))
        journal.sell(chance.randint(1, 6))
        data = journal.batch(sent[journal.branch] + 1, len(journal.entries))
        sent[journal.branch] = len(journal.entries)
        deliveries.append(Delivery(journal.branch, data, StreamPlace("1", len(deliveries) + 1)))
    with recorder.installed():
        async with open_headquarters(folder) as (store, applier):
            position = 0
            while position < len(deliveries):
                size = chance.randint(1, 4)
                outcome = await applier.apply(deliveries[position : position + size])
                for branch, mark in outcome.watermarks.items():
                    recorder.acknowledge(branch, mark.applied_seq)
                position += max(1, size - (chance.random() < 0.3))
            del store
    return recorder, journals, deliveries


@contextlib.asynccontextmanager
async def open_headquarters(folder: Path) -> AsyncIterator[tuple[SqliteStore, Applier]]:
    """The ordinary store with its applier."""
    store = SqliteStore.open(folder, on_fatal=lambda error: print(f"FATAL {error!r}"))
    try:
        yield store, Applier(store, 1, monotonic=time.monotonic, utc_milliseconds=lambda: 1_795_000_000_000)
    finally:
        await store.close()


async def check_headquarters(
    folder: Path, disk: Disk, journals: dict[str, MemoryJournal], again: list[Delivery], outcome: Outcome
) -> None:
    """Open what is left: every branch at or after its watermark, a prefix of its journal; `again` brings the rest."""
    try:
        async with open_headquarters(folder) as (store, applier):
            for row in await store.read(list_branches):
                journal = journals[row.branch]
                outcome.events += row.applied_seq
                if row.applied_seq < disk.acknowledged.get(row.branch, 0):
                    outcome.lost.append(f"{row.branch}: told {disk.acknowledged[row.branch]}, left {row.applied_seq}")
                held = await store.read(
                    lambda c, r=row: list_journal(c, r.branch, after_seq=max(r.applied_seq - 1, 0), limit=2)
                )
                if row.applied_seq and (not held or held[-1].hash != journal.hash_of(row.applied_seq)):
                    outcome.corrupt.append(f"{row.branch}: entry {row.applied_seq} is another one")
            if again:
                await applier.apply(again)
                rows = await store.read(list_branches)
                assert {row.branch: row.applied_seq for row in rows} == {b: len(j.entries) for b, j in journals.items()}
        report = verify_headquarters(folder)
        if not report.clean:
            outcome.corrupt.append("; ".join(report.differences[:2]))
    except (StorageError, StoreClosed, EnvelopeError, sqlite3.Error) as error:
        outcome.corrupt.append(str(error))


def chosen_points(steps: int, count: int, chance: Random) -> list[int]:
    """Ascending; a place may be cut more than once, with other sectors left."""
    return sorted(chance.randrange(steps + 1) for _ in range(count))


def run_cuts(
    recorder: Recorder, folder: Path, seconds: float, check: Callable[[Disk, Outcome, int], None], count: int
) -> Outcome:
    """Rounds of cuts over the whole run until the time is used up."""
    checkpoints = sum(isinstance(step, Flushed) and step.file.endswith(".db") for step in recorder.steps)
    assert checkpoints >= CHECKPOINTS_MIN or not seconds, f"only {checkpoints} checkpoints were recorded"
    outcome, began = Outcome(), time.monotonic()
    for round_ in range(1000):
        chance = Random(SEED + round_)
        for _, disk in cuts(recorder.steps, chosen_points(len(recorder.steps), count, chance)):
            lay_out(disk.left_behind(chance), folder)
            outcome.torn += disk.torn
            check(disk, outcome, outcome.cuts)
            outcome.cuts += 1
        if (outcome.cuts >= CUTS_MIN or not seconds) and time.monotonic() - began > seconds:
            break
    return outcome


@pytest.mark.slow
@pytest.mark.parametrize("level", ["FULL", "NORMAL", "OFF"])
def test_a_power_cut_at_the_branch_loses_no_acknowledged_sale(
    tmp_path: Path, fast_folder: Path, monkeypatch: pytest.MonkeyPatch, tally: Tell, pace: Pace, level: str
) -> None:
    """Row 9. With the product's `synchronous=FULL` nothing is lost or half; NORMAL loses and OFF corrupts, and is seen."""
    monkeypatch.setattr(replication.storage.connection, "CHECKPOINT_PAGES", CHECKPOINT_PAGES)
    if level != "FULL":
        weaker(monkeypatch, level)
    with asyncio.Runner() as runner:
        (tmp_path / "recorded").mkdir()
        recorder, hashes = runner.run(record_branch(tmp_path / "recorded"))
        seconds = pace.seconds(short=SECONDS_SHORT, most=SECONDS_LONG) if level == "FULL" else 0.0

        def check(disk: Disk, outcome: Outcome, number: int) -> None:
            runner.run(check_branch(fast_folder, disk, hashes, outcome, sell=number % 10 == 0))

        outcome = run_cuts(recorder, fast_folder, seconds, check, 200 if level == "FULL" else 100)
    _judge("9", f"power cut at the branch, synchronous={level}", level, outcome, tally)


@pytest.mark.slow
@pytest.mark.parametrize("level", ["FULL", "NORMAL", "OFF"])
def test_a_power_cut_at_headquarters_takes_back_no_watermark(
    tmp_path: Path, fast_folder: Path, monkeypatch: pytest.MonkeyPatch, tally: Tell, pace: Pace, level: str
) -> None:
    """Row 11. What a watermark told stands; the branches' batches, sent again, bring the rest exactly once."""
    monkeypatch.setattr(replication.storage.connection, "CHECKPOINT_PAGES", CHECKPOINT_PAGES)
    if level != "FULL":
        weaker(monkeypatch, level)
    with asyncio.Runner() as runner:
        (tmp_path / "recorded").mkdir()
        recorder, journals, deliveries = runner.run(record_headquarters(tmp_path / "recorded"))
        seconds = pace.seconds(short=SECONDS_SHORT, most=SECONDS_LONG) if level == "FULL" else 0.0

        def check(disk: Disk, outcome: Outcome, number: int) -> None:
            again = deliveries if level == "FULL" and number % 10 == 0 else []
            runner.run(check_headquarters(fast_folder, disk, journals, again, outcome))

        outcome = run_cuts(recorder, fast_folder, seconds, check, 200 if level == "FULL" else 100)
    _judge("11", f"power cut at headquarters, synchronous={level}", level, outcome, tally)


def _judge(row: str, fault: str, level: str, outcome: Outcome, tally: Tell) -> None:
    tally(
        row=row, fault=fault, injected=outcome.cuts, events=outcome.events, lost=len(outcome.lost) + len(outcome.corrupt),
        doubled=0, seconds=0.0, seed=SEED, expected_loss=level != "FULL",
    )  # fmt: skip
    if level == "FULL":
        assert (outcome.lost[:5], outcome.corrupt[:5]) == ([], [])
        assert outcome.cuts >= CUTS_MIN
        assert outcome.torn > outcome.cuts // 4, "too few cuts had anything to tear"
    elif level == "NORMAL":
        assert outcome.corrupt == []
        assert outcome.lost, "the harness does not see what NORMAL loses"
    else:
        assert outcome.lost or outcome.corrupt, "the harness does not see what OFF loses"
