"""What headquarters' pages are told as it happens: branches, stock and documents, gathered a few times a second.

A catch-up of a month must not flood a page: a figure is told once with its newest value, and only so many at a time.
"""

import asyncio
import contextlib
import functools
import itertools
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Final

from admin_ui.serving.events import EventHub
from replication.headquarters.outcome import Outcome
from replication.headquarters.stores.rows import DocumentRow
from replication.headquarters.stores.sqlite.stock_and_transit import StockFigure, figure_of
from replication.headquarters.web.branches import branch_view
from replication.headquarters.web.documents import list_view
from replication.headquarters.web.office import Office
from replication.headquarters.web.stock import stock_view
from replication.wire.location import is_virtual
from replication.wire.transfer import TRANSFER_OUT

TOPICS: Final = ("branch", "stock", "document")
GATHER_SECONDS: Final = 0.1
"""A change after a quiet moment is told at once; then ten times a second is live to the eye, and one read for all."""
QUIET_SECONDS: Final = 1.0
"""How often silence is looked at: a branch that goes away tells nobody."""
FIGURES_MAX: Final = 100
"""Figures told in one gathering; the rest follow in the next ones, each once with its newest value."""
PENDING_MAX: Final = 20_000
"""Figures remembered as changed: the items of a few dozen branches catching up at once. More are not told one by one."""
DOCUMENTS_MAX: Final = 100


class Live:
    """Gathers what commits changed and publishes it."""

    def __init__(self, hub: EventHub) -> None:
        self._hub = hub
        self._noted = asyncio.Event()
        self._has_figures = asyncio.Event()
        self._branches: set[str] = set()
        self._pending: dict[tuple[str, str], None] = {}
        self._documents: list[DocumentRow] = []

    def changed(self, outcome: Outcome) -> None:
        """A group was committed."""
        self._noted.set()
        self._branches |= outcome.met | {blocked.branch for blocked in outcome.blocked}
        if not self._hub.clients:
            return
        for advance in outcome.advances:
            for (source, destination, _), sums in advance.effects.flows.items():
                if not (is_virtual(source) and is_virtual(destination)):
                    for item in itertools.islice(sums, PENDING_MAX - len(self._pending)):
                        self._pending[advance.branch, item] = None
            for _, document, _ in advance.effects.documents:
                if document.type == TRANSFER_OUT and document.detail is not None and document.detail.to_branch:
                    for line in document.lines[: PENDING_MAX - len(self._pending)]:
                        self._pending[document.detail.to_branch, line.item] = None
            for entry, document, worth in advance.effects.documents[-DOCUMENTS_MAX:]:
                self._documents.append(
                    DocumentRow(
                        0, entry.event_id, advance.branch, entry.seq, document.type, document.number,
                        document.posted_at, worth,
                    )
                )  # fmt: skip
            del self._documents[:-DOCUMENTS_MAX]
        if self._pending:
            self._has_figures.set()

    async def run(self, office: Office) -> None:
        """Publish until cancelled. A branch's news never wait behind the figures of one that catches up."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell_news(office), name="headquarters live news")
            tasks.create_task(self._tell_figures(office), name="headquarters live figures")

    async def _tell_news(self, office: Office) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(QUIET_SECONDS):
                    await self._noted.wait()
            self._noted.clear()
            touched, self._branches = self._branches | set(office.presence.moved()), set()
            documents, self._documents = self._documents, []
            if not touched and not documents:
                continue  # a look at the silence delays nobody
            now, _ = await office.read(lambda _: None)
            for branch in sorted(touched & now.keys()):
                self._hub.publish("branch", branch_view(now[branch]))
            for document in documents:
                self._hub.publish("document", list_view(document))
            await asyncio.sleep(GATHER_SECONDS)

    async def _tell_figures(self, office: Office) -> None:
        while True:
            await self._has_figures.wait()
            cells = list(itertools.islice(self._pending, FIGURES_MAX))
            for cell in cells:
                del self._pending[cell]
            if not self._pending:
                self._has_figures.clear()
            now, figures = await office.read(functools.partial(_figures, cells=cells))
            for row in figures:
                self._hub.publish("stock", stock_view(row, now[row.branch]))
            await asyncio.sleep(GATHER_SECONDS)


def _figures(connection: Connection, cells: Sequence[tuple[str, str]]) -> list[StockFigure]:
    return [row for branch, item in cells for row in figure_of(connection, branch, item)]
