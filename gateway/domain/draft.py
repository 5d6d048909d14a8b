"""A draft: a document's body with its texts read into numbers, and the digest of its content.

What makes no sense in itself (a quantity that is no decimal, a time that is no time) is found here, before the ledger
is asked. What depends on the ledger is `posting`'s to decide.
"""

import functools
import hashlib
from typing import Final

import msgspec
from msgspec import UNSET

from gateway.domain.document import (
    LINES_MAX,
    TEXT_MAX,
    Body,
    GoodsReceipt,
    Line,
    Sale,
    SaleReturn,
    TransferIn,
)
from gateway.domain.fault import Fault
from gateway.domain.field_checks import check_body, check_line, check_tenders, is_date
from gateway.domain.moment import milliseconds_of
from gateway.domain.told import DOCUMENT_TEXTS
from gateway.domain.variance import Variances, plainly, read_variances
from replication.wire.identity import STATION
from replication.wire.location import LOCATION_NAME
from replication.wire.money import PRICE_MAX
from replication.wire.quantity import Quantity, QuantityError, is_shortest, parse_quantity, shortest

CONTENT_BYTES: Final = 16
LOT_MAX: Final = 64
"""Characters of a lot number, a serial number or a reading id."""

_encoder = msgspec.msgpack.Encoder()


class Draft(msgspec.Struct, frozen=True):
    """`quantities` stand beside `body.lines`; `content` is the digest by which a repeat is recognised.

    `variances` stand beside the lines of a transfer in and of a goods receipt, and of nothing else. `everyday`: a sale whose lines have no seldom
    part.
    """

    id: bytes
    body: Body
    quantities: tuple[Quantity, ...]
    occurred_at: int | None
    content: bytes
    variances: Variances = ()
    everyday: bool = False


class Malformed(msgspec.Struct, frozen=True):
    """The body cannot be read: answered 400, nothing stored."""

    faults: tuple[Fault, ...]


class Refused(msgspec.Struct, frozen=True):
    """The body was read and is out of bounds in itself: answered 422, nothing stored."""

    faults: tuple[Fault, ...]


def read_draft(document_id: bytes, body: Body) -> Draft | Malformed | Refused:
    """Read a decoded body into a draft, or say everything that is wrong with it."""
    malformed: list[Fault] = []
    refused: list[Fault] = []
    if not body.lines and body.needs_lines:
        refused.append(Fault("lines", "no_lines"))
    elif len(body.lines) > LINES_MAX:
        return Refused((Fault("lines", "too_many_lines", {"lines": str(len(body.lines)), "limit": str(LINES_MAX)}),))
    quantities: list[Quantity] = []
    is_sale = type(body) is Sale
    canonical, everyday = True, is_sale
    for index, line in enumerate(body.lines):
        text, price = line.quantity, line.price
        try:
            quantity, short = _read_quantity(text)
        except QuantityError as error:
            (malformed if error.code == "not_a_decimal" else refused).append(
                Fault(f"lines[{index}].{line.quantity_name}", f"quantity_{error.code}", {"text": text[:40]})
            )
            continue
        quantities.append(quantity)
        canonical = canonical and short
        if type(line) is not Line:
            check_line(index, line, refused)
        seldom = (
            line.discount, line.cost, line.location, line.lot, line.expiry, line.reading, line.serials, line.disposition,
        )  # fmt: skip
        if seldom != _PLAIN:
            everyday = False
            _check_line(index, line, malformed, refused)
        elif price is not UNSET and not 0 <= price <= PRICE_MAX:
            _check_line(index, line, malformed, refused)
    occurred_at = _read_time(body.occurred_at, malformed)
    variances: Variances = ()
    _check_texts(body, refused)
    if not is_sale:
        if isinstance(body, (TransferIn, GoodsReceipt)):
            variances = read_variances(body, malformed, refused)
        check_body(body, malformed, refused)
    if malformed:
        return Malformed((*malformed, *refused))
    if refused:
        return Refused(tuple(refused))
    told = plainly(body, variances) if isinstance(body, (TransferIn, GoodsReceipt)) else body
    content = _content(told, quantities, canonical=canonical)
    return Draft(document_id, body, tuple(quantities), occurred_at, content, variances, everyday)


