"""What headquarters' store answers to questions: plain facts, quantities in thousandths, times in UTC milliseconds."""

import msgspec

from replication.headquarters.binding import Binding
from replication.headquarters.hello import Block
from replication.wire.entry import Entry
from replication.wire.events import DocumentPosted
from replication.wire.item import Item


class BranchRow(msgspec.Struct, frozen=True):
    """A branch as the database knows it. `forked` counts batches of second histories kept, `forked_bytes` what of them waits
    to be taken up; `forked_not_kept` counts those turned away since there was last room. `readmitted` are their events that
    the branch has taken up since, `readmitting` those it was asked to. `damaged` counts batches of other devices that are set
    aside because nobody could read them, up to the bound of such."""

    branch_id: int
    branch: str
    name: str
    name_zh: str
    epoch: int
    applied_seq: int
    durable_seq: int
    head_seq: int
    applied_at: int | None
    contact_at: int | None
    block: Block | None
    binding: Binding
    skips: int = 0
    forked: int = 0
    forked_not_kept: int = 0
    forked_bytes: int = 0
    readmitted: int = 0
    readmitting: int = 0
    damaged: int = 0


class StockRow(msgspec.Struct, frozen=True):
    """An item at a branch; `lot` is None where lots are summed, or where goods have none."""

    branch_id: int
    branch: str
    item: str
    lot: str | None
    on_hand: int
    available: int


class DocumentRow(msgspec.Struct, frozen=True):
    """A document in a list; `place` is headquarters' own order of arrival."""

    place: int
    event_id: bytes
    branch: str
    seq: int
    type: str
    number: str
    posted_at: int
    total: int


class DocumentFound(msgspec.Struct, frozen=True):
    """A document whole, read from the batch that brought it."""

    branch: str
    entry: Entry
    hash: bytes
    received_at: int
    event: DocumentPosted


class ItemRow(msgspec.Struct, frozen=True):
    """An item of the chain; `item` is None for a code that moved before it was made. `sent_version` is of an item of
    headquarters, `list_price` the price of its list that is in force."""

    item_id: int
    sku: str
    name: str
    name_zh: str | None
    item: Item | None
    version: int
    sent_version: int | None = None
    list_price: int | None = None


class JournalRow(msgspec.Struct, frozen=True):
    """An applied entry of a branch with its chain hash."""

    entry: Entry
    hash: bytes


class TakingsRow(msgspec.Struct, frozen=True):
    """What a branch took in a quarter of an hour."""

    branch: str
    slot: int
    documents: int
    sales_total: int
    returns_total: int


class QuarantineRow(msgspec.Struct, frozen=True):
    """Bytes of a branch that were not applied; `times` counts how often the same came."""

    number: int
    code: str
    detail: str
    size: int
    received_at: int
    times: int


class ForkedRow(msgspec.Struct, frozen=True):
    """A batch of a second history of a branch. `looked_at`: its events were held already or handed on then."""

    number: int
    code: str
    detail: str
    epoch: int
    first_seq: int
    last_seq: int
    boot_id: bytes
    size: int
    received_at: int
    times: int
    looked_at: int | None


class SkipRow(msgspec.Struct, frozen=True):
    """A person's decision to go on without entries. `correction` is by how much the digests parted, once it is known."""

    number: int
    first_seq: int
    last_seq: int
    code: str
    person: str
    reason: str
    at: int
    signature: bytes
    with_effects: bool
    correction: bytes | None
