"""Headquarters: stock as an item × branch matrix. Every figure carries the age of its branch."""

from msgspec import Struct

from admin_ui.contexts.fleet import BranchState


class MatrixBranch(Struct, frozen=True, kw_only=True):
    """A column. `stale` marks a branch whose figures are older than a person should rely on."""

    branch: str
    name: str
    name_zh: str | None = None
    state: BranchState
    as_of: float | str | None
    stale: bool


class MatrixCell(Struct, frozen=True, kw_only=True, gc=False):
    """None stands for an item the branch has never had: shown as a dash, not as zero."""

    on_hand: str
    available: str
    in_transit: str = "0"


class MatrixRow(Struct, frozen=True, kw_only=True):
    """`cells` stand in the order of the page's branches."""

    sku: str
    name: str
    name_zh: str | None = None
    unit: str
    total: str
    cells: tuple[MatrixCell | None, ...]


class BranchStockPage(Struct, frozen=True, kw_only=True):
    """At most 12 branches side by side; with more, `branch_choices` narrows them."""

    branches: tuple[MatrixBranch, ...]
    rows: tuple[MatrixRow, ...]
    next: str | None
    q: str = ""
    after: str = ""
    items: int | None = None
    branch_choices: tuple[MatrixBranch, ...] = ()
    chosen: str | None = None


class BranchStockRowsPage(Struct, frozen=True, kw_only=True):
    """The fragment `/stock/rows` of headquarters."""

    branches: tuple[MatrixBranch, ...]
    rows: tuple[MatrixRow, ...]
    next: str | None
    q: str = ""
    after: str = ""
    chosen: str | None = None
