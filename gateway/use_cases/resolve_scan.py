"""Resolve a scan: which item a code stands for, how much of it, and what the code says besides."""

import msgspec

from gateway.domain.barcode import Finding, Scan, Severity, read_scan
from gateway.domain.scanned_amount import amount_of
from gateway.store.items import find_barcode
from gateway.use_cases.shop import Shop
from replication.wire.item import Item
from replication.wire.quantity import Quantity


class Resolved(msgspec.Struct, frozen=True):
    """A scan with its item, if one has the code. `unit` names the pack scanned; `quantity` is in that unit, and in kilograms
    or pieces where nobody knows the item. `price` is what a label says is to be paid, in minor units."""

    scan: Scan
    item: Item | None
    unit: str | None
    quantity: Quantity | None
    price: int | None
    findings: tuple[Finding, ...]


async def resolve_scan(shop: Shop, text: str) -> Resolved:
    """Look a scan up; an unknown code is an answer, not an error."""
    scan = read_scan(text, shop.codes, year=int(shop.calendar.today()[:4]))
    found = None
    if scan.lookups:
        found = await shop.ledger.read(lambda connection: find_barcode(connection, scan.lookups))
    if scan.labels and found is None:
        labels = scan.labels
        found = await shop.ledger.read(lambda connection: find_barcode(connection, labels))
    elif scan.labels:
        # A number the shop gave to an article as a whole: its digits are no amount.
        scan = msgspec.structs.replace(scan, quantity=None, price=None, labels=())
    if found is None:
        unknown = Finding("unknown_code", Severity.WARNING, scan.text[:64])
        return Resolved(scan, None, None, scan.quantity, scan.price, (*scan.findings, unknown))
    item, pack = found
    amount = amount_of(scan, item, pack)
    return Resolved(scan, item, amount.unit, amount.quantity, amount.price, scan.findings)
