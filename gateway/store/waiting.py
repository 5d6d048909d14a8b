"""How much waits for a person of this branch: requests to decide about, and settled sales to look at."""

import sqlite3

from gateway.store.pending import count_pending
from gateway.store.reviews import count_reviews


def count_waiting(connection: sqlite3.Connection) -> int:
    """The figure beside "Waiting" in the menu."""
    return count_pending(connection) + count_reviews(connection)
