"""What headquarters' pages are told as it happens: branches, stock and documents, gathered a few times a second.

A catch-up of a month must not flood a page: beyond a bound a page is told to fetch anew.
"""

import asyncio
from collections.abc import Collection, Mapping
from sqlite3 import Connection
from typing import Final

from admin_ui.serving.events import EventHub
from replication.headquarters.apply import Outcome
from replication.headquarters.stores.rows import DocumentRow, StockRow
from replication.headquarters.stores.sqlite.queries import stock_of
from replication.headquarters.web.branches import branch_view
from replication.headquarters.web.documents import list_view
from replication.headquarters.web.office import Office
from replication.headquarters.web.stock import stock_view
from replication.wire.location import is_virtual

TOPICS: Final = ("branch", "stock", "document")
GATHER_SECONDS: Final = 0.2
"""Five times a second is live to the eye, and one read for all that happened meanwhile."""
CELLS_MAX: Final = 500
"""Changed figures told one by one in a gathering; more are a catch-up, and no page can show them."""
DOCUMENTS_MAX: Final = 100


class Live:
    """Gathers what commits changed and publishes it."""

    def __init__(self, hub: EventHub) -> None:
        self._hub = hub
        self._branches: set[str] = set()
        self._cells: dict[str, set[str]] = {}
        self._count = 0
        self._documents: list[DocumentRow] = []

    def changed(self, outcome: Outcome) -> None:
        """A group was committed."""
        self._branches |= outcome.met | {blocked.branch for blocked in outcome.blocked}
        if not self._hub.clients:
            return
        for advance in outcome.advances:
            cells = self._cells.setdefault(advance.branch, set())
            for item, location, _ in advance.effects.cells:
                if self._count < CELLS_MAX and not is_virtual(location) and item not in cells:
                    cells.add(item)
                    self._count += 1
            for entry, document in advance.effects.documents[-DOCUMENTS_MAX:]:
                self._documents.append(
                    DocumentRow(
                        0, entry.event_id, advance.branch, entry.seq, document.type, document.number,
                        document.posted_at, document.total,
                    )
                )  # fmt: skip
            del self._documents[:-DOCUMENTS_MAX]

    async def run(self, office: Office) -> None:
        """Publish until cancelled."""
        while True:
            await asyncio.sleep(GATHER_SECONDS)
            await self._publish(office)

    async def _publish(self, office: Office) -> None:
        touched, self._branches = self._branches | set(office.presence.moved()), set()
        cells, self._cells = self._cells, {}
        documents, self._documents = self._documents, []
        self._count = 0
        if not touched and not documents:
            return
        now, figures = await office.read(lambda connection: _figures(connection, cells))
        for branch in sorted(touched & now.keys()):
            self._hub.publish("branch", branch_view(now[branch]))
        for document in documents:
            self._hub.publish("document", list_view(document))
        for row in figures:
            self._hub.publish("stock", stock_view(row, now[row.branch]))


def _figures(connection: Connection, cells: Mapping[str, Collection[str]]) -> list[StockRow]:
    return [row for branch, items in cells.items() for row in stock_of(connection, branch, sorted(items))]
