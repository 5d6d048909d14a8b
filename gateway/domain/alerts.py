"""Alerts: when something in the shop wants a person, and when it is over. Pure: facts come in, what is raised and cleared goes out.

A fact is raised where it passes its rule's threshold, and cleared only after it stayed past a second one for a while: what
jitters around a threshold is told once. Knows no stock, no clock and nobody to tell.
"""

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec

MINUTE_MILLISECONDS: Final = 60_000


class AlertKind(enum.StrEnum):
    """What may want a person."""

    LOW_STOCK = "low_stock"
    OUT_OF_STOCK = "out_of_stock"
    NEGATIVE_STOCK = "negative_stock"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    DOCUMENT_WAITING = "document_waiting"
    TRANSFER_OVERDUE = "transfer_overdue"
    COUNT_DUE = "count_due"
    PRICE_BELOW_COST = "price_below_cost"
    MANY_WRITE_OFFS = "many_write_offs"
    MANY_VOIDS = "many_voids"
    DEVICE_LOST = "device_lost"
    KITCHEN_TICKET = "kitchen_ticket"


FALLING: Final = frozenset({AlertKind.LOW_STOCK, AlertKind.EXPIRING})
"""Raised below their threshold; the others at it and above."""
SINCE_START: Final = frozenset({AlertKind.DEVICE_LOST})
"""How long they last is counted from the start of the program, so that a small figure says nothing: over only where nothing is
heard of them any more."""
OF_ITEMS: Final = frozenset({
    AlertKind.LOW_STOCK, AlertKind.OUT_OF_STOCK, AlertKind.NEGATIVE_STOCK, AlertKind.EXPIRING, AlertKind.EXPIRED,
    AlertKind.PRICE_BELOW_COST,
})  # fmt: skip
"""About an item: a rule may be for one item or category only."""


class Severity(enum.StrEnum):
    """How much it presses."""

    INFO = "info"
    WARNING = "warning"
    URGENT = "urgent"

    def reaches(self, least: "Severity") -> bool:
        """Whether it is at least so pressing."""
        return _RANKS[self] >= _RANKS[least]


_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}


class AlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """When a kind is raised and cleared. `at` and `clear_at` are in the kind's unit: per cent of what is wanted on hand
    (low_stock), days left (expiring) or late (transfer_overdue), minutes (document_waiting, device_lost, kitchen_ticket), items (count_due), per cent below
    cost (price_below_cost), documents of one person in `window_days` (many_write_offs, many_voids). `cover_days`: so many
    days of recent issues are wanted on hand, at least; recent are the last `window_days`."""

    kind: AlertKind
    at: int = 1
    clear_at: int = 1
    clear_minutes: int = 0
    severity: Severity = Severity.WARNING
    window_days: int = 28
    cover_days: int = 0
    item: str | None = None
    category: str | None = None
    off: bool = False

    def passed(self, value: int) -> bool:
        """Whether a value raises."""
        return value < self.at if self.kind in FALLING else value >= self.at

    def calm(self, value: int) -> bool:
        """Whether a value may clear."""
        if self.kind in SINCE_START:
            return False
        return value >= self.clear_at if self.kind in FALLING else value < self.clear_at


DEFAULTS: Final = {
    rule.kind: rule
    for rule in (
        AlertRule(kind=AlertKind.LOW_STOCK, at=100, clear_at=110, clear_minutes=30),
        AlertRule(kind=AlertKind.OUT_OF_STOCK, clear_minutes=30),
        AlertRule(kind=AlertKind.NEGATIVE_STOCK, clear_minutes=30),
        AlertRule(kind=AlertKind.EXPIRING, at=7, clear_at=8),
        AlertRule(kind=AlertKind.EXPIRED, severity=Severity.URGENT),
        AlertRule(kind=AlertKind.DOCUMENT_WAITING, at=60, clear_at=60),
        AlertRule(kind=AlertKind.TRANSFER_OVERDUE, at=3, clear_at=3),
        AlertRule(kind=AlertKind.COUNT_DUE, at=10, clear_at=1, severity=Severity.INFO),
        AlertRule(kind=AlertKind.PRICE_BELOW_COST, at=1, clear_at=-1, clear_minutes=30),
        AlertRule(kind=AlertKind.MANY_WRITE_OFFS, at=10, clear_at=6, window_days=7),
        AlertRule(kind=AlertKind.MANY_VOIDS, at=5, clear_at=3, window_days=1),
        AlertRule(kind=AlertKind.DEVICE_LOST, at=2, clear_at=2, clear_minutes=1),
        AlertRule(kind=AlertKind.KITCHEN_TICKET, at=0, clear_at=0, severity=Severity.URGENT),
    )
}
"""What holds where a site says nothing else."""
USUAL: Final = tuple(DEFAULTS.values())


