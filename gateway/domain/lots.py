"""Lots of goods: what is known of one, and which are taken first where a line names none. Pure; knows no document."""

from collections.abc import Sequence

import msgspec


class Lot(msgspec.Struct, frozen=True, gc=False):
    """`expiry` is the first date that was told of it; `blocked` is why nobody may take it, None where everybody may."""

    name: str
    expiry: str | None = None
    blocked: str | None = None

    def is_expired(self, today: str) -> bool:
        """Whether its date has passed; on the day itself goods are still good. Without a day nothing has."""
        return self.expiry is not None and self.expiry < today


class LotStock(msgspec.Struct, frozen=True, gc=False):
    """What of a lot lies at a place, in thousandths of the base unit; below zero where more was taken than the book had."""

    lot: Lot
    on_hand: int


def first_expired_first_out(
    stock: Sequence[LotStock], wanted: int, *, spoils: str, blocked_too: bool
) -> tuple[list[tuple[Lot, int]], int]:
    """Which lots are taken, each with how much of it, and what none of them has.

    `stock` stands in the order in which the lots first came. The lot that expires first is taken first; those without a date
    come last. Lots that have expired on the day `spoils` are taken only when no other has goods; for no such day it is empty.
    """
    able = [one for one in stock if one.on_hand > 0 and (blocked_too or one.lot.blocked is None)]
    able.sort(key=lambda one: (one.lot.is_expired(spoils), one.lot.expiry is None, one.lot.expiry or ""))
    taken: list[tuple[Lot, int]] = []
    for one in able:
        if wanted <= 0:
            break
        part = min(wanted, one.on_hand)
        taken.append((one.lot, part))
        wanted -= part
    return taken, wanted
