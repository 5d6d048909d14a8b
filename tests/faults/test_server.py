"""What a NATS server may do: an old version, a cluster that loses members, a full stream, lost messages, new rules."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import nats
import pytest
from nats.js import JetStreamContext

from replication.nats_link.stream import STREAM, ensure_stream
from tests.faults.chaos_line import ChaosLine
from tests.faults.conftest import Tell
from tests.faults.fetch import OLD_NATS
from tests.faults.pace import Pace
from tests.faults.parts import Chain, NatsServer, free_port

pytestmark = [pytest.mark.needs("nats-server"), pytest.mark.only_in_make_faults]

SEED = 20261122
STREAM_BYTES = 64 * 1024 * 1024


def with_jetstream(port: int, work: Callable[[JetStreamContext], Awaitable[Any]]) -> Any:
    """Somebody with every right does something to the server."""

    async def do() -> Any:
        client = await nats.connect(f"nats://127.0.0.1:{port}", allow_reconnect=False)
        try:
            return await work(client.jetstream(timeout=5))
        finally:
            await client.close()

    return asyncio.run(do())


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = Chain(tmp_path)
    try:
        yield made.start()
    finally:
        made.close()


def finish(chain: Chain, tally: Tell, **facts: Any) -> None:
    """Tills stop, all arrives, all is counted."""
    chain.enough()
    seconds = chain.converged()
    lost, doubled = chain.count()
    tally(events=chain.sold(), lost=lost, doubled=doubled, seconds=seconds, **facts)
    assert (lost, doubled) == (0, 0)


@pytest.mark.needs("old-nats-server")
@pytest.mark.parametrize("wiped", [False, True], ids=["kept", "wiped"])
def test_an_old_server_is_good_enough(tmp_path: Path, tally: Tell, pace: Pace, wiped: bool) -> None:
    """Rows 16, 17, 43. nats-server 2.10, killed again and again, its store kept or gone: what Debian 13 ships."""
    rounds = pace.rounds(most=10, least=4)
    logs = tmp_path / "logs"
    logs.mkdir()
    chain = Chain(tmp_path, nats=NatsServer(tmp_path / "nats", logs, program=str(OLD_NATS)))
    try:
        chain.start().sell(2)
        for _ in rounds:
            chain.sell_more(20)
            chain.nats.kill()
            if wiped:
                for path in sorted(chain.nats.folder.rglob("*"), reverse=True):
                    path.rmdir() if path.is_dir() else path.unlink()
            chain.sell_more(5)
            chain.nats.start()
        finish(
            chain, tally, row="17" if wiped else "16", fault=f"nats-server 2.10 killed, store {'wiped' if wiped else 'kept'}",
            injected=rounds.done,
        )  # fmt: skip
    finally:
        chain.close()


class Cluster:
    """Three servers that know each other, and one address that leads to a living one."""

    def __init__(self, folder: Path) -> None:
        routes = [free_port() for _ in range(3)]
        self.servers = []
        for number, port in enumerate(routes):
            logs = folder / f"logs-{number}"
            logs.mkdir(parents=True)
            others = ", ".join(f'"nats://127.0.0.1:{other}"' for other in routes if other != port)
            extra = (
                f'server_name: "n{number}"\ncluster {{ name: three, listen: "127.0.0.1:{port}", no_advertise: true,'
                f" routes: [{others}] }}\n"
            )
            self.servers.append(NatsServer(folder / f"nats-{number}", logs, extra=extra))

    def start(self) -> None:
        for server in self.servers:
            server.start()

    def close(self) -> None:
        for server in self.servers:
            if server.running:
                server.kill()

    def make_stream(self) -> None:
        """Three copies of the uplink, made before headquarters makes one with a single copy."""

        async def make(jetstream: JetStreamContext) -> None:
            info = await ensure_stream(jetstream, STREAM_BYTES, None)
            info.config.num_replicas = 3
            await jetstream.update_stream(info.config)

        ends_at = time.monotonic() + 90
        while True:
            try:
                return with_jetstream(self.servers[0].port, make)
            except (nats.errors.Error, TimeoutError):
                assert time.monotonic() < ends_at, self.servers[0].said()[-2000:]
                time.sleep(0.5)


def test_a_cluster_that_loses_one_after_another_loses_nothing(tmp_path: Path, tally: Tell, pace: Pace) -> None:
    """Row 18. Three servers, three copies; each is killed in turn, sometimes the leader, and comes back."""
    rounds = pace.rounds(most=10, least=10)
    cluster, chance = Cluster(tmp_path / "cluster"), Random(SEED)
    cluster.start()
    try:
        cluster.make_stream()
        with ChaosLine(cluster.servers[0].port) as line:
            chain = Chain(tmp_path, nats=cluster.servers[0], line=lambda _: line.port, hq_line=lambda _: line.port)
            chain.parts = (chain.hq, chain.branch)
            try:
                chain.start().sell(2)
                for number in rounds:
                    chain.sell_more(15)
                    down = cluster.servers[number % 3]
                    down.kill()
                    line.target = chance.choice([one.port for one in cluster.servers if one is not down])
                    line.cut()
                    chain.sell_more(15)
                    time.sleep(1.0)
                    down.start()
                    time.sleep(1.0)
                finish(chain, tally, row="18", fault="R3 cluster, rolling kill -9", injected=rounds.done, seed=SEED)
            finally:
                chain.close()
    finally:
        cluster.close()


def test_a_full_stream_is_waited_out(chain: Chain, tally: Tell, pace: Pace) -> None:
    """Row 25. Headquarters is away and the stream's room is used up (10077): tills sell on, and all arrives afterwards."""
    rounds = pace.rounds(most=10, least=10)

    async def shrink(jetstream: JetStreamContext) -> None:
        info = await jetstream.stream_info(STREAM)
        info.config.max_bytes = info.state.bytes + 2000
        await jetstream.update_stream(info.config)

    chain.sell(2)
    refused = 0
    for _ in rounds:
        chain.sell_more(5)
        chain.hq.stop()
        with_jetstream(chain.nats.port, shrink)
        chain.sell_more(40)
        ends_at = time.monotonic() + 10
        while time.monotonic() < ends_at:
            told = chain.branch.ask("GET", "/replication")[1]
            if told["last_error"] is not None and told["last_error"]["code"] == "stream_full":
                assert told["last_error"]["detail"]
                assert told["last_error"]["detail_zh"]
                refused += 1
                break
            time.sleep(0.1)
        chain.hq.start()
    assert refused > 0, "the branch never said that the stream is full"
    finish(
        chain,
        tally,
        row="25",
        fault=f"stream full while headquarters is away (said {refused} times)",
        injected=rounds.done,
    )


