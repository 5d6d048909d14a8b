"""The policy a branch's settings tell: its own rules over the general profile's table. Reads no file."""

from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from gateway.domain.policy import GENERAL, PENDING_DAYS, Answer, Breach, Policy, PolicyRule, Role
from replication.settings import ConfigError, Settings
from replication.wire.money import AMOUNT_MAX
from replication.wire.quantity import QuantityError, parse_quantity

RULES_MAX: Final = 200
"""Rules are asked one after another, for findings only: more would be a table nobody reads."""
PENDING_DAYS_MAX: Final = 90

E = TypeVar("E", Breach, Answer, Role)


class RuleSettings(Settings, frozen=True, kw_only=True):
    """One `[[policy.rules]]`; see `PolicyRule`. `quantity_from` is a decimal string, amounts are minor units."""

    breach: str
    answer: str
    role: str | None = None
    item: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    category: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    amount_from: Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)] | None = None
    quantity_from: str | None = None


class PolicySettings(Settings, frozen=True, kw_only=True):
    """`[policy]`: who may approve, how long a request waits, how many per cent more than was ordered may come, and the site's
    rules; the first that covers a case answers."""

    approver: Literal["manager", "admin"] = "manager"
    pending_days: Annotated[int, msgspec.Meta(ge=1, le=PENDING_DAYS_MAX)] = PENDING_DAYS
    over_receipt_percent: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    rules: Annotated[tuple[RuleSettings, ...], msgspec.Meta(max_length=RULES_MAX)] = ()


def read_policy(file: Path, settings: PolicySettings) -> Policy:
    """The policy of a site, or a `ConfigError` that names the rule."""
    rules = tuple(_read_rule(file, f"policy.rules[{index}]", rule) for index, rule in enumerate(settings.rules))
    return msgspec.structs.replace(
        GENERAL,
        approver=Role(settings.approver),
        rules=rules,
        pending_days=settings.pending_days,
        over_receipt_percent=settings.over_receipt_percent,
    )


def _read_rule(file: Path, path: str, rule: RuleSettings) -> PolicyRule:
    quantity: int | None = None
    if rule.quantity_from is not None:
        try:
            quantity = parse_quantity(rule.quantity_from)
        except QuantityError:
            quantity = -1
        if quantity < 0:
            raise ConfigError(
                file=file, path=f"{path}.quantity_from", problem=f"{rule.quantity_from!r} is no quantity",
                hint='write a decimal with at most three decimals in quotes, such as "10" or "1.250"',
            )  # fmt: skip
    return PolicyRule(
        _named(file, f"{path}.breach", Breach, rule.breach), _named(file, f"{path}.answer", Answer, rule.answer),
        None if rule.role is None else _named(file, f"{path}.role", Role, rule.role), rule.item, rule.category,
        rule.amount_from, quantity,
    )  # fmt: skip


def _named(file: Path, path: str, kind: type[E], text: str) -> E:
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(
            file=file,
            path=path,
            problem=f"there is no {kind.__name__.lower()} {text!r}",
            hint=f"one of: {', '.join(kind)}",
        ) from None
