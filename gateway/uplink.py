"""A branch's line to headquarters: the journal up, what headquarters sends down, and who this device says it is.

A watcher of the shop; a fault here never reaches a sale.
"""

import importlib.metadata
import logging
import os
import random
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from gateway.config import BranchConfig
from gateway.store.journal import Journal
from gateway.store.ledger import Ledger, wall_milliseconds
from gateway.store.print_jobs import PrintJobRow
from gateway.store.session import Posted
from gateway.store.step_size import STEP_BYTES_MAX
from gateway.web.branch import ReplicationView
from gateway.web.replication import standalone, view_of
from replication.branch.downlink import Downlink, Inbox
from replication.branch.inbox import InboxSettings, InboxStatus
from replication.branch.shipper import Shipper
from replication.branch.status import ReplicationStatus
from replication.branch.sync import SyncSettings
from replication.identity.hardware import board_serial
from replication.identity.keys import IdentityError
from replication.identity.replacement import read_code
from replication.identity.site import branch_identity
from replication.link import BranchLink
from replication.wire.entry import Position
from replication.wire.messages import Peripherals

log = logging.getLogger("kontor.branch")


class Uplink:
    """A watcher that knows where the journal stands, wakes replication, and answers how far headquarters is."""

    def __init__(self, head: Position) -> None:
        self.shipper: Shipper | None = None
        self.downlink: Downlink | None = None
        self.tell: Callable[[ReplicationView], None] | None = None
        self._epoch = head.epoch
        self._head_seq = head.seq

    def posted(self, document: Posted) -> None:
        """The journal grew."""
        self._head_seq = max(self._head_seq, document.seq)
        if self.shipper is not None:
            self.shipper.wake(Position(self._epoch, document.seq, document.hash))

    def item_changed(self, sku: str, seq: int) -> None:  # noqa: ARG002  (what a watcher is told)
        """The journal grew; the chain hash is for replication to look up."""
        self._head_seq = max(self._head_seq, seq)
        if self.shipper is not None:
            self.shipper.wake()

    def transfer_changed(self, transfer: bytes, seq: int) -> None:  # noqa: ARG002  (what a watcher is told)
        """A request or a release may have been written; the chain hash is for replication to look up."""
        self.item_changed("", seq)

    def print_changed(self, job: PrintJobRow) -> None:
        """Paper is no event of the journal."""

    def heard(self, status: ReplicationStatus) -> None:
        """Replication has news."""
        self._epoch = status.epoch or self._epoch
        if self.tell is not None:
            self.tell(view_of(status, self._head_seq, self._inbox()))

    def inbox_moved(self, status: InboxStatus) -> None:  # noqa: ARG002  (what a watcher of the inbox is told)
        """What headquarters sent was applied, or something stands in the way."""
        if self.tell is not None:
            self.tell(self.view())

    def _inbox(self) -> InboxStatus | None:
        return None if self.downlink is None else self.downlink.status

    def view(self) -> ReplicationView:
        """How headquarters stands now."""
        if self.shipper is None:
            return standalone(self._head_seq, self._epoch)
        return view_of(self.shipper.status, self._head_seq, self._inbox())


class WallClock:
    """The machine's clocks, as replication asks for them."""

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def utc_milliseconds(self) -> int:
        """The wall clock."""
        return wall_milliseconds()


def join(
    uplink: Uplink,
    config: BranchConfig,
    ledger: Ledger,
    inbox: Inbox,
    link: BranchLink,
    *,
    step_bytes_max: int = STEP_BYTES_MAX,
    peripherals: Callable[[], Peripherals] | None = None,
) -> None:
    """Both directions over one line: the journal up, what headquarters sends down. `step_bytes_max` bounds what one
    transaction takes of headquarters' history while nobody else writes."""
    site, headquarters = config.site, config.headquarters
    settings, inbox_settings = SyncSettings(), InboxSettings()
    if headquarters is not None:
        settings = SyncSettings(backoff_max=headquarters.reconnect_seconds_max)
        inbox_settings = InboxSettings(backoff_max=headquarters.reconnect_seconds_max)
    clock, boot_id = WallClock(), secrets.token_bytes(8)
    device = _device_of(config.data)
    uplink.downlink = Downlink(
        site.id,
        inbox,
        link,
        clock=clock,
        jitter=random.random,
        boot_id=boot_id,
        device=device,
        settings=inbox_settings,
        watch=uplink.inbox_moved,
    )
    uplink.shipper = Shipper(
        site.id,
        Journal(ledger, step_bytes_max=step_bytes_max),
        link,
        clock=clock,
        jitter=random.random,
        boot_id=boot_id,
        settings=settings,
        name=site.name,
        name_zh=site.name_zh or "",
        currency=site.currency,
        device=device,
        hardware=board_serial(),
        replacement=read_code(config.data),
        software=importlib.metadata.version("kontor"),
        downlink=uplink.downlink,
        watch=uplink.heard,
        peripherals=peripherals,
    )


def line_of(config: BranchConfig) -> BranchLink | None:
    """The line to headquarters that the settings name, if they name one."""
    headquarters = config.headquarters
    if headquarters is None:
        return None
    # Here and not above: a branch of its own loads no line, which is a tenth of its start.
    from replication.nats_link import NatsBranchLink, NatsSettings

    settings = NatsSettings(
        url=headquarters.nats_url, name=config.site.id, reconnect_seconds_max=headquarters.reconnect_seconds_max,
        identity=branch_identity(config.data),
    )  # fmt: skip
    return NatsBranchLink(settings, config.site.id, jitter=random.random)


def _device_of(data: Path) -> str:
    """This device's public key, made here on its first start. A key that cannot be read stops no sale: the device then goes
    without one, and headquarters says what it makes of that."""
    try:
        return branch_identity(data).make_key(os.urandom).public
    except (IdentityError, OSError) as error:
        log.warning("this device has no key of its own: %s", error)
        return ""
