"""Note what was counted of an item, at the ledger's position of this very moment. Nothing is posted, and nothing told of the book."""

import msgspec

from gateway.domain.counting import CountClass, CountRules, needs_second
from gateway.domain.document import LINES_MAX
from gateway.domain.draft import LOT_MAX
from gateway.domain.fault import Fault
from gateway.domain.lines import not_whole
from gateway.domain.posting import Rejected
from gateway.store.counts_sheets import SheetLine, find_sheet, keep_line
from gateway.store.pending import find_pending
from gateway.store.session import LedgerSession
from gateway.use_cases.shop import Shop
from replication.wire.item import Item, Tracking
from replication.wire.location import LOCATION_NAME, SHOP, is_virtual
from replication.wire.quantity import QUANTITY_MAX, THOUSANDTHS, QuantityError, parse_quantity


class CountEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody counted: `counted` is a decimal string in the base unit or in a pack's `unit`. `time` is 2 for the second
    count of a line that asked for one."""

    item: str
    counted: str
    unit: str | None = None
    lot: str | None = None
    location: str = SHOP
    time: int = 1


async def note_line(
    shop: Shop, rules: CountRules, person: str, sheet: bytes, number: int, entry: CountEntry
) -> SheetLine | Rejected:
    """Note or replace a line. A repeat of the same changes nothing, not even its position. Raises StoreBusy."""
    faults = _check(number, entry)
    if faults:
        return Rejected(faults)

    def command(session: LedgerSession) -> SheetLine | Rejected:
        if (
            session.find_document(sheet) is not None
            or find_pending(session.connection, sheet, shop.clock()) is not None
        ):
            return Rejected((Fault("", "count_closed"),))
        found = session.item(entry.item)
        if found is None:
            return Rejected((Fault("item", "unknown_item", {"item": entry.item}),))
        counted = _in_base_units(found, entry)
        if isinstance(counted, Fault):
            return Rejected((counted,))
        known = find_sheet(session.connection, sheet)
        lines = () if known is None else known.lines
        place = (entry.item, entry.location, entry.lot or "")
        if any((line.item, line.location, line.lot) == place and line.line != number for line in lines):
            return Rejected((Fault("item", "counted_twice", {"item": entry.item}),))
        before = next((line for line in lines if line.line == number), None)
        if before is not None and _is_repeat(before, entry, session.epoch):
            return before
        if entry.time == 2 and (before is None or (before.item, before.location, before.lot) != place):
            return Rejected((Fault("time", "no_first_count"),))
        if entry.time == 1 and before is not None and before.again and before.epoch == session.epoch:
            # Whoever may try again until nothing is asked of them counts the book, not the shelf.
            return Rejected((Fault("time", "second_count_needed", {"item": before.item}),))
        if entry.time == 1 and before is not None and before.time == 2 and before.epoch == session.epoch:
            return Rejected((Fault("time", "counted_a_second_time"),))
        expected = session.on_hand(*place)
        again = entry.time == 1 and needs_second(counted, expected, rules.of(_class_of(session, entry.item)))
        line = SheetLine(
            number, *place, entry.counted, entry.unit, counted, entry.time, person, session.epoch, session.head_seq,
            shop.clock(), again,
        )  # fmt: skip
        keep_line(session.connection, sheet, line)
        return line

    return await shop.ledger.write(command)


def _is_repeat(before: SheetLine, entry: CountEntry, epoch: int) -> bool:
    """Whether an answer got lost: the same count, sent again, is still of the moment it was first sent."""
    return before.epoch == epoch and (
        before.item, before.location, before.lot, before.quantity, before.unit, before.time
    ) == (entry.item, entry.location, entry.lot or "", entry.counted, entry.unit, entry.time)  # fmt: skip


def _class_of(session: LedgerSession, sku: str) -> CountClass:
    row = session.connection.execute(
        "SELECT class FROM count_classes WHERE item_id = ?", (session.items.item_id(sku),)
    ).fetchone()
    return CountClass.C if row is None else CountClass(row[0])


def _check(number: int, entry: CountEntry) -> tuple[Fault, ...]:
    """What is out of bounds in itself."""
    faults = []
    if not 1 <= number <= LINES_MAX:
        faults.append(Fault("line", "too_many_lines", {"lines": str(number), "limit": str(LINES_MAX)}))
    if entry.time not in (1, 2):
        faults.append(Fault("time", "no_third_count"))
    if not LOCATION_NAME.fullmatch(entry.location):
        faults.append(Fault("location", "bad_location", {"text": entry.location[:40]}))
    elif is_virtual(entry.location):
        faults.append(Fault("location", "virtual_location", {"location": entry.location}))
    if entry.lot is not None and not 1 <= len(entry.lot) <= LOT_MAX:
        faults.append(Fault("lot", "text_out_of_range", {"limit": str(LOT_MAX)}))
    return tuple(faults)


def _in_base_units(item: Item, entry: CountEntry) -> int | Fault:
    """Thousandths of the base unit, or why that cannot be. Counting lots needs their names."""
    try:
        quantity = parse_quantity(entry.counted)
    except QuantityError as error:
        return Fault("counted", f"quantity_{error.code}", {"text": entry.counted[:40]})
    pack = None if entry.unit in (None, item.unit) else item.pack(entry.unit or "")
    if entry.unit not in (None, item.unit) and pack is None:
        facts = {"item": item.sku, "unit": (entry.unit or "")[:40], "base": item.unit}
        return Fault("unit", "unknown_unit", facts)
    base = int(quantity) if pack is None else quantity * pack.factor // THOUSANDTHS
    if not 0 <= base <= QUANTITY_MAX:
        return Fault("counted", "quantity_out_of_range", {"text": entry.counted[:40]})
    if (parted := not_whole("counted", item, base)) is not None:
        return parted
    if item.tracking is Tracking.LOT and entry.lot is None:
        return Fault("lot", "lot_required", {"item": item.sku})
    return base
