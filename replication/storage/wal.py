"""Whether the write-ahead log is folded back into its database, or held by a reader that does not end.

A reader pins the snapshot it began with: nothing newer can be folded back, and the log grows with every sale until the disk is
full. Selling does not notice before that; so the writer, who alone folds, looks and says. Knows no reader and ends none.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from replication.storage.checks import Check, CheckState
from replication.storage.connection import WAL_LIMIT_BYTES

WAL_HELD_BYTES: Final = 2 * WAL_LIMIT_BYTES
"""Twice what may be left standing after it was folded back: some thousand sales are waiting then."""
WAL_HELD_SECONDS: Final = 60.0
"""Longer than a copy of a shop's ledger takes; a reader that is still there has been forgotten."""
LOOK_SECONDS: Final = 1.0
"""One look at a file's size in this time, however many groups are committed in it."""


class WalWatch:
    """`committed` and `folded` are the writer's to call, `check` anybody's."""

    def __init__(self, database: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = database.with_name(database.name + "-wal")
        self._clock = clock
        self._next_look = 0.0
        self._over_since: float | None = None

    def committed(self) -> None:
        """The writer committed a group: the log may have grown, or begun anew."""
        now = self._clock()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        if self.bytes() <= WAL_HELD_BYTES:
            self._over_since = None
        elif self._over_since is None:
            self._over_since = now

    def folded(self) -> None:
        """The writer folded all of it back; the file stays as long as it is until the next write."""
        self._over_since = None

    def bytes(self) -> int:
        """Bytes of the log's file now; 0 where there is none."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def held_seconds(self) -> float:
        """How long the log has been longer than it may be; 0.0 where it is not."""
        over_since = self._over_since
        return 0.0 if over_since is None else max(self._clock() - over_since, 0.0)

    def check(self) -> Check:
        """As it is shown beside the other checks."""
        found = f"{self.bytes() / 1024**2:.1f} MiB"
        if self.held_seconds() < WAL_HELD_SECONDS:
            return Check("wal", CheckState.GOOD, found)
        return Check(
            "wal", CheckState.ADVICE, found,
            "Another program has been reading the database without end, so that its log only grows. Selling goes on. Close "
            "reports, copies and database viewers that are open on this device; if none is, restart Kontor.",
            "有程序一直在读取数据库而不结束，日志文件只增不减。营业不受影响。请关闭本设备上打开的报表、复制任务或数据库查看工具；"
            "若没有，请重启 Kontor。",
        )  # fmt: skip
