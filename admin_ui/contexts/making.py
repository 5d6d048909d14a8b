"""Pages on which something is made or bought: orders, recipes, work orders, and a new document. Knows no ledger."""

from typing import Literal

from msgspec import Struct

OrderState = Literal["open", "partly_received", "received", "closed"]


def _is_some(quantity: str) -> bool:
    """Whether a decimal string above or at zero is above it."""
    return quantity.strip("0.") != ""


class OrderRow(Struct, frozen=True, kw_only=True):
    """A purchase order in the list; `total` is written in its own currency."""

    id: str
    number: str
    supplier: str
    state: OrderState
    total: str
    expected: str | None
    person: str
    at: float | str


class OrdersPage(Struct, frozen=True, kw_only=True):
    rows: tuple[OrderRow, ...]
    next: str | None
    state: str = "all"


class OrderLine(Struct, frozen=True, kw_only=True):
    """A line in the item's base unit; `asked` and `asked_unit` are as it was entered. `amount` in the site's minor units."""

    item: str
    name: str
    name_zh: str | None = None
    unit: str
    asked: str
    asked_unit: str | None = None
    ordered: str
    received: str
    free: str
    rejected: str
    over: str
    open: str
    promised_free: bool = False
    amount: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to come."""
        return _is_some(self.open)

    @property
    def is_over(self) -> bool:
        """Whether more came than was ordered."""
        return _is_some(self.over)


class OrderReceipt(Struct, frozen=True, gc=False):
    """A goods receipt of an order, and what it still asks for."""

    id: str
    number: str
    state: Literal["in_inspection", "to_send_back", "done", "taken_back"]


class OrderPage(Struct, frozen=True, kw_only=True):
    """One order. `may_receive`: something is open, and nobody closed it."""

    id: str
    number: str
    supplier: str
    state: OrderState
    currency: str
    rate: str | None
    expected: str | None
    lines: tuple[OrderLine, ...]
    beside: tuple[OrderLine, ...] = ()
    receipts: tuple[OrderReceipt, ...] = ()
    closed_by: str | None = None
    may_receive: bool = False


class RecipeRow(Struct, frozen=True, kw_only=True):
    """A recipe in the list; `makes` of `unit` come of it. `deplete_on` says when its components go."""

    code: str
    item: str
    name: str
    name_zh: str | None = None
    unit: str
    makes: str
    components: int
    steps: int
    deplete_on: str
    active: bool


class RecipesPage(Struct, frozen=True, kw_only=True):
    rows: tuple[RecipeRow, ...]
    next: str | None


class RecipeNeed(Struct, frozen=True, kw_only=True):
    """A component at its level of the tree, for `quantity` of what the recipe makes. `cost` in minor units is of what is taken from
    stock (`stocked`); None where it is taken apart further, or never came in. `made` of what follows a level below."""

    depth: int
    item: str
    name: str
    name_zh: str | None = None
    unit: str
    quantity: str
    stocked: bool
    made: bool = False
    cost: int | None = None


class RecipeStep(Struct, frozen=True, gc=False):
    name: str
    name_zh: str | None
    minutes: int | None


class ByProduct(Struct, frozen=True, kw_only=True, gc=False):
    """What also comes out; `share` of the cost in basis points."""

    item: str
    name: str
    name_zh: str | None = None
    unit: str
    quantity: str
    share: int


class RecipePage(Struct, frozen=True, kw_only=True):
    """One recipe. `cost` is of all that is taken from stock, `each` of one unit; None while something in it has no cost yet."""

    code: str
    item: str
    name: str
    name_zh: str | None = None
    unit: str
    makes: str
    good: int
    needs: tuple[RecipeNeed, ...]
    by_products: tuple[ByProduct, ...] = ()
    steps: tuple[RecipeStep, ...] = ()
    cost: int | None = None
    each: int | None = None
    price: int | None = None
    deplete_on: str
    location: str | None = None
    shelf_life_days: int | None = None
    tolerance: int = 0
    active: bool = True
    person: str
    at: float | str


class WorkRow(Struct, frozen=True, kw_only=True):
    """A work order in the list; `done` of `steps` are finished."""

    id: str
    recipe: str
    item: str
    name: str
    name_zh: str | None = None
    unit: str
    quantity: str
    state: str
    steps: int
    done: int
    person: str
    at: float | str


class WorkOrdersPage(Struct, frozen=True, kw_only=True):
    """`tab` is `open` or `all`; `recipes` may be begun, as (code, name); `chosen` is the code of one."""

    rows: tuple[WorkRow, ...]
    next: str | None
    tab: Literal["open", "all"]
    recipes: tuple[tuple[str, str], ...] = ()
    chosen: str = ""
    may_make: bool = True


class WorkStep(Struct, frozen=True, kw_only=True):
    step: int
    name: str
    name_zh: str | None = None
    operator: str | None = None
    started_at: float | str | None = None
    finished_at: float | str | None = None
    scrap: str = "0"


class WorkOrderPage(Struct, frozen=True, kw_only=True):
    """One work order. `may_complete`: no step is half done; completed, it is the document of its id."""

    id: str
    recipe: str
    item: str
    name: str
    name_zh: str | None = None
    unit: str
    quantity: str
    location: str
    note: str
    person: str
    at: float | str
    state: str
    steps: tuple[WorkStep, ...]
    may_complete: bool = False
    may_cancel: bool = False


class NewLine(Struct, frozen=True, kw_only=True, gc=False):
    """A line another page proposes."""

    item: str
    quantity: str
    unit: str = ""
    lot: str = ""
    tracking: str = "none"


class NewDocumentPage(Struct, frozen=True, kw_only=True):
    """A document to be entered, begun with what another page proposed; `back` is where that was."""

    type: Literal["goods_receipt", "write_off", "internal_issue", "adjustment"]
    lines: tuple[NewLine, ...] = ()
    order: str | None = None
    order_number: str | None = None
    supplier: str = ""
    purpose: str = ""
