"""The devices page: each device with its state and last sign of life, and what the ledger found at start-up."""

from typing import Literal

from msgspec import Struct

DeviceClass = Literal["Scale", "Scanner", "POSPrinter", "LineDisplay", "CashDrawer"]
DeviceState = Literal["online", "offline", "error", "not_answering", "unknown"]
PrintState = Literal["queued", "printing", "printed", "failed", "unknown"]


class DeviceCard(Struct, frozen=True, kw_only=True):
    """One configured device. `code` is stable and `ok` when nothing is to be said; `detail` and `hint` say it in both
    languages. `last` is the last reading (`0.482 kg`), scan or document printed, ready to show."""

    name: str
    cls: DeviceClass
    driver: str
    transport: str
    address: str
    state: DeviceState
    released: bool = False
    code: str = "ok"
    detail: str = ""
    detail_zh: str = ""
    hint: str = ""
    hint_zh: str = ""
    since: float | str | None = None
    last: str | None = None
    last_at: float | str | None = None
    printed: PrintState | None = None  # what became of the last document; printers only
    waiting: tuple[str, ...] | None = None  # print jobs that wait; printers only
    stations: tuple[str, ...] = ()
    drawer_of: tuple[str, ...] = ()  # stations whose drawer it opens


class FoundPort(Struct, frozen=True, gc=False):
    """A socket with something on it that no setting means. `proposal` is what to add to `config.toml`."""

    path: str
    told: str
    where: str
    where_zh: str
    proposal: str


class StartUpCheck(Struct, frozen=True, kw_only=True, gc=False):
    """What the ledger found when it opened. `found` is shown as it is; a name the page has no words for, too."""

    name: str
    state: Literal["good", "advice", "bad"]
    found: str
    advice: str = ""
    advice_zh: str = ""


class DevicesPage(Struct, frozen=True, kw_only=True):
    devices: tuple[DeviceCard, ...]
    checks: tuple[StartUpCheck, ...]
    ports: tuple[FoundPort, ...] = ()
    checked_at: float | str | None = None
