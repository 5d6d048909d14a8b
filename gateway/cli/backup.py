"""`kontor backup`: a verified copy of a branch's ledger and people, beside a running site."""

import argparse
import importlib.metadata
import time
from pathlib import Path

from gateway.cli.command import ASKED_WRONGLY, Command, Refused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of which branch, and where to."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="the branch's config.toml")
    parser.add_argument("target", type=Path, metavar="TARGET", help="the folder to make; must not exist")


def run(arguments: argparse.Namespace) -> int:
    """Makes the copy and says where its journal ends."""
    from gateway.config import ConfigError, load_branch_config
    from gateway.store.backup import BackupError, make_backup
    from replication.storage.errors import StorageError

    try:
        config = load_branch_config(arguments.config)
        manifest = make_backup(
            config.data,
            arguments.target,
            branch=config.site.id,
            at=time.time_ns() // 1_000_000,
            software=importlib.metadata.version("kontor"),
        )
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None
    except BackupError as refused:
        raise Refused(refused.what, where=str(refused.where), hint=refused.hint) from None
    except StorageError as refused:
        raise Refused(f"{refused.tried}: {refused.cause}", where=refused.path, hint=refused.hint) from None
    except OSError as refused:
        raise Refused(f"the backup cannot be written: {refused.strerror}", where=refused.filename) from None
    print(
        f"backup of {manifest.branch}: verified up to entry {manifest.head_seq} · 备份完成，已校验至第 {manifest.head_seq} 条"
    )
    print(f"  {arguments.target}")
    return 0


COMMAND = Command("copy a branch's ledger and people, verified, beside the running site", add_arguments, run)
