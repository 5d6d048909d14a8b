"""`kontor archive`: the journal's months that are over, each as a compressed file that chains, beside a running site."""

import argparse
import time
from pathlib import Path

from gateway.cli.command import ASKED_WRONGLY, Command, Refused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of which branch, and where to."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="the branch's config.toml")
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="the archive; what is in it stays, new months are added"
    )


def run(arguments: argparse.Namespace) -> int:
    """Writes what is new and says what."""
    from zoneinfo import ZoneInfo

    from gateway.config import ConfigError, load_branch_config
    from gateway.store.archive import archive_months
    from gateway.store.backup import BackupError
    from replication.storage.errors import StorageError

    try:
        config = load_branch_config(arguments.config)
        site = config.site
        made = archive_months(
            config.data,
            arguments.folder,
            branch=site.id,
            zone=ZoneInfo(site.time_zone),
            now=time.time_ns() // 1_000_000,
        )
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None
    except BackupError as refused:
        raise Refused(refused.what, where=str(refused.where), hint=refused.hint) from None
    except StorageError as refused:
        raise Refused(f"{refused.tried}: {refused.cause}", where=refused.path, hint=refused.hint) from None
    except OSError as refused:
        raise Refused(f"the archive cannot be written: {refused.strerror}", where=refused.filename) from None
    for month in made:
        print(
            f"{month.month}: entries {month.first_seq} to {month.last_seq} · 第 {month.first_seq} 至 {month.last_seq} 条"
        )
        if month.pruned:
            print(f"  {month.pruned} of them are at headquarters only · 其中 {month.pruned} 条明细仅在总部")
    if not made:
        print("no month is over that is not archived · 没有新的已结束月份")
    return 0


COMMAND = Command("write the journal's finished months into an archive", add_arguments, run)
