"""Counts every step of the pure machines while stories are told: from which state, by which fact, to which state."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from replication.branch.inbox import BranchInbox
from replication.branch.mode import Mode
from replication.branch.status import State
from replication.branch.sync import BranchSync
from replication.headquarters import apply as apply_module
from replication.headquarters import consumer as consumer_module


def watch(counts: Counter[str]) -> None:
    """Put a counter around every door of the machines of this process, for as long as it lives."""
    _watch_handle(BranchSync, counts, "branch", _branch_state)
    _watch_handle(BranchInbox, counts, "inbox", lambda inbox, _: _inbox_state(inbox))
    _watch_decisions(counts)


def _watch_handle(machine: Any, counts: Counter[str], name: str, state_of: Callable[[Any, float], str]) -> None:
    real = machine.handle
    plus: dict[tuple[str, str], str] = {}

    def handle(self: Any, fact: Any, now: float) -> Any:
        before = state_of(self, now)
        orders = real(self, fact, now)
        after = state_of(self, now)
        step = (before, _fact_name(fact))
        if (text := plus.get(step)) is None:
            text = plus[step] = f"{name}: {step[0]} + {step[1]}"
        counts[text] += 1
        if after != before:
            counts[f"{name}: {before} -> {after}"] += 1
        for order in orders:
            counts[_ordered(name, type(order))] += 1
        return orders

    machine.handle = handle


def _fact_name(fact: Any) -> str:
    """An answer is told apart by what it says."""
    answer = getattr(fact, "answer", None)
    if answer is None:
        return type(fact).__name__
    return f"{type(fact).__name__} {type(answer).__name__} {getattr(answer, 'code', '')}".rstrip()


@cache
def _ordered(name: str, order: type) -> str:
    return f"{name} orders {order.__name__}"


def _branch_state(sync: BranchSync, now: float) -> str:
    """What a manager sees, and what the machine does about it."""
    return _SHOWN[sync.state(now), sync._mode]


_SHOWN = {(state, mode): f"{state}/{mode.name.lower()}" for state in State for mode in Mode}


def _inbox_state(inbox: BranchInbox) -> str:
    if inbox._stopped:
        return "stopped"
    if not inbox._connected:
        return "offline"
    if inbox._step is not None:
        return "applying"
    return "idle" if inbox._asked is None else "asking"


def _watch_decisions(counts: Counter[str]) -> None:
    real_decide, real_answer = apply_module.decide, consumer_module.answer_hello

    def decide(*arguments: Any, **more: Any) -> Any:
        decision = real_decide(*arguments, **more)
        code = getattr(decision, "code", "")
        counts[f"headquarters decides {type(decision).__name__} {code}".rstrip()] += 1
        return decision

    def answer_hello(*arguments: Any, **more: Any) -> Any:
        decision = real_answer(*arguments, **more)
        answer = getattr(decision, "answer", decision)
        code = getattr(answer, "code", "") or getattr(answer, "reason", "")
        counts[f"headquarters answers {type(answer).__name__} {code}".rstrip()] += 1
        return decision

    apply_module.decide = decide
    consumer_module.answer_hello = answer_hello


REQUIRED = tuple((Path(__file__).parent / "steps.txt").read_text(encoding="utf-8").splitlines())
"""Every step the machines were seen to take between two healthy ends and between two histories, but the rarest: a run that
misses one proves less than it says."""
