"""`kontor rejoin`: a new or emptied device becomes a branch again, from what headquarters holds."""

import argparse
import asyncio
import re
import sys
from pathlib import Path

from gateway.cli.command import ASKED_WRONGLY, Command, Refused

CODE = re.compile(r"[A-Za-z0-9-]{4,64}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which branch, and the code that lets this device take it over."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="the branch's config.toml")
    parser.add_argument(
        "--code", required=True, metavar="CODE", help="the one-time code that `kontor hq-replace` printed"
    )


def run(arguments: argparse.Namespace) -> int:
    """Takes everything back and says what came."""
    from gateway.config import ConfigError, load_branch_config
    from gateway.rejoining import NotRejoined, rejoin
    from gateway.store.backup import PEOPLE_FILE
    from replication.identity.keys import IdentityError
    from replication.storage.errors import StorageError

    try:
        config = load_branch_config(arguments.config)
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None
    if config.headquarters is None:
        hint = "add [headquarters] with its nats_url"
        raise Refused("the settings name no headquarters", where=str(arguments.config), hint=hint)
    if not CODE.fullmatch(arguments.code):
        raise Refused("that is no code", hint="type it as `kontor hq-replace` printed it", exit_code=ASKED_WRONGLY)
    try:
        done = asyncio.run(rejoin(config, arguments.code, tell=_tell))
    except NotRejoined as refused:
        zh = "未能连接总部。" if refused.why is None else refused.why.words.zh
        raise Refused(
            f"{refused} · {zh}",
            where=config.headquarters.nats_url,
            hint="run the same command again; what came already is kept · 请再次执行同一命令，已取回的记录不会丢失",
        ) from None
    except IdentityError as refused:
        raise Refused(refused.what, where=str(refused.where or config.data), hint=refused.hint) from None
    except StorageError as refused:
        raise Refused(f"{refused.tried}: {refused.cause}", where=refused.path, hint=refused.hint) from None
    now = done.now
    # The first entry of a new epoch was made here; everything else that is new came from headquarters.
    entries = now.entries - done.before.entries - (now.epoch != done.before.epoch)
    print(
        f"{config.site.id}: {entries:,} entries came back; the ledger stands at entry {now.head_seq}, epoch {now.epoch},"
        f" with {now.documents:,} documents and {now.items:,} items\n"
        f"  已取回 {entries:,} 条记录；账本位于第 {now.head_seq} 条（第 {now.epoch} 纪元），共 {now.documents:,} 张单据、{now.items:,} 种商品"
    )
    if done.kept is not None:
        print(f"  the damaged ledger is kept · 已损坏的账本保留在: {done.kept}")
    if not (config.data / PEOPLE_FILE).exists():
        print(
            "  People are not kept at headquarters: copy people.db and token.key from a backup of this branch into the data"
            " folder, or make a token with `kontor token`.\n"
            "  总部不保存人员信息：请把本店备份中的 people.db 和 token.key 复制到数据文件夹，或用 kontor token 生成令牌。"
        )
    print("  `kontor serve` sells now · 现在可以用 kontor serve 开始营业")
    return 0


def _tell(en: str, zh: str) -> None:
    print(f"  {en} · {zh}", file=sys.stderr)


COMMAND = Command("make this device the branch, from what headquarters holds", add_arguments, run)
