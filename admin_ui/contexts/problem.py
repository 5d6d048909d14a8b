"""A page that could not be shown: not found, not allowed, or our own fault."""

from msgspec import Struct


class ProblemPage(Struct, frozen=True, kw_only=True):
    """`reference` finds the fault in the log; given for 500 only. `detail` is in the reader's language."""

    status: int
    detail: str | None = None
    reference: str | None = None
