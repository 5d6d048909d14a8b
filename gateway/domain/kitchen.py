"""What a kitchen is to make: which lines of a sale go to which kitchen, and when nobody took them in time. Pure; knows no printer's
state, no clock and no store.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from gateway.domain.document_type import DocumentType
from replication.wire.events import DocumentPosted, PostedLine

LATE_MILLISECONDS_MAX: Final = 15 * 60_000
"""A sale that became known later than that after it was made (a till without a line, a gateway that was off) was called into the
kitchen by mouth long ago; a ticket would be cooked twice."""


class Kitchen(msgspec.Struct, frozen=True, kw_only=True):
    """A place where ordered dishes are made, with its printer. It makes some `items`, and whatever is of its `categories`. Somebody says
    within `acknowledge_seconds` that a ticket is taken; with 0 nobody has to."""

    name: str
    printer: str
    items: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    fallback: str | None = None
    acknowledge_seconds: int = 120


class KitchenLines(msgspec.Struct, frozen=True):
    """Lines of one sale that one kitchen makes."""

    kitchen: Kitchen
    lines: tuple[PostedLine, ...]


def kitchen_of(kitchens: Iterable[Kitchen], item: str, category: str | None) -> Kitchen | None:
    """Who makes an article: the first kitchen that names it, else the first that makes its category."""
    listed = tuple(kitchens)
    for kitchen in listed:
        if item in kitchen.items:
            return kitchen
    return next((kitchen for kitchen in listed if category in kitchen.categories), None)


def lines_by_kitchen(
    event: DocumentPosted, kitchens: Sequence[Kitchen], category_of: Callable[[str], str | None]
) -> list[KitchenLines]:
    """What each kitchen is to make of a sale, in the order of the settings; empty for every other document. What a recipe took from
    the shelf nobody ordered."""
    if event.type != DocumentType.SALE:
        return []
    found: dict[str, list[PostedLine]] = {}
    for line in event.lines:
        kitchen = None if line.is_added else kitchen_of(kitchens, line.item, category_of(line.item))
        if kitchen is not None:
            found.setdefault(kitchen.name, []).append(line)
    return [KitchenLines(one, tuple(found[one.name])) for one in kitchens if one.name in found]


def comes_too_late(event: DocumentPosted, now: int) -> bool:
    """Whether a kitchen has long heard of it; `now` is in UTC milliseconds."""
    made_at = event.posted_at if event.occurred_at is None else min(event.occurred_at, event.posted_at)
    return now - made_at > LATE_MILLISECONDS_MAX