_AMOUNTS: Final = ("price", "discount", "cost")
_PLAIN: Final = (UNSET,) * 8


@functools.lru_cache(maxsize=4096)
def _read_quantity(text: str) -> tuple[Quantity, bool]:
    """A quantity, and whether its text is the shortest one. A shop's quantities are few, and their texts are short."""
    return parse_quantity(text), is_shortest(text)


@functools.lru_cache(maxsize=1024)
def _is_station(text: str) -> bool:
    """Whether a text may name a station: a shop has few."""
    return STATION.fullmatch(text) is not None


def _check_line(index: int, line: Line, malformed: list[Fault], refused: list[Fault]) -> None:
    """The seldom parts of a line."""
    for name in _AMOUNTS:
        amount = getattr(line, name)
        if amount is not UNSET and not 0 <= amount <= PRICE_MAX:
            refused.append(Fault(f"lines[{index}].{name}", "amount_out_of_range", {"limit": str(PRICE_MAX)}))
    if line.location is not UNSET and not LOCATION_NAME.fullmatch(line.location):
        refused.append(Fault(f"lines[{index}].location", "bad_location", {"text": line.location[:40]}))
    if line.expiry is not UNSET and not is_date(line.expiry):
        malformed.append(Fault(f"lines[{index}].expiry", "not_a_date", {"text": line.expiry[:40]}))
    for name, text in (("lot", line.lot), ("reading", line.reading)):
        if text is not UNSET and not 1 <= len(text) <= LOT_MAX:
            refused.append(Fault(f"lines[{index}].{name}", "text_out_of_range", {"limit": str(LOT_MAX)}))
    for at, serial in enumerate(() if line.serials is UNSET else line.serials):
        if not 1 <= len(serial) <= LOT_MAX:
            refused.append(Fault(f"lines[{index}].serials[{at}]", "text_out_of_range", {"limit": str(LOT_MAX)}))


def _content(body: Body, quantities: list[Quantity], *, canonical: bool) -> bytes:
    """Digest of what was sent, however it was spelt. Approval and `settled` tell how it was sent, not what."""
    changes: dict[str, object] = {}
    if not canonical:
        changes["lines"] = tuple(
            msgspec.structs.replace(line, quantity=shortest(quantity))
            for line, quantity in zip(body.lines, quantities, strict=True)
        )
    if body.approval is not UNSET:
        changes["approval"] = UNSET
    if isinstance(body, Sale) and body.settled is not UNSET:
        changes["settled"] = UNSET
    if changes:
        body = msgspec.structs.replace(body, **changes)
    return hashlib.blake2b(_encoder.encode(body), digest_size=CONTENT_BYTES).digest()


def _check_texts(body: Body, refused: list[Fault]) -> None:
    if body.station is not UNSET and not (len(body.station) <= TEXT_MAX and _is_station(body.station)):
        refused.append(Fault("station", "bad_station", {"text": body.station[:40]}))
    for name in DOCUMENT_TEXTS[type(body)]:
        text = getattr(body, name)
        if text is not UNSET and len(text) > TEXT_MAX:
            refused.append(Fault(name, "text_out_of_range", {"limit": str(TEXT_MAX)}))
    if isinstance(body, (Sale, SaleReturn)) and body.tenders is not UNSET:
        check_tenders("tenders", body.tenders, refused)


def _read_time(text: str | msgspec.UnsetType, malformed: list[Fault]) -> int | None:
    if text is UNSET:
        return None
    found = milliseconds_of(text)
    if found is None:
        malformed.append(Fault("occurred_at", "not_a_time", {"text": text[:40]}))
    return found
