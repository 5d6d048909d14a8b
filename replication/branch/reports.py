"""When the status is told to whoever watches: part of BranchSync. Pure."""

from typing import Final

from replication.branch.exchange import Report
from replication.branch.status import ReplicationStatus

REPORT_SECONDS: Final = 0.5
"""Growth alone is reported this often; what changes the picture is reported at once."""


class Reports:
    """Remembers what was told last."""

    def __init__(self, now: float) -> None:
        self._last: ReplicationStatus | None = None
        self._told_at = now - REPORT_SECONDS

    def due(self, status: ReplicationStatus, now: float) -> list[Report]:
        """The status, if it is to be told now."""
        last = self._last
        if last is not None:
            same = (
                status.state == last.state
                and status.epoch == last.epoch
                and status.applied_seq == last.applied_seq
                and status.durable_seq == last.durable_seq
                and status.last_error == last.last_error
            )
            grew_or_ages = status.head_seq != last.head_seq or status.waiting > 0
            if same and not (grew_or_ages and now >= self._told_at + REPORT_SECONDS):
                return []
        self._last, self._told_at = status, now
        return [Report(status)]
