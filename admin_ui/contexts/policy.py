"""Who may do what at a branch: what the profile says of each breach, and the site's own rules before it. Knows no ledger."""

from typing import Literal

from msgspec import Struct

Answer = Literal["allow", "warn", "approve", "block"]
RoleName = Literal["cashier", "manager", "admin"]


class PolicyLine(Struct, frozen=True, kw_only=True):
    """What is said to each role where no rule covers a case."""

    breach: str
    meaning: str
    answers: tuple[Answer, Answer, Answer]  # to a cashier, a manager, an admin


class PolicyRuleLine(Struct, frozen=True, kw_only=True):
    """A rule of this site. Conditions that are None are always met."""

    meaning: str
    answer: Answer
    role: RoleName | None = None
    item: str | None = None
    category: str | None = None
    amount_from: int | None = None
    quantity_from: str | None = None


class PolicyPage(Struct, frozen=True, kw_only=True):
    approver: RoleName
    pending_days: int
    rules: tuple[PolicyRuleLine, ...]
    lines: tuple[PolicyLine, ...]
