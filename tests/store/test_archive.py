"""The journal by months: files that chain into the live journal, also when pruning has taken the bytes from the card."""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.store.archive import MANIFEST_FILE, archive_months, verify_archive
from gateway.store.backup import BackupError
from tests.store import conftest
from tests.store.conftest import START
from tests.store.test_pruning import STOCK, prune
from tests.store.two_devices import Act, live, new_id, open_branch

UTC = ZoneInfo("UTC")
MONTH = 31 * 24 * 3600 * 1000


def archived(data: Path, folder: Path, now: int) -> list[tuple[str, int, int]]:
    made = archive_months(data, folder, branch="b001", zone=UTC, now=now)
    return [(month.month, month.first_seq, month.last_seq) for month in made]


def test_a_month_is_archived_once_it_is_over(tmp_path: Path) -> None:
    """Once, whole, and it chains into the live journal."""
    live(tmp_path, STOCK)
    folder = tmp_path / "archive"
    assert archived(tmp_path, folder, START) == []
    assert archived(tmp_path, folder, START + MONTH) == [("2026-11", 1, 9)]
    assert archived(tmp_path, folder, START + MONTH) == []
    assert [month.entries for month in verify_archive(folder, tmp_path).months] == [9]


def test_what_is_pruned_afterwards_stays_in_the_archive(tmp_path: Path) -> None:
    """Only what headquarters' backup covers is archived of a branch that has one."""
    live(tmp_path, STOCK)
    folder = tmp_path / "archive"

    async def story() -> None:
        async with open_branch(tmp_path) as branch:
            await prune(branch, 6, posted_before=0)

    asyncio.run(story())
    assert archived(tmp_path, folder, START + MONTH) == []  # the month goes on behind what headquarters has

    async def more() -> None:
        async with open_branch(tmp_path) as branch:
            await prune(branch, 9, posted_before=0)

    asyncio.run(more())
    assert archived(tmp_path, folder, START + MONTH) == [("2026-11", 1, 9)]

    async def pruned() -> None:
        async with open_branch(tmp_path) as branch:
            await prune(branch, 9)

    asyncio.run(pruned())
    assert verify_archive(folder, tmp_path).months[0].pruned == 0


def test_a_clock_that_stood_far_ahead_holds_up_no_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sale of the year 2036 is archived with those around it, and the months after it are."""
    live(tmp_path, STOCK)
    monkeypatch.setattr(conftest, "START", START + 120 * MONTH)
    live(tmp_path, [Act(new_id(), "sale", ("tea",), "1")])
    monkeypatch.setattr(conftest, "START", START + MONTH)
    live(tmp_path, [Act(new_id(), "sale", ("tea",), "1")])
    folder = tmp_path / "archive"
    assert archived(tmp_path, folder, START + 3 * MONTH) == [("2026-11", 1, 10), ("2026-12", 11, 11)]
    verify_archive(folder, tmp_path)


@pytest.mark.parametrize(
    ("said", "instead", "problem"),
    [('"pruned": 0', '"pruned": 9', "have no bytes"), ('"journal-2026-11-1', '"../journal-2026-11-1', "not in it")],
)
def test_a_list_that_says_other_things_than_its_files_is_told(
    tmp_path: Path, said: str, instead: str, problem: str
) -> None:
    """How many entries had lost their bytes, and that no file stands elsewhere."""
    live(tmp_path, STOCK)
    folder = tmp_path / "archive"
    archived(tmp_path, folder, START + MONTH)
    listed = folder / MANIFEST_FILE
    assert said in listed.read_text()
    listed.write_text(listed.read_text().replace(said, instead))
    with pytest.raises(BackupError, match=problem):
        verify_archive(folder, tmp_path)


def test_a_file_that_was_changed_is_told(tmp_path: Path) -> None:
    live(tmp_path, STOCK)
    folder = tmp_path / "archive"
    archived(tmp_path, folder, START + MONTH)
    (path,) = folder.glob("journal-*.gz")
    path.write_bytes(path.read_bytes()[:-9] + b"123456789")
    with pytest.raises(BackupError, match="not the one that was written"):
        verify_archive(folder, tmp_path)
    (folder / MANIFEST_FILE).unlink()
    with pytest.raises(BackupError, match="no archive"):
        verify_archive(folder, tmp_path)
