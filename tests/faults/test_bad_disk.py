"""Disks that are full, write-protected, failing, slow: no false answer, a clear sentence, and on again when mended."""

import errno
import http.client
import json
import sqlite3
import statistics
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.app import LEDGER_LOST
from replication.storage.connection import WAL_LIMIT_BYTES
from tests.crash.story import SKUS
from tests.faults.conftest import Tell
from tests.faults.fuse.disk import FaultyDisk
from tests.faults.pace import Pace
from tests.faults.parts import Chain
from tests.faults.small_disk import SmallDisk

pytestmark = [pytest.mark.needs("nats-server")]

GIVES_UP_SECONDS = 120.0
SLOW_SECONDS = 2.0


def one_sale(chain: Chain) -> tuple[int, Any]:
    """A sale sent once; 0 where nobody answers."""
    body = {"type": "sale", "lines": [{"item": sku, "quantity": "1"} for sku in SKUS[:5]]}
    try:
        return chain.branch.ask("PUT", f"/documents/{uuid.uuid4()}", body)
    except (OSError, http.client.HTTPException) as error:
        return 0, error


def sell_until_refused(chain: Chain) -> tuple[int, Any]:
    """Sell until something else than 201 comes back."""
    ends_at = time.monotonic() + GIVES_UP_SECONDS
    while (answer := one_sale(chain))[0] == 201:
        assert time.monotonic() < ends_at, "the disk never got full"
    return answer


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallDisk]:
    with SmallDisk(tmp_path / "small", 5) as disk:
        yield disk


@pytest.mark.needs("mount")
def test_a_full_disk_at_the_branch_is_said_and_waited_out(
    tmp_path: Path, small: SmallDisk, tally: Tell, pace: Pace
) -> None:
    """Row 26. 503 `disk_full` in both languages, never a false 201; reading works, a restart too; freed, it goes on."""
    chain, times = Chain(tmp_path, disks={"branch": small.folder}), pace.rounds(most=10, least=10)
    try:
        chain.start().sell(1)
        for number in times:
            chain.sell_more(3)
            small.fill()
            status, problem = sell_until_refused(chain)
            assert (status, problem["code"]) == (503, "disk_full"), problem
            assert "disk is full" in problem["detail"]
            assert "磁盘已满" in problem["detail_zh"]
            assert chain.branch.ask("GET", "/stock?limit=2")[0] == 200
            if number % 2 == 0:
                chain.branch.kill()
                chain.branch.start()
                assert chain.branch.health()["status"] == "bad"
                assert one_sale(chain)[0] in {201, 503}
            small.empty()
            chain.sell_more(3)
        chain.enough()
        seconds = chain.converged()
        lost, doubled = chain.count()
    finally:
        chain.close()
    tally(
        row="26", fault="disk full at the branch", injected=times.done, events=chain.sold(), lost=lost, doubled=doubled,
        seconds=seconds,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)


@pytest.mark.needs("mount")
@pytest.mark.only_in_make_faults
@pytest.mark.parametrize("whose", ["hq", "nats"])
def test_a_full_disk_elsewhere_holds_up_and_loses_nothing(tmp_path: Path, tally: Tell, pace: Pace, whose: str) -> None:
    """Row 27. Headquarters' or the server's disk is full: the branch sells on, and all arrives when there is room."""
    times = pace.rounds(most=10, least=5)
    with SmallDisk(tmp_path / "small", 12) as disk:
        chain = Chain(tmp_path, disks={whose: disk.folder / "nats" if whose == "nats" else disk.folder})
        slowest = 0.0
        try:
            chain.start().sell(2)
            for _ in times:
                chain.sell_more(3)
                disk.fill()
                chain.sell_more(150)
                disk.empty()
                part = chain.hq if whose == "hq" else chain.nats
                if not part.running:
                    part.start()
                slowest = max(slowest, chain.caught_up())
            chain.enough()
            slowest = max(slowest, chain.converged())
            lost, doubled = chain.count()
        finally:
            chain.close()
    tally(
        row="27", fault=f"disk full at {whose}", injected=times.done, events=chain.sold(), lost=lost, doubled=doubled,
        seconds=slowest,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)


