"""A child's log: the child writes to it itself, so its last words are kept even when `kontor up` is killed; bounded."""

import os
import shutil
from pathlib import Path
from typing import Final

# Days of an ordinary branch's log. One older file of the same size is kept beside it.
BYTES_MAX: Final = 4_000_000
# Enough for the sentence that says why it stopped.
LAST_WORDS_LINES: Final = 6
LAST_WORDS_BYTES: Final = 4_000


class LogFile:
    """One log on the disk."""

    def __init__(self, path: Path) -> None:
        """Makes nothing yet."""
        self.path = path

    def open(self) -> int:
        """A descriptor that appends, for the child to write to."""
        self.path.parent.mkdir(exist_ok=True)
        self.bound()
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def bound(self) -> None:
        """Moves what is there aside once it is too long. The child appends, so it goes on at the new beginning."""
        try:
            if self.path.stat().st_size <= BYTES_MAX:
                return
            shutil.copyfile(self.path, self.path.with_suffix(".log.old"))
            os.truncate(self.path, 0)
        except OSError:
            # A log that cannot be turned is no reason to stop a shop; the disk check of the site speaks up itself.
            return

    def last_words(self) -> str:
        """The end of the log, for the terminal."""
        try:
            with self.path.open("rb") as log:
                log.seek(max(0, self.path.stat().st_size - LAST_WORDS_BYTES))
                lines = log.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return "".join(f"\n    {line}" for line in lines[-LAST_WORDS_LINES:])
