"""Headquarters' price list: rows a person puts, each from a moment on, sent to every branch and learnt back from them. Pure.

A price belongs to an item of headquarters. Of all prices of an item the one with the latest moment that has come is in
force; of two for the same moment the newer version stays.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from replication.headquarters.downlink import is_ours, next_version
from replication.headquarters.fold import Effects
from replication.headquarters.stores.store import ApplySession
from replication.wire.events import PriceTaken
from replication.wire.fault import Fault
from replication.wire.money import PRICE_MAX
from replication.wire.outbox import Price

DEFAULT_LIST: Final = "default"
"""The list that every branch sells by. Others come with customers that have prices of their own."""
ROWS_MAX: Final = 1_000
"""Prices in one request: a season's change is a few of them, and one transaction puts them all."""
MOMENT_MAX: Final = 253_402_300_799_999
"""The last millisecond of the year 9999: later ones cannot be written as a date."""


class PriceRow(msgspec.Struct, frozen=True):
    """One price as entered: minor units per base unit, from `effective_at` (UTC milliseconds) on."""

    item: str
    price: int
    effective_at: int


def put_prices(
    session: ApplySession, price_list: str, rows: Sequence[PriceRow], at: int
) -> tuple[Price, ...] | tuple[Fault, ...]:
    """A person puts prices: all of them or, where something is wrong with one, none. A price that stands already as it is
    keeps its version. `at` is UTC milliseconds."""
    faults = _check_rows(session, price_list, rows)
    if faults:
        return faults
    prices, version = [], next_version(session)
    for row in rows:
        held = session.catalogue.price_at(price_list, row.item, row.effective_at)
        if held is not None and held.price == row.price:
            prices.append(held)
            continue
        price = Price(price_list, row.item, row.price, row.effective_at, version)
        version += 1
        session.catalogue.put_price(price, at)
        prices.append(price)
    return tuple(prices)


def _check_rows(session: ApplySession, price_list: str, rows: Sequence[PriceRow]) -> tuple[Fault, ...]:
    """Everything that is wrong with a request."""
    if price_list != DEFAULT_LIST:
        return (Fault("", "unknown_price_list", {"list": price_list[:64]}),)
    faults: list[Fault] = []
    if not 1 <= len(rows) <= ROWS_MAX:
        return (Fault("rows", "rows_out_of_range", {"limit": str(ROWS_MAX)}),)
    seen: set[tuple[str, int]] = set()
    for index, row in enumerate(rows):
        if session.catalogue.owned(row.item) is None:
            known = session.catalogue.known(row.item) is not None
            code = "not_of_headquarters" if known else "unknown_item"
            faults.append(Fault(f"rows[{index}].item", code, {"item": row.item[:64]}))
        if not 0 <= row.price <= PRICE_MAX:
            faults.append(Fault(f"rows[{index}].price", "amount_out_of_range", {"limit": str(PRICE_MAX)}))
        if not 0 <= row.effective_at <= MOMENT_MAX:
            faults.append(Fault(f"rows[{index}].effective_at", "moment_out_of_range"))
        if (row.item, row.effective_at) in seen:
            faults.append(Fault(f"rows[{index}]", "price_twice", {"item": row.item[:64]}))
        seen.add((row.item, row.effective_at))
    return tuple(faults)


def learn_prices(session: ApplySession, effects: Effects, now: int) -> None:
    """Take in prices that a branch holds from headquarters and headquarters does not know any more."""
    for _, event in effects.others:
        if isinstance(event, PriceTaken):
            price = Price(event.price_list, event.sku, event.price, event.effective_at, event.version, event.seal)
            held = session.catalogue.price_at(price.price_list, price.sku, price.effective_at)
            if _is_news(session, price, held):
                session.catalogue.put_price(price, now)


def _is_news(session: ApplySession, told: Price, held: Price | None) -> bool:
    """What headquarters never said stays in the branch's journal."""
    return (held is None or held.version < told.version) and is_ours(session, told)