@pytest.mark.needs("fuse")
@pytest.mark.parametrize(
    ("what", "match"),
    [("flush", "-wal"), *(
        pytest.param(*one, marks=pytest.mark.only_in_make_faults)
        for one in (("write", "-wal"), ("flush", "ledger.db"), ("write", "ledger.db"))
    )],
)  # fmt: skip
def test_an_error_of_the_disk_ends_the_process_and_no_sale(
    tmp_path: Path, tally: Tell, pace: Pace, what: str, match: str
) -> None:
    """Row 28. EIO on a flush or a write: nobody knows what is on the disk, so nothing is answered; the restart knows."""
    times, slowest = pace.rounds(most=10, least=3), 0.0
    with FaultyDisk(tmp_path / "disk") as disk:
        chain = Chain(tmp_path, disks={"branch": disk.folder})
        try:
            chain.start().sell(2)
            for _ in times:
                chain.sell_more(8)
                # A write that fails half-way is told as a short one, and its second half is tried again.
                disk.fail(what, errno.EIO, times=1 if what == "flush" else -1, match=match)
                # The ledger itself is written at checkpoints only, which stopping makes one of.
                if match == "ledger.db":
                    chain.branch.stop()
                else:
                    chain.branch.wait(GIVES_UP_SECONDS)
                assert chain.branch.code == LEDGER_LOST, chain.branch.said()[-1500:]
                assert "The process ends; what was answered before is kept." in chain.branch.said()
                disk.heal()
                began = time.monotonic()
                chain.branch.start()
                slowest = max(slowest, time.monotonic() - began)
            chain.enough()
            slowest = max(slowest, chain.converged())
            lost, doubled = chain.count()
        finally:
            chain.close()
    tally(
        row="28", fault=f"EIO on {what} of {match}", injected=times.done, events=chain.sold(), lost=lost, doubled=doubled,
        seconds=slowest,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)


@pytest.mark.needs("mount")
@pytest.mark.only_in_make_faults
def test_a_write_protected_card_is_said_in_a_sentence(
    tmp_path: Path, small: SmallDisk, tally: Tell, pace: Pace
) -> None:
    """Row 29. The site does not start on it, says what to look at in one line, and starts once it is writable again."""
    times = pace.rounds(most=10, least=5)
    chain = Chain(tmp_path, disks={"branch": small.folder})
    try:
        chain.start().sell(1)
        for _ in times:
            chain.sell_more(3)
            chain.branch.kill()
            small.protect(on=True)
            said = len(chain.branch.said())
            chain.branch.launch()
            assert chain.branch.wait(GIVES_UP_SECONDS) == 1
            assert "the card is not write-protected" in chain.branch.said()[said:]
            assert "Traceback" not in chain.branch.said()[said:]
            small.protect(on=False)
            chain.branch.start()
        chain.enough()
        seconds = chain.converged()
        lost, doubled = chain.count()
    finally:
        chain.close()
    tally(
        row="29", fault="write-protected card", injected=times.done, events=chain.sold(), lost=lost, doubled=doubled,
        seconds=seconds,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)


@pytest.mark.needs("fuse")
@pytest.mark.only_in_make_faults
def test_a_disk_that_fails_while_running_as_if_write_protected(tmp_path: Path, tally: Tell, pace: Pace) -> None:
    """Row 29. The file system goes read-only under a running site (EROFS): it ends, says so, and no sale is lost."""
    times = pace.rounds(most=10, least=5)
    with FaultyDisk(tmp_path / "disk") as disk:
        chain = Chain(tmp_path, disks={"branch": disk.folder})
        try:
            chain.start().sell(2)
            for _ in times:
                chain.sell_more(5)
                for what in ("write", "resize", "create"):
                    disk.fail(what, errno.EROFS)
                assert chain.branch.wait(GIVES_UP_SECONDS) == LEDGER_LOST
                disk.heal()
                chain.branch.start()
            chain.enough()
            seconds = chain.converged()
            lost, doubled = chain.count()
        finally:
            chain.close()
    tally(
        row="29", fault="file system goes read-only", injected=times.done, events=chain.sold(), lost=lost, doubled=doubled,
        seconds=seconds,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)


