"""An item as a person or a program enters it, and the rules that make it an item: the same at a branch and at headquarters.

Fields that were not sent stay `UNSET`, and unknown ones are refused: a misspelt `price` must not become a free item.
"""

import re
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from replication.wire.fault import Fault
from replication.wire.identity import SKU
from replication.wire.item import Item, Pack, Tracking
from replication.wire.money import PRICE_MAX
from replication.wire.quantity import THOUSANDTHS, Quantity, QuantityError, parse_quantity

NAME_MAX: Final = 200
UNIT_MAX: Final = 16
BARCODE_MAX: Final = 48
BARCODES_MAX: Final = 50
PACKS_MAX: Final = 20
DEGREES_MAX: Final = 200
"""Celsius: beyond it goods are neither chilled nor kept warm."""
TAX_CLASS: Final = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)


class PackEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pack as entered; `factor` is a whole number of base units, as a decimal string or an integer."""

    unit: str
    factor: str | int
    barcode: str | UnsetType | None = UNSET


class ItemEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /items/{sku}`. `price` in minor units per base `unit`."""

    name: str
    unit: str
    price: int
    name_zh: str | UnsetType | None = UNSET
    barcodes: tuple[str, ...] | UnsetType = UNSET
    packs: tuple[PackEntry, ...] | UnsetType = UNSET
    tracking: Tracking | UnsetType = UNSET
    weighed: bool | UnsetType = UNSET
    category: str | UnsetType | None = UNSET
    category_zh: str | UnsetType | None = UNSET
    low_below: str | UnsetType | None = UNSET
    whole: bool | UnsetType = UNSET
    tax: str | UnsetType | None = UNSET
    keep_below: str | UnsetType | None = UNSET


def is_malformed(faults: tuple[Fault, ...]) -> bool:
    """Whether something could not be read at all (answered 400), rather than be read and refused (422)."""
    return any(fault.code == "quantity_not_a_decimal" for fault in faults)


def codes_of(item: Item) -> dict[str, str | None]:
    """Every barcode of an item with the pack it stands for; None is the base unit."""
    codes: dict[str, str | None] = dict.fromkeys(item.barcodes)
    codes |= {pack.barcode: pack.unit for pack in item.packs if pack.barcode is not None}
    return codes


def read_item(sku: str, entry: ItemEntry) -> Item | tuple[Fault, ...]:
    """Read an entry into an item, or say everything that is wrong with it."""
    faults: list[Fault] = []
    if not SKU.fullmatch(sku):
        faults.append(Fault("sku", "bad_sku", {"text": sku[:64]}))
    for name, text, longest in (("name", entry.name, NAME_MAX), ("unit", entry.unit, UNIT_MAX)):
        if not 1 <= len(text.strip()) <= longest:
            faults.append(Fault(name, "text_out_of_range", {"limit": str(longest)}))
    for name, told in (("name_zh", entry.name_zh), ("category", entry.category), ("category_zh", entry.category_zh)):
        if isinstance(told, str) and len(told) > NAME_MAX:
            faults.append(Fault(name, "text_out_of_range", {"limit": str(NAME_MAX)}))
    if not 0 <= entry.price <= PRICE_MAX:
        faults.append(Fault("price", "amount_out_of_range", {"limit": str(PRICE_MAX)}))
    barcodes = entry.barcodes or ()
    if len(barcodes) > BARCODES_MAX:
        faults.append(Fault("barcodes", "too_many", {"limit": str(BARCODES_MAX)}))
    for index, code in enumerate(barcodes):
        if not 1 <= len(code) <= BARCODE_MAX:
            faults.append(Fault(f"barcodes[{index}]", "text_out_of_range", {"limit": str(BARCODE_MAX)}))
    packs = _read_packs(entry, faults)
    scanned = set(barcodes)
    for index, pack in enumerate(packs):
        if pack.barcode is not None and pack.barcode in scanned:
            # A scan must say whether it is the piece or the pack.
            faults.append(Fault(f"packs[{index}].barcode", "barcode_twice", {"barcode": pack.barcode}))
        scanned.add(pack.barcode or "")
    low_below = _read_low_below(entry, faults)
    tax = _read_tax(entry, faults)
    keep_below = _read_keep_below(entry, faults)
    if faults:
        return tuple(faults)
    return Item(
        sku, entry.name.strip(), entry.unit.strip(), entry.price, entry.name_zh or None, tuple(dict.fromkeys(barcodes)), packs,
        Tracking.NONE if entry.tracking is UNSET else entry.tracking, entry.weighed is True, entry.category or None,
        entry.category_zh or None, low_below, entry.whole is True, tax, keep_below,
    )  # fmt: skip


def _read_packs(entry: ItemEntry, faults: list[Fault]) -> tuple[Pack, ...]:
    entries = entry.packs or ()
    if len(entries) > PACKS_MAX:
        faults.append(Fault("packs", "too_many", {"limit": str(PACKS_MAX)}))
    packs: list[Pack] = []
    units = {entry.unit}
    for index, pack in enumerate(entries):
        path = f"packs[{index}]"
        try:
            factor = parse_quantity(str(pack.factor))
        except QuantityError as error:
            faults.append(Fault(f"{path}.factor", f"quantity_{error.code}", {"text": error.text[:40]}))
            continue
        if factor <= 0 or factor % THOUSANDTHS:
            faults.append(Fault(f"{path}.factor", "factor_not_whole", {"text": str(pack.factor)[:40]}))
        if not 1 <= len(pack.unit) <= UNIT_MAX:
            faults.append(Fault(f"{path}.unit", "text_out_of_range", {"limit": str(UNIT_MAX)}))
        if pack.unit in units:
            faults.append(Fault(f"{path}.unit", "unit_twice", {"unit": pack.unit}))
        units.add(pack.unit)
        if isinstance(pack.barcode, str) and len(pack.barcode) > BARCODE_MAX:
            faults.append(Fault(f"{path}.barcode", "text_out_of_range", {"limit": str(BARCODE_MAX)}))
        packs.append(Pack(pack.unit, factor, pack.barcode or None))
    return tuple(packs)


def _read_tax(entry: ItemEntry, faults: list[Fault]) -> str | None:
    if not isinstance(entry.tax, str) or not entry.tax:
        return None
    if not TAX_CLASS.fullmatch(entry.tax):
        faults.append(Fault("tax", "bad_tax_class", {"text": entry.tax[:40]}))
    return entry.tax


def _read_keep_below(entry: ItemEntry, faults: list[Fault]) -> int | None:
    """A temperature is written as a quantity is: a decimal with at most three digits behind its point."""
    text = entry.keep_below
    if not isinstance(text, str) or not text:
        return None
    try:
        degrees = parse_quantity(text)
    except QuantityError as error:
        faults.append(Fault("keep_below", f"quantity_{error.code}", {"text": error.text[:40]}))
        return None
    if abs(degrees) > DEGREES_MAX * THOUSANDTHS:
        faults.append(Fault("keep_below", "quantity_out_of_range", {"text": text}))
    return int(degrees)


def _read_low_below(entry: ItemEntry, faults: list[Fault]) -> Quantity | None:
    if not isinstance(entry.low_below, str):
        return None
    try:
        low_below = parse_quantity(entry.low_below)
    except QuantityError as error:
        faults.append(Fault("low_below", f"quantity_{error.code}", {"text": error.text[:40]}))
        return None
    if low_below < 0:
        faults.append(Fault("low_below", "quantity_out_of_range", {"text": entry.low_below}))
    return low_below
