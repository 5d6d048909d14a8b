"""Policy: which breaches are allowed to whom, and which need a second person's approval. Tables, no cases."""

import enum
from typing import Final

import msgspec


class Role(enum.StrEnum):
    """What a caller may do; each role may do all that the one before it may."""

    CASHIER = "cashier"
    MANAGER = "manager"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for a cashier, 2 for an admin."""
        return _RANKS[self]


_RANKS: Final = {Role.CASHIER: 0, Role.MANAGER: 1, Role.ADMIN: 2}


class Breach(enum.StrEnum):
    """What a document may do that is not everyday."""

    NEGATIVE_STOCK = "negative_stock"
    PRICE_OVERRIDE = "price_override"
    DISCOUNT = "discount"
    RETURN_WITH_ORIGINAL = "return_with_original"
    RETURN_WITHOUT_ORIGINAL = "return_without_original"
    GOODS_RECEIPT = "goods_receipt"
    OPENING_BALANCE = "opening_balance"
    ADJUSTMENT = "adjustment"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"


class Answer(enum.StrEnum):
    """What policy says to a breach."""

    ALLOW = "allow"
    WARN = "warn"
    APPROVE = "approve"
    BLOCK = "block"


class Policy(msgspec.Struct, frozen=True):
    """For each breach the lowest role that needs no approval (None: everyone needs one), and who may approve."""

    free_from: dict[Breach, Role | None]
    approver: Role = Role.MANAGER

    def answer(self, breach: Breach, role: Role) -> Answer:
        """Whether a caller of that role may commit the breach alone."""
        lowest = self.free_from[breach]
        return Answer.ALLOW if lowest is not None and role.rank >= lowest.rank else Answer.APPROVE

    def may_approve(self, role: Role) -> bool:
        """Whether a person of that role may approve for others."""
        return role.rank >= self.approver.rank


GENERAL: Final = Policy(
    free_from={
        Breach.NEGATIVE_STOCK: None,
        Breach.PRICE_OVERRIDE: Role.MANAGER,
        Breach.DISCOUNT: Role.MANAGER,
        Breach.RETURN_WITH_ORIGINAL: Role.MANAGER,
        Breach.RETURN_WITHOUT_ORIGINAL: None,
        Breach.GOODS_RECEIPT: Role.MANAGER,
        Breach.OPENING_BALANCE: Role.ADMIN,
        Breach.ADJUSTMENT: Role.MANAGER,
        Breach.TRANSFER_OUT: Role.MANAGER,
        Breach.TRANSFER_IN: Role.MANAGER,
    }
)
"""The general profile (通用)."""
