"""Documents of every type from a handful of small numbers, so that a failing story shrinks to few and plain ones."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

ITEMS: Final = ("tea", "rice", "milk", "cup", "gold")
"""Plain goods; by weight and in sacks; kept by lot; whole pieces; and what must never be below zero."""
LOTS: Final = ("L1", "L2", "L3")
STATIONS: Final = ("till-1", "till-2")


class Seeds(NamedTuple):
    """What a document is made of; each is 0 to 99."""

    item: int
    quantity: int
    place: int
    choice: int


def quantity_of(seeds: Seeds) -> str:
    """A few, of weighed goods in grams."""
    whole = 1 + seeds.quantity % 12
    return f"{whole}.{seeds.choice:02d}5" if item_of(seeds) == "rice" else str(whole)


def item_of(seeds: Seeds) -> str:
    return ITEMS[seeds.item % len(ITEMS)]


def line(seeds: Seeds, *, comes: bool = False, **more: Any) -> dict[str, Any]:
    """A line; goods by lot that come name theirs."""
    made: dict[str, Any] = {"item": item_of(seeds), "quantity": quantity_of(seeds)} | more
    if made["item"] == "milk" and comes:
        made["lot"] = LOTS[seeds.choice % len(LOTS)]
    if made["item"] == "rice" and seeds.choice % 5 == 0 and "counted" not in made:
        made |= {"unit": "sack", "quantity": str(1 + seeds.quantity % 2)}
    if seeds.place % 4 == 0 and "location" not in made:
        made["location"] = "stockroom"
    return made


def sale(seeds: Seeds) -> dict[str, Any]:
    lines = [line(seeds), line(seeds._replace(item=seeds.item + 1))][: 1 + seeds.choice % 2]
    return {"type": "sale", "station": STATIONS[seeds.choice % 2], "lines": lines}


def sale_return(seeds: Seeds) -> dict[str, Any]:
    disposition = ("restock", "scrap", "inspect")[seeds.choice % 3]
    return {"type": "sale_return", "lines": [line(seeds, comes=True, disposition=disposition)]}


def purchase_order(seeds: Seeds) -> dict[str, Any]:
    return {
        "type": "purchase_order", "supplier": "Wu", "currency": "USD", "rate": "7.12",
        "lines": [line(seeds, cost=seeds.choice * 10)],
    }  # fmt: skip


def goods_receipt(seeds: Seeds) -> dict[str, Any]:
    more: dict[str, Any] = {"cost": seeds.choice * 7}
    if seeds.choice % 6 == 1:
        more["damaged"] = "1"
    if seeds.choice % 6 == 2:
        more = {"free": True}
    if seeds.place % 3 == 1:
        more["inspect"] = True
    return {"type": "goods_receipt", "supplier": "Wu", "lines": [line(seeds, comes=True, **more)]}


def quality_inspection(seeds: Seeds) -> dict[str, Any]:
    return {
        "type": "quality_inspection", "lines": [line(seeds, result=("passed", "rejected")[seeds.choice % 2])]
    }  # fmt: skip


def supplier_return(seeds: Seeds) -> dict[str, Any]:
    return {"type": "supplier_return", "supplier": "Wu", "reason": "broken", "lines": [line(seeds)]}


def requisition(seeds: Seeds) -> dict[str, Any]:
    return {"type": "requisition", "lines": [line(seeds)]}


def stock_move(seeds: Seeds) -> dict[str, Any]:
    places = ("shop", "stockroom", "rejected")
    at = seeds.place % 3
    return {"type": "stock_move", "lines": [line(seeds, location=places[at], to=places[(at + 1) % 3])]}


def transfer_out(seeds: Seeds) -> dict[str, Any]:
    return {"type": "transfer_out", "to_branch": "b002", "lines": [line(seeds)]}


def internal_issue(seeds: Seeds) -> dict[str, Any]:
    return {
        "type": "internal_issue", "reason": "tasting", "purpose": ("use", "sample", "gift")[seeds.choice % 3],
        "lines": [line(seeds)],
    }  # fmt: skip


def write_off(seeds: Seeds) -> dict[str, Any]:
    return {"type": "write_off", "reason": "broken", "lines": [line(seeds)]}


def production(seeds: Seeds) -> dict[str, Any]:
    made = line(seeds._replace(item=seeds.item + 1), comes=True, role=("output", "by_product")[seeds.choice % 2])
    return {
        "type": "production",
        "lines": [
            line(seeds, role="component"), made,
            {"item": "tea", "quantity": "1", "role": ("output", "scrap")[seeds.place % 2]},
            {"item": "cup", "quantity": "1", "role": "output"},
        ],
    }  # fmt: skip


def stock_count(seeds: Seeds) -> dict[str, Any]:
    item = item_of(seeds)
    counted = {"item": "tea" if item == "milk" else item, "counted": str(seeds.quantity)}
    return {"type": "stock_count", "lines": [counted]}


def adjustment(seeds: Seeds) -> dict[str, Any]:
    item = "tea" if item_of(seeds) == "milk" else item_of(seeds)
    quantity = 1 + seeds.quantity % 5
    return {
        "type": "adjustment", "reason": "found",
        "lines": [{"item": item, "quantity": str(-quantity if seeds.choice % 2 else quantity)}],
    }  # fmt: skip


def opening_balance(seeds: Seeds) -> dict[str, Any]:
    return {"type": "opening_balance", "lines": [line(seeds, comes=True)]}


def cash_movement(seeds: Seeds) -> dict[str, Any]:
    direction = ("in", "out", "no_sale")[seeds.choice % 3]
    money = {} if direction == "no_sale" else {"amount": 1 + seeds.quantity * 10}
    return {
        "type": "cash_movement", "reason": "bank", "station": STATIONS[seeds.item % 2], "direction": direction,
    } | money  # fmt: skip


def shift_open(seeds: Seeds) -> dict[str, Any]:
    return {"type": "shift_open", "station": STATIONS[seeds.item % 2], "float": seeds.quantity * 100}


def shift_close(seeds: Seeds) -> dict[str, Any]:
    counted = [{"type": "cash", "amount": seeds.quantity * 100}]
    return {"type": "shift_close", "station": STATIONS[seeds.item % 2], "counted": counted}


MAKERS: Final[Sequence[Callable[[Seeds], dict[str, Any]]]] = (
    sale, sale, sale, goods_receipt, goods_receipt, opening_balance, sale_return, purchase_order, quality_inspection,
    supplier_return, requisition, stock_move, transfer_out, internal_issue, write_off, production, stock_count, adjustment,
    cash_movement, shift_open, shift_close,
)  # fmt: skip
"""Sales and receipts more often than the rest; reversals and returns of a sale are made of what was posted."""
