"""Which devices have not worked for how long, as facts that alerts are decided by. Asks nobody: the states are given."""

import datetime as dt
from collections.abc import Iterable

from gateway.domain.alerts import MINUTE_MILLISECONDS, AlertKind, Fact
from peripherals.device_state import DEVICE_TROUBLE, DeviceState


def device_facts(states: Iterable[DeviceState], now: int, zone: dt.tzinfo) -> list[Fact]:
    """One for each device in trouble; `now` is in UTC milliseconds, times are told by the clocks of `zone`."""
    facts = []
    for one in states:
        if one.state not in DEVICE_TROUBLE or one.life == "closed":
            continue
        minutes = (now - int(one.since.timestamp() * 1000)) // MINUTE_MILLISECONDS
        told = {
            "device": one.name, "name": one.detail, "name_zh": one.detail_zh,
            "time": f"{one.since.astimezone(zone):%Y-%m-%d %H:%M}",
        }  # fmt: skip
        facts.append(Fact(AlertKind.DEVICE_LOST, one.name, max(0, minutes), told))
    return facts