class Fact(msgspec.Struct, frozen=True):
    """What is so of a subject: an item, a lot, a document, a transfer, a class, a person, a device, a kitchen's ticket. `told` is what a person is told."""

    kind: AlertKind
    subject: str
    value: int
    told: dict[str, str]
    item: str = ""
    category: str = ""


Key = tuple[AlertKind, str]
"""A kind and its subject: at most one alert of both is open."""


class Standing(msgspec.Struct, frozen=True):
    """An open alert; `calm_since` is when (UTC ms) it was first seen past the second threshold."""

    calm_since: int | None = None


class Raised(msgspec.Struct, frozen=True):
    """A fact that wants a person."""

    fact: Fact
    severity: Severity


class Decision(msgspec.Struct, frozen=True):
    """What changes: alerts raised, cleared, and open ones that became calm or stopped being so."""

    raised: tuple[Raised, ...] = ()
    cleared: tuple[Key, ...] = ()
    calm: tuple[tuple[Key, int | None], ...] = ()


def rule_for(rules: Sequence[AlertRule], kind: AlertKind, item: str = "", category: str = "") -> AlertRule | None:
    """The first rule that covers a subject; None where alerts of that kind are off for it."""
    for rule in rules:
        if rule.kind is kind and rule.item in (None, item) and rule.category in (None, category):
            return None if rule.off else rule
    return None


def decide(
    rules: Sequence[AlertRule],
    facts: Iterable[Fact],
    state: Mapping[Key, Standing],
    now: int,
    complete: Collection[AlertKind] = (),
) -> Decision:
    """What the facts change. Of the kinds in `complete` every subject is among the facts: what is not, is over."""
    raised: list[Raised] = []
    cleared: list[Key] = []
    calm: list[tuple[Key, int | None]] = []
    seen: set[Key] = set()
    for fact in facts:
        key = (fact.kind, fact.subject)
        seen.add(key)
        rule, standing = rule_for(rules, fact.kind, fact.item, fact.category), state.get(key)
        if standing is None:
            if rule is not None and rule.passed(fact.value):
                raised.append(Raised(fact, rule.severity))
        elif rule is None:
            cleared.append(key)
        elif not rule.calm(fact.value):
            if standing.calm_since is not None:
                calm.append((key, None))
        else:
            _calm_down(key, standing, rule, now, cleared, calm)
    for key, standing in state.items():
        if key[0] in complete and key not in seen:
            rule = rule_for(rules, key[0], key[1].partition("/")[0] if key[0] in OF_ITEMS else "")
            if rule is None:
                cleared.append(key)
            else:
                _calm_down(key, standing, rule, now, cleared, calm)
    return Decision(tuple(raised), tuple(cleared), tuple(calm))


def _calm_down(
    key: Key,
    standing: Standing,
    rule: AlertRule,
    now: int,
    cleared: list[Key],
    calm: list[tuple[Key, int | None]],
) -> None:
    """It is past the second threshold: over where it stayed there long enough. A clock that was set back starts anew."""
    since = standing.calm_since
    if rule.clear_minutes == 0 or (since is not None and 0 <= since + rule.clear_minutes * MINUTE_MILLISECONDS <= now):
        cleared.append(key)
    elif since is None or since > now:
        calm.append((key, now))


def after_decision(state: Mapping[Key, Standing], decision: Decision) -> dict[Key, Standing]:
    """The open alerts once a decision is kept."""
    changed = {key: standing for key, standing in state.items() if key not in set(decision.cleared)}
    changed.update({(one.fact.kind, one.fact.subject): Standing() for one in decision.raised})
    changed.update({key: Standing(since) for key, since in decision.calm})
    return changed
