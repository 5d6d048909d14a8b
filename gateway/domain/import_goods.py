"""What an item or a recipe becomes by a brought row: what the row does not speak of stays as it is. Pure; asked before and again
when it is done."""

from typing import Any

import msgspec
from msgspec import UNSET

from gateway.domain.fault import Fault
from gateway.domain.import_changes import CodesChange, ItemChange, PartnerChange, RecipeChange, RowFault
from gateway.domain.recipe_entry import ByProductEntry, ComponentEntry, RatioEntry, RecipeEntry, StepEntry
from replication.wire.identity import SKU
from replication.wire.item import Item
from replication.wire.item_entry import NAME_MAX, ItemEntry, PackEntry, read_item
from replication.wire.quantity import shortest
from replication.wire.recipe import Recipe

_FOR_NEW_ITEMS = ("name", "unit", "price")


class Partner(msgspec.Struct, frozen=True):
    """A supplier or a member as the shop writes it down."""

    code: str
    name: str
    name_zh: str | None = None
    phone: str | None = None
    note: str | None = None
    active: bool = True


class PartnerEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /suppliers/{code}` and `PUT /members/{code}`."""

    name: str
    name_zh: str | None = None
    phone: str | None = None
    note: str | None = None
    active: bool = True


def read_partner(code: str, entry: PartnerEntry) -> Partner | tuple[Fault, ...]:
    """Read an entry, or say everything that is wrong with it."""
    faults = [] if SKU.fullmatch(code) else [Fault("code", "bad_sku", {"text": code[:64]})]
    if not 1 <= len(entry.name.strip()) <= NAME_MAX:
        faults.append(Fault("name", "text_out_of_range", {"limit": str(NAME_MAX)}))
    for name in ("name_zh", "phone", "note"):
        text = getattr(entry, name)
        if text is not None and len(text) > NAME_MAX:
            faults.append(Fault(name, "text_out_of_range", {"limit": str(NAME_MAX)}))
    if faults:
        return tuple(faults)
    return Partner(
        code, entry.name.strip(), entry.name_zh or None, entry.phone or None, entry.note or None, entry.active
    )


def partner_after(known: Partner | None, change: PartnerChange) -> Partner | tuple[RowFault, ...]:
    """A partner as its row makes it."""
    before = {} if known is None else msgspec.structs.asdict(known)
    before.pop("code", None)
    told = {name: True if name == "active" and value is None else value for name, value in change.fields.items()}
    entry = msgspec.convert(before | told, PartnerEntry)
    read = read_partner(change.code, entry)
    return read if isinstance(read, Partner) else _at(change.row, change.code, read)


def item_after(known: Item | None, version: int, change: ItemChange | CodesChange) -> Item | tuple[RowFault, ...]:
    """An item as its rows make it; `version` is headquarters' (0: the branch's own)."""
    made = _of_row(known, change) if isinstance(change, ItemChange) else _with_codes(known, change)
    if not isinstance(made, Item) or known is None or made == known:
        return made
    if version:
        return _at(change.row, change.sku, (Fault("sku", "owned_by_headquarters", {"item": change.sku}),))
    if made.unit != known.unit:
        facts = {"unit": made.unit, "base": known.unit}
        return _at(change.row, made.unit, (Fault("unit", "unit_fixed", facts),))
    return made


def _of_row(known: Item | None, change: ItemChange) -> Item | tuple[RowFault, ...]:
    fields = dict(change.fields)
    lacking = [name for name in _FOR_NEW_ITEMS if fields.get(name, known) is None]
    if lacking:
        return _at(change.row, "", tuple(Fault(name, "cell_required") for name in lacking))
    values: dict[str, Any] = {} if known is None else _entry_of(known)
    for name, told in fields.items():
        values[name] = UNSET if told is None else told
    read = read_item(change.sku, msgspec.convert(_plain(values), ItemEntry))
    return read if isinstance(read, Item) else _at(change.row, change.sku, read)


def _entry_of(item: Item) -> dict[str, Any]:
    """An item as it would be entered."""
    values = msgspec.structs.asdict(item)
    del values["sku"]
    values["packs"] = tuple(PackEntry(pack.unit, shortest(pack.factor), pack.barcode) for pack in item.packs)
    values["low_below"] = None if item.low_below is None else shortest(item.low_below)
    values["keep_below"] = None if item.keep_below is None else shortest(item.keep_below)
    return values


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not UNSET}


def _with_codes(known: Item | None, change: CodesChange) -> Item | tuple[RowFault, ...]:
    if known is None:
        return _at(change.row, change.sku, (Fault("sku", "unknown_item", {"item": change.sku}),))
    barcodes = dict.fromkeys(known.barcodes)
    packs = {pack.unit: PackEntry(pack.unit, shortest(pack.factor), pack.barcode) for pack in known.packs}
    for row in change.codes:
        if row.unit is None or row.unit == known.unit:
            if row.barcode is not None:
                barcodes[row.barcode] = None
            continue
        before = packs.get(row.unit)
        if before is None and row.factor is None:
            return _at(row.row, "", (Fault("factor", "cell_required"),))
        factor = before.factor if before is not None and row.factor is None else str(row.factor)
        barcode = row.barcode if row.barcode is not None or before is None else before.barcode
        packs[row.unit] = PackEntry(row.unit, factor, barcode)
    values = _entry_of(known) | {"barcodes": tuple(barcodes), "packs": tuple(packs.values())}
    read = read_item(change.sku, msgspec.convert(values, ItemEntry))
    return read if isinstance(read, Item) else _at(change.row, change.sku, read)


def recipe_after(known: Recipe | None, change: RecipeChange) -> RecipeEntry:
    """A recipe as its rows make it: its parts are those of the rows; what has no column stays."""
    values: dict[str, Any] = {"components": ()} if known is None else _recipe_entry(known)
    told = {name: getattr(change, name) for name in ("components", "by_products", "steps")}
    return msgspec.convert(
        values | change.fields | {name: parts for name, parts in told.items() if parts is not None}, RecipeEntry
    )


def _recipe_entry(recipe: Recipe) -> dict[str, Any]:
    values: dict[str, Any] = {
        "item": recipe.item, "output": shortest(recipe.output), "good": recipe.good, "deplete_on": recipe.deplete_on,
        "tolerance": recipe.tolerance, "active": recipe.active,
        "components": tuple(
            ComponentEntry(
                one.item, shortest(one.quantity), UNSET if one.unit is None else one.unit,
                UNSET if one.unit is None else RatioEntry(one.units, one.bases), one.usable,
            )
            for one in recipe.components
        ),
        "by_products": tuple(ByProductEntry(one.item, shortest(one.quantity), one.share) for one in recipe.by_products),
        "steps": tuple(
            StepEntry(one.name, UNSET if one.name_zh is None else one.name_zh, UNSET if one.minutes is None else one.minutes)
            for one in recipe.steps
        ),
    }  # fmt: skip
    for name in ("location", "shelf_life_days"):
        if getattr(recipe, name) is not None:
            values[name] = getattr(recipe, name)
    return values


def _at(row: int, value: str, faults: tuple[Fault, ...]) -> tuple[RowFault, ...]:
    """Faults of an entry as those of its row; a column is the first name of a path."""
    return tuple(
        RowFault(row, value, Fault(fault.path.split(".")[0].split("[")[0], fault.code, fault.facts)) for fault in faults
    )
