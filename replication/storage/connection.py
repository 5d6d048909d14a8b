"""Opening SQLite: the one writing connection of a file, and query-only readers beside it.

The writer is the only connection that checkpoints: with one checkpointer and no concurrent writer, the WAL-reset
fault of SQLite 3.7.0 to 3.51.2 (https://www.sqlite.org/wal.html, "The WAL-Reset Bug") cannot be met.
"""

import sqlite3
from pathlib import Path
from typing import Final

from replication.storage.errors import StorageError

PAGE_BYTES: Final = 2048
"""Small pages halve what a one-sale commit writes to a card, at no measured cost in speed."""
CHECKPOINT_PAGES: Final = 2000
"""WAL pages (4 MB) after which the writer checkpoints: rare enough to cost little, small enough to open quickly."""
WAL_LIMIT_BYTES: Final = 16 * 1024 * 1024
"""The WAL file is cut back to this after a checkpoint, so that one long reader does not leave a big file for ever."""
WRITER_CACHE_KIB: Final = 4 * 1024
"""What a sale touches of 10,000 goods is 3 MB; the rest of a file is in the pages of the system."""
STATEMENTS_KEPT: Final = 256
"""Prepared statements of the writer: those of `rows` for the tables of a sale by every number of rows, and some of others."""
READER_CACHE_KIB: Final = 2 * 1024
BUSY_TIMEOUT_SECONDS: Final = 5.0
"""How long to wait for a lock another process (a backup, `kontor verify`) holds for a moment."""


def open_writer(path: Path) -> sqlite3.Connection:
    """The writing connection of a file, made if absent: WAL, `synchronous=FULL`. Raises StorageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False,
            cached_statements=STATEMENTS_KEPT,
        )  # fmt: skip
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise sqlite3.OperationalError(f"journal mode is {mode}, not wal")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    except (sqlite3.Error, OSError) as error:
        raise storage_error("open for writing", path, error) from error
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that can only read and never checkpoints. Raises StorageError."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None,
            check_same_thread=False,
        )  # fmt: skip
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{READER_CACHE_KIB}")
    except sqlite3.Error as error:
        raise storage_error("open for reading", path, error) from error
    return connection


def require_whole(connection: sqlite3.Connection) -> None:
    """Look at every page of a database and the types of its rows. Raises sqlite3.DatabaseError at the first that is torn.

    Reading alone does not tell: SQLite answers NULL for the columns that a torn page no longer holds.
    """
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(f"database disk image is malformed ({found})")


def storage_error(tried: str, path: Path | str, error: Exception) -> StorageError:
    """Translate what SQLite or the operating system said into a StorageError with a hint."""
    text = str(error)
    if "disk is full" in text or getattr(error, "errno", None) == 28:
        hint, hint_zh = "The disk is full: free some space, then start again.", "磁盘已满：请腾出空间后重新启动。"
    elif "not a database" in text or "malformed" in text:
        hint = "The file is damaged: keep it, and restore the last backup or rejoin from headquarters."
        hint_zh = "文件已损坏：请保留该文件，并从最近的备份恢复或从总部重新加入。"
    elif "locked" in text:
        hint = "Another program holds the file: close it and try again."
        hint_zh = "另一个程序正占用该文件：请关闭后重试。"
    elif "readonly" in text or getattr(error, "errno", None) in (13, 30):
        hint = "The folder is not writable: check its owner and that the card is not write-protected."
        hint_zh = "文件夹不可写：请检查所有者以及存储卡是否写保护。"
    else:
        hint = "Check the card and the folder, then start again; what was answered before is kept."
        hint_zh = "请检查存储卡和文件夹后重新启动；之前已确认的数据都已保存。"
    return StorageError(tried, str(path), text, hint, hint_zh)
