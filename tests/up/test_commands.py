"""The `kontor` command line: it says no in sentences, with the right exit code, and keeps a site's word to systemd."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from admin_ui.serving.roles import Role
from admin_ui.serving.tokens import Claims, Tokens, read_or_create_key
from gateway.cli.__main__ import build_parser, command_names, main
from gateway.cli.notify import keep_systemd_informed
from gateway.cli.site import leaves


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert [name for name in command_names() if name not in said] == []


@pytest.mark.parametrize("arguments", [[], ["fly"], ["token"], ["up", "--branches", "many"]], ids=str)
def test_a_command_line_that_makes_no_sense_exits_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["serve"], ["headquarters"], ["simulate"], ["devices", "list"]], ids=str)
def test_a_missing_settings_file_is_named_with_a_hint(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--config", str(tmp_path / "config.toml")]) == 2
    said = capsys.readouterr().err
    assert str(tmp_path / "config.toml") in said
    assert "what to do:" in said
    assert "Traceback" not in said


def test_a_token_is_alone_on_stdout_and_the_site_accepts_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "b001").mkdir()
    arguments = ["token", "--home", str(tmp_path), "--site", "b001", "--role", "manager", "--person", "chen"]
    assert main(arguments) == 0
    token = capsys.readouterr().out
    assert token.count("\n") == 1
    claims = Tokens(read_or_create_key(tmp_path / "b001"), "b001").verify(token.strip(), time.time())
    assert isinstance(claims, Claims)
    assert (claims.site, claims.role, claims.person) == ("b001", Role.MANAGER, "chen")


def test_two_tokens_of_one_site_are_signed_with_one_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hq").mkdir()
    for _ in range(2):
        assert main(["token", "--home", str(tmp_path), "--site", "hq", "--role", "admin"]) == 0
    tokens = Tokens(read_or_create_key(tmp_path / "hq"), "hq")
    assert all(isinstance(tokens.verify(token, time.time()), Claims) for token in capsys.readouterr().out.split())


@pytest.mark.parametrize("site", ["b009", "../b001", "", "B001"])
def test_a_token_for_no_site_is_refused_in_words(site: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "b001").mkdir()
    (tmp_path / "b001" / "config.toml").touch()
    assert main(["token", "--home", str(tmp_path), "--site", site, "--role", "admin"]) in {1, 2}
    said = capsys.readouterr()
    assert said.out == ""
    assert "what to do:" in said.err
    assert list(tmp_path.rglob("token.key")) == []


@pytest.mark.parametrize("arguments", [[], ["--site", "b001"]], ids=["all", "one"])
def test_verifying_a_home_without_sites_says_so(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--home", str(tmp_path), *arguments]) == 1
    assert "there is no site" in capsys.readouterr().err


def test_the_parser_of_up_has_the_options_of_the_contract() -> None:
    found = build_parser("up").parse_args([])
    assert (found.branches, found.branch_port, found.hq_port, found.nats_port) == (2, 8080, 8090, 4222)
    assert (found.empty, found.traffic, found.home) == (False, False, Path("kontor-data"))


def test_a_transcript_that_is_not_there_is_not_called_a_bad_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["devices", "replay", str(tmp_path / "t.txt")]) == 1
    said = capsys.readouterr().err
    assert "t.txt cannot be read: No such file or directory" in said
    assert "Errno" not in said


def test_a_reader_that_goes_away_is_no_fault_worth_a_traceback() -> None:
    command = f"{sys.executable} -m gateway --help | true"
    asked = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in asked.stderr


def test_the_faults_inside_a_group_of_groups_are_told_one_by_one() -> None:
    inner = OSError("disk")
    group = ExceptionGroup("tasks", [ValueError("x"), ExceptionGroup("more", [inner])])
    assert [type(fault) for fault in leaves(group)] == [ValueError, OSError]


@pytest.mark.anyio
async def test_systemd_hears_ready_once_the_site_answers_then_alive_then_stopping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ear.bind(str(tmp_path / "notify"))
    ear.settimeout(5.0)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "150000")
    heard: list[str] = []

    def listen() -> None:
        while not heard or heard[-1] != "STOPPING=1":
            heard.append(ear.recv(100).decode())

    listening = threading.Thread(target=listen)
    listening.start()
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    stop = asyncio.Event()
    informing = asyncio.create_task(keep_systemd_informed("127.0.0.1", port, stop))
    await asyncio.sleep(0.2)
    assert "READY=1" not in heard
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", port)
    async with asyncio.timeout(5):
        while "READY=1" not in heard:
            await asyncio.sleep(0.01)
        while heard[-1] != "WATCHDOG=1":
            await asyncio.sleep(0.01)
    stop.set()
    await informing
    await asyncio.to_thread(listening.join, 5)
    assert heard[-1] == "STOPPING=1"
    server.close()
    await server.wait_closed()
    ear.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_site_stops_cleanly_when_it_is_asked_to(number: signal.Signals) -> None:
    program = (
        "import asyncio, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background may ignore it\n"
        "from gateway.cli.site import run_site\n"
        "async def site(stop):\n"
        "    print('up', flush=True)\n"
        "    await stop.wait()\n"
        "sys.exit(run_site(site, host='127.0.0.1', port=1))\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"up\n"
        os.kill(running.pid, number)
        assert running.wait(timeout=10) == 0


def test_a_site_that_breaks_says_why_and_exits_with_1() -> None:
    program = (
        "import asyncio, sys\n"
        "from gateway.cli.site import run_site\n"
        "async def site(stop):\n"
        "    raise ExceptionGroup('tasks', [OSError(28, 'No space left on device')])\n"
        "sys.exit(run_site(site, host='127.0.0.1', port=1))\n"
    )
    asked = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert asked.returncode == 1
    assert "No space left on device" in asked.stderr
    assert "Traceback" not in asked.stderr
