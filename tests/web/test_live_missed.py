"""What the log says of devices that speak faster than pages can be told, and what pages are told afterwards; and of a lost scale."""

import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.config import load_branch_config
from gateway.web.live_events import BranchEvents, LiveEvents
from peripherals.events import Condition, DeviceLost, Missed, NotReady
from peripherals.hub import Hub
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
    live.knows(Hub(()), lambda: None)  # type: ignore[arg-type, return-value]
    await live.listen(told(), None)  # type: ignore[arg-type]
    said = [record.getMessage() for record in caplog.records]
    assert said[0].startswith("37 device events since the start")
    assert 10 <= len(said) <= 20


async def test_a_page_that_missed_events_is_told_how_devices_are_now(tmp_path: Path) -> None:
    """Each weight, of a scale for all tills too: an old one would be sold. And each state that it does not know, once."""
    file = tmp_path / "config.toml"
    file.write_text(
        '[site]\nid = "b1"\nname = "One"\n'
        '[[devices]]\nname = "mine"\ndriver = "nci"\ntransport = "serial"\npath = "/dev/mine"\n'
        '[[devices]]\nname = "shared"\ndriver = "nci"\ntransport = "serial"\npath = "/dev/shared"\n'
        '[[stations]]\nname = "till-1"\nscale = "mine"\n'
    )
    config = load_branch_config(file)
    pages = BranchEvents(clock=time.time)
    hub, live = Hub(config.devices), LiveEvents(pages, config)
    live.knows(hub, lambda: None)  # type: ignore[arg-type, return-value]
    page = pages.subscribe(["weight", "device"])
    assert page is not None
    hub._emit("shared", NotReady(status="overweight", flags=("over",)))

    async def told() -> AsyncIterator[DeviceEvent]:
        for _ in range(2):
            yield DeviceEvent(device="", event=Missed(count=300))

    await live.listen(told(), None)  # type: ignore[arg-type]
    said = page.take(pages).decode()
    assert '"device":"shared","station":null,"status":"overweight"' in said
    assert '"device":"mine","station":"till-1","status":"lost"' in said
    assert [said.count(f'"name":"{name}"') for name in ("mine", "shared")] == [1, 1]


async def test_a_lost_scale_has_no_weight_at_any_till(tmp_path: Path) -> None:
    """Nor one that stands at no station, or its tills would wait for it; of a lost scanner there is no weight to tell."""
    file = tmp_path / "config.toml"
    file.write_text(
        '[site]\nid = "b1"\nname = "One"\n'
        '[[devices]]\nname = "shared"\ndriver = "nci"\ntransport = "serial"\npath = "/dev/shared"\n'
        '[[devices]]\nname = "scanner-1"\ndriver = "serial-scanner"\ntransport = "serial"\npath = "/dev/scanner-1"\n'
    )
    config = load_branch_config(file)
    pages = BranchEvents(clock=time.time)
    live = LiveEvents(pages, config)
    live.knows(Hub(config.devices), lambda: None)  # type: ignore[arg-type, return-value]
    page = pages.subscribe(["weight"])
    assert page is not None
    lost = DeviceLost(condition=Condition(state="offline", code="gone"), detail="", detail_zh="", hint="", hint_zh="")

    async def told() -> AsyncIterator[DeviceEvent]:
        for device in ("shared", "scanner-1"):
            yield DeviceEvent(device=device, event=lost)

    await live.listen(told(), None)  # type: ignore[arg-type]
    said = page.take(pages).decode()
    assert said.count("event: weight") == 1
    assert '"device":"shared","station":null,"status":"lost"' in said
