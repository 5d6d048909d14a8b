"""Bodies of what a branch does with its own goods: puts them elsewhere, uses them, throws them away, makes others of them."""

import enum

from msgspec import UNSET, UnsetType

from gateway.domain.bodies.entry import DocumentBody, Line


class Purpose(enum.StrEnum):
    """What goods were taken for."""

    USE = "use"
    SAMPLE = "sample"
    STAFF_MEAL = "staff_meal"
    GIFT = "gift"


class ProductionRole(enum.StrEnum):
    """What a line is in a production."""

    COMPONENT = "component"
    OUTPUT = "output"
    BY_PRODUCT = "by_product"
    SCRAP = "scrap"


class MoveLine(Line, frozen=True, forbid_unknown_fields=True, gc=False, kw_only=True):
    """Goods that go from `location` to `to`, both in this branch."""

    to: str


class StockMove(DocumentBody, frozen=True, tag="stock_move"):
    """Goods put elsewhere in the branch."""

    lines: tuple[MoveLine, ...]


class InternalIssue(DocumentBody, frozen=True, tag="internal_issue"):
    """Goods the shop itself used; refused without its reason."""

    reason: str | UnsetType = UNSET
    purpose: Purpose | UnsetType = UNSET


class WriteOff(DocumentBody, frozen=True, tag="write_off"):
    """Goods nobody can use any more; refused without its reason."""

    reason: str | UnsetType = UNSET


class ProductionLine(Line, frozen=True, forbid_unknown_fields=True, gc=False, kw_only=True):
    """Goods that went into a production or came out of it."""

    role: ProductionRole


class Production(DocumentBody, frozen=True, tag="production"):
    """Components made into goods. `recipe` says by which."""

    lines: tuple[ProductionLine, ...]
    recipe: str | UnsetType = UNSET
