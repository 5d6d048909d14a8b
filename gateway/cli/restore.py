"""`kontor restore`: puts a backup in place of a branch's files, which are kept aside."""

import argparse
import time
from pathlib import Path

from gateway.cli.command import ASKED_WRONGLY, Command, Refused

_PEOPLE_STAY = (
    "  People, PINs and passwords stay as they were here, later than the backup; everybody signs in again.\n"
    "  人员、PIN 码和密码保持本机现状（比备份新）；所有人需重新登录。"
)
_PEOPLE_ARE_OLD = (
    "  People are those of the backup: PINs and passwords changed since are the old ones again, who was locked or removed since\n"
    "  may sign in again, and tokens withdrawn since are good again. Look through `kontor person list` before you start the"
    " branch.\n"
    "  人员信息以备份为准：备份之后修改的 PIN 码和密码已恢复为旧的，之后停用或删除的人员又可登录，之后作废的令牌又会生效。"
    "启动门店前请用 kontor person list 逐一核对。"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of which branch, and from where."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="the branch's config.toml")
    parser.add_argument("source", type=Path, metavar="SOURCE", help="the folder that `kontor backup` made")


def run(arguments: argparse.Namespace) -> int:
    """Restores, and says what comes next."""
    from gateway.config import ConfigError, load_branch_config
    from gateway.store.backup import BackupError, restore_backup
    from replication.storage.errors import StorageError

    try:
        config = load_branch_config(arguments.config)
        aside = time.strftime("replaced-%Y%m%dT%H%M%SZ", time.gmtime())
        restored = restore_backup(config.data, arguments.source, branch=config.site.id, aside=aside)
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None
    except BackupError as refused:
        raise Refused(refused.what, where=str(refused.where), hint=refused.hint) from None
    except StorageError as refused:
        raise Refused(f"{refused.tried}: {refused.cause}", where=refused.path, hint=refused.hint) from None
    except OSError as refused:
        raise Refused(f"the backup cannot be put in place: {refused.strerror}", where=refused.filename) from None
    manifest, kept = restored.manifest, restored.kept
    made = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(manifest.made_at / 1000))
    print(
        f"{config.site.id}: restored to entry {manifest.head_seq}, of {made} · 已恢复至第 {manifest.head_seq} 条（{made}）"
    )
    if kept is not None:
        print(f"  what was there is kept · 原有文件已保留: {kept}")
    print(_PEOPLE_STAY if restored.people_stay else _PEOPLE_ARE_OLD)
    print(
        "  Start the branch again. Once it reaches headquarters, it takes back by itself everything that was sold since and"
        " had arrived there.\n"
        "  请重新启动门店。连上总部后，备份之后已送达总部的全部记录会自动取回。"
    )
    return 0


COMMAND = Command("put a backup in place of a branch's files, which are kept aside", add_arguments, run)
