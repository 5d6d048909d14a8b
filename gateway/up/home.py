"""The folder of one `kontor up`: held by one running command at a time, and free to hold other people's files too."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import Final

import msgspec

RECORD: Final = "up.json"
LOCK: Final = "up.lock"


class HomeError(Exception):
    """The home folder cannot be used."""

    def __init__(self, what: str, hint: str) -> None:
        """`hint` says what to do about it."""
        super().__init__(what)
        self.hint = hint


class ProcessRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One process of this home. The start time tells it from a later process that was given the same number."""

    name: str
    pid: int
    started_ticks: int
    command: tuple[str, ...] = ()


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is running in this home, for the next `kontor up` and for a person who looks."""

    supervisor: ProcessRecord
    urls: tuple[str, ...] = ()
    children: tuple[ProcessRecord, ...] = ()


class Home:
    """The folder, and the lock that says it is in use."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made or locked yet."""
        self.folder = folder
        self._lock: int | None = None

    def take(self) -> None:
        """Makes the folder where needed and holds it until this process ends, however it ends."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as refused:
            raise HomeError(
                f"the home folder {self.folder} cannot be used: {refused.strerror}",
                "name a folder this user may write with --home",
            ) from refused
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise HomeError(self._in_use(), self._in_use_hint()) from None
        self._lock = lock

    def release(self) -> None:
        """Lets the next one in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def read_record(self) -> Record | None:
        """What the last `kontor up` here wrote down, if it can be read."""
        try:
            return msgspec.json.decode((self.folder / RECORD).read_bytes(), type=Record)
        except (OSError, msgspec.DecodeError):
            return None

    def write_record(self, record: Record) -> None:
        """Replaces the record in one step."""
        write_whole(self.folder / RECORD, msgspec.json.format(msgspec.json.encode(record)).decode() + "\n")

    def _in_use(self) -> str:
        record = self.read_record()
        who = f" (process {record.supervisor.pid})" if record else ""
        return f"another `kontor up` is running in {self.folder}{who}"

    def _in_use_hint(self) -> str:
        record = self.read_record()
        pages = f"its pages: {' '.join(record.urls)}; " if record and record.urls else ""
        stop = (
            f"stop it with Ctrl-C there or `kill {record.supervisor.pid}`; "
            if record
            else "stop it with Ctrl-C there; "
        )
        return f"{pages}{stop}or start another home with --home DIR and other ports"


def write_whole(file: Path, text: str) -> None:
    """Writes a file so that a reader, or a power cut, finds the old text or the new one and never half of it."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
