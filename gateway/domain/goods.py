"""The goods of a line: which lots it moves, and which single pieces, and what speaks against taking or receiving them.

Walks along with one document, so that what an earlier line took is not there for a later one. Knows no money and no type of
document: which way goods go is told by the places they leave and reach.
"""

from typing import Final

from msgspec import UNSET

from gateway.domain.document import Line
from gateway.domain.fault import Fault
from gateway.domain.ledger_view import LedgerView
from gateway.domain.lots import Lot, LotStock, first_expired_first_out
from gateway.domain.original import Original
from gateway.domain.policy import Breach
from gateway.domain.terms import Terms
from replication.wire.item import Item, Tracking
from replication.wire.location import Virtual, is_virtual

MOVEMENTS_MAX: Final = 1024
"""Physical sides of one document's movements: 500 lines with at most two each, and lines that take several lots. A piece with
a serial number counts as one too."""
_CLEARS: Final = frozenset({Virtual.SCRAP, Virtual.SUPPLIER})
"""Where goods go that the shop gets rid of: blocked and expired ones as well."""
_CHOOSES: Final = _CLEARS | {Virtual.CUSTOMER, Virtual.IN_TRANSIT, Virtual.CONSUMPTION, Virtual.PRODUCTION}
"""On the way to these, or to another place of the branch, lots are chosen; shrinkage is of the lot that is missing."""

Part = tuple[str, int]
"""A lot, "" for goods not kept by lot, and how much of it."""


