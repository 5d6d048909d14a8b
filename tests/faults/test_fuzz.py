"""Any bytes on any subject: neither end falls over, no stock moves, and what is unreadable is kept with its reason."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import nats
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replication.headquarters.apply import Applier
from replication.headquarters.stores.sqlite.queries import list_branches, list_journal, list_stock
from replication.headquarters.stores.sqlite.store import DATABASE_FILE, SqliteStore
from replication.link import Delivery, StreamPlace
from replication.wire import subjects
from tests.faults.conftest import Tell
from tests.faults.fuzz.mutations import good_batches, good_messages, spoil
from tests.faults.fuzz.targets import BRANCH, TARGETS
from tests.faults.pace import Pace
from tests.faults.parts import Chain, verify_headquarters
from tests.replication.shop import MemoryJournal, goods_receipt, item_put

SEED = 20261122
GOOD = [*good_batches(BRANCH), *good_messages(BRANCH)]

near_misses = st.builds(lambda good, seed: spoil(good, Random(seed)), st.sampled_from(GOOD), st.integers(0, 1 << 40))


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.one_of(st.binary(max_size=200), near_misses))
def test_no_bytes_break_a_reader(target: str, data: bytes) -> None:
    """Row 42. Every reader of the wire answers any bytes with a message or a typed refusal."""
    TARGETS[target](data)


@pytest.mark.anyio
async def test_headquarters_moves_no_stock_for_spoilt_batches(tmp_path: Path, tally: Tell, pace: Pace) -> None:
    """Rows 42, 49. Only entries of the branch's own chain are ever applied; the rest is quarantined with code and place."""
    spoilt, chance = pace.rounds(most=20_000, least=500, short=500), Random(SEED)
    store = SqliteStore.open(tmp_path, on_fatal=lambda error: pytest.fail(repr(error)))
    applier = Applier(store, 1, monotonic=time.monotonic, utc_milliseconds=lambda: 1_795_000_000_000)
    neighbour = MemoryJournal("b001", Random(2))
    neighbour.append(item_put("952-RICE"))
    neighbour.append(goods_receipt([("952-RICE", 5000)]))
    truth = MemoryJournal(BRANCH, Random(1))
    truth.append(item_put("952-RICE", name="Rice"))
    truth.append(goods_receipt([("952-RICE", 100_000)]))
    truth.sell(12)
    batches = [*GOOD, neighbour.batch(1, 2)]
    await applier.apply([Delivery("b001", neighbour.batch(1, 2), StreamPlace("1", 1))])
    began = time.monotonic()
    for number in spoilt:
        data = spoil(chance.choice(batches), chance)
        await applier.apply([Delivery(BRANCH, data, StreamPlace("1", number + 2))])
        await store.transact(lambda session: session.block(BRANCH, None))
    seconds = time.monotonic() - began
    rows = {row.branch: row for row in await store.read(list_branches)}
    applied = rows[BRANCH].applied_seq if BRANCH in rows else 0
    held = await store.read(lambda c: list_journal(c, BRANCH, after_seq=0, limit=100)) if applied else []
    assert [row.hash for row in held or []] == [truth.hash_of(seq) for seq in range(1, applied + 1)]
    stock = await store.read(lambda c: list_stock(c, after=("", 0, ""), limit=100, branch="b001"))
    assert [(row.item, row.on_hand) for row in stock] == [("952-RICE", 5000)]
    await store.close()
    assert verify_headquarters(tmp_path) == ()
    connection = sqlite3.connect(tmp_path / DATABASE_FILE)
    kept = connection.execute("SELECT branch, code, detail, stream_seq, times FROM quarantine").fetchall()
    connection.close()
    codes = {code for _, code, _, _, _ in kept}
    tally(
        row="42", fault=f"spoilt batches at headquarters ({len(codes)} reasons, {seconds:.0f} s)", injected=spoilt.done,
        events=applied, lost=0, doubled=0, seconds=0.0, seed=SEED,
    )  # fmt: skip
    # What was first kept as a second history, and then proved to be none, has its seqs instead of a place in the stream.
    placed = {code for branch, code, detail, place, _ in kept if branch == BRANCH and detail and place}
    assert codes - placed <= {"damaged_fork"}
    assert all(place for _, code, _, place, _ in kept if code != "damaged_fork")
    assert len(kept) > spoilt.done // 3
    assert {"undecodable", "wrong_branch"} & codes, codes


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    made = Chain(tmp_path_factory.mktemp("fuzzed"))
    try:
        yield made.start()
    finally:
        made.close()


@pytest.mark.needs("nats-server")
def test_garbage_on_every_subject_of_a_running_chain(chain: Chain, tally: Tell, pace: Pace) -> None:
    """Rows 42, 46, 49. Both processes live, the tills sell, only the branch whose uplink was spoilt stops, and goes on
    when a person takes it up again."""
    count, chance = 400 if pace.short else 5_000 if pace.bounded else 20_000, Random(SEED)
    branch = "b001"
    names = [
        subjects.uplink("b666"), subjects.hello(branch), subjects.hello("b666"), subjects.pull(branch),
        subjects.heartbeat(branch), subjects.watermark(branch), subjects.control(branch), "up.v1.p99.", "sync.v1.beat.*x",
    ]  # fmt: skip
    good = [*good_batches(branch), *good_messages(branch), *good_batches("b666")]

    async def throw(*spoilt: tuple[str, bytes]) -> None:
        client = await nats.connect(f"nats://127.0.0.1:{chain.nats.port}", allow_reconnect=False)
        for subject, data in spoilt:
            await client.publish(subject, data, reply="_INBOX.fuzz")
        await client.flush()
        await client.close()

    chain.sell(2, seed=SEED)
    chain.sell_more(5)
    # First, for among the garbage is a hello of a second device, and damage that may be that one's stops nobody.
    asyncio.run(throw((subjects.uplink(branch), b"no batch at all")))
    rows = _until_blocked(chain, branch)
    assert rows[branch]["state"] == "blocked", rows[branch]
    quarantine = chain.hq.rows(f"/branches/{branch}/quarantine")
    assert [row["code"] for row in quarantine] == ["undecodable"], quarantine
    asyncio.run(throw(*[(names[number % 7], spoil(chance.choice(good), chance)) for number in range(count)]))
    chain.sell_more(20)
    chain.enough()
    assert chain.branch.running
    assert chain.hq.running
    status, answer = chain.hq.ask("POST", f"/branches/{branch}/unblock")
    assert status in {200, 201}, answer
    seconds = chain.converged()
    lost, doubled = chain.count()
    assert "Traceback" not in chain.branch.said() + chain.hq.said()
    tally(
        row="42", fault="garbage on every subject of real parts", injected=count + 1, events=chain.sold(), lost=lost,
        doubled=doubled, seconds=seconds, seed=SEED,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)


def _until_blocked(chain: Chain, branch: str) -> dict[str, dict[str, object]]:
    ends_at = time.monotonic() + 90
    while True:
        rows = {row["branch"]: row for row in chain.hq.rows("/branches")}
        if rows[branch]["state"] == "blocked" or time.monotonic() > ends_at:
            return rows
        time.sleep(0.1)
