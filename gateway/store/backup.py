"""Copies of a branch's files: made beside a running site, verified, and put back in place of files that are kept aside.

Knows files and the ledger's chain, no tables beyond the journal; what else must not come back has its own word for that. The device's own key is never part of a copy: a card that
is copied must not become a second device.
"""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from admin_ui.serving.people_file import end_every_session, last_in_use
from gateway.store.ledger import LEDGER_FILE
from gateway.store.print_jobs import give_up_unfinished
from gateway.store.pruned import is_pruned
from gateway.store.staging import follows
from replication.storage.connection import open_reader, open_writer, storage_error
from replication.storage.errors import StorageError
from replication.storage.lock import WriterLock
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry, Position

PEOPLE_FILE: Final = "people.db"
TOKEN_KEY_FILE: Final = "token.key"  # noqa: S105  (a file name)
MANIFEST_FILE: Final = "backup.json"
FORMAT: Final = 1
_DATABASES: Final = (LEDGER_FILE, PEOPLE_FILE)
_BESIDE: Final = ("-wal", "-shm")


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds: whose, when (UTC milliseconds), and where its journal ends."""

    format: int
    branch: str
    made_at: int
    epoch: int
    head_seq: int
    head_hash: str
    software: str


class BackupError(Exception):
    """A backup that cannot be made or used. `what`, `where` and `hint` are for the person at the terminal."""

    def __init__(self, what: str, where: Path, hint: str) -> None:
        super().__init__(f"{what}: {where}. {hint}")
        self.what = what
        self.where = where
        self.hint = hint


def make_backup(data: Path, target: Path, *, branch: str, at: int, software: str) -> Manifest:
    """Copy a branch's files into the new folder `target` and verify the copy. Raises BackupError, StorageError, OSError.

    The folder appears under its name only when everything in it is verified and flushed.
    """
    if target.exists():
        raise BackupError("there is something already", target, "name a folder that does not exist yet")
    if not (data / LEDGER_FILE).is_file():
        raise BackupError("there is no ledger", data, "check [site] data in the settings")
    draft = target.with_name(f".{target.name}.{os.getpid()}.partial")
    draft.mkdir(parents=True, mode=0o700)
    try:
        for name in _DATABASES:
            if (data / name).is_file():
                _copy_database(data / name, draft / name)
        if (data / TOKEN_KEY_FILE).is_file():
            shutil.copyfile(data / TOKEN_KEY_FILE, draft / TOKEN_KEY_FILE)
            (draft / TOKEN_KEY_FILE).chmod(0o600)
        head = verified_head(draft)
        manifest = Manifest(FORMAT, branch, at, head.epoch, head.seq, head.hash.hex(), software)
        (draft / MANIFEST_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        for path in draft.iterdir():
            _flush(path)
        _flush(draft)
        draft.rename(target)
        _flush(target.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return manifest


def read_manifest(source: Path) -> Manifest:
    """What a backup says of itself. Raises BackupError."""
    try:
        manifest = msgspec.json.decode((source / MANIFEST_FILE).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise BackupError(f"this is no backup ({error})", source, "name the folder `kontor backup` made") from error
    if manifest.format != FORMAT:
        raise BackupError("a newer Kontor made this backup", source, "install that version, or a newer one, first")
    return manifest


def verified_head(folder: Path) -> Position:
    """Where the journal of a copied ledger ends, every page and every entry checked. Raises BackupError, StorageError."""
    for name in _DATABASES:
        if (folder / name).is_file():
            _check_pages(folder / name)
    path = folder / LEDGER_FILE
    connection = open_reader(path)
    try:
        last, previous = Entry(1, 0, b"", 0, b""), GENESIS_HASH
        for seq, epoch, event_id, kind, payload, stored in connection.execute(
            "SELECT seq, epoch, event_id, kind, payload, hash FROM journal ORDER BY seq"
        ):
            entry = Entry(epoch, seq, event_id, kind, payload)
            whole = is_pruned(kind, payload) or entry.hash_after(previous) == stored
            if not whole or not follows(last.epoch, last.seq, entry):
                raise BackupError(f"entry {seq} does not follow the one before it", path, "use another backup")
            last, previous = entry, stored
    except sqlite3.DatabaseError as error:
        raise storage_error("verify", path, error) from error
    finally:
        connection.close()
    return Position(last.epoch, last.seq, previous)


class Restored(msgspec.Struct, frozen=True):
    """A backup that is in place. `kept` is where what it replaced is, if there was anything; `people_stay`: who may sign in is
    as it was here, not as the backup has it."""

    manifest: Manifest
    kept: Path | None
    people_stay: bool


def restore_backup(data: Path, source: Path, *, branch: str, aside: str) -> Restored:
    """Put a backup's files in place; those they replace are kept in the folder `aside` of the data folder, if there were any.

    Goods that were sold since come back from headquarters; people do not. Who was sent away since the backup, or changed a PIN
    that somebody had seen, must not be undone by it: the people here stay where they can be read and were in use later than
    those of the backup, and with them the key of the tokens. Either way everybody signs in again.

    Raises BackupError for a backup that is damaged or of another branch, StorageError while the site runs.
    """
    manifest = read_manifest(source)
    if manifest.branch != branch:
        raise BackupError(f"this backup is of branch {manifest.branch}, this is {branch}", source, "use its own backup")
    head = verified_head(source)
    if (head.seq, head.hash.hex()) != (manifest.head_seq, manifest.head_hash):
        raise BackupError(f"it ends at {head.seq}, not at {manifest.head_seq}", source, "use another backup")
    data.mkdir(parents=True, exist_ok=True)
    lock = WriterLock(data / LEDGER_FILE)
    try:
        here, there = last_in_use(data / PEOPLE_FILE), last_in_use(source / PEOPLE_FILE)
        people_stay = here is not None and (there is None or here >= there)
        staying = {name for name in (PEOPLE_FILE, TOKEN_KEY_FILE) if people_stay and (data / name).is_file()}
        names = [name for name in (*_DATABASES, TOKEN_KEY_FILE) if (source / name).is_file() and name not in staying]
        for name in names:
            shutil.copyfile(source / name, data / f"{name}.restoring")
            (data / f"{name}.restoring").chmod(0o600)
            if name == PEOPLE_FILE:
                end_every_session(data / f"{name}.restoring")
            if name == LEDGER_FILE:
                give_up_unfinished(data / f"{name}.restoring")
            _flush(data / f"{name}.restoring")
        kept = keep_aside(data, aside, names, leave=True)
        for name in names:
            (data / f"{name}.restoring").replace(data / name)
        if people_stay:
            end_every_session(data / PEOPLE_FILE)
        _flush(data)
    except sqlite3.Error as error:
        raise storage_error("restore", data / PEOPLE_FILE, error) from error
    finally:
        lock.release()
    return Restored(manifest, kept, people_stay)


def keep_aside(data: Path, aside: str, names: list[str], *, leave: bool = False) -> Path | None:
    """Move files, with what SQLite keeps beside them, into a folder of their own; None where there were none.

    What waits in a write-ahead log is folded into its file first, so that each kept file is whole in itself. With `leave`
    a file keeps its name too, until another takes it: a power cut between the two must not leave a branch without a ledger.
    """
    found = [name for name in names if (data / name).exists()]
    if not found:
        return None
    kept = data / aside
    kept.mkdir(mode=0o700)
    for name in found:
        if name in _DATABASES:
            # A damaged file cannot be folded: then its log moves with it, as it is.
            with contextlib.suppress(StorageError, sqlite3.Error):
                open_writer(data / name).close()
        for beside in _BESIDE:
            if (data / (name + beside)).exists():
                (data / (name + beside)).replace(kept / (name + beside))
        _keep(data / name, kept / name, leave=leave)
    _flush(kept)
    _flush(data)
    return kept


def _keep(path: Path, kept: Path, *, leave: bool) -> None:
    if leave:
        # Some cards' file systems know no second name for a file: there it is moved.
        with contextlib.suppress(OSError):
            kept.hardlink_to(path)
            return
    path.replace(kept)


def _copy_database(source: Path, target: Path) -> None:
    """One consistent copy, in one read snapshot; the writer beside it goes on."""
    reader = open_reader(source)
    try:
        copy = sqlite3.connect(target)
        try:
            reader.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()
    except sqlite3.Error as error:
        raise storage_error("copy", source, error) from error
    finally:
        reader.close()
    target.chmod(0o600)


def _check_pages(path: Path) -> None:
    connection = open_reader(path)
    try:
        (answer,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise storage_error("check", path, error) from error
    finally:
        connection.close()
    if answer != "ok":
        raise BackupError(f"the copy is damaged ({answer})", path, "use another one")


def _flush(path: Path) -> None:
    """Onto the disk: a stick is pulled out right after the command ends."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
