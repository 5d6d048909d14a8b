"""Headquarters' prices in the ledger, and which of them are in force. Part of the writer's session, on its thread only.

A price comes into force by itself when its time has come: by this machine's clock, but never later than the newest entry
was posted or headquarters' own clock told. How far that went is kept (`prices_until`), so that a clock that starts at 1970
takes nothing back. What is in force stands beside the item (`items.list_price`): reading costs nothing more, and the
planner, the scan and the till's catalogue cannot differ. Only items of headquarters have list prices.
"""

import sqlite3
from typing import Final

from replication.wire.outbox import Price

DEFAULT_LIST: Final = "default"
"""The one list that is in force at a branch; prices of others are kept."""
NEVER: Final = 2**62
"""Later than any time of a price."""

_IN_FORCE: Final = (
    "(SELECT price FROM prices WHERE price_list = 'default' AND prices.sku = items.sku AND effective_at <= ?"
    " ORDER BY effective_at DESC LIMIT 1)"
)


class Prices:
    """Prices inside the open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seen = 0
        self.load()

    def load(self) -> None:
        """Read from the file how far prices are in force, and what comes next."""
        run = self._connection.execute
        self.until = prices_until(self._connection)
        newest = run(
            "SELECT max(posted_at) FROM documents WHERE seq >= (SELECT first_seq FROM slots ORDER BY slot DESC LIMIT 1)"
        ).fetchone()[0]
        self._seen = max(self._seen, newest or 0)
        self.changed: dict[str, None] = {}
        """Items whose price in force changed and that nobody was told of yet."""
        self._find_next()

    def _find_next(self) -> None:
        query = "SELECT min(effective_at) FROM prices WHERE price_list = ? AND effective_at > ?"
        found = self._connection.execute(query, (DEFAULT_LIST, self.until)).fetchone()[0]
        self.next_at: int = NEVER if found is None else found

    @property
    def seen(self) -> int:
        """The latest moment told of by this machine's clock, by headquarters' or by an entry (UTC milliseconds)."""
        return self._seen

    def take(self, price: Price, seq: int) -> None:
        """Keep a price as of a journal entry; of two for the same moment the newer version stays."""
        self._connection.execute(
            "INSERT INTO prices (price_list, sku, effective_at, price, version, seq) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET price = excluded.price, version = excluded.version, seq = excluded.seq"
            " WHERE excluded.version >= version",
            (price.price_list, price.sku, price.effective_at, price.price, price.version, seq),
        )
        if price.price_list == DEFAULT_LIST:
            if price.effective_at <= self.until:
                self.settle(price.sku)
            elif price.effective_at < self.next_at:
                self.next_at = price.effective_at

    def holds(self, price: Price) -> bool:
        """Whether this price, or a newer one for the same moment, is here."""
        row = self._connection.execute(
            "SELECT version FROM prices WHERE price_list = ? AND sku = ? AND effective_at = ?",
            (price.price_list, price.sku, price.effective_at),
        ).fetchone()
        return row is not None and row[0] >= price.version

    def settle(self, sku: str) -> None:
        """Put the price in force beside an item that was just written, or whose prices changed."""
        self._connection.execute(
            f"UPDATE items SET list_price = CASE WHEN version > 0 THEN {_IN_FORCE} END WHERE sku = ?", (self.until, sku)
        )
        self.changed[sku] = None

    def advance(self, now: int) -> list[str]:
        """Put in force what is due at `now` (UTC milliseconds); answers whose price may have changed."""
        self._seen = max(self._seen, now)
        if self._seen < self.next_at:
            return []
        run = self._connection.execute
        between = (DEFAULT_LIST, self.until, self._seen)
        due = run(
            "SELECT sku, max(effective_at) FROM prices WHERE price_list = ? AND effective_at > ? AND effective_at <= ?"
            " GROUP BY sku", between
        ).fetchall()  # fmt: skip
        if not due:
            self._find_next()
            return []
        self.until = max(at for _, at in due)
        run("INSERT OR REPLACE INTO meta VALUES ('prices_until', ?)", (str(self.until),))
        skus = [sku for sku, _ in due]
        for sku in skus:
            self.settle(sku)
        self._find_next()
        return skus

    def take_changed(self) -> list[str]:
        """The items to be told of, once."""
        changed, self.changed = list(self.changed), {}
        return changed


def prices_until(connection: sqlite3.Connection) -> int:
    """Prices are in force up to this moment (UTC milliseconds); 0 where none ever was."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'prices_until'").fetchone()
    return 0 if row is None else int(row[0])
