"""What the web room is given: one struct with the branch's parts, made by the composition root. Looks nothing up itself."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from admin_ui.contexts.shell import SyncState
from admin_ui.render import Renderer
from admin_ui.serving.events import EventHub
from admin_ui.serving.guard import Guard
from admin_ui.serving.static import StaticFiles
from gateway.config import BranchConfig
from gateway.domain.telling import Receiver
from gateway.use_cases.customer_display import CustomerDisplays
from gateway.use_cases.import_table import ImportDesk
from gateway.use_cases.kitchen_desk import KitchenDesk
from gateway.use_cases.receipts import Receipts
from gateway.use_cases.shop import Shop
from gateway.web.sentences import Sentences
from peripherals.device_state import DeviceState
from peripherals.events import NotReady, Weighed
from peripherals.ports import FoundPort
from peripherals.protocols.escpos import Paper
from replication.storage.checks import Check, CheckState


class Devices(Protocol):
    """The device hub, as pages and the API ask it."""

    def states(self) -> list[DeviceState]:
        """How all devices are."""

    def latest_reading(self, scale: str) -> Weighed | NotReady | None:
        """What a scale says now."""

    def paper_of(self, printer: str) -> Paper:
        """What a printer prints on. Raises `UnknownDevice`."""

    def open_drawer(self, name: str) -> None:
        """Now or not at all."""

    def press(self, scale: str, key: Literal["zero", "tare"]) -> bool:
        """Presses a scale's key; False where it cannot be pressed from afar."""

    def weigh(self, scale: str, price: int) -> bool:
        """Gives a price-computing scale its unit price; False for one that only weighs."""

    def tell_weight(self, scale: str) -> None:
        """What the scale says next is told, also where it is what it said before."""

    def enable(self, name: str, *, enabled: bool) -> None:
        """Takes it up again, or releases its line. Raises `UnknownDevice`."""

    def found_ports(self) -> tuple[FoundPort, ...]:
        """What hangs on the machine and is in no setting."""


class ReplicationTrouble(msgspec.Struct, frozen=True):
    """What stands in the way: a stable code and a sentence in both languages."""

    code: str
    detail: str
    detail_zh: str


class InboxView(msgspec.Struct, frozen=True, kw_only=True):
    """How far what headquarters sent is applied: up to `seq` of `head_seq`, last at `applied_at`. `held` counts items of
    headquarters that do not fit this branch's own (told by `GET /replication` only); `stopped` means that nothing more is
    taken until somebody acts."""

    seq: int
    head_seq: int
    waiting: int
    applied_at: str | None
    stopped: bool
    last_error: ReplicationTrouble | None = None
    held: int | None = None


class ReplicationView(msgspec.Struct, frozen=True, kw_only=True):
    """How far headquarters has come, and how far what it sends is applied here. `state` is `standalone` for a branch
    without headquarters."""

    head_seq: int
    applied_seq: int
    durable_seq: int
    epoch: int
    lag_seconds: float
    state: SyncState
    waiting: int
    last_error: ReplicationTrouble | None = None
    inbox: InboxView | None = None


class Branch(msgspec.Struct, kw_only=True):
    """One branch. `replication` answers how headquarters stands now, `last_scan` what a scanner read last; `started_at` is in seconds since 1970.

    `damage` is set where the ledger may not be added to. `alert_receivers` are told of alerts, each with its address.
    """

    config: BranchConfig
    shop: Shop
    guard: Guard
    live: EventHub
    devices: Devices
    displays: CustomerDisplays
    receipts: Receipts
    kitchen: KitchenDesk
    last_scan: Callable[[str], str | None]
    replication: Callable[[], ReplicationView]
    sentences: Sentences
    renderer: Renderer
    static: StaticFiles
    version: str
    started_at: float
    folder: Path
    imports: ImportDesk
    damage: Check | None = None
    archive: Callable[[], Check] | None = None
    alert_receivers: Mapping[str, tuple[Receiver, str]] = {}


def damage_of(checks: tuple[Check, ...]) -> Check | None:
    """The start-up check that forbids adding to the ledger, if one does."""
    for check in checks:
        if check.name == "journal_tail" and check.state is CheckState.BAD:
            return check
    return None
