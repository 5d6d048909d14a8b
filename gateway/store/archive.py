"""The journal by months, as compressed files that chain: what a branch keeps when pruning has taken the bytes from its card.

A month is archived once it is over and headquarters' verified backup has all of it (a branch on its own answers to nobody), so
that no epoch can set aside what a file says. Reads beside the running site and writes only in its own folder. Each file begins
with the hash the one before ended with; whoever checks them comes out at the live journal.
"""

import datetime as dt
import gzip
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from gateway.store.backup import BackupError
from gateway.store.journal import hash_at
from gateway.store.ledger import LEDGER_FILE
from gateway.store.pruned import is_pruned
from gateway.store.staging import follows
from replication.storage.connection import open_reader
from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry
from replication.wire.events import decode_event

MANIFEST_FILE: Final = "archive.json"
FORMAT: Final = 1
_ROW_BYTES_MAX: Final = 4 * 1024 * 1024
"""Of a line in a file: an entry is at most a hundredth of it."""


class ArchivedMonth(msgspec.Struct, frozen=True):
    """A file: the entries `first_seq` to `last_seq` of a month, from `previous_hash` to `last_hash`. `pruned` of them had lost
    their bytes before; `sha256` is of the file."""

    month: str
    file: str
    first_seq: int
    last_seq: int
    previous_hash: str
    last_hash: str
    entries: int
    pruned: int
    sha256: str


class ArchiveManifest(msgspec.Struct, frozen=True):
    """What an archive holds, oldest first, without a gap."""

    format: int
    branch: str
    months: tuple[ArchivedMonth, ...] = ()


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    entry: Entry
    hash: bytes


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Stored)


def archive_months(data: Path, folder: Path, *, branch: str, zone: ZoneInfo, now: int) -> list[ArchivedMonth]:
    """Write a file for each month that is over and not archived yet; answers which. Raises BackupError, StorageError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = read_archive(folder) if (folder / MANIFEST_FILE).exists() else ArchiveManifest(FORMAT, branch)
    if manifest.branch != branch:
        raise BackupError(
            f"this archive is of branch {manifest.branch}, this is {branch}", folder, "use its own folder"
        )
    made: list[ArchivedMonth] = []
    connection = open_reader(data / LEDGER_FILE)
    try:
        connection.execute("BEGIN")
        while month := _next_month(connection, folder, manifest, zone, now):
            made.append(month)
            manifest = ArchiveManifest(FORMAT, branch, (*manifest.months, month))
            draft = folder / f".{MANIFEST_FILE}.partial"
            draft.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
            _flush(draft)
            draft.replace(folder / MANIFEST_FILE)
            _flush(folder)
    finally:
        connection.close()
    return made


def read_archive(folder: Path) -> ArchiveManifest:
    """What an archive says of itself. Raises BackupError."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST_FILE).read_bytes(), type=ArchiveManifest)
    except (OSError, msgspec.DecodeError) as error:
        raise BackupError(f"this is no archive ({error})", folder, "name the folder `kontor archive` made") from error
    if manifest.format != FORMAT:
        raise BackupError("a newer Kontor made this archive", folder, "install that version, or a newer one, first")
    for month in manifest.months:
        if month.file != Path(month.file).name:
            raise _broken(folder, f"{month.month} names a file that is not in it")
    return manifest


