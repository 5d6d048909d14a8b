"""Bodies of what a branch does with its own goods: puts them elsewhere, uses them, throws them away, makes others of them."""

import enum

import msgspec
from msgspec import UNSET, UnsetType

from gateway.domain.bodies.entry import DocumentBody, Line
from gateway.domain.moment import milliseconds_of


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
    """Goods that went into a production or came out of it; `step` is the one at which they were scrapped."""

    role: ProductionRole
    step: str | UnsetType = UNSET


class WorkEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step that is done: its name, who did it, from when to when."""

    step: str
    operator: str
    started_at: str
    finished_at: str

    def done(self) -> tuple[str, str, int, int]:
        """As the document tells it; its times were found to be times."""
        return self.step, self.operator, milliseconds_of(self.started_at) or 0, milliseconds_of(self.finished_at) or 0


class Production(DocumentBody, frozen=True, tag="production"):
    """Components made into goods. `recipe` says by which: components and by-products that no line tells then go and come as it
    says. `unbuild`: goods taken apart into their components again. `steps` are those that are done."""

    lines: tuple[ProductionLine, ...]
    recipe: str | UnsetType = UNSET
    unbuild: bool | UnsetType = UNSET
    steps: tuple[WorkEntry, ...] | UnsetType = UNSET
