"""One row of the table of documents: what policy is asked of the whole of it, and the pure function that plans it."""

from collections.abc import Callable
from typing import Any

import msgspec

from gateway.domain.lines import LinePlan
from gateway.domain.policy import Breach

Planner = Callable[[LinePlan, Any], None]
"""Walks a body (of its own type) and collects lines, movements, breaches and faults in the plan."""


class Kind(msgspec.Struct, frozen=True):
    """`breach` is asked of each document of this type, None where posting one is nobody's question."""

    body: type
    plan: Planner
    breach: Breach | None = None
    has_money: bool = False
