"""The archive kept by itself: once a day at its time, told on the health page, and pruning waits for it."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gateway.keep_archive import ArchiveKept, keep
from gateway.use_cases import archive_journal
from gateway.use_cases.archive_journal import ArchiveJob, run_beside
from gateway.use_cases.prune_journal import prune_now
from replication.storage.checks import CheckState
from tests.store.conftest import START
from tests.store.test_archive import MONTH
from tests.store.test_pruning import STOCK, prune
from tests.store.two_devices import live, open_branch

UTC = ZoneInfo("UTC")


def job(tmp_path: Path, clock: list[dt.datetime], said: list[bytes]) -> tuple[ArchiveJob, list[Sequence[str]]]:
    asked: list[Sequence[str]] = []

    async def run(command: Sequence[str]) -> bytes:
        asked.append(command)
        return said[0]

    return ArchiveJob(tmp_path, tmp_path / "archive", "b001", "UTC", "03:30", lambda: clock[0], run), asked


def test_it_is_kept_once_a_day_at_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not before, and not twice; a site that was off at that time keeps it when it is on again."""
    monkeypatch.setattr(archive_journal, "LOOK_SECONDS", 0)
    clock = [dt.datetime(2026, 12, 1, 3, 29, tzinfo=dt.UTC)]
    made, asked = job(tmp_path, clock, [b"{}"])

    async def story() -> list[int]:
        running, counts = asyncio.create_task(made.run()), []
        for moment in (
            "2026-12-01T03:29",
            "2026-12-01T03:31",
            "2026-12-01T23:00",
            "2026-12-02T03:00",
            "2026-12-02T09:00",
        ):
            clock[0] = dt.datetime.fromisoformat(moment)
            for _ in range(20):
                await asyncio.sleep(0)
            counts.append(len(asked))
        running.cancel()
        return counts

    assert asyncio.run(story()) == [0, 1, 1, 1, 2]


def test_what_is_wrong_with_it_is_told_and_keeps_pruning_back(tmp_path: Path) -> None:
    """A program that was killed, a stick that is not there, a file that was changed; and what holds, holds as far as it says."""
    said = [b"", msgspec.json.encode(ArchiveKept(9, "2026-11"))]
    made, _ = job(tmp_path, [dt.datetime(2026, 12, 1, tzinfo=dt.UTC)], said)
    assert made.check().state is CheckState.GOOD
    asyncio.run(made.keep())
    assert (made.check().state, made.verified_to()) == (CheckState.ADVICE, 0)
    said.pop(0)
    asyncio.run(made.keep())
    assert (made.check().state, made.check().found, made.verified_to()) == (CheckState.GOOD, "2026-11, 9", 9)
    live(tmp_path, STOCK)
    folder = tmp_path / "archive"
    assert "no folder" in keep(tmp_path, folder, "b001", UTC, START + MONTH).problem
    folder.mkdir()
    assert keep(tmp_path, folder, "b001", UTC, START) == ArchiveKept()
    assert keep(tmp_path, folder, "b001", UTC, START + MONTH) == ArchiveKept(9, "2026-11")
    (path,) = folder.glob("journal-*.gz")
    path.write_bytes(path.read_bytes()[:-9] + b"123456789")
    assert "not the one that was written" in keep(tmp_path, folder, "b001", UTC, START + MONTH).problem


def test_nothing_is_pruned_that_the_archive_does_not_hold(tmp_path: Path) -> None:
    """Headquarters has all of it, and it is old enough: it goes as far as the archive was checked."""
    live(tmp_path, STOCK)

    async def story() -> list[int]:
        async with open_branch(tmp_path) as branch:
            await prune(branch, 9, posted_before=0)
            branch.shop.clock = lambda: START + 10 * MONTH
            return [await prune_now(branch.shop, 30, verified_to) for verified_to in (lambda: 0, lambda: 4, lambda: 9)]

    assert asyncio.run(story()) == [0, 3, 5]


def test_the_program_says_how_far_it_holds(tmp_path: Path) -> None:
    """A real one, of a branch whose only month goes on."""
    live(tmp_path, STOCK)
    (tmp_path / "archive").mkdir()
    made = ArchiveJob(
        tmp_path, tmp_path / "archive", "b001", "UTC", "03:30", lambda: dt.datetime.now(dt.UTC), run_beside
    )
    asyncio.run(made.keep())
    assert made.check().state is CheckState.GOOD
