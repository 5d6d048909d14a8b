"""The stream's quota is for what waits: a branch that sells for ever never fills it with what was applied."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from replication.nats_link import headquarters, stream
from tests.replication.nats_process import NatsProcess
from tests.replication.test_nats_faults import Chain, until

pytestmark = [pytest.mark.anyio, pytest.mark.needs("nats-server")]

QUOTA, KEPT, STEP = 8, 3, 2


@pytest.fixture
async def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chain]:
    monkeypatch.setattr(stream, "MESSAGES_PER_BRANCH_MAX", QUOTA)
    monkeypatch.setattr(headquarters, "APPLIED_MESSAGES_KEPT", KEPT)
    monkeypatch.setattr(headquarters, "APPLIED_MESSAGES_STEP", STEP)
    server = NatsProcess(tmp_path / "nats")
    await server.start()
    made = Chain(tmp_path / "hq", server.url)
    await made.start_headquarters()
    made.start_branch("b001")
    yield made
    await made.close()
    await server.stop()


async def test_applied_batches_leave_the_stream(chain: Chain) -> None:
    """Twice the quota of lone sales, one after another: each reaches headquarters."""
    journal, shipper = chain.journals["b001"], chain.shippers["b001"]
    await chain.converged()
    for _ in range(2 * QUOTA):
        chain.sell("b001")
        await until(lambda: shipper.status.applied_seq == len(journal.entries), lambda: shipper.status)
