"""`kontor person` and `kontor token`: the first sign-in of a site under systemd, secrets out of sight, and what ends at once."""

import asyncio
import io
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from admin_ui.serving.guard import Guard
from admin_ui.serving.people import People, Refused, SignedIn
from admin_ui.serving.problem import Problem
from admin_ui.serving.roles import Role
from admin_ui.serving.tokens import Tokens, read_or_create_key
from gateway.cli import which_site
from gateway.cli.__main__ import main

BRANCH = '[site]\nid = "b001"\nname = "Riverside store"\n'
HEADQUARTERS = '[nats]\nurl = "nats://127.0.0.1:4222"\n'
SECONDS_MAX = 30.0

pytestmark = pytest.mark.anyio

Kontor = Callable[..., int]


@pytest.fixture
def kontor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kontor:
    """Runs `kontor person DEED --config … WORDS`, with these lines on stdin."""
    (tmp_path / "config.toml").write_text(BRANCH)

    def run(deed: str, *words: str, typed: str = "") -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return main(["person", deed, "--config", str(tmp_path / "config.toml"), *words])

    return run


async def sign_in(people: People, name: str, **secret: str) -> SignedIn | Refused:
    return await people.sign_in(name, address="", **secret)


@pytest.mark.parametrize(("text", "site"), [(BRANCH, "branch"), (HEADQUARTERS, "headquarters")], ids=["branch", "hq"])
def test_the_first_sign_in_of_a_site_nobody_has_started_yet(
    text: str, site: str, kontor: Kontor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """PIN and password come a line each; the site then knows the person by both."""
    (tmp_path / "config.toml").write_text(text)
    words = (
        "--name",
        "chen",
        "--role",
        "admin",
        "--display",
        "Chen Wei",
        "--display-zh",
        "陈伟",
        "--pin",
        "--password",
    )
    assert kontor("add", *words, typed="2222\nkontor-manager\n") == 0
    assert "chen is added as admin · 已添加 chen" in capsys.readouterr().out
    assert kontor("list") == 0
    listed = capsys.readouterr().out
    assert listed.split() == ["chen", "admin", "active", "pin+password", "Chen", "Wei", "·", "陈伟"], site

    async def both() -> None:
        people = await People.open(tmp_path / "people.db", clock=time.time)
        assert isinstance(await sign_in(people, "chen", pin="2222"), SignedIn)
        assert isinstance(await sign_in(people, "chen", password="kontor-manager"), SignedIn)
        await people.close()

    asyncio.run(both())


@pytest.mark.parametrize(
    ("deed", "words", "typed", "said"),
    [
        ("add", ("--name", "lin", "--role", "cashier"), "", "没有登录方式"),
        ("add", ("--name", "Lin Yue", "--role", "cashier", "--pin"), "1111\n", "登录名最多 32 个字符"),
        ("add", ("--name", "lin", "--role", "cashier", "--pin"), "12\n", "PIN 码为 4 至 8 位数字"),
        ("add", ("--name", "lin", "--role", "cashier", "--pin"), "", "没有读到PIN 码"),
        ("add", ("--name", "lin", "--role", "manager", "--password"), "short\n", "密码长度为 8 至 128 个字符"),
        ("add", ("--name", "wu", "--role", "cashier", "--pin"), "1111\n", "已有 wu"),
        ("reset", ("--name", "wu"), "", "没有要修改的内容"),
        ("reset", ("--name", "lin", "--pin"), "1111\n", "没有 lin"),
        ("lock", ("--name", "lin"), "", "没有 lin"),
        ("remove", ("--name", "lin"), "", "没有 lin"),
    ],
)
def test_what_cannot_be_done_is_said_in_both_languages_and_changes_nothing(
    deed: str, words: tuple[str, ...], typed: str, said: str, kontor: Kontor, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1 or 2, one sentence, and only wu is there as before."""
    assert kontor("add", "--name", "wu", "--role", "cashier", "--pin", typed="3333\n") == 0
    assert kontor(deed, *words, typed=typed) in {1, 2}
    refused = capsys.readouterr().err
    assert said in refused
    assert " · " in refused
    assert kontor("list") == 0
    assert capsys.readouterr().out.split()[:4] == ["wu", "cashier", "active", "pin"]


async def test_a_running_site_sees_a_change_within_a_second(kontor: Kontor, tmp_path: Path) -> None:
    """Locked or removed, a person's open session ends at the first look; unlocked and reset, the new PIN opens."""

    async def beside(*words: str, typed: str = "") -> None:
        assert await asyncio.to_thread(kontor, *words, typed=typed) == 0

    await beside("add", "--name", "lin", "--role", "cashier", "--pin", typed="1111\n")
    now = time.time()
    people = await People.open(tmp_path / "people.db", clock=lambda: now)
    guard = Guard(site="b001", people=people, tokens=Tokens(read_or_create_key(tmp_path), "b001"))

    async def allowed(session_id: str) -> bool:
        cookie = f"{guard.cookie}={session_id}".encode()
        scope = {"headers": [(b"cookie", cookie)], "method": "GET", "path": "/"}
        return not isinstance(await guard.identify(scope), Problem)

    for deed in ("lock", "remove"):
        signed_in = await sign_in(people, "lin", pin="1111")
        assert isinstance(signed_in, SignedIn)
        assert await allowed(signed_in.session_id)
        await beside(deed, "--name", "lin")
        now += 1
        assert not await allowed(signed_in.session_id)
        assert await sign_in(people, "lin", pin="1111") == Refused("wrong_secret")
        if deed == "lock":
            await beside("unlock", "--name", "lin")
    assert people.known("lin") is None
    await beside("add", "--name", "lin", "--role", "cashier", "--pin", typed="1111\n")
    await beside("reset", "--name", "lin", "--role", "manager", "--pin", typed="4444\n")
    signed_in = await sign_in(people, "lin", pin="4444")
    assert isinstance(signed_in, SignedIn)
    assert signed_in.session.role is Role.MANAGER
    await people.close()


async def test_a_reset_forgives_wrong_tries(kontor: Kontor, tmp_path: Path) -> None:
    """A person locked out by mistyping signs in with the new PIN at once."""
    people = await People.open(tmp_path / "people.db", clock=time.time)
    await people.put("lin", display_name="Lin", role=Role.CASHIER, pin="1111")
    for _ in range(5):
        await sign_in(people, "lin", pin="9999")
    refused = await sign_in(people, "lin", pin="1111")
    assert isinstance(refused, Refused)
    assert refused.code == "locked_out"
    assert await asyncio.to_thread(kontor, "reset", "--name", "lin", "--pin", typed="4444\n") == 0
    assert isinstance(await sign_in(people, "lin", pin="4444"), SignedIn)
    await people.close()


def test_at_a_terminal_a_pin_is_typed_twice_and_never_shown(tmp_path: Path) -> None:
    """A real terminal: the prompts are in both languages, the digits do not come back."""
    (tmp_path / "config.toml").write_text(BRANCH)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "gateway", "person", "add", "--config", str(tmp_path / "config.toml")]
    process = subprocess.Popen(
        [*command, "--name", "lin", "--role", "cashier", "--pin"],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    prompts = 0
    deadline = time.monotonic() + SECONDS_MAX
    while (left := deadline - time.monotonic()) > 0:
        # A prompt that never comes ends the test, not the patience of whoever waits for it.
        assert select.select([ours], [], [], left)[0], shown
        try:
            shown += os.read(ours, 4096)
        except OSError:  # the other end is gone
            break
        if shown.count("PIN 码: ".encode()) > prompts:
            prompts += 1
            os.write(ours, b"7391\n")
    assert process.wait(SECONDS_MAX) == 0, shown
    os.close(ours)
    assert prompts == 2
    assert b"7391" not in shown
    assert b"lin is added as cashier" in shown


def test_who_is_not_the_sites_own_user_is_told_whom_to_be(
    kontor: Kontor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As root beside a site of another user it would make files the site cannot open."""
    monkeypatch.setattr(which_site.os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert kontor("add", "--name", "lin", "--role", "cashier", "--pin", typed="1111\n") == 1
    assert "runuser -u" in capsys.readouterr().err
    assert not (tmp_path / "people.db").exists()


async def test_a_revoked_token_is_refused_within_a_second_and_after_a_restart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its settings file as under systemd; the token beside it stays good."""
    (tmp_path / "config.toml").write_text(BRANCH)
    token = ["token", "--config", str(tmp_path / "config.toml")]
    for _ in range(2):
        assert main([*token, "--role", "admin", "--days", "30"]) == 0
    leaked, kept = capsys.readouterr().out.split()
    now = time.time()
    people = await People.open(tmp_path / "people.db", clock=lambda: now)

    async def code(text: str) -> str:
        guard = Guard(site="b001", people=people, tokens=Tokens(read_or_create_key(tmp_path), "b001"))
        caller = await guard.identify({"headers": [(b"authorization", f"Bearer {text}".encode())]})
        return caller.code if isinstance(caller, Problem) else "good"

    assert await code(leaked) == "good"
    monkeypatch.setattr(sys, "stdin", io.StringIO(leaked + "\n"))
    assert await asyncio.to_thread(main, [*token, "--revoke"]) == 0
    assert "已撤销：admin" in capsys.readouterr().out
    now += 1
    assert [await code(leaked), await code(kept)] == ["token_revoked", "good"]
    await people.close()
    people = await People.open(tmp_path / "people.db", clock=lambda: now)
    assert [await code(leaked), await code(kept)] == ["token_revoked", "good"]
    now += 30 * 86_400
    assert await code(kept) == "token_expired"
    await people.close()


@pytest.mark.parametrize(
    "words", [["--revoke"], ["--role", "admin", "--days", "0"], ["--role", "admin", "--days", "x"]]
)
def test_a_token_asked_for_wrongly_exits_with_a_sentence(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No token on stdout, whatever went wrong."""
    (tmp_path / "config.toml").write_text(BRANCH)
    monkeypatch.setattr(sys, "stdin", io.StringIO("kt_rubbish\n"))
    try:
        code: object = main(["token", "--config", str(tmp_path / "config.toml"), *words])
    except SystemExit as left:
        code = left.code
    assert code in {1, 2}
    said = capsys.readouterr()
    assert said.out == ""
    assert " · " in said.err
