"""Taking a branch over with a real headquarters behind a line in memory: everything it holds comes to the new device."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.__main__ import main
from gateway.config import BranchConfig, HeadquartersSettings, SiteSettings
from gateway.rejoining import NotRejoined, Rejoined, rejoin
from gateway.store.journal import Journal
from gateway.store.verify import verify_site
from replication.branch.shipper import Shipper
from replication.branch.status import trouble
from replication.headquarters.binding import with_replacement
from replication.headquarters.stores.store import ApplySession
from replication.memory_link import MemoryBranchLink
from tests.replication.test_nats_faults import RealClock, until
from tests.replication.test_rebase import Shop as Office
from tests.store.two_devices import Act, live, new_id, open_branch

CODE = "ABCD-EFGH"
ACTS = (
    Act(new_id(), "item", ("tea",), "7"),
    Act(new_id(), "opening_balance", ("tea",), "50"),
    *(Act(new_id(), "sale", ("tea",), "1") for _ in range(20)),
)


def config(folder: Path) -> BranchConfig:
    return BranchConfig(
        site=SiteSettings(id="b001", name="Harbour", data=str(folder)),
        headquarters=HeadquartersSettings(nats_url="nats://127.0.0.1:1"),
    )


async def ship(office: Office, folder: Path) -> None:
    """The branch as it was: sells, and headquarters gets it all."""
    async with open_branch(folder) as branch:
        journal, clock = Journal(branch.ledger), RealClock()
        shipper = Shipper(
            "b001", journal, MemoryBranchLink(office.broker, "b001"), clock=clock, jitter=random.Random(1).random,
            boot_id=bytes(8), device="UOLD", hardware="old",
        )  # fmt: skip
        running = asyncio.create_task(shipper.run())
        head = await journal.head()
        await until(lambda: shipper.status.applied_seq == head.seq, lambda: shipper.status)
        await shipper.close()
        await running


async def issue(office: Office) -> None:
    """Headquarters lets a new device take the branch over."""
    now = RealClock().utc_milliseconds()

    def bind(session: ApplySession) -> None:
        state = session.branch("b001")
        session.bind("b001", state.cursor, with_replacement(state.binding, "b001", CODE, now), state.seen_seq)

    await office.store.transact(bind)


def told(folder: Path, story: Callable[[Office], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        office = Office(folder / "hq")
        await office.open()
        try:
            await story(office)
        finally:
            await office.shut()

    asyncio.run(run())


async def take_over(office: Office, folder: Path, code: str = CODE) -> tuple[Rejoined, list[str]]:
    """`kontor rejoin`, over the line in memory."""
    said: list[str] = []
    link = MemoryBranchLink(office.broker, "b001")
    tell = lambda en, zh: said.append(f"{en} {zh}")  # noqa: E731
    return await rejoin(config(folder), code, tell=tell, link=link, patience_seconds=20), said


def test_an_empty_device_takes_the_branch_over(tmp_path: Path) -> None:
    """Everything headquarters holds is there, verified, in a new epoch; the code is spent and the branch sells."""
    old, new = tmp_path / "old", tmp_path / "new"
    head = live(old, ACTS)

    async def story(office: Office) -> None:
        await ship(office, old)
        await issue(office)
        done, _ = await take_over(office, new)
        assert (done.before.entries, done.kept) == (0, None)
        assert (done.now.entries, done.now.documents, done.now.items) == (head.seq + 1, len(ACTS) - 1, 1)
        assert done.now.epoch == 2
        assert not (new / "replacement.code").exists()

    told(tmp_path, story)
    assert verify_site(new).differences == ()
    live(new, [Act(new_id(), "sale", ("tea",), "1")])
    assert verify_site(new).documents == len(ACTS)


def test_a_device_without_the_right_code_is_told_so(tmp_path: Path) -> None:
    """Nothing is taken back, and the same command with the right code then works, on the ledger that was left."""
    old, new = tmp_path / "old", tmp_path / "new"
    live(old, ACTS)

    async def story(office: Office) -> None:
        await ship(office, old)
        await issue(office)
        with pytest.raises(NotRejoined) as refused:
            await take_over(office, new, "WRONG-CODE")
        assert refused.value.why is not None
        assert refused.value.why.code == "other_device"
        done, _ = await take_over(office, new)
        assert done.now.documents == len(ACTS) - 1

    told(tmp_path, story)
    assert verify_site(new).differences == ()


def test_what_only_an_old_ledger_holds_is_kept(tmp_path: Path) -> None:
    """A whole ledger is the beginning to go on from: what it sold alone reaches headquarters; a damaged one goes aside."""
    old, new, broken = tmp_path / "old", tmp_path / "new", tmp_path / "broken"
    live(old, ACTS[:5])
    live(new, ACTS[:3])
    broken.mkdir()
    (broken / "ledger.db").write_bytes(b"not a ledger" * 999)

    async def story(office: Office) -> None:
        await ship(office, old)
        await issue(office)
        done, _ = await take_over(office, new)
        assert done.kept is None
        assert done.now.documents == 4
        await issue(office)
        again, _ = await take_over(office, broken)
        assert again.kept is not None
        assert (again.kept / "ledger.db").read_bytes().startswith(b"not a ledger")
        assert again.now.documents == 4

    told(tmp_path, story)
    assert verify_site(new).differences == ()
    assert verify_site(broken).differences == ()


def test_the_command_says_what_it_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No headquarters in the settings, or no code: refused before anything is touched."""
    file = tmp_path / "config.toml"
    file.write_text('[site]\nid = "b001"\nname = "Harbour"\ndata = "data"\n', encoding="utf-8")
    assert main(["rejoin", "--config", str(file), "--code", "ABCD"]) == 1
    assert "name no headquarters" in capsys.readouterr().err
    with file.open("a", encoding="utf-8") as opened:
        opened.write('[headquarters]\nnats_url = "nats://127.0.0.1:1"\n')
    assert main(["rejoin", "--config", str(file), "--code", "!"]) == 2
    assert not (tmp_path / "data").exists()


def test_a_code_that_does_not_fit_says_what_where_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In both languages: that it is the code, of which branch at which headquarters, and how to get another."""
    file = tmp_path / "config.toml"
    lines = (
        '[site]\nid = "b001"\nname = "Harbour"\ndata = "data"\n[headquarters]\nnats_url = "nats://hq.example:4222"\n'
    )
    file.write_text(lines, encoding="utf-8")
    said = dict[str, str]()

    for why in ("other_device", "replaced", "copy"):

        async def refuse(*_: object, why: str = why, **__: object) -> Rejoined:
            raise NotRejoined(trouble(why))

        monkeypatch.setattr("gateway.rejoining.rejoin", refuse)
        assert main(["rejoin", "--config", str(file), "--code", "ABCD-EFGH"]) == 1
        said[why] = capsys.readouterr().err
        assert "where: b001, nats://hq.example:4222" in said[why]
    assert main(["rejoin", "--config", str(file), "--code", "not a code"]) == 2
    said["no code"] = capsys.readouterr().err
    assert len(set(said.values())) == 4
    for words in (
        "does not accept this code",
        "总部不接受这个用于 b001 的代码",
        "kontor hq-replace --branch b001",
        "请在总部重新生成代码",
    ):
        assert words in said["other_device"]
    assert "已被替换的设备" in said["replaced"]
    assert "请按 kontor hq-replace" in said["no code"]
