"""`kontor rejoin`: a new or emptied device becomes a branch again, from what headquarters holds."""

import argparse
import asyncio
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import ASKED_WRONGLY, Command, Refused

if TYPE_CHECKING:
    from gateway.rejoining import NotRejoined

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
        raise Refused(
            "that is no code: one has letters, digits and dashes · 这不是有效的代码：代码只含字母、数字和连字符",
            where="--code",
            hint="type it as `kontor hq-replace` printed it · 请按 kontor hq-replace 输出的代码原样输入",
            exit_code=ASKED_WRONGLY,
        )
    try:
        done = asyncio.run(rejoin(config, arguments.code, tell=_tell))
    except NotRejoined as refused:
        raise _told(refused, config.site.id, config.headquarters.nats_url) from None
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


def _told(refused: "NotRejoined", branch: str, line: str) -> Refused:
    """What headquarters said to the code, or that it said nothing."""
    code = None if refused.why is None else refused.why.code
    match code:
        case "other_device":
            what = (
                f"headquarters does not accept this code for {branch}: it is mistyped, expired, used already, or made for"
                f" another branch · 总部不接受这个用于 {branch} 的代码：可能输错、已过期、已用过，或属于其他分店"
            )
            hint = (
                f"make a new code at headquarters (the branch's page, or `kontor hq-replace --branch {branch}`) and run the same"
                f" command with it; nothing here is lost · 请在总部重新生成代码（分店页面，或 kontor hq-replace --branch {branch}），"
                "再用新代码执行同一命令；本机数据不会丢失"
            )
        case "replaced":
            what = f"{refused} · {refused.why.words.zh if refused.why else ''}"
            hint = (
                "a device that was replaced does not become the branch again: use the present one, or start here with an empty"
                " data folder and a new code · 已被替换的设备不能再次成为本店设备：请使用现有设备，或换用空的数据文件夹和新代码"
            )
        case _:
            what = f"{refused} · {'未能连接总部。' if refused.why is None else refused.why.words.zh}"
            hint = "run the same command again; what came already is kept · 请再次执行同一命令，已取回的记录不会丢失"
    return Refused(what, where=f"{branch}, {line}", hint=hint)


def _tell(en: str, zh: str) -> None:
    print(f"  {en} · {zh}", file=sys.stderr)


COMMAND = Command("make this device the branch, from what headquarters holds", add_arguments, run)
