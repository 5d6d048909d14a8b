"""`kontor headquarters`: the headquarters site, as systemd or `kontor up` starts it."""

import argparse
import asyncio
from pathlib import Path

from gateway.cli.command import ASKED_WRONGLY, Command, Refused, loading


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The one thing headquarters is told on the command line."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="headquarters' config.toml")


def run(arguments: argparse.Namespace) -> int:
    """Runs headquarters until it is told to stop."""
    with loading():
        from gateway.cli.site import run_site
        from replication.headquarters.app import run as run_headquarters
        from replication.headquarters.config import ConfigError, load_headquarters_config

    try:
        config = load_headquarters_config(arguments.config)
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None

    async def headquarters(stop: asyncio.Event) -> None:
        await run_headquarters(config, stop)

    return run_site(headquarters, host=config.web.host, port=config.web.port)


COMMAND = Command("run headquarters", add_arguments, run)
