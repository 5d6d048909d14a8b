"""A copy of headquarters' database beside its running writer, verified before anybody may rely on it. Writes only the copy.

The copy is one snapshot through a reader's connection: SQLite's online backup needs neither the writer's lock nor a pause.
It is checked as a file, and computed again from its raw batches as `kontor verify` does it; only then is it given its name.
"""

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from replication.headquarters.stores.sqlite.store import DATABASE_FILE
from replication.headquarters.stores.store import Covered
from replication.headquarters.stores.verify import verify_site
from replication.identity.site import TRUST_FOLDER
from replication.storage.connection import open_reader, storage_error
from replication.storage.errors import StorageError
from replication.wire.chain import GENESIS_HASH

BESIDE: Final = ("people.db",)
"""Databases that a restored headquarters needs as well: who may sign in."""
KEYS: Final = ("token.key",)
"""Without it, tokens that were issued and skips that were signed could not be checked."""
KEY_FOLDERS: Final = (TRUST_FOLDER,)
"""Without it, a headquarters restored on another machine would make itself new keys, and no branch could reach it."""
PARTIAL: Final = ".partial"


class Backup(msgspec.Struct, frozen=True):
    """What was copied: the folder, its bytes, and how far it holds every branch."""

    folder: Path
    size: int
    covered: tuple[Covered, ...]


def back_up(folder: Path, target: Path) -> Backup:
    """Copy a data folder's databases into `target`, which must not exist yet or be empty. Raises StorageError."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise StorageError(
                "back up", str(target), "the folder is not empty",
                "Name a new folder for each backup; an older one is never written over.",
                "请为每次备份指定新的文件夹；旧备份不会被覆盖。",
            )  # fmt: skip
        unfinished = target / PARTIAL
        unfinished.mkdir(mode=0o700)
    except OSError as error:
        raise storage_error("back up", target, error) from error
    try:
        for name in (DATABASE_FILE, *BESIDE):
            if (folder / name).exists():
                _copy(folder / name, unfinished / name)
        for name in KEYS:
            if (folder / name).exists():
                shutil.copyfile(folder / name, unfinished / name)
                (unfinished / name).chmod(0o600)
        for name in KEY_FOLDERS:
            if (folder / name).exists():
                _copy_keys(folder / name, unfinished / name)
        covered = _verified(unfinished)
        for file in sorted(unfinished.iterdir()):
            _flush(file)
            file.rename(target / file.name)
        unfinished.rmdir()
        _flush(target)
        return Backup(target, sum(file.stat().st_size for file in target.iterdir()), covered)
    except OSError as error:
        raise storage_error("back up", target, error) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _copy_keys(source: Path, copy: Path) -> None:
    copy.mkdir(mode=0o700)
    for file in sorted(source.iterdir()):
        if file.is_file():
            shutil.copyfile(file, copy / file.name)
            (copy / file.name).chmod(0o600)
            _flush(copy / file.name)


def _copy(source: Path, copy: Path) -> None:
    try:
        reader = open_reader(source)
        written = sqlite3.connect(copy, isolation_level=None)
        try:
            reader.backup(written)
            # One file, as a copy should be; the restored site makes its own WAL.
            written.execute("PRAGMA journal_mode = DELETE")
        finally:
            written.close()
            reader.close()
    except sqlite3.Error as error:
        raise storage_error("back up", source, error) from error
    copy.chmod(0o600)


def _verified(folder: Path) -> tuple[Covered, ...]:
    """How far the copy holds every branch; raises StorageError where the copy does not stand up."""
    path = folder / DATABASE_FILE
    try:
        reader = open_reader(path)
        try:
            (found,) = reader.execute("PRAGMA integrity_check(1)").fetchone()
            rows = reader.execute(
                "SELECT r.branch, r.epoch, b.last_seq, b.hash FROM branches r JOIN batches b ON b.branch_id = r.branch_id"
                " AND b.first_seq = (SELECT MAX(first_seq) FROM batches WHERE branch_id = r.branch_id) ORDER BY r.branch"
            ).fetchall()
        finally:
            reader.close()
    except sqlite3.Error as error:
        raise storage_error("check the backup", path, error) from error
    if found == "ok":
        report = verify_site(folder)
        found = "ok" if report.clean else report.differences[0]
    if found != "ok":
        raise StorageError(
            "check the backup", str(path), found,
            "The copy does not agree with itself, so nothing relies on it. Run `kontor verify` on the site it is of.",
            "备份副本自身不一致，未被采用。请对原站点运行 kontor verify。",
        )  # fmt: skip
    return tuple(Covered(row[0], row[1], row[2], bytes(row[3])) for row in rows if row[3] != GENESIS_HASH)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
