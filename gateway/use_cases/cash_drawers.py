"""A drawer opens for the cash of a sale or a return that was posted just now. Without a sale it is `open_drawer`'s.

Which device opens it, the printer it hangs on or a line of its own, is the settings'. What was posted is in the journal,
so each opening has its entry; one that was seen and not asked for, with the drawer's key, gets one of its own. Selling never
waits for it.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Mapping
from functools import partial
from typing import Final, Protocol

from gateway.domain.document import DocumentType
from gateway.domain.policy import GENERAL, Role
from gateway.domain.posting import Rejected
from gateway.store.documents import StoredDocument, load_document
from gateway.store.print_jobs import PrintJobRow
from gateway.store.session import Posted
from gateway.use_cases.open_drawer import note_drawer_opening
from gateway.use_cases.shop import Poster, Shop
from peripherals.errors import PeripheralError
from peripherals.events import DrawerOpened
from peripherals.subscription import Subscription
from replication.storage.errors import StoreBusy
from replication.wire.events import DocumentPosted, TenderType

FRESH_MILLISECONDS_MAX: Final = 10_000
"""Minutes later nobody stands before the drawer with the money."""
WAITING_MAX: Final = 64
"""A till sells one basket at a time; what does not fit would open a drawer nobody waits for."""


BY_HAND: Final = "钱箱被手动打开 Drawer opened by hand"
"""What the journal says of an opening that nobody asked for."""
NOBODY: Final = "system"
"""Who opened it is not known."""
BY_HAND_SECONDS: Final = 10.0
"""Openings closer together are one: a loose switch must not fill the journal."""
BUSY_SECONDS: Final = 0.5
"""Pause before an opening is noted again when the ledger is busy: sales come first."""

log = logging.getLogger("kontor.drawers")


class Drawers(Protocol):
    """The device hub, as far as drawers go."""

    def subscribe(self) -> Subscription:
        """A listener, from now on."""

    def open_drawer(self, name: str) -> None:
        """Now or not at all. Raises PeripheralError."""


def takes_cash(event: DocumentPosted) -> bool:
    """Whether somebody now has money to put in or to take out; what was settled elsewhere has its drawer there."""
    if event.type not in {DocumentType.SALE, DocumentType.SALE_RETURN}:
        return False
    settled = event.detail is not None and event.detail.settled
    return not settled and any(tender.type is TenderType.CASH for tender in event.tenders)


class CashDrawers:
    """The drawers of all stations. Also a watcher: a posted sale is looked at."""

    def __init__(self, shop: Shop, drawers: Drawers, opened_through: Mapping[str, str]) -> None:
        """`opened_through` is the device by station."""
        self._shop, self._drawers, self._opened_through = shop, drawers, opened_through
        self._posted: asyncio.Queue[Posted] = asyncio.Queue(WAITING_MAX)

    async def run(self) -> None:
        """Run until cancelled."""
        with self._drawers.subscribe() as events:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._open_for_cash(), name="drawers of sales")
                tasks.create_task(self._note_by_hand(events), name="drawers seen")

    async def _note_by_hand(self, events: Subscription) -> None:
        noted: dict[str, int] = {}
        async for told in events:
            station = next((one for one, device in self._opened_through.items() if device == told.device), None)
            if not isinstance(told.event, DrawerOpened) or station is None:
                continue
            now = self._shop.clock()
            if told.device in noted and now - noted[told.device] < BY_HAND_SECONDS * 1000:
                continue
            noted[told.device] = now
            await self._note(station)

    async def _note(self, station: str) -> None:
        """It is open already: whatever policy says, it is noted."""
        while True:
            try:
                outcome = await note_drawer_opening(
                    self._shop, Poster(NOBODY, Role.ADMIN.value), station, BY_HAND, None, policy=GENERAL
                )
            except StoreBusy:
                await asyncio.sleep(BUSY_SECONDS)
                continue
            if isinstance(outcome, Rejected):
                log.warning(
                    "the drawer of %s was opened by hand, and the journal refused it: %s", station, outcome.faults
                )
            return

    async def _open_for_cash(self) -> None:
        while True:
            posted = await self._posted.get()
            document = await self._shop.ledger.read(partial(_document, posted.id))
            late = self._shop.clock() - posted.posted_at > FRESH_MILLISECONDS_MAX
            if document is None or document.pruned or late or not takes_cash(document.event):
                continue
            # A drawer that does not open is seen by whoever stands before it; its device says why.
            with contextlib.suppress(PeripheralError):
                self._drawers.open_drawer(self._opened_through[posted.station or ""])

    def posted(self, document: Posted) -> None:
        """Only that it may need its drawer; what was paid how is read behind the sale's answer."""
        if document.station in self._opened_through and document.type in {DocumentType.SALE, DocumentType.SALE_RETURN}:
            with contextlib.suppress(asyncio.QueueFull):
                self._posted.put_nowait(document)

    def item_changed(self, sku: str, seq: int) -> None:
        """No drawer opens for an item."""

    def transfer_changed(self, transfer: bytes, seq: int) -> None:
        """No drawer opens for a transfer."""

    def print_changed(self, job: PrintJobRow) -> None:
        """No drawer opens for paper."""


def _document(id_: bytes, connection: sqlite3.Connection) -> StoredDocument | None:
    return load_document(connection, id_)
