"""A real file system of a few megabytes in memory, which a test may fill, free and write-protect. Root only."""

import contextlib
import os
import subprocess
import time
from pathlib import Path
from typing import Self

LEFT_BYTES = 24 * 1024
"""What `fill` leaves: too little for a checkpoint or a WAL that grows, more than nothing."""


class SmallDisk:
    """A tmpfs; use as a context manager."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder, self._megabytes = folder, megabytes

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        options = f"size={self._megabytes}m"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=False)

    def free(self) -> int:
        """Bytes that still fit."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self) -> None:
        """Somebody else's file takes what is left."""
        # A till that sells meanwhile may take some of it first.
        with contextlib.suppress(OSError), (self.folder / "somebody-elses").open("ab") as file:
            file.write(bytes(max(0, self.free() - LEFT_BYTES)))

    def empty(self) -> None:
        """It is deleted again."""
        (self.folder / "somebody-elses").unlink(missing_ok=True)

    def protect(self, *, on: bool) -> None:
        """The switch on the side of the card; nobody may have a file open for writing."""
        for _ in range(50):
            done = subprocess.run(
                ["mount", "-o", f"remount,{'ro' if on else 'rw'}", str(self.folder)], check=False, capture_output=True
            )
            if done.returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError(done.stderr)