def test_messages_that_vanish_from_the_stream_are_sent_again(chain: Chain, tally: Tell, pace: Pace) -> None:
    """Row 15. Acknowledged by the server, deleted before headquarters read them: a gap, a want, and there they are."""
    rounds = pace.rounds(most=10, least=4)
    chance, deleted = Random(SEED), 0

    async def lose(jetstream: JetStreamContext) -> int:
        before = await jetstream.stream_info(STREAM)
        # Single messages may not be deleted; clearing the front, which headquarters has not read, is a hole as well.
        keep_from = before.state.last_seq - chance.randrange(5)
        await jetstream.purge_stream(STREAM, seq=keep_from)
        after = await jetstream.stream_info(STREAM)
        return int(before.state.messages - after.state.messages)

    chain.sell(2)
    for _ in rounds:
        chain.sell_more(5)
        chain.hq.stop()
        chain.sell_more(60)
        deleted += with_jetstream(chain.nats.port, lose)
        chain.hq.start()
    assert deleted >= rounds.done
    finish(
        chain,
        tally,
        row="15",
        fault="batches cleared from the stream before they were read",
        injected=deleted,
        seed=SEED,
    )


def test_messages_that_come_twice_count_once(chain: Chain, tally: Tell, pace: Pace) -> None:
    """Row 12. Everything in the stream is published once more, under other ids, past the server's own filter."""
    rounds = pace.rounds(most=10, least=3)
    repeated = 0

    async def repeat(jetstream: JetStreamContext) -> int:
        info, count = await jetstream.stream_info(STREAM), 0
        for sequence in range(max(info.state.first_seq, info.state.last_seq - 40), info.state.last_seq + 1):
            message = await jetstream.get_msg(STREAM, sequence)
            await jetstream.publish(message.subject, message.data)
            count += 1
        return count

    chain.sell(2)
    for _ in rounds:
        chain.sell_more(40)
        repeated += with_jetstream(chain.nats.port, repeat)
    finish(chain, tally, row="12", fault="batches published again under other ids", injected=repeated)


def test_new_rules_at_the_server_shut_out_and_let_in_again(chain: Chain, tally: Tell, pace: Pace) -> None:
    """Row 23. A reload demands a password nobody has; a second one takes it back: both sites come back by themselves."""
    rounds = pace.rounds(most=10, least=10)
    chain.sell(2)
    config = chain.nats.log.with_name("nats.conf")
    rules = config.read_text()
    for _ in rounds:
        chain.sell_more(5)
        config.write_text(rules + '\nauthorization { user: "nobody", password: "knows" }\n')
        chain.nats.signal(signal.SIGHUP)
        chain.sell_more(20)
        time.sleep(0.5)
        config.write_text(rules)
        chain.nats.signal(signal.SIGHUP)
        chain.sell_more(5)
    finish(chain, tally, row="23", fault="server reloaded with rules that shut everybody out", injected=rounds.done)
