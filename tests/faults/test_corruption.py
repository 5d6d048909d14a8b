"""Bytes that change on the disk behind our back: found and said, never sold on as if nothing were."""

import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from gateway.store.verify import verify_site as verify_branch_site
from replication.headquarters.stores.verify import verify_site as verify_hq_site
from replication.storage.errors import StorageError
from replication.wire.envelope import EnvelopeError, read_envelope, unpack_entries
from tests.crash.story import SKUS
from tests.faults.conftest import Tell
from tests.faults.pace import Pace
from tests.faults.parts import Chain

pytestmark = [pytest.mark.needs("nats-server")]

SEED = 20261122

BEHIND_OUR_BACK = {
    "branch": (
        "UPDATE balances SET quantity = quantity + 1000 WHERE rowid_of",
        "UPDATE journal SET payload = CAST(substr(payload, 1, length(payload) - 1) || x'00' AS BLOB) WHERE seq = 30",
        "UPDATE journal SET hash = zeroblob(32) WHERE seq = 31",
        "DELETE FROM journal WHERE seq = 32",
        "UPDATE movements SET quantity = quantity + 1 WHERE movement_id = (SELECT max(movement_id) FROM movements)",
        "UPDATE balances SET quantity = quantity - 1000 WHERE item_id = 1 AND location_id = 0",
        "UPDATE documents SET total = total + 1 WHERE seq = 33",
        "UPDATE counters SET count = count + 1 WHERE type = 'sale'",
        "UPDATE slots SET sales_total = sales_total + 1",
    ),
    "hq": (
        "UPDATE balances SET quantity = quantity + 1000 WHERE rowid_of",
        "UPDATE documents SET total = total + 1 WHERE seq = 33",
    ),
}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A chain that sold, converged and was stopped: its files lie still."""
    chain = Chain(tmp_path_factory.mktemp("corrupted"))
    try:
        chain.start().sell(2)
        chain.sell_more(60)
        chain.enough()
        chain.converged()
        chain.branch.stop()
        chain.hq.stop()
        yield chain
    finally:
        chain.close()


def differences(whose: str, folder: Path) -> int:
    """How many `kontor verify` finds; a file that cannot be read counts as one."""
    try:
        return (verify_branch_site if whose == "branch" else verify_hq_site)(folder).difference_count
    except StorageError as error:
        return bool(error.hint and error.hint_zh)


def flipped(blob: bytes, chance: Random) -> bytes:
    """One bit is another."""
    changed = bytearray(blob)
    changed[chance.randrange(len(blob))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def says_the_same(blob: bytes, changed: bytes) -> bool:
    """Whether a raw batch still holds the same entries."""
    try:
        return unpack_entries(read_envelope(changed)) == unpack_entries(read_envelope(blob))
    except EnvelopeError:
        return False


@pytest.mark.parametrize("whose", ["branch", "hq"])
def test_a_row_changed_with_another_tool_is_found(stopped: Chain, tally: Tell, tmp_path: Path, whose: str) -> None:
    """Row 32. What SQLite finds in order, the chain and the fold do not: every table's figures are computed again."""
    site = stopped.branch if whose == "branch" else stopped.hq
    name = "ledger.db" if whose == "branch" else "hq.db"
    whole = (site.folder / name).read_bytes()
    (tmp_path / name).write_bytes(whole)
    assert differences(whose, tmp_path) == 0
    for statement in BEHIND_OUR_BACK[whose]:
        (tmp_path / name).write_bytes(whole)
        connection = sqlite3.connect(tmp_path / name)
        where = "quantity = (SELECT max(quantity) FROM balances)"
        assert connection.execute(statement.replace("rowid_of", where)).rowcount > 0, statement
        connection.commit()
        connection.close()
        assert differences(whose, tmp_path) > 0, statement
    count = len(BEHIND_OUR_BACK[whose])
    tally(
        row="32",
        fault=f"row changed behind the back of {whose}",
        injected=count,
        events=0,
        lost=0,
        doubled=0,
        seconds=0.0,
    )


@pytest.mark.parametrize("whose", ["branch", "hq"])
def test_a_flipped_bit_in_what_is_kept_is_found(
    stopped: Chain, tally: Tell, tmp_path: Path, pace: Pace, whose: str
) -> None:
    """Row 31. A bit in a journal payload, a chain hash or a raw batch: `kontor verify` names it or cannot read the file."""
    site = stopped.branch if whose == "branch" else stopped.hq
    name = "ledger.db" if whose == "branch" else "hq.db"
    whole, chance, flips = (site.folder / name).read_bytes(), Random(SEED), pace.rounds(most=200, least=50, short=15)
    connection = sqlite3.connect(site.folder / name)
    query = "SELECT payload, hash FROM journal" if whose == "branch" else "SELECT raw FROM batches"
    kept = [blob for row in connection.execute(query) for blob in row if whole.find(blob) >= 0]
    connection.close()
    for _ in flips:
        blob = changed = b""
        # When a batch was sent, and spare bits of its compression, are in no chain: such a bit is no fault.
        while blob == changed or (whose == "hq" and says_the_same(blob, changed)):
            blob = chance.choice(kept)
            changed = flipped(blob, chance)
        (tmp_path / name).write_bytes(whole.replace(blob, changed, 1))
        assert differences(whose, tmp_path) > 0
    tally(
        row="31",
        fault=f"bit flipped in the file of {whose}",
        injected=flips.done,
        events=0,
        lost=0,
        doubled=0,
        seconds=0.0,
    )


@pytest.mark.only_in_make_faults
def test_a_branch_whose_journal_ends_wrong_sells_nothing_and_says_why(stopped: Chain, tally: Tell, pace: Pace) -> None:
    """Row 31. The newest entries are chained again at each start: where they do not chain, nothing is added to them."""
    site = stopped.branch
    path = site.folder / "ledger.db"
    whole, times = path.read_bytes(), pace.rounds(most=10, least=3)
    for number in times:
        connection = sqlite3.connect(path)
        connection.execute(
            "UPDATE journal SET payload = CAST(payload || x'00' AS BLOB) WHERE seq = (SELECT max(seq) - ? FROM journal)",
            (number,),
        )
        connection.commit()
        connection.close()
        site.start()
        body = {"type": "sale", "lines": [{"item": SKUS[0], "quantity": "1"}]}
        status, problem = site.ask("PUT", f"/documents/{uuid.uuid4()}", body)
        assert (status, problem["code"]) == (503, "unsafe_ledger")
        assert "rejoin from headquarters" in problem["detail"]
        assert "总部" in problem["detail_zh"]
        assert site.ask("GET", "/stock?limit=1")[0] == 200
        site.stop()
        for leftover in path.parent.glob("ledger.db-*"):
            leftover.unlink()
        path.write_bytes(whole)
    tally(
        row="31",
        fault="journal's end damaged, then started",
        injected=times.done,
        events=0,
        lost=0,
        doubled=0,
        seconds=0.0,
    )
