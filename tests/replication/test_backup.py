"""Headquarters' own backup: taken beside the running site, verified, and what it holds made known; and replacement codes."""

import asyncio
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.cli.__main__ import main
from replication.headquarters.app import run
from replication.headquarters.binding import read_binding, replacement_proof
from replication.headquarters.config import load_headquarters_config
from replication.headquarters.stores.sqlite.backup import back_up
from replication.headquarters.stores.verify import verify_site
from replication.link import Parcel
from replication.memory_link import MemoryBroker, MemoryHeadquartersLink
from replication.storage.errors import StorageError
from tests.replication.shop import MemoryJournal
from tests.replication.test_nats_faults import until
from tests.replication.test_store import shop

pytestmark = pytest.mark.anyio


class Office:
    """A running headquarters with a stream to put batches on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "config.toml"
        self.broker = MemoryBroker()
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.file.write_text(f"[web]\nport = {found.getsockname()[1]}\n")
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._stop, started = asyncio.Event(), asyncio.Event()
        self._task = asyncio.create_task(
            run(
                load_headquarters_config(self.file), self._stop, started=lambda _: started.set(),
                link=MemoryHeadquartersLink(self.broker),
            )
        )  # fmt: skip
        await asyncio.wait_for(started.wait(), 15)

    async def stop(self) -> None:
        if self._task is not None:
            self._stop.set()
            await asyncio.wait_for(self._task, 15)
            self._task = None

    async def bring(self, journal: MemoryJournal, first: int, last: int) -> None:
        self.broker.store(journal.branch, Parcel(f"{journal.branch}.{first}-{last}", journal.batch(first, last)))
        await until(lambda: self.cursor(journal.branch)[0] == last, lambda: self.cursor(journal.branch))

    def cursor(self, branch: str) -> tuple[int, int]:
        """Applied and durable seq."""
        return self.ask(f"SELECT seq, durable_seq FROM branches WHERE branch = '{branch}'") or (0, 0)

    def ask(self, sql: str) -> tuple[int, int] | None:
        reader = sqlite3.connect(f"file:{self.folder / 'hq.db'}?mode=ro", uri=True)
        try:
            return reader.execute(sql).fetchone()
        finally:
            reader.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    (tmp_path / "hq").mkdir()
    made = Office(tmp_path / "hq")
    await made.start()
    yield made
    await made.stop()
    assert verify_site(made.folder).clean


async def back_up_to(office: Office, target: Path) -> int:
    return await asyncio.to_thread(main, ["hq-backup", "--config", str(office.file), str(target)])


async def test_a_backup_beside_the_running_site_is_verified_and_recorded(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every branch's durable seq is what the copy holds, not what came since; the copy can be opened as it is."""
    one, two = shop("b001", 5), shop("b002", 3)
    await office.bring(one, 1, 7)
    await office.bring(two, 1, 5)
    assert await back_up_to(office, tmp_path / "copy") == 0
    assert "b001 up to #7" in capsys.readouterr().out
    one.sell(2)
    await office.bring(one, 8, 9)
    assert office.cursor("b001") == (9, 7)
    assert office.cursor("b002") == (5, 5)
    assert {file.name for file in (tmp_path / "copy").iterdir()} == {"hq.db", "people.db", "token.key"}
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "copy").iterdir()} == {0o600}
    report = verify_site(tmp_path / "copy")
    assert (report.clean, report.entries) == (True, 12)


async def test_the_keys_by_which_branches_know_headquarters_are_copied_too(office: Office, tmp_path: Path) -> None:
    """Restored on another machine it is the same headquarters on the line, and nobody else can read its keys."""
    assert await asyncio.to_thread(main, ["hq-trust", "--config", str(office.file)]) == 0
    await office.bring(shop("b001", 5), 1, 7)
    assert await back_up_to(office, tmp_path / "copy") == 0
    trust, copied = office.folder / "trust", tmp_path / "copy" / "trust"
    assert {file.name: file.read_bytes() for file in copied.iterdir()} == {
        file.name: file.read_bytes() for file in trust.iterdir()
    }
    assert "headquarters.seed" in {file.name for file in copied.iterdir()}
    assert {file.stat().st_mode & 0o077 for file in (copied, *copied.iterdir())} == {0}


