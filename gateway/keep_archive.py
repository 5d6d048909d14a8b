"""`python -m gateway.keep_archive DATA FOLDER BRANCH ZONE`: what the nightly job starts. Adds the months that are over to the
archive, checks all of it up into the live journal, says how far it holds, and ends.

A process of its own: a year of sales is half a minute of computing, and no till waits for it. The folder has to be there: where
a stick is not mounted, nothing is written in its place onto the card.
"""

import sys
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from gateway.store.archive import MANIFEST_FILE, archive_months, verify_archive
from gateway.store.backup import BackupError
from replication.storage.errors import StorageError


class ArchiveKept(msgspec.Struct, frozen=True):
    """How far the archive was found whole just now; `problem` is why it goes no further."""

    verified_to: int = 0
    month: str = ""
    problem: str = ""


def keep(data: Path, folder: Path, branch: str, zone: ZoneInfo, now: int) -> ArchiveKept:
    """Add and check."""
    if not folder.is_dir():
        return ArchiveKept(problem=f"there is no folder {folder}")
    try:
        archive_months(data, folder, branch=branch, zone=zone, now=now)
        months = verify_archive(folder, data).months if (folder / MANIFEST_FILE).exists() else ()
    except BackupError as error:
        return ArchiveKept(problem=f"{error.what}: {error.where}")
    except StorageError as error:
        return ArchiveKept(problem=f"{error.tried}: {error.cause}")
    except OSError as error:
        return ArchiveKept(problem=f"{error.strerror}: {error.filename}")
    return ArchiveKept(months[-1].last_seq, months[-1].month) if months else ArchiveKept()


def main() -> int:
    """0 whenever there is something to say."""
    data, folder, branch, zone = sys.argv[1:5]
    told = keep(Path(data), Path(folder), branch, ZoneInfo(zone), time.time_ns() // 1_000_000)
    sys.stdout.buffer.write(msgspec.json.encode(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
