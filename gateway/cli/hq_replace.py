"""`kontor hq-replace`: a one-time code with which a new device takes a branch over. Printed once, kept only as its hash."""

import argparse
from pathlib import Path
from urllib.parse import quote

from gateway.cli.command import Command, Refused, loading


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of which headquarters, and for whom."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="headquarters' config.toml")
    parser.add_argument("--branch", required=True, metavar="b001", help="the branch whose device is replaced")


def run(arguments: argparse.Namespace) -> int:
    """Prints the code."""
    with loading():
        from gateway.cli.office_door import NobodyThere, ask, settings

    config = settings(arguments.config)
    path = f"/api/v1/branches/{quote(arguments.branch, safe='')}/replacement"
    try:
        made = ask(config, "hq-replace", path, {})
    except NobodyThere:
        raise Refused(
            "headquarters is not running",
            where=f"{config.web.host}:{config.web.port}",
            hint="start it first: the new device asks it anyway",
        ) from None
    print(made["code"])
    return 0


COMMAND = Command("print a one-time code with which a new device takes a branch over", add_arguments, run)