async def test_a_site_that_is_not_running_is_recorded_by_the_command_itself(office: Office, tmp_path: Path) -> None:
    """Nobody holds the lock, so the command is the one writer for a moment."""
    await office.bring(shop("b001", 5), 1, 7)
    await office.stop()
    assert await back_up_to(office, tmp_path / "copy") == 0
    assert office.cursor("b001") == (7, 7)
    assert await back_up_to(office, tmp_path / "copy") == 1, "a backup is never written over"


async def test_a_backup_of_another_history_records_nothing_for_that_branch(office: Office, tmp_path: Path) -> None:
    """Headquarters went back in time between the copy and the word about it: only what still agrees is recorded."""
    journal, other = shop("b001", 5), shop("b002", 5)
    await office.bring(journal, 1, 7)
    await office.bring(other, 1, 7)
    covered = back_up(office.folder, tmp_path / "copy").covered
    wrong = [
        {
            "branch": one.branch,
            "epoch": 1,
            "seq": one.seq,
            "hash": (one.hash if one.branch == "b002" else bytes(32)).hex(),
        }
        for one in covered
    ]
    from gateway.cli.office_door import ask, settings

    answer = await asyncio.to_thread(ask, settings(office.file), "test", "/api/v1/backups", {"branches": wrong})
    assert answer == {"recorded": 1, "differing": ["b001"]}
    assert (office.cursor("b001")[1], office.cursor("b002")[1]) == (0, 7)


async def test_a_damaged_database_gives_no_backup(office: Office, tmp_path: Path) -> None:
    """The copy is computed again from its batches; one changed figure, and nothing may rely on it."""
    await office.bring(shop("b001", 5), 1, 7)
    await office.stop()
    shutil.copytree(office.folder, tmp_path / "damaged")
    connection = sqlite3.connect(tmp_path / "damaged" / "hq.db")
    with connection:
        connection.execute("UPDATE balances SET quantity = quantity + 1")
    connection.close()
    with pytest.raises(StorageError, match="balance"):
        back_up(tmp_path / "damaged", tmp_path / "copy")
    assert list((tmp_path / "copy").iterdir()) == []


async def test_a_skip_by_command_says_what_was_passed_in_both_languages(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """By number; where nothing is stopped it says so, and without headquarters too."""
    journal = shop("b001", 2)
    journal.append_raw(1, b"\xc1 nobody can read this")
    await office.bring(journal, 1, 4)
    office.broker.store("b001", Parcel("b001.5-5", journal.batch(5, 5)))
    await until(lambda: office.ask("SELECT block_at, 0 FROM branches WHERE block_at > 0") is not None, lambda: None)
    arguments = ["hq-skip", "--config", str(office.file), "--branch", "b001", "--reason", "a card gone bad"]
    assert await asyncio.to_thread(main, arguments) == 0
    told = capsys.readouterr().out
    assert "#5 of b001 passed over" in told
    assert "b001 的 #5 已跳过" in told
    assert office.ask("SELECT first_seq, last_seq FROM skips") == (5, 5)
    assert await asyncio.to_thread(main, arguments) == 1
    assert "nothing to go on without" in capsys.readouterr().err
    await office.stop()
    assert await asyncio.to_thread(main, arguments) == 1
    assert "未运行" in capsys.readouterr().err


async def test_a_replacement_code_is_printed_once_and_kept_as_its_hash(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """For a branch that is known; the code itself is nowhere in the database."""
    await office.bring(shop("b001"), 1, 2)
    arguments = ["hq-replace", "--config", str(office.file), "--branch"]
    assert await asyncio.to_thread(main, [*arguments, "b001"]) == 0
    code = capsys.readouterr().out.strip()
    assert len(code) == 19
    row = office.ask("SELECT binding, 0 FROM bindings")
    assert row is not None
    issued = read_binding(row[0]).replacement  # type: ignore[arg-type]
    assert issued is not None
    assert issued.proof == replacement_proof("b001", code)
    assert await asyncio.to_thread(main, [*arguments, "b009"]) == 1
    await office.stop()
    assert await asyncio.to_thread(main, [*arguments, "b001"]) == 1
    assert "not running" in capsys.readouterr().err
