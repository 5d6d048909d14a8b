"""`kontor up` as a person meets it: real programs, real ports, real kills."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.up.running import KONTOR, RunningUp, running_up, until

pytestmark = [pytest.mark.needs("nats-server", "pty"), pytest.mark.slow]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    """One home with a sample shop, and a file of somebody else's in it, for all tests of this file in turn."""
    home = tmp_path_factory.mktemp("up") / "home with blanks 店"
    (home / "b001").mkdir(parents=True)
    (home / "holiday.jpg").write_bytes(b"\xff\xd8not ours")
    (home / "b001" / "notes.txt").write_text("not ours either")
    with running_up(home) as running:
        yield running


def test_it_prints_one_line_per_address_and_then_that_it_is_ready(up: RunningUp) -> None:
    lines = up.said().splitlines()
    ready = next(number for number, line in enumerate(lines) if line.startswith("ready"))
    for port in (up.hq_port, up.branch_port):
        assert any(f"http://127.0.0.1:{port}/" in line for line in lines[:ready])
    for secret in ("1111", "2222", "kontor-manager", "kontor-admin"):
        assert any(secret in line for line in lines[:ready])


def test_both_kinds_of_site_say_they_are_well(up: RunningUp) -> None:
    assert up.healthy(up.branch_port)
    assert up.healthy(up.hq_port)


def test_the_sample_shop_is_there_in_both_languages_with_stock(up: RunningUp) -> None:
    token = up.token()
    status, item = up.ask(up.branch_port, "GET", "/api/v1/items/DRK-001", token=token)
    assert (status, item["name_zh"]) == (200, "蓝鹭天然泉水 550毫升")
    status, stock = up.ask(up.branch_port, "GET", "/api/v1/stock?item=DRK-001", token=token)
    assert status == 200
    assert float(stock["rows"][0]["on_hand"]) > 0


def test_the_sample_shop_s_stock_reaches_headquarters(up: RunningUp) -> None:
    token, hq_token = up.token(), up.token("hq")
    _, branch = up.ask(up.branch_port, "GET", "/api/v1/stock?item=VEG-001", token=token)

    def arrived() -> bool:
        status, rows = up.ask(up.hq_port, "GET", "/api/v1/stock?item=VEG-001&branch=b001", token=hq_token)
        return status == 200 and [row["on_hand"] for row in rows["rows"]] == [branch["rows"][0]["on_hand"]]

    until(arrived, 15.0, up.explain)


def test_a_second_one_in_the_same_home_is_refused_in_words(up: RunningUp) -> None:
    asked = subprocess.run(up.command(), capture_output=True, text=True, check=False, timeout=30)
    assert asked.returncode == 1
    assert "another `kontor up` is running" in asked.stderr
    assert f"http://127.0.0.1:{up.branch_port}/" in asked.stderr


@pytest.mark.parametrize("program", ["b001/serve", "hq/headquarters", "b001/simulate", "nats/nats-server"])
def test_a_killed_child_is_started_again_on_the_same_port(up: RunningUp, program: str) -> None:
    before = up.children()[program]
    os.kill(before, signal.SIGKILL)
    until(lambda: up.children().get(program, before) != before, 2.0, up.explain)
    until(lambda: up.healthy(up.branch_port) and up.healthy(up.hq_port), 15.0, up.explain)


def test_after_a_kill_of_everything_it_goes_on_where_it_was(up: RunningUp) -> None:
    token = up.token()
    _, before = up.ask(up.branch_port, "GET", "/api/v1/replication", token=token)
    up.kill()
    up.start()
    _, after = up.ask(up.branch_port, "GET", "/api/v1/replication", token=token)
    assert after["head_seq"] >= before["head_seq"]
    assert up.ask(up.branch_port, "GET", "/api/v1/items/DRK-001", token=token)[0] == 200


def test_after_a_kill_of_the_parent_alone_it_starts_again(up: RunningUp) -> None:
    assert up.process is not None
    up.process.kill()
    up.process.wait(timeout=10)
    up.start()
    assert up.healthy(up.branch_port)


def test_the_ledgers_are_clean_beside_the_running_sites(up: RunningUp) -> None:
    asked = subprocess.run([*KONTOR, "verify", "--home", str(up.home)], capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert "b001: clean" in asked.stdout
    assert "hq: clean" in asked.stdout


def test_ctrl_c_stops_it_cleanly_with_everything_it_started(up: RunningUp) -> None:
    pids = list(up.children().values())
    assert up.stop(signal.SIGINT) == 0
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    assert "did not stop in time" not in up.said()


def test_files_of_others_in_the_home_are_left_as_they_were(up: RunningUp) -> None:
    assert (up.home / "holiday.jpg").read_bytes() == b"\xff\xd8not ours"
    assert (up.home / "b001" / "notes.txt").read_text() == "not ours either"


def test_a_taken_port_is_refused_with_its_number_and_the_option_that_moves_it(tmp_path: Path) -> None:
    up = RunningUp(tmp_path / "home")
    with socket.socket() as other:
        other.bind(("127.0.0.1", up.hq_port))
        other.listen()
        asked = subprocess.run(up.command(), capture_output=True, text=True, check=False, timeout=60)
    assert asked.returncode == 1
    assert f"port {up.hq_port} is taken" in asked.stderr
    assert "--hq-port" in asked.stderr


def test_an_empty_one_has_no_goods_and_two_branches_when_asked(tmp_path: Path) -> None:
    with running_up(tmp_path / "home", "--empty", branches=2) as up:
        for branch, port in (("b001", up.branch_port), ("b002", up.branch_port + 1)):
            status, items = up.ask(port, "GET", "/api/v1/items", token=up.token(branch))
            assert (status, items["rows"]) == (200, [])
        assert up.stop() == 0
