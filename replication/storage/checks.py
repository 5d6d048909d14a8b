"""Start-up checks of a database and its disk: what is measured, whether it is well, and what to do if it is not."""

import enum
import os
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Final

import msgspec

FREE_WARN_BYTES: Final = 1024**3
FREE_BAD_BYTES: Final = 200 * 1024**2
"""Below this a busy day and a checkpoint may no longer fit."""
FLUSH_SAMPLES: Final = 16
FLUSH_BYTES: Final = 4096
FLUSH_WARN_MILLISECONDS: Final = 20.0
"""A worn or cheap card needs 20 ms and more for a flush; a till's answer is then felt."""
FLUSH_SUSPICIOUS_MILLISECONDS: Final = 0.02
"""No storage that survives a power cut flushes in 20 microseconds: something on the way ignores the flush."""

_WAL_RESET_FIXED: Final = ((3, 51, 3),)
_WAL_RESET_BACKPORTS: Final = ((3, 44, 6), (3, 50, 7))


class CheckState(enum.StrEnum):
    """How a check went. `bad` means: do not trade on this."""

    GOOD = "good"
    ADVICE = "advice"
    BAD = "bad"


class Check(msgspec.Struct, frozen=True):
    """One check: a stable name, what was found, and advice in both languages when there is any."""

    name: str
    state: CheckState
    found: str
    advice: str = ""
    advice_zh: str = ""


def check_sqlite_version(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Check:
    """Whether this SQLite has the WAL-reset fault fixed (3.51.3, or the 3.44.6 and 3.50.7 lines)."""
    text = ".".join(map(str, version))
    fixed = version >= _WAL_RESET_FIXED[0] or any(
        version[:2] == backport[:2] and version >= backport for backport in _WAL_RESET_BACKPORTS
    )
    if fixed:
        return Check("sqlite_version", CheckState.GOOD, text)
    return Check(
        "sqlite_version",
        CheckState.ADVICE,
        text,
        "This SQLite may corrupt a WAL when several programs write and checkpoint at once. Kontor has one writer that is "
        "also the only checkpointer, so it is not exposed; do not open the ledger for writing with another program.",
        "此版本的 SQLite 在多个程序同时写入并检查点时可能损坏 WAL。Kontor 只有一个写入者并由其独自做检查点，"
        "因此不受影响；请勿用其他程序写入账本。",
    )


def check_synchronous(connection: sqlite3.Connection) -> Check:
    """Whether the writing connection flushes each commit."""
    (level,) = connection.execute("PRAGMA synchronous").fetchone()
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if level >= 2 and mode == "wal":
        return Check("synchronous", CheckState.GOOD, f"{mode}, synchronous={'FULL' if level == 2 else 'EXTRA'}")
    return Check(
        "synchronous", CheckState.BAD, f"{mode}, synchronous={level}",
        "Commits are not flushed: a power cut can lose sales.", "提交未落盘：断电可能丢失销售数据。",
    )  # fmt: skip


def check_free_disk(folder: Path) -> Check:
    """Free space where the database lives."""
    free = shutil.disk_usage(folder).free
    found = f"{free / 1024**3:.1f} GiB"
    if free < FREE_BAD_BYTES:
        return Check("free_disk", CheckState.BAD, found, "Free some space now.", "请立即腾出磁盘空间。")
    if free < FREE_WARN_BYTES:
        return Check("free_disk", CheckState.ADVICE, found, "Space is getting short.", "磁盘空间即将不足。")
    return Check("free_disk", CheckState.GOOD, found)


def check_flush_latency(folder: Path) -> Check:
    """How long the disk takes to flush a small write, measured on a file of its own that is removed again."""
    path = folder / f".flush-test-{os.getpid()}"
    block = os.urandom(FLUSH_BYTES)
    took = []
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
        try:
            for index in range(FLUSH_SAMPLES):
                started = time.perf_counter()
                os.pwrite(descriptor, block, index * FLUSH_BYTES)
                os.fdatasync(descriptor)
                took.append((time.perf_counter() - started) * 1000)
        finally:
            os.close(descriptor)
            path.unlink(missing_ok=True)
    except OSError as error:
        # A full or failing disk is said on the health page; what is on it can still be read.
        return Check(
            "flush_latency", CheckState.BAD, str(error.strerror or error),
            "The disk takes no more writes: free some space, or check the card.", "磁盘无法写入：请腾出空间或检查存储卡。",
        )  # fmt: skip
    took.sort()
    median, worst = took[len(took) // 2], took[-1]
    found = f"{median:.2f} ms (≤ {worst:.2f} ms, {FLUSH_SAMPLES} ×)"
    if median < FLUSH_SUSPICIOUS_MILLISECONDS:
        return Check(
            "flush_latency", CheckState.ADVICE, found,
            "Flushes return faster than storage can: a power cut may lose sales. Check the disk's write cache.",
            "落盘返回快得不真实：断电可能丢失销售数据。请检查磁盘写缓存。",
        )  # fmt: skip
    if median > FLUSH_WARN_MILLISECONDS:
        return Check(
            "flush_latency", CheckState.ADVICE, found,
            "The card is slow or worn: use an industrial card, eMMC or NVMe.",
            "存储卡缓慢或已磨损：请使用工业级存储卡、eMMC 或 NVMe。",
        )  # fmt: skip
    return Check("flush_latency", CheckState.GOOD, found)


def check_storage(connection: sqlite3.Connection, folder: Path) -> tuple[Check, ...]:
    """The checks every database shares, before it takes its first write."""
    return (
        check_sqlite_version(),
        check_synchronous(connection),
        check_free_disk(folder),
        check_flush_latency(folder),
    )