class Goods:
    """What the lines of one document have done to lots and pieces so far. `taken` is by item, place and lot. `overlooked`: where
    to note what is missing of goods that are gone already; None where nothing is overlooked."""

    __slots__ = (
        "_breaches",
        "_expiries",
        "_faults",
        "_ledger",
        "_original",
        "_overlooked",
        "_serials",
        "_taken",
        "_terms",
    )

    def __init__(
        self,
        ledger: LedgerView,
        terms: Terms,
        taken: dict[tuple[str, str, str], int],
        breaches: list[tuple[Breach, Fault]],
        faults: list[Fault],
        original: Original | None,
        overlooked: list[Fault] | None = None,
    ) -> None:
        self._ledger = ledger
        self._terms = terms
        self._taken = taken
        self._breaches = breaches
        self._faults = faults
        self._original = original
        self._overlooked = overlooked
        self._expiries: dict[tuple[str, str], str] = {}
        self._serials: dict[tuple[str, str], str] = {}

    def parts(
        self, index: int, line: Line, item: Item, lot: str, way: tuple[str, str], quantity: int
    ) -> tuple[Part, ...]:
        """The lots that a quantity of a line moves on its way; empty where one is missing, which is noted."""
        source, destination = way
        if is_virtual(source):
            return self._receive(index, line, item, lot, destination, quantity)
        if item.tracking is not Tracking.LOT or lot:
            found = self._ledger.lot(item.sku, lot) if lot else None
            if found is not None:
                self._judge(index, item, found, destination)
            return ((lot, quantity),)
        if destination not in _CHOOSES and is_virtual(destination):
            return self._lot_required(index, item)
        chosen = self._choose(item, source, destination, quantity)
        if not chosen:
            missing = self._lot_required(index, item)
            return ((lot, quantity),) if self._overlooked is not None else missing
        for one, _ in chosen:
            self._judge(index, item, one, destination)
        return tuple([(one.name, part) for one, part in chosen])

    def move_serials(self, index: int, item: Item, serials: tuple[str, ...], source: str, destination: str) -> None:
        """Follow single pieces: one that comes must not be here already, one that goes must be."""
        path = f"lines[{index}].serials"
        for serial in serials:
            key = (item.sku, serial)
            place = self._serials.get(key) or self._ledger.serial_at(*key)
            is_here = place is not None and not is_virtual(place)
            facts = {"item": item.sku, "serial": serial, "location": source}
            if is_virtual(source):
                if is_here:
                    self._faults.append(Fault(path, "serial_on_hand", facts | {"location": place or ""}))
                elif self._original is not None and not self._original.has_serial(item.sku, serial):
                    self._faults.append(Fault(path, "serial_not_sold", {"item": item.sku, "serial": serial}))
                elif source == Virtual.CUSTOMER and place is not None and place != source:
                    self._faults.append(Fault(path, "serial_went_on", facts | {"location": place}))
            elif place != source:
                self._breaches.append((Breach.NEGATIVE_STOCK, Fault(path, "serial_not_on_hand", facts)))
            self._serials[key] = destination
        if len(self._serials) > MOVEMENTS_MAX:
            self.refuse_room()

    def take_serials_back(self, path: str, sku: str, serials: tuple[str, ...], source: str, destination: str) -> None:
        """Single pieces go back the way they came, from where they went; none that went on since."""
        for serial in serials:
            key = (sku, serial)
            place = self._serials.get(key) or self._ledger.serial_at(*key)
            facts = {"item": sku, "serial": serial}
            if place != source and not is_virtual(source):
                self._breaches.append(
                    (Breach.NEGATIVE_STOCK, Fault(path, "serial_not_on_hand", facts | {"location": source}))
                )
            elif place != source:
                self._faults.append(Fault(path, "serial_went_on", facts | {"location": place or ""}))
            self._serials[key] = destination

    def refuse_room(self) -> None:
        """More than the ledger has room for in one document; said once."""
        fault = Fault("lines", "too_many_movements", {"limit": str(MOVEMENTS_MAX)})
        if fault not in self._faults:
            self._faults.append(fault)

    def _choose(self, item: Item, source: str, destination: str, quantity: int) -> list[tuple[Lot, int]]:
        stock = [
            LotStock(one.lot, one.on_hand - self._taken.get((item.sku, source, one.lot.name), 0))
            for one in self._ledger.lots(item.sku, source)
        ]
        clears = destination in _CLEARS
        spoils = "" if clears else self._terms.calendar.today()
        chosen, missing = first_expired_first_out(stock, quantity, spoils=spoils, blocked_too=clears)
        newest = self._ledger.newest_lot(item.sku) if missing else None
        if newest is not None:
            # What the book has in no lot is most likely of the newest one; policy is asked as for all goods that are not there.
            amounts = {one.name: (one, part) for one, part in chosen}
            amounts[newest.name] = (newest, amounts.get(newest.name, (newest, 0))[1] + missing)
            return list(amounts.values())
        return [] if missing else chosen

    def _receive(
        self, index: int, line: Line, item: Item, lot: str, destination: str, quantity: int
    ) -> tuple[Part, ...]:
        if self._original is not None and item.tracking is Tracking.LOT:
            parts = self._original.take_lots(item.sku, lot, quantity)
            return parts or self._lot_required(index, item)
        if item.tracking is Tracking.LOT and not lot:
            return self._lot_required(index, item)
        if lot and line.expiry is not UNSET and not is_virtual(destination):
            known = self._expiries.get((item.sku, lot))
            if known is None:
                found = self._ledger.lot(item.sku, lot)
                known = line.expiry if found is None or found.expiry is None else found.expiry
                self._expiries[item.sku, lot] = known
            if known != line.expiry:
                facts = {"item": item.sku, "lot": lot, "known": known, "told": line.expiry}
                self._faults.append(Fault(f"lines[{index}].expiry", "expiry_differs", facts))
        return ((lot, quantity),)

    def _judge(self, index: int, item: Item, lot: Lot, destination: str) -> None:
        """What policy is asked about taking a lot. Inside the branch any may be moved: a blocked one off the shelf."""
        path, facts = f"lines[{index}].lot", {"item": item.sku, "lot": lot.name}
        if lot.blocked is not None and destination in _CHOOSES and destination not in _CLEARS:
            self._breaches.append((Breach.BLOCKED_LOT, Fault(path, "blocked_lot", facts | {"reason": lot.blocked})))
        if lot.expiry is None or destination not in {Virtual.CUSTOMER, Virtual.PRODUCTION}:
            return
        facts["expiry"] = lot.expiry
        if destination == Virtual.PRODUCTION:
            if lot.is_expired(self._terms.calendar.today()):
                self._breaches.append((Breach.EXPIRED_COMPONENT, Fault(path, "expired_component", facts)))
        elif lot.is_expired(self._terms.calendar.today()):
            self._breaches.append((Breach.EXPIRED_SALE, Fault(path, "expired_sale", facts)))
        elif lot.expiry <= self._terms.calendar.near():
            self._breaches.append((Breach.NEAR_EXPIRY_SALE, Fault(path, "near_expiry_sale", facts)))

    def _lot_required(self, index: int, item: Item) -> tuple[Part, ...]:
        fault = Fault(f"lines[{index}].lot", "lot_required", {"item": item.sku})
        faults = self._faults if self._overlooked is None else self._overlooked
        if fault not in faults:
            faults.append(fault)
        return ()
