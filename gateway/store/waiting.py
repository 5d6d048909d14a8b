"""How much waits for a person of this branch: requests to decide about, settled sales to look at, alerts nobody saw."""

import sqlite3
from typing import Final

import msgspec

from gateway.store.alerts import count_unseen
from gateway.store.pending import count_pending
from gateway.store.reviews import count_reviews


class Waiting(msgspec.Struct, frozen=True):
    """The figures beside the menu; those of reviews and alerts up to a bound."""

    requests: int = 0
    reviews: int = 0
    alerts: int = 0


NOTHING_WAITS: Final = Waiting()


def count_waiting(connection: sqlite3.Connection) -> Waiting:
    """What waits now."""
    return Waiting(count_pending(connection), count_reviews(connection), count_unseen(connection))
