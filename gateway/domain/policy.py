"""Policy: which breaches are allowed to whom, and which need a second person's approval. Tables, no cases.

A site's own rules are asked first, in their order; what none of them covers is answered by the profile's table.
"""

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
    PURCHASE_ORDER = "purchase_order"
    PURCHASE_ORDER_CLOSE = "purchase_order_close"
    OVER_RECEIPT = "over_receipt"
    PRICE_DIFFERS = "price_differs"
    NOT_ON_ORDER = "not_on_order"
    QUALITY_INSPECTION = "quality_inspection"
    SUPPLIER_RETURN = "supplier_return"
    REQUISITION = "requisition"
    STOCK_MOVE = "stock_move"
    INTERNAL_ISSUE = "internal_issue"
    WRITE_OFF = "write_off"
    PRODUCTION = "production"
    OVER_RECIPE = "over_recipe"
    COMPONENT_SHORT = "component_short"
    EXPIRED_COMPONENT = "expired_component"
    COUNT_VARIANCE = "count_variance"
    REVERSAL = "reversal"
    VOID = "void"
    OVER_RETURN = "over_return"
    TOO_WARM = "too_warm"
    TEMPERATURE_UNKNOWN = "temperature_unknown"
    BACK_DATING = "back_dating"
    EXPIRED_SALE = "expired_sale"
    NEAR_EXPIRY_SALE = "near_expiry_sale"
    BLOCKED_LOT = "blocked_lot"
    NO_SALE = "no_sale"
    CASH_MOVEMENT = "cash_movement"
    OVER_DRAWER = "over_drawer"
    SHIFT = "shift"


class Answer(enum.StrEnum):
    """What policy says to a breach."""

    ALLOW = "allow"
    WARN = "warn"
    APPROVE = "approve"
    BLOCK = "block"


Default = Role | Answer | None
"""A role: free from it on, approval below. An answer: the same for everybody. None: everybody needs approval."""

PENDING_DAYS: Final = 7
"""A request that nobody decided for a week is about a shelf that is another by now."""


class Matter(msgspec.Struct, frozen=True, gc=False):
    """What is at stake: goods, money in minor units, thousandths of the base unit. Without goods `item` is empty."""

    item: str = ""
    category: str | None = None
    amount: int = 0
    quantity: int = 0


class Stake(msgspec.Struct, frozen=True, gc=False):
    """What one finding is about (`own`), and what all findings of its kind in the document are about (`whole`)."""

    own: tuple[Matter, ...] = ()
    whole: tuple[Matter, ...] = ()


class PolicyRule(msgspec.Struct, frozen=True):
    """A site's own word on a breach: for roles up to `role`, for an item or a category, from an amount or a quantity on.

    Amount and quantity are those of the whole document: ten small discounts are one large one.
    """

    breach: Breach
    answer: Answer
    role: Role | None = None
    item: str | None = None
    category: str | None = None
    amount_from: int | None = None
    quantity_from: int | None = None

    def covers(self, breach: Breach, role: Role, stake: Stake) -> bool:
        """Whether it is this rule's to answer."""
        if breach is not self.breach or (self.role is not None and role.rank > self.role.rank):
            return False
        # What frees some goods frees no others in the same document; what forbids some forbids the document.
        about = all if self.answer in (Answer.ALLOW, Answer.WARN) else any
        if (self.item is not None or self.category is not None) and not (
            stake.own and about(map(self._is_about, stake.own))
        ):
            return False
        if self.amount_from is None and self.quantity_from is None:
            return True
        ours = [matter for matter in stake.whole if self._is_about(matter)]
        return sum(matter.amount for matter in ours) >= (self.amount_from or 0) and sum(
            matter.quantity for matter in ours
        ) >= (self.quantity_from or 0)

    def _is_about(self, matter: Matter) -> bool:
        return self.item in {None, matter.item} and self.category in {None, matter.category}


class Policy(msgspec.Struct, frozen=True):
    """What is said to each breach, who may approve, and for how many days a request waits. Up to `over_receipt_percent` more
    than was ordered may come without being one."""

    free_from: dict[Breach, Default]
    approver: Role = Role.MANAGER
    rules: tuple[PolicyRule, ...] = ()
    pending_days: int = PENDING_DAYS
    over_receipt_percent: int = 0

    def answer(self, breach: Breach, role: Role, stake: Stake | None = None) -> Answer:
        """Whether a caller of that role may commit the breach alone."""
        if stake is not None:
            for own in self.rules:
                if own.covers(breach, role, stake):
                    return own.answer
        rule = self.free_from[breach]
        if isinstance(rule, Answer):
            return rule
        return Answer.ALLOW if rule is not None and role.rank >= rule.rank else Answer.APPROVE

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
        Breach.PURCHASE_ORDER: Role.MANAGER,
        Breach.PURCHASE_ORDER_CLOSE: Role.MANAGER,
        Breach.OVER_RECEIPT: Role.ADMIN,
        Breach.PRICE_DIFFERS: Answer.WARN,
        Breach.NOT_ON_ORDER: Answer.WARN,
        Breach.QUALITY_INSPECTION: Role.MANAGER,
        Breach.SUPPLIER_RETURN: Role.MANAGER,
        Breach.REQUISITION: Role.CASHIER,
        Breach.STOCK_MOVE: Role.CASHIER,
        Breach.INTERNAL_ISSUE: Role.MANAGER,
        Breach.WRITE_OFF: Role.MANAGER,
        Breach.PRODUCTION: Role.MANAGER,
        Breach.OVER_RECIPE: Answer.WARN,
        Breach.COMPONENT_SHORT: Answer.WARN,
        Breach.EXPIRED_COMPONENT: Answer.WARN,
        Breach.COUNT_VARIANCE: Role.MANAGER,
        Breach.REVERSAL: Role.MANAGER,
        Breach.VOID: Role.MANAGER,
        Breach.OVER_RETURN: Role.ADMIN,
        Breach.TOO_WARM: None,
        Breach.TEMPERATURE_UNKNOWN: Answer.WARN,
        Breach.BACK_DATING: Answer.ALLOW,
        Breach.EXPIRED_SALE: Answer.BLOCK,
        Breach.NEAR_EXPIRY_SALE: Answer.WARN,
        Breach.BLOCKED_LOT: Answer.BLOCK,
        Breach.NO_SALE: Answer.WARN,
        Breach.CASH_MOVEMENT: Role.MANAGER,
        Breach.OVER_DRAWER: Role.ADMIN,
        Breach.SHIFT: Role.CASHIER,
    }
)
"""The general profile (通用)."""
