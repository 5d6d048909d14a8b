"""Backing up beside a running branch and restoring: what is copied is verified, what is replaced is kept."""

import asyncio
import contextlib
import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest

from admin_ui.serving.people import People, SignedIn
from admin_ui.serving.roles import Role
from gateway.cli.__main__ import main
from gateway.store.backup import MANIFEST_FILE, BackupError, Manifest, make_backup, read_manifest
from gateway.store.journal import Journal
from gateway.store.verify import verify_site
from tests.store.test_posting import opening, sale
from tests.store.two_devices import Act, entries, join, live, new_id, offer, open_branch


def site(folder: Path, branch: str = "b001") -> Path:
    """A branch's settings with its data beside them; answers the settings file."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    file = folder / "config.toml"
    file.write_text(f'[site]\nid = "{branch}"\nname = "Harbour"\ndata = "data"\n', encoding="utf-8")
    return file


STOCK = (Act(new_id(), "item", ("tea",), "7"), Act(new_id(), "opening_balance", ("tea",), "50"))


def run(*arguments: str | Path) -> int:
    """One `kontor` command in this process."""
    return main([str(argument) for argument in arguments])


def test_a_backup_is_made_beside_a_selling_branch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The copy verifies, ends at an entry the branch had committed, and can be made only once under a name."""
    config = site(tmp_path)
    data, target = tmp_path / "data", tmp_path / "usb" / "monday"
    live(data, STOCK)
    (data / "token.key").write_text("ab" * 32)

    async def story() -> int:
        async with open_branch(data) as branch:
            posts = [branch.post(sale(("tea", "0.1"))) for _ in range(100)]
            backing_up = asyncio.to_thread(run, "backup", "--config", config, target)
            done, *_ = await asyncio.gather(backing_up, *posts)
            return done

    assert asyncio.run(story()) == 0
    manifest = read_manifest(target)
    assert manifest.branch == "b001"
    assert 2 <= manifest.head_seq <= 102
    report = verify_site(target)
    assert (report.differences, report.head_seq, report.head_hash) == ((), manifest.head_seq, manifest.head_hash)
    assert (target / "token.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["monday"]
    assert run("backup", "--config", config, target) == 1
    assert "there is something already" in capsys.readouterr().err


def test_a_restored_branch_takes_back_what_it_sold_since(tmp_path: Path) -> None:
    """Old files go aside whole, the backup's take their place, and the next epoch brings back what headquarters holds."""
    config = site(tmp_path)
    data, target = tmp_path / "data", tmp_path / "backup"
    common = live(data, STOCK)
    assert run("backup", "--config", config, target) == 0
    held_at = live(data, [Act(new_id(), "sale", ("tea",), "4")])
    held = entries(data, common.seq)
    assert run("restore", "--config", config, target) == 0
    (kept,) = data.glob("replaced-*")
    assert verify_site(kept).head_seq == held_at.seq
    assert sorted(path.name for path in data.iterdir()) == ["ledger.db", "ledger.db.lock", kept.name]

    async def story() -> None:
        async with open_branch(data) as branch:
            assert await Journal(branch.ledger).head() == common
            await branch.post(opening(("tea", "1")))
            await join(branch, offer(common, held_at, epoch=2, base_seq=1000), held)

    asyncio.run(story())
    report = verify_site(data)
    assert (report.differences, report.documents) == ((), 3)


def test_a_receipt_that_waited_in_the_backup_is_not_printed_again(tmp_path: Path) -> None:
    """It was printed since, most likely: a person looks, and what is printed then is marked as a copy."""
    config = site(tmp_path)
    data = tmp_path / "data"
    live(data, STOCK)
    ledger = data / "ledger.db"
    with contextlib.closing(sqlite3.connect(ledger)) as connection, connection:
        connection.executemany(
            "INSERT INTO print_jobs VALUES (?, 2, 'printer-1', 0, ?, '', 1, '')",
            [(101, "printed"), (102, "queued"), (103, "printing")],
        )
    assert run("backup", "--config", config, tmp_path / "backup") == 0
    assert run("restore", "--config", config, tmp_path / "backup") == 0
    with contextlib.closing(sqlite3.connect(ledger)) as connection:
        found = connection.execute("SELECT job, state, detail FROM print_jobs WHERE job > 100 ORDER BY job").fetchall()
    assert found == [(101, "printed", ""), (102, "unknown", "restored"), (103, "unknown", "restored")]


def test_a_restore_that_must_not_be_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not while the site runs, not another branch's, not a damaged one, not a folder that is none: nothing is touched."""
    config = site(tmp_path)
    data, target = tmp_path / "data", tmp_path / "backup"
    live(data, STOCK)
    assert run("backup", "--config", config, target) == 0

    async def running() -> int:
        async with open_branch(data):
            return await asyncio.to_thread(run, "restore", "--config", config, target)

    assert asyncio.run(running()) == 1
    assert "another Kontor process" in capsys.readouterr().err
    other = site(tmp_path / "other", "b002")
    assert run("restore", "--config", other, target) == 1
    assert "is of branch b001" in capsys.readouterr().err
    assert run("restore", "--config", config, data) == 1
    for number, damage in enumerate(
        (
            "UPDATE journal SET payload = x'c0' WHERE seq = 2",
            "DELETE FROM journal WHERE seq = 2",
            "UPDATE journal SET hash = zeroblob(32) WHERE seq = 2",
        )
    ):
        damaged = tmp_path / f"damaged-{number}"
        shutil.copytree(target, damaged)
        with sqlite3.connect(damaged / "ledger.db") as connection:
            connection.execute(damage)
        connection.close()
        assert run("restore", "--config", config, damaged) == 1
    assert sorted(path.name for path in data.iterdir()) == ["ledger.db", "ledger.db.lock"]
    assert verify_site(data).head_seq == 2


async def _who(data: Path, *changes: tuple[str, str | None], later: int = 0) -> dict[str, bool]:
    """Sign in and dismiss: (person, PIN) is hired or gets that PIN, (person, None) is locked; answers who is there."""
    moments = iter(range(1_795_000_000 + later, 1_900_000_000))
    people = await People.open(data / "people.db", clock=lambda: next(moments))
    for person, pin in changes:
        await people.put(person, display_name=person, role=Role.CASHIER, pin=pin, active=pin is not None)
        if pin is not None:
            assert isinstance(await people.sign_in(person, pin=pin, address="here"), SignedIn)
    found = {one.person: one.active for one in await people.list()}
    await people.close()
    return found


def _sessions(data: Path) -> int:
    with contextlib.closing(sqlite3.connect(data / "people.db")) as people:
        return int(people.execute("SELECT count(*) FROM session").fetchone()[0])


def test_a_restore_brings_nobody_back_who_was_dismissed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The people of the device are later than the backup's: they stay, with the token key; all of them sign in again."""
    config, data, target = site(tmp_path), tmp_path / "data", tmp_path / "backup"
    live(data, STOCK)
    (data / "token.key").write_text("ab" * 32)
    asyncio.run(_who(data, ("lin", "1111"), ("wang", "2222")))
    assert run("backup", "--config", config, target) == 0
    asyncio.run(_who(data, ("lin", "3333"), ("wang", None), later=3600))
    (data / "token.key").write_text("cd" * 32)
    assert _sessions(data) == 1
    assert run("restore", "--config", config, target) == 0
    assert "stay as they were here" in capsys.readouterr().out
    assert asyncio.run(_who(data)) == {"lin": True, "wang": False}
    assert (_sessions(data), (data / "token.key").read_text()) == (0, "cd" * 32)
    (kept,) = data.glob("replaced-*")
    assert sorted(path.name for path in kept.iterdir()) == ["ledger.db"]


@pytest.mark.parametrize("here", ["gone", "damaged", "older"])
def test_where_there_are_no_later_people_those_of_the_backup_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], here: str
) -> None:
    """A new card, a damaged file, or a backup later than what is there: it is said that they may be old, and sessions end."""
    config, data, target = site(tmp_path), tmp_path / "data", tmp_path / "backup"
    live(data, STOCK)
    asyncio.run(_who(data, ("lin", "1111")))
    early = (data / "people.db").read_bytes()
    asyncio.run(_who(data, ("wang", "2222"), later=3600))
    assert run("backup", "--config", config, target) == 0
    (data / "people.db").unlink()
    if here != "gone":
        (data / "people.db").write_bytes(
            early if here == "older" else b"no database, and long enough to be opened" * 99
        )
    assert run("restore", "--config", config, target) == 0
    assert "the old ones again" in capsys.readouterr().out
    assert asyncio.run(_who(data)) == {"lin": True, "wang": True}
    assert _sessions(data) == 0


def test_a_copy_that_is_damaged_never_gets_its_name(tmp_path: Path) -> None:
    """A ledger whose chain is broken is not backed up: the folder does not appear, and the reason is told."""
    config = site(tmp_path)
    live(tmp_path / "data", STOCK)
    with sqlite3.connect(tmp_path / "data" / "ledger.db") as connection:
        connection.execute("UPDATE journal SET payload = x'c0' WHERE seq = 1")
    connection.close()
    with pytest.raises(BackupError, match="entry 1"):
        make_backup(tmp_path / "data", tmp_path / "copy", branch="b001", at=1, software="0")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "data"]
    assert run("backup", "--config", config, tmp_path / "copy") == 1


def test_a_backup_of_a_newer_kontor_is_left_alone(tmp_path: Path) -> None:
    """A format this version does not know is refused by name."""
    newer = Manifest(99, "b001", 0, 1, 0, "", "9")
    (tmp_path / MANIFEST_FILE).write_bytes(msgspec.json.encode(newer))
    with pytest.raises(BackupError, match="newer Kontor"):
        read_manifest(tmp_path)
