"""The devices page: each device with its state and last sign of life, and what the ledger found at start-up."""

from typing import Literal

from msgspec import Struct

DeviceClass = Literal["Scale", "Scanner", "POSPrinter"]
DeviceState = Literal["online", "offline", "error", "not_answering", "unknown"]


class DeviceCard(Struct, frozen=True, kw_only=True):
    """One configured device. `detail` is the driver's own word for it, such as `paper_out`; `last` its last reading
    (`0.482 kg`) or scan, ready to show."""

    name: str
    cls: DeviceClass
    driver: str
    transport: str
    address: str
    state: DeviceState
    detail: str | None = None
    since: float | str | None = None
    last: str | None = None
    last_at: float | str | None = None
    queue: int | None = None  # print jobs that wait; printers only
    stations: tuple[str, ...] = ()


CheckName = Literal[
    "sqlite_version", "journal_mode", "synchronous", "flush_latency", "disk_free", "integrity", "clock", "page_size"
]


class StartUpCheck(Struct, frozen=True, kw_only=True, gc=False):
    """What the ledger found when it opened. `value` is shown as it is (`3.46.1`, `FULL`, `1.8 ms`)."""

    name: str  # one of CheckName has words of its own; another name is shown as it is
    state: Literal["ok", "advice", "fault"]
    value: str
    hint: str | None = None
    hint_zh: str | None = None


class DevicesPage(Struct, frozen=True, kw_only=True):
    devices: tuple[DeviceCard, ...]
    checks: tuple[StartUpCheck, ...]
    checked_at: float | str | None = None
