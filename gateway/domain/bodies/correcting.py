"""Bodies that make the book say what the shelves hold, where no goods came or went."""

from msgspec import UNSET, UnsetType

from gateway.domain.bodies.entry import DocumentBody


class OpeningBalance(DocumentBody, frozen=True, tag="opening_balance"):
    """What was on the shelves when the ledger began."""


class Adjustment(DocumentBody, frozen=True, tag="adjustment"):
    """A signed correction of stock; refused without its reason."""

    reason: str | UnsetType = UNSET
