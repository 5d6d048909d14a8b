"""`kontor init`: the settings a new branch begins with, of one kind of shop; with `--sample` also a small shop to try it with.

Writes nothing over anything: a folder that holds settings or a ledger is left as it is.
"""

import argparse
import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.command import ASKED_WRONGLY, Command, Refused, program
from gateway.profiles.profile import Profile, profiles

if TYPE_CHECKING:
    from gateway.config import BranchConfig

SETTINGS: Final = "config.toml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which kind of shop, where, and what it is called."""
    kinds = " · ".join(f"{one.name} {one.title_zh}" for one in profiles().values())
    parser.add_argument("--profile", required=True, choices=tuple(profiles()), help=kinds)
    parser.add_argument("--folder", required=True, type=Path, metavar="DIR", help="where settings and ledger go")
    parser.add_argument(
        "--id", default="b001", help="the branch's short name: small letters and digits (default: b001)"
    )
    parser.add_argument("--name", required=True, metavar="TEXT", help="the name people read")
    parser.add_argument("--name-zh", metavar="TEXT", help="the same in Chinese · 中文店名")
    parser.add_argument("--currency", default="CNY", metavar="CODE", help="ISO 4217 (default: CNY)")
    parser.add_argument("--time-zone", default="Asia/Shanghai", metavar="ZONE", help="default: Asia/Shanghai")
    parser.add_argument("--port", type=int, default=8080, help="where its pages answer on this machine (default: 8080)")
    parser.add_argument("--sample", action="store_true", help="put a small sample shop into the ledger · 附带示例商店")


def run(arguments: argparse.Namespace) -> int:
    """Writes the settings, and says what to do next."""
    from gateway.config import ConfigError, load_branch_config
    from gateway.store.ledger import LEDGER_FILE
    from gateway.up.home import write_whole

    profile, folder = profiles()[arguments.profile], arguments.folder
    file = folder / SETTINGS
    for there in (file, folder / LEDGER_FILE):
        if there.exists():
            raise Refused(
                f"{there.name} is there already · 已存在 {there.name}", where=str(folder), exit_code=ASKED_WRONGLY,
                hint="name another folder, or change the settings by hand · 请换一个目录，或直接修改设置文件",
            )  # fmt: skip
    draft = folder / f".{SETTINGS}.draft"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(draft, _settings(profile, arguments))
        config = load_branch_config(draft)
        items = asyncio.run(_open_sample(config, profile)) if arguments.sample else 0
        draft.replace(file)
    except ConfigError as refused:
        raise Refused(str(refused).replace(draft.name, SETTINGS), hint=refused.hint, exit_code=ASKED_WRONGLY) from None
    except OSError as error:
        raise Refused(f"the settings cannot be written: {error.strerror}", where=str(folder)) from None
    finally:
        draft.unlink(missing_ok=True)
    print(f"{profile.title} {profile.title_zh}: {file}")
    if items:
        print(f"  sample shop · 示例商店: {items} items · 种商品")
    kontor = program()
    print(f"  next · 下一步: {kontor} person add --config {file} --name NAME --role admin --pin --password")
    print(f"                 {kontor} serve --config {file}")
    print(f"  its pages, then · 然后打开: http://127.0.0.1:{arguments.port}/")
    return 0


def _settings(profile: Profile, arguments: argparse.Namespace) -> str:
    name_zh = f"name_zh = {_text(arguments.name_zh)}\n" if arguments.name_zh else ""
    return (
        f"[site]\nid = {_text(arguments.id)}\nname = {_text(arguments.name)}\n{name_zh}"
        f'currency = {_text(arguments.currency)}\ntime_zone = {_text(arguments.time_zone)}\ndata = "."\n\n'
        f"[web]\nport = {arguments.port}\n\n{profile.settings()}"
    )


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)


async def _open_sample(config: "BranchConfig", profile: Profile) -> int:
    from gateway.profiles.sample_shop import SampleRefused, open_sample_shop
    from gateway.shop_of import shop_of
    from gateway.store.ledger import Ledger
    from gateway.use_cases.shop import NoScales
    from replication.storage.errors import StorageError

    def ended(error: BaseException) -> None:
        raise error

    try:
        ledger = Ledger.open(config.data, on_fatal=ended)
        try:
            return await open_sample_shop(shop_of(config, ledger, NoScales()), profile)
        finally:
            await ledger.close()
    except (SampleRefused, StorageError) as refused:
        raise Refused(f"the sample shop is not complete: {refused}", where=str(config.data)) from None


COMMAND = Command("settings for a new branch, of one kind of shop", add_arguments, run)
