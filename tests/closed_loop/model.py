"""A shop on the back of an envelope: what documents of every type do to how much of what lies where, in plain sums.

It was written from what the documents mean, and knows no planner, no lot chosen, no journal and no policy but the table below.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Cell = tuple[str, str]
"""Item and place."""
Effect = dict[Cell, int]
"""Thousandths that come to a place, or leave it."""

THOUSANDTHS: Final = 1000
BY_LOT: Final = "milk"
SACK: Final = 25
"""Kilograms of rice in a sack."""

LOWEST_ROLE: Final[Mapping[str, int]] = {
    "sale": 0, "stock_move": 0, "requisition": 0, "shift_open": 0, "shift_close": 0, "opening_balance": 2,
}  # fmt: skip
"""Who may post a type alone: 0 a cashier, 1 a manager (where nothing is said), 2 an admin. Counts and cash are told below."""
MANAGER: Final = 1
SIGNS: Final = {
    "opening_balance": 1,
    "adjustment": 1,
    "sale": -1,
    "internal_issue": -1,
    "write_off": -1,
    "transfer_out": -1,
}
ROLES: Final = {"component": -1, "output": 1, "by_product": 1, "scrap": 0}


def lowest_role(body: Mapping[str, Any], changed: Effect) -> int:
    """Who may post such a document without a second person, were it only for its type."""
    match body["type"]:
        case "stock_count":
            return MANAGER if any(changed.values()) else 0
        case "cash_movement":
            return 0 if body["direction"] == "no_sale" else MANAGER
        case type_:
            return LOWEST_ROLE.get(type_, MANAGER)


class Shelves:
    """How much of what lies where, as the documents so far say; and what each document did."""

    def __init__(self) -> None:
        self.cells: Effect = {}
        self.done: dict[bytes, Effect] = {}

    def effect(self, body: Mapping[str, Any]) -> Effect:
        """What a document does, were it posted now."""
        if body["type"] == "reversal":
            return {cell: -change for cell, change in self.done[body["asked"]].items()}
        changes: Effect = {}
        for item, place, change in self._changes(body):
            changes[item, place] = changes.get((item, place), 0) + change
        return changes

    def post(self, document: bytes, changes: Effect) -> None:
        """It was posted."""
        self.done[document] = changes
        for cell, change in changes.items():
            self.cells[cell] = self.cells.get(cell, 0) + change

    def overdrawn(self, changes: Effect) -> bool:
        """Whether a place has less than nothing of what a document took out of it. Of goods by lot the envelope knows sums only,
        and one lot may be below zero while another is not."""
        return any(change < 0 and self.cells[cell] < 0 and cell[0] != BY_LOT for cell, change in changes.items())

    def _changes(self, body: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
        for line in body.get("lines", []):
            item, place = line["item"], line.get("location", "shop")
            quantity = thousandths(line.get("quantity", line.get("counted"))) * (SACK if "unit" in line else 1)
            match body["type"]:
                case type_ if type_ in SIGNS:
                    yield item, place, SIGNS[type_] * quantity
                case "goods_receipt":
                    yield item, "inspection" if line.get("inspect") else place, quantity
                    yield item, "rejected", thousandths(line.get("damaged", "0")) * (SACK if "unit" in line else 1)
                case "quality_inspection":
                    yield item, "inspection", -quantity
                    yield item, place if line["result"] == "passed" else "rejected", quantity
                case "supplier_return":
                    yield item, line.get("location", "rejected"), -quantity
                case "sale_return" if line["disposition"] != "scrap":
                    yield item, "inspection" if line["disposition"] == "inspect" else place, quantity
                case "stock_move":
                    yield item, place, -quantity
                    yield item, line["to"], quantity
                case "production":
                    yield item, place, ROLES[line["role"]] * quantity
                case "stock_count":
                    yield item, place, quantity - self.cells.get((item, place), 0)


def thousandths(text: str) -> int:
    """A decimal string with up to three places."""
    whole, _, part = text.partition(".")
    sign = -1 if whole.startswith("-") else 1
    return int(whole) * THOUSANDTHS + sign * int((part + "000")[:3])