def verify_archive(folder: Path, data: Path) -> ArchiveManifest:
    """Compute the chain over all files again, and compare its end with the live journal. Raises BackupError, StorageError."""
    manifest = read_archive(folder)
    last, previous = Entry(1, 0, b"", 0, b""), GENESIS_HASH
    for month in manifest.months:
        path = folder / month.file
        if previous.hex() != month.previous_hash:
            raise _broken(path, f"{month.month} does not begin where the month before ended")
        try:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != month.sha256:
                    raise _broken(path, "the file is not the one that was written")
            entries = pruned = 0
            for stored in _entries(path):
                lost = is_pruned(stored.entry.kind, stored.entry.payload)
                if not follows(last.epoch, last.seq, stored.entry) or not (
                    lost or stored.entry.hash_after(previous) == stored.hash
                ):
                    raise _broken(path, f"entry {stored.entry.seq} does not follow entry {last.seq}")
                last, previous = stored.entry, stored.hash
                entries, pruned = entries + 1, pruned + lost
        except (OSError, EOFError, msgspec.DecodeError) as error:
            raise _broken(path, str(error)) from error
        if (last.seq, previous.hex()) != (month.last_seq, month.last_hash):
            raise _broken(path, f"it ends at entry {last.seq}, not at {month.last_seq}")
        if (entries, pruned) != (month.entries, month.pruned):
            raise _broken(path, f"{pruned} of {entries} entries have no bytes, not {month.pruned} of {month.entries}")
    connection = open_reader(data / LEDGER_FILE)
    try:
        if last.seq and hash_at(connection, last.seq) != previous:
            raise _broken(folder, f"the live journal has another entry {last.seq}")
    finally:
        connection.close()
    return manifest


def _next_month(
    connection: sqlite3.Connection, folder: Path, manifest: ArchiveManifest, zone: ZoneInfo, now: int
) -> ArchivedMonth | None:
    """Write the month after those that are there, if one is over."""
    after = manifest.months[-1].last_seq if manifest.months else 0
    previous = bytes.fromhex(manifest.months[-1].last_hash) if manifest.months else GENESIS_HASH
    if hash_at(connection, after) != previous:
        raise _broken(folder, f"the live journal has another entry {after}")
    until, this_month = _may_go_to(connection), _month(now, zone)
    rows = connection.execute(
        "SELECT journal.seq, epoch, event_id, kind, payload, hash, posted_at FROM journal LEFT JOIN documents USING (seq)"
        " WHERE journal.seq > ? AND journal.seq <= ? ORDER BY journal.seq",
        (after, until),
    )
    month, ended = "", False
    kept = (0, 0, previous, 0, 0)
    draft = folder / ".month.partial"
    with gzip.open(draft, "wb") as file:
        for seq, epoch, event_id, kind, payload, hash_, posted_at in rows:
            at = posted_at if posted_at is not None else _moment(kind, payload)
            # A clock that went back, or stood far ahead, changes no month: files follow the numbers.
            found = max(month, month if at is None or at > now else _month(at, zone))
            if found >= this_month or (month and found != month):
                ended = True
                break
            month = found
            file.write(_encoder.encode(_Stored(Entry(epoch, seq, event_id, kind, payload), hash_)) + b"\n")
            first, _, _, entries, pruned = kept
            kept = (first or seq, seq, hash_, entries + 1, pruned + is_pruned(kind, payload))
    first, last, end, entries, pruned = kept
    over = ended or (until == _head(connection) and month and month < this_month)
    if not entries or not month or not over:
        draft.unlink()
        return None
    _flush(draft)
    name = f"journal-{month}-{first}.jsonl.gz"
    draft.replace(folder / name)
    with (folder / name).open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    return ArchivedMonth(month, name, first, last, previous.hex(), end.hex(), entries, pruned, digest)


def _may_go_to(connection: sqlite3.Connection) -> int:
    durable, heard = connection.execute("SELECT durable_seq, at FROM replication").fetchone()
    return int(durable) if heard is not None else _head(connection)


def _head(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0])


def _moment(kind: int, payload: bytes) -> int | None:
    event = decode_event(kind, payload)
    for name in ("posted_at", "begun_at", "at"):
        if isinstance(told := getattr(event, name, None), int):
            return told
    return None


def _month(at: int, zone: ZoneInfo) -> str:
    return dt.datetime.fromtimestamp(at / 1000, zone).strftime("%Y-%m")


def _entries(path: Path) -> Iterator[_Stored]:
    with gzip.open(path, "rb") as file:
        while line := file.readline(_ROW_BYTES_MAX):
            yield _decoder.decode(line)


def _broken(path: Path, what: str) -> BackupError:
    return BackupError(what, path, "use another copy of the archive")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
