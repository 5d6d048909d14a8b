"""Children of `kontor up`: started again, stopped within a bound, found again after a kill; with tiny programs."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.up.child import Child, Program
from gateway.up.home import Home, HomeError, ProcessRecord, Record
from gateway.up.log_file import BYTES_MAX, LogFile
from gateway.up.orphans import LOCK_SUFFIX, end_orphans, hold, is_held, started_ticks

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
)
GIVES_UP = (sys.executable, "-c", "import sys; print('the disk is full', flush=True); sys.exit(3)")


def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)


async def until_async(true: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def running(
    folder: Path, command: tuple[str, ...], stop_seconds_max: float = 2.0
) -> AsyncIterator[tuple[Child, list[str]]]:
    said: list[str] = []
    program = Program(name="serve", command=command, folder=folder, stop_seconds_max=stop_seconds_max)
    child = Child(program, say=said.append, changed=lambda: None)
    task = asyncio.create_task(child.keep_running())
    try:
        await until_async(lambda: child.record is not None)
        yield child, said
    finally:
        child.kill()
        await task


def pid_of(child: Child) -> int:
    record = child.record
    assert record is not None
    return record.pid


@pytest.mark.anyio
async def test_a_killed_child_is_back_within_two_seconds_every_time(tmp_path: Path) -> None:
    async with running(tmp_path / "b001", SLEEP) as (child, said):
        for _ in range(4):
            before = pid_of(child)
            began = time.monotonic()
            os.kill(before, signal.SIGKILL)
            await until_async(lambda before=before: child.record is not None and child.record.pid != before)
            assert time.monotonic() - began < 2.0
    assert "was ended by signal 9; starting it again" in said[0]


@pytest.mark.anyio
async def test_a_child_that_gives_up_is_reported_with_its_last_words_and_not_hammered(tmp_path: Path) -> None:
    async with running(tmp_path / "b001", GIVES_UP) as (_child, said):
        await until_async(lambda: len(said) >= 2)
        await asyncio.sleep(0.5)
        assert len(said) <= 4
    assert "exit code 3" in said[0]
    assert "the disk is full" in said[0]
    assert "again in 0.3 s" in said[1]


@pytest.mark.anyio
async def test_a_child_that_ignores_the_request_to_stop_is_ended_within_its_bound(tmp_path: Path) -> None:
    async with running(tmp_path / "b001", DEAF, stop_seconds_max=0.3) as (child, _said):
        await until_async(lambda: "deaf" in child.log.last_words())
        began = time.monotonic()
        child.begin_stop()
        assert await child.stopped() is False
        assert time.monotonic() - began < 2.0


@pytest.mark.anyio
async def test_a_living_child_holds_its_lock_and_a_dead_one_does_not(tmp_path: Path) -> None:
    lock = tmp_path / "b001" / f"serve{LOCK_SUFFIX}"
    async with running(tmp_path / "b001", SLEEP):
        assert is_held(lock)
    assert not is_held(lock)


def orphan(home: Path, command: tuple[str, ...] = SLEEP) -> subprocess.Popen[bytes]:
    """What a killed `kontor up` leaves behind where the kernel did not end it."""
    (home / "b001").mkdir(exist_ok=True)
    lock = hold(home / "b001" / f"serve{LOCK_SUFFIX}")
    try:
        return subprocess.Popen(command, pass_fds=(lock,), stdout=subprocess.PIPE)
    finally:
        os.close(lock)


@pytest.mark.parametrize("command", [SLEEP, DEAF], ids=["polite", "deaf"])
def test_orphans_of_the_same_home_are_ended(
    tmp_path: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.up.orphans.STOP_SECONDS_MAX", 0.5)
    with orphan(tmp_path, command) as left:
        if command is DEAF:
            assert left.stdout is not None
            left.stdout.readline()
        assert end_orphans(Home(tmp_path)) == [left.pid]
        assert left.wait(timeout=2) < 0


def test_programs_of_another_home_are_left_alone(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    with orphan(theirs) as left:
        assert end_orphans(Home(ours)) == []
        assert left.poll() is None
        left.kill()


def test_a_recorded_number_that_now_belongs_to_another_program_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP) as stranger, orphan(tmp_path) as left:
        home = Home(tmp_path)
        supervisor = ProcessRecord(name="up", pid=1, started_ticks=0)
        wrong = ProcessRecord(name="serve", pid=stranger.pid, started_ticks=(started_ticks(stranger.pid) or 0) - 1)
        home.write_record(Record(supervisor=supervisor, children=(wrong,)))
        assert end_orphans(home) == [left.pid]
        assert stranger.poll() is None
        stranger.kill()


def test_a_home_is_held_by_one_at_a_time_and_says_who_has_it(tmp_path: Path) -> None:
    first, second = Home(tmp_path / "home"), Home(tmp_path / "home")
    first.take()
    supervisor = ProcessRecord(name="up", pid=4711, started_ticks=0)
    first.write_record(Record(supervisor=supervisor, urls=("http://127.0.0.1:8080/",)))
    with pytest.raises(HomeError, match=r"another `kontor up` is running in .*process 4711") as refused:
        second.take()
    assert "http://127.0.0.1:8080/" in refused.value.hint
    first.release()
    second.take()
    second.release()


def test_a_home_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "home"
    file.write_text("not a folder")
    with pytest.raises(HomeError, match="cannot be used"):
        Home(file).take()
    assert file.read_text() == "not a folder"


@pytest.mark.parametrize("text", ["", "{", '{"supervisor": 3}', "\x00\xff"], ids=["empty", "torn", "foreign", "binary"])
def test_a_record_that_cannot_be_read_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "up.json").write_text(text, encoding="latin-1")
    assert Home(tmp_path).read_record() is None


def test_a_log_is_bounded_and_the_child_goes_on_writing_to_it(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log" / "serve.log")
    out = log.open()
    os.write(out, b"x" * BYTES_MAX + b"\nthe last of the old\n")
    log.bound()
    os.write(out, b"the first of the new\n")
    os.close(out)
    assert log.path.read_bytes() == b"the first of the new\n"
    assert log.path.with_suffix(".log.old").stat().st_size > BYTES_MAX
    assert "the first of the new" in log.last_words()


def test_a_child_told_to_stop_while_it_is_started_stops(tmp_path: Path) -> None:
    """Between two lives there is no process to tell; the next one is told as soon as it is there."""

    async def story() -> None:
        program = Program(name="serve", command=SLEEP, folder=tmp_path, stop_seconds_max=2.0)
        child = Child(program, say=lambda _: None, changed=lambda: None)
        start, begun, go_on = child._start, asyncio.Event(), asyncio.Event()

        async def slow() -> asyncio.subprocess.Process:
            process = await start()
            begun.set()
            await go_on.wait()
            return process

        child._start = slow  # type: ignore[method-assign]
        running = asyncio.create_task(child.keep_running())
        await begun.wait()
        child.begin_stop()
        go_on.set()
        await asyncio.wait_for(running, 5)
        assert child.record is None

    asyncio.run(story())
