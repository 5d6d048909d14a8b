"""What an explanation says of a cause: its code, the evidence with its figures, how well it fits, and what would mend it.

Scores are whole numbers that rank causes against each other; they are no probabilities and are shown to nobody.
"""

import enum
from typing import Final

import msgspec

from gateway.domain.document import Body
from replication.wire.quantity import shortest

DAY: Final = 24 * 3600 * 1000
"""A day in milliseconds."""


class CauseCode(enum.StrEnum):
    """Where a wrong figure may come from."""

    MISSED_RECEIPT = "missed_receipt"
    TRANSFER_UNRECEIVED = "transfer_unreceived"
    TRANSFER_NOT_ARRIVED = "transfer_not_arrived"
    RECEIVED_TWICE = "received_twice"
    WAITING_DOCUMENT = "waiting_document"
    LATE_BOOKING = "late_booking"
    UNBOOKED_RETURN = "unbooked_return"
    UNBOOKED_GIFT = "unbooked_gift"
    UNBOOKED_PRODUCTION = "unbooked_production"
    EXPIRED_NOT_WRITTEN_OFF = "expired_not_written_off"
    WRONG_PACK_FACTOR = "wrong_pack_factor"
    WRONG_UNIT = "wrong_unit"
    TYPING_SLIP = "typing_slip"
    DOUBLE_SCAN = "double_scan"
    COUNT_ERROR = "count_error"
    SWAPPED_SIBLING = "swapped_sibling"
    SWAPPED_LOT = "swapped_lot"
    OTHER_PLACE = "other_place"


class EvidenceCode(enum.StrEnum):
    """What shows a cause."""

    ORDER_OPEN = "order_open"
    RECEIPT_OVERDUE = "receipt_overdue"
    LAST_RECEIPT = "last_receipt"
    TRANSFER_IN_OPEN = "transfer_in_open"
    TRANSFER_OUT_OPEN = "transfer_out_open"
    TRANSFER_OVER = "transfer_over"
    ARRIVED_TWICE = "arrived_twice"
    WAITS = "waits"
    BOOKED_AFTER = "booked_after"
    CASH_OUT = "cash_out"
    SOLD_SO_MANY = "sold_so_many"
    GIFT_NOTE = "gift_note"
    GIFTS_STOPPED = "gifts_stopped"
    FREE_GOODS_STOPPED = "free_goods_stopped"
    PRODUCTION_OVERDUE = "production_overdue"
    LOT_EXPIRED = "lot_expired"
    UNLIKE_ORDER = "unlike_order"
    UNLIKE_USUAL = "unlike_usual"
    MEANT = "meant"
    ONLY_IN_PACKS = "only_in_packs"
    MORE_THAN_STOOD = "more_than_stood"
    SAME_LINES = "same_lines"
    LINE_TWICE = "line_twice"
    COUNT_DIFFERED = "count_differed"
    COUNT_TAKEN_BACK = "count_taken_back"
    ORDERED_OTHER = "ordered_other"
    MIRROR_COUNT = "mirror_count"
    SALES_SHIFTED = "sales_shifted"
    MIRROR_LOT = "mirror_lot"
    LIES_ELSEWHERE = "lies_elsewhere"


class Evidence(msgspec.Struct, frozen=True):
    """One fact with its figures. Those named `at` are UTC milliseconds."""

    code: EvidenceCode
    facts: dict[str, str] = {}


class PostDocument(msgspec.Struct, frozen=True):
    """A document a person may post under a new id. Its reason is the cause, which whoever shows it writes in."""

    body: Body


class CancelTransfer(msgspec.Struct, frozen=True):
    """Ask headquarters for the rest of a transfer back."""

    transfer: bytes


class ApproveDocument(msgspec.Struct, frozen=True):
    """Decide about a document that waits."""

    document: bytes


Mend = PostDocument | CancelTransfer | ApproveDocument


class Named(msgspec.Struct, frozen=True, gc=False):
    """A document that shows a cause, by id and number."""

    id: bytes
    type: str
    number: str


class Finding(msgspec.Struct, frozen=True):
    """A likely cause. `effect` is what the book would change by if it were right; `other` the item, lot or place it went to."""

    code: CauseCode
    score: int
    effect: int
    evidence: tuple[Evidence, ...]
    documents: tuple[Named, ...] = ()
    other: str = ""
    mend: Mend | None = None


class Gap(msgspec.Struct, frozen=True, gc=False):
    """How far the book is off, as far as is known: `exact` after a count, at `least` so much too little below zero.

    `seq` and `at` are the moment that is to be explained: what was posted after it cannot have caused it.
    """

    seq: int
    at: int
    exact: int | None = None
    least: int | None = None


FITS: Final = 400
NEARLY: Final = 250
COVERS: Final = 200
"""What a cause gains that explains a counted difference to the unit, almost, or a figure below zero."""
AFTERWARDS: Final = 150
"""What a cause loses whose document came after the moment."""
A_PIECE: Final = 1000
"""What a shop loses and finds all the time, in thousandths."""
RECENT: Final = 90
"""What one of the same day gains; it fades over RECENT_DAYS."""
RECENT_DAYS: Final = 15


def fit(gap: Gap, effect: int, at: int) -> int | None:
    """How well booking `effect` would close the gap, for a cause at that time; None where it would widen it."""
    if effect == 0:
        return None
    score = max(0, RECENT - RECENT * max(0, gap.at - at) // (RECENT_DAYS * DAY)) if at <= gap.at else -AFTERWARDS
    if gap.exact is not None:
        return _against_count(gap.exact, effect, score)
    if gap.least is not None:
        if effect < 0:
            return None
        return score + (COVERS if effect >= gap.least else COVERS * effect // (gap.least * 2))
    return score


def _against_count(exact: int, effect: int, score: int) -> int | None:
    if (exact > 0) != (effect > 0):
        return None
    if exact == effect:
        return score + FITS
    smaller, larger = sorted((abs(exact), abs(effect)))
    if smaller * 20 >= larger * 19 or (larger - smaller <= A_PIECE and smaller > A_PIECE):
        return score + NEARLY
    return score - 200 + 200 * smaller // larger


def told(quantity: int) -> str:
    """A quantity in a sentence, such as `12` for `12.000`."""
    return shortest(quantity)
