"""Messages leave in a process of their own: a web hook, a mail server, one that hangs, one that is stopped."""

import asyncio
import email
import email.policy
import json
import os
from pathlib import Path

import pytest

from gateway.cli.__main__ import main
from gateway.domain.alert_words import AlertMessage
from gateway.domain.alerts import Severity
from gateway.use_cases.messenger import Carried, ChildMessenger
from tests.web.sinks import mail_server, web_hook

MESSAGE = AlertMessage("河滨店：缺货", "[警告] 缺货：<b>茶</b>：已无库存。\nfile:///etc/passwd", Severity.WARNING)


def carried(address: str, seconds: int = 30) -> Carried:
    """Carry a message there by a real child."""
    return asyncio.run(ChildMessenger(seconds).carry(address, MESSAGE))


def test_a_letter_arrives_as_it_was_written() -> None:
    """Text is text: nothing in it is taken for markup or for a file."""
    with mail_server() as server:
        address = f"mailto://127.0.0.1:{server.port}?from=shop@example.com&to=chen@example.com&mode=insecure"
        assert carried(address) == Carried("sent")
        letter = email.message_from_string(server.letters[0], policy=email.policy.default)
    assert letter["subject"] == MESSAGE.title
    assert [part.get_content_type() for part in letter.walk()] == ["text/plain"]
    assert letter.get_content().strip() == MESSAGE.body


def test_an_address_that_is_none_is_refused() -> None:
    assert carried("nobody-knows-this://s3cret@example.com") == Carried("refused")


def test_one_that_hangs_ends_itself_and_holds_up_nobody() -> None:
    """The loop turns on while a child waits for a web hook that never answers."""

    async def story(address: str) -> tuple[Carried, int]:
        carrying, turns = asyncio.create_task(ChildMessenger(1).carry(address, MESSAGE)), 0
        while not carrying.done():
            await asyncio.sleep(0.01)
            turns += 1
        return carrying.result(), turns

    with web_hook() as hook:
        answer, turns = asyncio.run(story(hook.url("hang")))
    assert answer.result in {"timeout", "failed"}
    assert turns > 10


def test_a_child_is_gone_when_the_gateway_stops() -> None:
    """Cancelled while it waits for a web hook: the process ends before the stop goes on."""

    def children() -> set[str]:
        return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())

    async def story(address: str, came: asyncio.Event) -> None:
        carrying = asyncio.create_task(ChildMessenger(30).carry(address, MESSAGE))
        await came.wait()
        carrying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await carrying

    before = children()

    with web_hook() as hook:

        async def body() -> None:
            came = asyncio.Event()
            waiting = asyncio.create_task(asyncio.to_thread(hook.came.wait, 30))
            waiting.add_done_callback(lambda _: came.set())
            await story(hook.url("hang"), came)

        asyncio.run(body())
        assert hook.bodies
    assert children() <= before


def test_the_command_tries_everybody_and_shows_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One is reached and one answers 500: two lines, exit code 1, and only the services are named."""
    with web_hook() as hook:
        address = tmp_path / "boss.url"
        address.write_text(hook.url("500") + "\n", encoding="utf-8")
        address.chmod(0o600)
        config = tmp_path / "config.toml"
        config.write_text(
            '[site]\nid = "b001"\nname = "Riverside store"\nname_zh = "河滨店"\n'
            f'[[alerts.receivers]]\nname = "chen"\nurl = "{hook.url("200")}"\nlanguage = "zh"\n'
            '[[alerts.receivers]]\nname = "boss"\nurl_file = "boss.url"\n',
            encoding="utf-8",
        )
        config.chmod(0o600)
        assert main(["alerts", "test", "--config", str(config)]) == 1
        said = capsys.readouterr()
        assert said.out == "chen (json://…): sent · 已发送\nboss (json://…): failed http 500 · 未送达\n"
        assert "s3cret" not in said.out + said.err
        assert json.loads(hook.bodies[0])["message"] == "这是测试消息，本店的提醒会发送到这里。"
        assert main(["alerts", "test", "--config", str(config), "--receiver", "wang"]) == 2
        assert "chen, boss" in capsys.readouterr().err


def test_where_no_process_can_start_it_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short of memory or of processes: the message failed, and nothing else did."""
    monkeypatch.setattr("gateway.use_cases.messenger.sys.executable", "/nowhere/python")
    assert carried("json://127.0.0.1:1") == Carried("failed", "No such file or directory")