@pytest.mark.needs("fuse")
@pytest.mark.only_in_make_faults
def test_a_slow_disk_delays_sales_by_flushes_not_by_sales(tmp_path: Path, tally: Tell) -> None:
    """Row 30. Each flush takes 2 s: eight tills share them, pages answer at once, the health page advises a new card."""
    with FaultyDisk(tmp_path / "disk") as disk:
        chain = Chain(tmp_path, disks={"branch": disk.folder})
        try:
            chain.start()
            before = disk.counts()["flushes"]
            disk.slow(SLOW_SECONDS)
            took: list[float] = []

            def till() -> None:
                for _ in range(3):
                    began = time.monotonic()
                    body = {"type": "sale", "lines": [{"item": SKUS[0], "quantity": "1"}]}
                    connection = http.client.HTTPConnection("127.0.0.1", chain.branch.port, timeout=30)
                    headers = {"Authorization": f"Bearer {chain.branch.token}", "Content-Type": "application/json"}
                    connection.request("PUT", f"/api/v1/documents/{uuid.uuid4()}", json.dumps(body), headers)
                    assert connection.getresponse().status == 201
                    connection.close()
                    took.append(time.monotonic() - began)

            tills = [threading.Thread(target=till) for _ in range(8)]
            for one in tills:
                one.start()
            pages = []
            while any(one.is_alive() for one in tills):
                began = time.monotonic()
                assert chain.branch.ask("GET", "/stock?limit=5")[0] == 200
                pages.append(time.monotonic() - began)
                time.sleep(0.1)
            for one in tills:
                one.join()
            flushes = disk.counts()["flushes"] - before
            chain.branch.stop()
            chain.branch.start()
            checks = {check["name"]: check["state"] for check in chain.branch.health()["checks"]}
            disk.heal()
            seconds = chain.converged()
            lost, doubled = chain.count()
        finally:
            chain.close()
    tally(
        row="30", fault=f"each flush takes 2 s: 24 sales, {flushes} flushes", injected=flushes, events=24, lost=lost,
        doubled=doubled, seconds=seconds,
    )  # fmt: skip
    assert len(took) == 24
    # Alone, the last of eight sales would wait for eight flushes; a page that waited for any would take one or two seconds.
    assert max(took) < 7 * SLOW_SECONDS
    assert statistics.median(pages) < SLOW_SECONDS / 2
    assert checks["flush_latency"] == "advice"


@pytest.mark.only_in_make_faults
def test_a_shared_memory_file_that_is_gone_is_made_again(tmp_path: Path, tally: Tell, pace: Pace) -> None:
    """Row 33. The -shm file is only an index: deleted between two runs, nothing is missing."""
    chain, times = Chain(tmp_path), pace.rounds(most=10, least=5)
    try:
        chain.start().sell(2)
        for _ in times:
            chain.sell_more(5)
            chain.branch.kill()
            (chain.branch.folder / "ledger.db-shm").unlink()
            chain.branch.start()
        chain.enough()
        seconds = chain.converged()
        lost, doubled = chain.count()
    finally:
        chain.close()
    tally(
        row="33",
        fault="-shm deleted",
        injected=times.done,
        events=chain.sold(),
        lost=lost,
        doubled=doubled,
        seconds=seconds,
    )
    assert (lost, doubled) == (0, 0)


@pytest.mark.only_in_make_faults
def test_a_reader_that_never_ends_holds_up_no_sale(tmp_path: Path, tally: Tell, pace: Pace) -> None:
    """Row 47. Another program keeps a snapshot open: the WAL grows, tills are answered, and it is cut back afterwards."""
    chain, times, grown = Chain(tmp_path), pace.rounds(most=10, least=10), 0
    try:
        chain.start().sell(4)
        wal = chain.branch.folder / "ledger.db-wal"
        for _ in times:
            connection = sqlite3.connect(f"file:{chain.branch.folder / 'ledger.db'}?mode=ro", uri=True)
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM journal").fetchone()
            ends_at = time.monotonic() + 300
            while wal.stat().st_size <= WAL_LIMIT_BYTES:
                chain.sell_more(50, seconds=60)
                assert time.monotonic() < ends_at, f"only {wal.stat().st_size} bytes of WAL"
            grown = max(grown, wal.stat().st_size)
            connection.rollback()
            connection.close()
            while wal.stat().st_size > WAL_LIMIT_BYTES:
                chain.sell_more(20)
                assert time.monotonic() < ends_at, "the WAL stays as long as it was"
        chain.enough()
        seconds = chain.converged()
        lost, doubled = chain.count()
    finally:
        chain.close()
    tally(
        row="47", fault=f"a reader that never ends (WAL {grown // 2**20} MiB, then cut back)", injected=times.done,
        events=chain.sold(), lost=lost, doubled=doubled, seconds=seconds,
    )  # fmt: skip
    assert (lost, doubled) == (0, 0)
