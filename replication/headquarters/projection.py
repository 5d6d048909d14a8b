"""What else follows from applied entries, inside the transaction that applies them. Pure, given the session."""

from typing import Protocol

from replication.headquarters.fold import Effects
from replication.headquarters.stores.store import ApplySession


class Projection(Protocol):
    """A view of all branches that is kept with the figures, such as the transfers between them.

    It is told of each batch once, in the order of the branch's journal, after cursor and figures moved and before the
    commit. It may post to any branch's outbox. It may not refuse: what an entry says has already happened in a shop.
    """

    def applied(self, session: ApplySession, branch: str, effects: Effects, now: int) -> None:
        """A batch of a branch was applied; `now` is UTC milliseconds of headquarters' clock."""
