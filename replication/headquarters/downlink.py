"""How a change of headquarters gets its version and goes into the outbox of every branch. Pure, given the session.

A version is larger than every one before it, also over a restore: its upper part is the opening of the database that gave
it. Newer wins, at a branch and here.
"""

from collections.abc import Iterable
from typing import Final

from replication.headquarters.stores.store import ApplySession
from replication.wire.outbox import CatalogueItem, Price

VERSION_BITS: Final = 24
"""Changes numbered inside one opening, 16 million; above them the opening's number, of 29 bits. Together they stay below
2^53, so that a page's script can read one."""


def next_version(session: ApplySession) -> int:
    """Larger than every version given or learnt so far, and than any that an earlier opening gave and a restore forgot."""
    return max(session.catalogue.newest_version(), session.incarnation << VERSION_BITS) + 1


def may_be_forgotten(session: ApplySession, version: int) -> bool:
    """Whether a version may have been given here before a restore: by an earlier opening, since this one knows its own."""
    return 0 < version <= session.incarnation << VERSION_BITS


def tell(session: ApplySession, news: Iterable[CatalogueItem | Price], but: str = "") -> None:
    """Post to every branch that has the catalogue, in the order of the versions."""
    told = list(news)
    for branch in session.catalogue.receivers():
        if branch != but:
            for message in told:
                session.post_outbox(branch, message)
