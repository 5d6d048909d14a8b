"""`kontor simulate`: the simulated devices of one branch, with the page that shows them."""

import argparse
import asyncio
from pathlib import Path

from gateway.cli.command import ASKED_WRONGLY, Command, Refused, loading


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The branch's own settings say which devices there are."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="the branch's config.toml")


def run(arguments: argparse.Namespace) -> int:
    """Runs the devices until it is told to stop."""
    with loading():
        from gateway.cli.site import run_site
        from gateway.config import ConfigError, load_branch_config
        from gateway.demo.shop_floor import FloorError, page_address, run_shop_floor

    try:
        config = load_branch_config(arguments.config)
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None
    try:
        host, port = page_address(config)
    except FloorError as refused:
        raise Refused(str(refused), where=str(arguments.config), hint=refused.hint, exit_code=ASKED_WRONGLY) from None

    async def shop_floor(stop: asyncio.Event) -> None:
        await run_shop_floor(config, stop)

    return run_site(shop_floor, host=host, port=port)


COMMAND = Command("simulate the devices of a branch", add_arguments, run)
