"""What one frame of a scale says, as the record that `kontor devices parse` prints. Every scale protocol answers this.

It tells what the frame *prints*. Whether a till may sell by it is decided by `sale_weight`, in one place for all scales.
"""

from typing import Final, Literal

import msgspec

from peripherals.events import NotReadyStatus, WeighingMode, Weight, WeightUnit
from peripherals.protocols.weight_text import SELLABLE_UNITS, printed_weight, weight_of

Outcome = Literal["weight", "status", "tare", "count", "ack", "refused", "info", "invalid"]


class FrameOutcome(msgspec.Struct, frozen=True):
    """One frame, told the same way for every protocol. `stable` is true only where the frame says so.

    `tare`, `price` and `total` are told by the few scales that send them; `reason` says why a frame is invalid or refused.
    """

    outcome: Outcome
    weight: str | None = None
    unit: str | None = None
    stable: bool = False
    mode: WeighingMode | None = None
    flags: tuple[str, ...] = ()
    tare: str | None = None
    price: str | None = None
    total: str | None = None
    reason: str | None = None


INVALID: Final = FrameOutcome(outcome="invalid")
ACK: Final = FrameOutcome(outcome="ack")
INFO: Final = FrameOutcome(outcome="info")
REFUSED: Final = FrameOutcome(outcome="refused")

HARMLESS: Final = frozenset(("zero", "outside_zero", "net", "below_target", "on_target", "above_target"))
"""Flags under which a weight may be sold. Any other one, also one that a later scale brings along, forbids it."""


def told(
    number: str,
    unit: str | None,
    *,
    stable: bool,
    mode: WeighingMode | None = None,
    flags: tuple[str, ...] = (),
    tare: bool = False,
) -> FrameOutcome:
    """A legible number: a weight, a tare, or a count of pieces. What is no number is invalid."""
    printed = printed_weight(number)
    if printed is None:
        return INVALID
    outcome: Outcome = "tare" if tare else "count" if unit == "pcs" else "weight"
    return FrameOutcome(outcome=outcome, weight=printed, unit=unit, stable=stable, mode=mode, flags=flags)


def status(*flags: str, mode: WeighingMode | None = None) -> FrameOutcome:
    """No weight, and why."""
    return FrameOutcome(outcome="status", flags=flags, mode=mode)


def refused(reason: str, *flags: str) -> FrameOutcome:
    """The scale did not do what it was asked."""
    return FrameOutcome(outcome="refused", flags=flags, reason=reason)


def unit_of(outcome: FrameOutcome, setting: WeightUnit | None) -> WeightUnit | None:
    """The unit to sell in; the setting speaks only where the frame is silent."""
    return setting if outcome.unit is None else SELLABLE_UNITS.get(outcome.unit)


def sale_weight(outcome: FrameOutcome, setting: WeightUnit | None = None) -> Weight | NotReadyStatus:
    """The weight a till may use, or why there is none: only a stable one, in range, above zero, in a unit goods have."""
    if outcome.outcome not in {"weight", "status"}:
        return "not_ready"
    flags = frozenset(outcome.flags)
    # The gravest reason first: over and under are refused even when the pan also moves.
    if "over" in flags:
        return "overweight"
    if "under" in flags:
        return "under_zero"
    if "motion" in flags:
        return "unstable"
    unit = unit_of(outcome, setting)
    if outcome.outcome == "status" or outcome.weight is None or unit is None or not flags <= HARMLESS:
        return "not_ready"
    weight = weight_of(outcome.weight, unit)
    if weight is None:
        return "not_ready"
    if weight.thousandths < 0:
        return "under_zero"
    if not outcome.stable:
        return "unstable"
    return weight if weight.thousandths > 0 else "zero"
