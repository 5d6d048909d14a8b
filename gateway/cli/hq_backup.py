"""`kontor hq-backup`: a verified copy of headquarters' database beside the running site, and what it covers made known.

What a backup holds of a branch, the branch no longer needs to keep for headquarters' sake. That is recorded only after the
copy was checked, and by headquarters itself: its database has one writer.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import Command, Refused, loading

if TYPE_CHECKING:
    from replication.headquarters.stores.store import Covered


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of whom, and where to."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="headquarters' config.toml")
    parser.add_argument("target", type=Path, metavar="TARGET", help="a new folder for the copy")


def run(arguments: argparse.Namespace) -> int:
    """0 when the copy stands and is recorded."""
    with loading():
        from gateway.cli.office_door import NobodyThere, ask, settings
        from replication.headquarters.stores.sqlite.backup import back_up
        from replication.storage.errors import StorageError

    config = settings(arguments.config)
    try:
        backup = back_up(config.data, arguments.target.resolve())
        body = {
            "branches": [
                {"branch": one.branch, "epoch": one.epoch, "seq": one.seq, "hash": one.hash.hex()}
                for one in backup.covered
            ]
        }
        try:
            differing = ask(config, "hq-backup", "/api/v1/backups", body)["differing"]
        except NobodyThere:
            differing = asyncio.run(_record_alone(config.data, backup.covered))
    except StorageError as refused:
        raise Refused(f"{refused.tried}: {refused.cause}", where=refused.path, hint=refused.hint) from None
    print(f"{backup.folder}: {backup.size / 1_000_000:.1f} MB, {len(backup.covered)} branches, verified")
    for one in backup.covered:
        print(f"  {one.branch} up to #{one.seq}")
    for branch in differing:
        print(f"  {branch}: headquarters has another history by now; nothing is recorded for it", file=sys.stderr)
    return 1 if differing else 0


async def _record_alone(folder: Path, covered: "Sequence[Covered]") -> list[str]:
    """Headquarters is not running: the lock makes sure of it, and this process writes in its place."""
    from replication.headquarters.decisions import record_backup
    from replication.headquarters.stores.sqlite.store import SqliteStore

    lost: list[BaseException] = []
    store = SqliteStore.open(folder, on_fatal=lost.append, opened_at=int(time.time()))
    try:
        return await store.transact(lambda session: record_backup(session, covered))
    finally:
        await store.close()


COMMAND = Command("copy headquarters' database beside the running site, verified", add_arguments, run)
