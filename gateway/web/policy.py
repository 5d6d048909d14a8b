"""`GET /policy`: what this branch says to what is not everyday."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import get

from admin_ui.serving.handler_guard import at_least
from admin_ui.serving.roles import Role
from gateway.domain.policy import Answer, Breach, Default, Policy
from gateway.web.branch import Branch
from gateway.web.sentences import brief
from replication.wire.quantity import format_quantity


class DefaultView(msgspec.Struct, frozen=True):
    """What is said where no rule covers a case: one answer for everybody, or free from a role on (null: nobody is free)
    and a second person's approval below it."""

    breach: str
    meaning: str
    meaning_zh: str
    answer: str | None = None
    free_from: str | None = None


class RuleView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule of this site; the first that covers a case answers. Conditions that are absent are always met."""

    breach: str
    answer: str
    role: str | None = None
    item: str | None = None
    category: str | None = None
    amount_from: int | None = None
    quantity_from: str | None = None


class PolicyView(msgspec.Struct, frozen=True):
    """Who may approve for others, how many days a request waits, how many per cent more than was ordered may come, the site's
    rules, and the table behind them."""

    approver: str
    pending_days: int
    over_receipt_percent: int
    rules: tuple[RuleView, ...]
    defaults: tuple[DefaultView, ...]


def policy_view(policy: Policy) -> PolicyView:
    """A policy as the API shows it."""
    rules = tuple(
        RuleView(
            rule.breach.value, rule.answer.value, None if rule.role is None else rule.role.value, rule.item, rule.category,
            rule.amount_from, None if rule.quantity_from is None else format_quantity(rule.quantity_from),
        )
        for rule in policy.rules
    )  # fmt: skip
    return PolicyView(
        policy.approver.value, policy.pending_days, policy.over_receipt_percent, rules,
        tuple(_default(breach, policy.free_from[breach]) for breach in Breach),
    )  # fmt: skip


def _default(breach: Breach, rule: Default) -> DefaultView:
    said = rule.value if isinstance(rule, Answer) else None
    free = None if rule is None or isinstance(rule, Answer) else rule.value
    return DefaultView(breach.value, *brief(breach.value), said, free)


def routes(branch: Branch) -> Sequence[Any]:
    """See the module."""

    @get("/api/v1/policy", tags=["site"], summary="What needs whose approval here", guards=[at_least(Role.CASHIER)])
    async def policy() -> PolicyView:
        return policy_view(branch.shop.policy)

    return [policy]
