"""`kontor hq-skip`: go on without the entries that stopped a branch, signed and kept; the page's form as a command."""

import argparse
from pathlib import Path
from urllib.parse import quote

from gateway.cli.command import Command, Refused, loading


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of which headquarters, which branch, and why."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="headquarters' config.toml")
    parser.add_argument("--branch", required=True, metavar="b001", help="the branch that is stopped")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why it is right; kept for ever")


def run(arguments: argparse.Namespace) -> int:
    """Prints which entries were passed over."""
    with loading():
        from gateway.cli.office_door import NobodyThere, ask, settings

    config = settings(arguments.config)
    path = f"/api/v1/branches/{quote(arguments.branch, safe='')}/skip"
    try:
        done = ask(config, "hq-skip", path, {"reason": arguments.reason})
    except NobodyThere:
        raise Refused(
            "headquarters is not running · 总部未运行",
            where=f"{config.web.host}:{config.web.port}",
            hint="start it first, then decide · 请先启动总部再决定",
        ) from None
    first, last = done["first_seq"], done["last_seq"]
    named = f"#{first}" if first == last else f"#{first}–#{last}"
    if done["with_effects"]:
        print(f"{named} of {arguments.branch} are applied; its own digest is believed once")
        print(f"{arguments.branch} 的 {named} 已入账；此次以分店自己的摘要为准")
    else:
        print(
            f"{named} of {arguments.branch} passed over: kept as they came, not counted; what is before them is applied"
        )
        print(f"{arguments.branch} 的 {named} 已跳过：原样保留，不计入数字；之前的记录均已入账")
    return 0


COMMAND = Command("go on without the entries that stopped a branch; signed and kept", add_arguments, run)
