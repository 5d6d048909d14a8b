"""One writing process per database file: a lock the kernel releases when the process ends, however it ends."""

import fcntl
import os
from pathlib import Path

from replication.storage.connection import storage_error
from replication.storage.errors import StorageError


class WriterLock:
    """Held from opening to closing. Two writers, each with its own idea of the head, would break the chain."""

    def __init__(self, database: Path) -> None:
        """Take the lock of a database file. Raises StorageError where another process holds it or none can be made."""
        path = database.with_name(database.name + ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise storage_error("open for writing", database, error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise StorageError(
                "open for writing", str(database), "another Kontor process writes this file",
                "Stop the other one first (see `ps` or `systemctl status`); a file has one writer.",
                "请先停止另一个进程（可用 ps 或 systemctl status 查看）；一个账本只能有一个写入者。",
            ) from error  # fmt: skip

    def release(self) -> None:
        """Let the next process in."""
        os.close(self._descriptor)
