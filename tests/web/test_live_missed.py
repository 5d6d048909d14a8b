"""What the log says of a device that speaks faster than pages can be told."""

import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.config import load_branch_config
from gateway.web.live_events import BranchEvents, LiveEvents
from peripherals.events import Missed
from peripherals.subscription import DeviceEvent

pytestmark = pytest.mark.anyio


async def test_a_scanner_gone_mad_over_night_writes_a_few_lines(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Each time that the sum has doubled: the journal of a box with a small card stays readable."""

    async def told() -> AsyncIterator[DeviceEvent]:
        for _ in range(10_000):
            yield DeviceEvent(device="", event=Missed(count=37))

    caplog.set_level(logging.WARNING, "kontor.live")
    file = tmp_path / "config.toml"
    file.write_text('[site]\nid = "b1"\nname = "One"\n')
    live = LiveEvents(BranchEvents(clock=time.time), load_branch_config(file))
    await live.listen(told(), None)  # type: ignore[arg-type]
    said = [record.getMessage() for record in caplog.records]
    assert said[0].startswith("37 device events since the start")
    assert 10 <= len(said) <= 20
