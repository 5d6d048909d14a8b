"""The first page of a branch: what needs a person, how the day goes, what just happened."""

from typing import Literal

from msgspec import Struct

from admin_ui.contexts.devices import DeviceCard
from admin_ui.contexts.documents import DocumentRow
from admin_ui.contexts.replication import ReplicationFigures


class Need(Struct, frozen=True, kw_only=True):
    """One thing that waits for a person. `subject` names it (a device, an item), `count` says how many."""

    kind: Literal[
        "approvals",
        "settled_review",
        "negative_stock",
        "low_stock",
        "out_of_stock",
        "device",
        "print_failed",
        "replication",
        "start_up_check",
        "alert",
    ]
    severity: Literal["warn", "bad"]
    href: str
    count: int = 1
    subject: str | None = None
    subject_zh: str | None = None
    detail: str = ""
    detail_zh: str = ""
    since: float | str | None = None


class HourSales(Struct, frozen=True, gc=False):
    """Sales of one hour of the day, today and on the same weekday a week ago."""

    hour: int
    sales: int
    last_week: int


class TodayPage(Struct, frozen=True, kw_only=True):
    date: str
    needs: tuple[Need, ...]
    sales_total: int
    sales_count: int
    last_week_total: int | None  # up to the same time of day; None: no sales a week ago
    hours: tuple[HourSales, ...]
    last_sale_at: float | str | None
    documents: tuple[DocumentRow, ...]
    devices: tuple[DeviceCard, ...]
    replication: ReplicationFigures
