"""A branch with a valid token of its own, against a real nats-server: it can be itself and nobody else."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import Error, NoServersError

from replication.identity.claims import Allowed, UserClaims, issue
from replication.identity.keys import Key, KeyKind, make_key
from replication.identity.permissions import inbox
from replication.identity.trust import Trust
from replication.nats_link.stream import STREAM
from replication.wire import subjects
from tests.replication.nats_process import NatsProcess

pytestmark = pytest.mark.anyio


class World:
    """A server that trusts one headquarters, and headquarters' own line."""

    def __init__(self, folder: Path) -> None:
        self.trust = Trust(folder / "trust", os.urandom)
        self.server = NatsProcess(folder / "nats", self.trust.server_settings())
        self.said: list[str] = []
        self._clients: list[Client] = []

    async def connect(self, name: str, key: Key, token: str | None) -> Client:
        client = Client()
        self._clients.append(client)

        async def failed(error: Exception) -> None:
            self.said.append(str(error))

        await client.connect(
            self.server.url, inbox_prefix=inbox(name), error_cb=failed, allow_reconnect=False, connect_timeout=2,
            user_jwt_cb=None if token is None else lambda: bytearray(token.encode()),
            signature_cb=None if token is None else lambda nonce: base64.b64encode(key.sign(nonce.encode())),
        )  # fmt: skip
        return client

    async def refusal(self) -> str:
        """What the server said, once it has said something."""
        async with asyncio.timeout(5):
            while not self.said:
                await asyncio.sleep(0.01)
        return self.said[0]

    async def branch(self, name: str) -> Client:
        key = make_key(KeyKind.USER, os.urandom)
        return await self.connect(name, key, self.trust.enrol(name, key.public))

    async def end(self) -> None:
        for client in self._clients:
            await client.close()
        await self.server.stop()

    async def headquarters(self) -> Client:
        folder = self.trust.folder
        key = Key((folder / "headquarters.seed").read_bytes().strip())
        client = await self.connect("hq", key, (folder / "headquarters.jwt").read_text().strip())
        await client.jetstream().add_stream(name=STREAM, subjects=[subjects.UPLINK_ALL])
        return client


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    await world.server.start()
    yield world
    await world.end()


async def test_it_can_do_what_a_branch_does(world: World) -> None:
    """Publish on its uplink, ask headquarters, hear its watermark."""
    headquarters, branch = await world.headquarters(), await world.branch("b001")
    heard = await branch.subscribe(subjects.watermark("b001"))
    await branch.flush()
    acknowledged = await branch.jetstream().publish(subjects.uplink("b001"), b"batch")
    assert acknowledged.stream == STREAM
    await headquarters.publish(subjects.watermark("b001"), b"watermark")
    assert (await heard.next_msg(timeout=2)).data == b"watermark"
    assert world.said == []


@pytest.mark.parametrize(
    "subject",
    [
        subjects.uplink("b002"),
        subjects.uplink("b001").replace("b001", "b002"),
        subjects.hello("b002"),
        subjects.heartbeat("b002"),
        subjects.pull("b002"),
        subjects.watermark("b002"),
        subjects.watermark("b001"),
        subjects.control("b002"),
        f"$JS.API.STREAM.INFO.{STREAM}",
        f"$JS.API.STREAM.DELETE.{STREAM}",
        f"$JS.API.STREAM.PURGE.{STREAM}",
        f"$JS.API.STREAM.MSG.GET.{STREAM}",
        f"$JS.API.DIRECT.GET.{STREAM}",
        f"$JS.API.CONSUMER.CREATE.{STREAM}",
        "$SYS.REQ.SERVER.PING",
        f"{inbox('hq')}.x",
    ],
)
async def test_it_cannot_speak_as_anybody_else(world: World, subject: str) -> None:
    """Not on another branch's subjects, not as headquarters, not to the server's own interfaces."""
    headquarters, branch = await world.headquarters(), await world.branch("b001")
    heard = await headquarters.subscribe(subject) if not subject.startswith("$") else None
    await headquarters.flush()
    await branch.publish(subject, b"forged")
    await branch.flush()
    assert subject.lower() in await world.refusal()
    if heard is not None:
        assert heard.pending_msgs == 0
    assert (await headquarters.jetstream().stream_info(STREAM)).state.messages == 0


@pytest.mark.parametrize(
    "subject",
    [
        ">", "*.>", subjects.UPLINK_ALL, subjects.uplink("b002"), subjects.watermark("b002"), subjects.control("b002"),
        subjects.HELLO_ALL, f"{inbox('b002')}.>", f"{inbox('hq')}.>", "_INBOX.>",
    ],
)  # fmt: skip
async def test_it_cannot_hear_anybody_else(world: World, subject: str) -> None:
    """Neither other branches' batches and answers, nor everything at once."""
    branch = await world.branch("b001")
    await branch.subscribe(subject)
    await branch.flush()
    assert "permissions violation" in await world.refusal()


async def test_without_a_token_nobody_comes_in(world: World) -> None:
    """The server asks everybody who they are."""
    with pytest.raises((NoServersError, Error)):
        await world.connect("b001", make_key(KeyKind.USER, os.urandom), None)


async def test_a_stolen_token_without_its_seed_is_worth_nothing(world: World) -> None:
    """The server's nonce has to be signed by the key the token names."""
    token = world.trust.enrol("b001", make_key(KeyKind.USER, os.urandom).public)
    with pytest.raises((NoServersError, Error)):
        await world.connect("b001", make_key(KeyKind.USER, os.urandom), token)


async def test_nobody_signs_a_token_for_himself(world: World) -> None:
    """A token signed by an unknown account key is refused."""
    key, forger = make_key(KeyKind.USER, os.urandom), make_key(KeyKind.ACCOUNT, os.urandom)
    account = Key((world.trust.folder / "account.seed").read_bytes().strip()).public
    token = issue(forger, key.public, "b002", UserClaims("user", account), issued_at=1)
    with pytest.raises((NoServersError, Error)):
        await world.connect("b002", key, token)


async def test_the_key_that_signs_branches_can_sign_nothing_more(world: World) -> None:
    """Whoever steals it cannot make a user with wider permissions: those of the scope hold, or none."""
    key = make_key(KeyKind.USER, os.urandom)
    account = Key((world.trust.folder / "account.seed").read_bytes().strip()).public
    signer = Key((world.trust.folder / "branches.seed").read_bytes().strip())
    everything = UserClaims("user", account, pub=Allowed((">",)), sub=Allowed((">",)), subs=-1, data=-1, payload=-1)
    token = issue(signer, key.public, "hq", everything, issued_at=1)
    with pytest.raises((NoServersError, Error)):
        await world.connect("hq", key, token)


async def test_a_token_that_ran_out_is_refused(world: World) -> None:
    """An hour ago."""
    key = make_key(KeyKind.USER, os.urandom)
    with pytest.raises((NoServersError, Error)):
        await world.connect("b001", key, world.trust.enrol("b001", key.public, valid_seconds=-3600))


async def test_a_revoked_device_is_refused_after_the_server_read_its_settings_again(tmp_path: Path) -> None:
    """A device that was stolen: its token was good before."""
    first = World(tmp_path)
    key = make_key(KeyKind.USER, os.urandom)
    token = first.trust.enrol("b001", key.public)
    first.trust.revoke(key.public)
    again = World(tmp_path)
    await again.server.start()
    try:
        with pytest.raises((NoServersError, Error)):
            await again.connect("b001", key, token)
    finally:
        await again.end()
