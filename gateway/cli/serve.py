"""`kontor serve`: one branch, as systemd or `kontor up` starts it."""

import argparse
import asyncio
from pathlib import Path

from gateway.cli.command import ASKED_WRONGLY, Command, Refused, loading


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The one thing a branch is told on the command line."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="the branch's config.toml")


def run(arguments: argparse.Namespace) -> int:
    """Runs the branch until it is told to stop."""
    with loading():
        from gateway.app import run as run_branch
        from gateway.cli.site import run_site
        from gateway.config import ConfigError, load_branch_config

    try:
        config = load_branch_config(arguments.config)
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None

    async def branch(stop: asyncio.Event) -> None:
        await run_branch(config, stop)

    return run_site(branch, host=config.web.host, port=config.web.port)


COMMAND = Command("run one branch", add_arguments, run)
