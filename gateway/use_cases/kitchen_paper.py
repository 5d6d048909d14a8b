"""A kitchen's ticket: what is to be made, large, how many first, in both languages. Pure; printing is `printing`'s.

What it says of prices and taxes: nothing. A cook reads it across a stove.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from gateway.domain.kitchen import Kitchen, lines_by_kitchen
from gateway.domain.unit_words import plain_quantity, unit_word
from gateway.store.documents import StoredDocument
from gateway.store.kitchen_tickets import Ticket, TicketState
from peripherals.print_job import Beep, Columns, Cut, Feed, Part, PrintJob, Rule, TextLine
from replication.wire.events import PostedLine
from replication.wire.item import Item
from replication.wire.quantity import format_quantity

CANCELLED: Final = TextLine("取消 CANCELLED", align="center", bold=True, double=True)
_COUNTED: Final = frozenset({"pc", "portion", ""})
"""A bare number means so many of them."""


def kitchen_paper(
    document: StoredDocument,
    items: Mapping[str, Item],
    ticket: Ticket,
    kitchens: Sequence[Kitchen],
    zone: dt.tzinfo,
    columns: int,
) -> PrintJob:
    """The paper of a ticket. Where the settings changed since it was made, it has every line that a customer ordered."""
    event = document.event
    at = dt.datetime.fromtimestamp(event.posted_at / 1000, zone)
    parts: list[Part] = [Beep()]
    if ticket.state is TicketState.CANCELLED:
        parts.append(CANCELLED)
    parts += [
        TextLine(ticket.kitchen, align="center", bold=True, double=True),
        Columns(event.number, f"{at:%H:%M:%S}", double=columns >= _WIDE_COLUMNS),
        Columns(event.station or "", event.person),
        Rule("="),
    ]
    for line in _lines(document, items, ticket, kitchens):
        parts += _line(line, items.get(line.item))
    parts.append(Rule("="))
    if event.detail is not None and event.detail.note:
        parts.append(TextLine(f"备注 Note: {event.detail.note}", bold=True))
    return PrintJob((*parts, Feed(2), Cut()))


_WIDE_COLUMNS: Final = 40
"""From here on a number and a time stand beside each other in large letters."""


def _lines(
    document: StoredDocument, items: Mapping[str, Item], ticket: Ticket, kitchens: Sequence[Kitchen]
) -> Sequence[PostedLine]:
    def category_of(sku: str) -> str | None:
        return items[sku].category if sku in items else None

    for made in lines_by_kitchen(document.event, kitchens, category_of):
        if made.kitchen.name == ticket.kitchen:
            return made.lines
    return [line for line in document.event.lines if not line.is_added]


def _line(line: PostedLine, item: Item | None) -> list[Part]:
    detail_unit = None if line.detail is None else line.detail.unit
    unit = detail_unit or ("" if item is None else item.unit)
    many = plain_quantity(format_quantity(line.quantity))
    many += " ×" if unit in _COUNTED else f" {' '.join(dict.fromkeys((unit_word(unit).zh, unit)))}"
    names = [line.item] if item is None else [name for name in (item.name_zh, item.name) if name]
    first, *more = dict.fromkeys(names)
    return [TextLine(f"{many} {first}", bold=True, double=True), *(TextLine(name, bold=True) for name in more), Feed()]
