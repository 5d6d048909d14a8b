"""The journal over HTTP: the numbered, chained entries, oldest first. Payloads stay inside; a document is read by its id."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import get
from litestar.params import FromQuery

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.keyset import Page, decode_cursor, page_limit, page_of
from admin_ui.serving.roles import Role
from gateway.store.journal import JournalRow, list_journal
from gateway.web.branch import Branch
from gateway.web.document_id import write_id
from gateway.web.keys import SeqKey
from replication.wire.events import EventKind

_KINDS = {int(kind): kind.name.lower() for kind in EventKind}


class EntryView(msgspec.Struct, frozen=True):
    """One entry. `hash` chains over everything before it; `bytes` is the size of its payload."""

    seq: int
    epoch: int
    event_id: str
    kind: str
    hash: str
    bytes: int


def routes(branch: Branch) -> Sequence[Any]:
    """`GET /journal`."""

    @get("/api/v1/journal", tags=["journal"], summary="Journal entries, oldest first", guards=[at_least(Role.CASHIER)])
    async def journal(after: FromQuery[str | None] = None, limit: FromQuery[int | None] = None) -> Page[EntryView]:
        start = decode_cursor("journal", after, SeqKey) or SeqKey(0)
        most = page_limit(limit)
        rows = await branch.shop.ledger.read(
            lambda connection: list_journal(connection, after_seq=start.seq, limit=most + 1)
        )
        page = page_of("journal", rows, most, lambda row: SeqKey(row.seq))
        return Page([_view(row) for row in page.rows], page.next)

    return [journal]


def _view(row: JournalRow) -> EntryView:
    kind = _KINDS.get(row.kind, f"kind_{row.kind}")
    return EntryView(row.seq, row.epoch, write_id(row.event_id), kind, row.hash.hex(), row.bytes)
