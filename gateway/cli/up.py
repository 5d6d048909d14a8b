"""`kontor up`: everything on this machine, for a demo, a test or a trial."""

import argparse
from pathlib import Path

from gateway.cli.command import ASKED_WRONGLY, Command, Refused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where things live and answer; the defaults fit one run on a laptop."""
    parser.add_argument(
        "--home",
        type=Path,
        default=Path("kontor-data"),
        metavar="DIR",
        help="keeps everything (default: ./kontor-data)",
    )
    parser.add_argument("--branches", type=int, default=2, metavar="N", help="how many branches (default: 2)")
    parser.add_argument(
        "--branch-port",
        type=int,
        default=8080,
        metavar="PORT",
        help="of the first branch; the next take the next (default: 8080)",
    )
    parser.add_argument("--hq-port", type=int, default=8090, metavar="PORT", help="of headquarters (default: 8090)")
    parser.add_argument(
        "--nats-port", type=int, default=4222, metavar="PORT", help="of the NATS server (default: 4222)"
    )
    parser.add_argument("--empty", action="store_true", help="without the sample shop")
    parser.add_argument(
        "--traffic", action="store_true", help="a busy shop: sells, weighs, scans and receives by itself"
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs until Ctrl-C or SIGTERM."""
    from gateway.up.home import HomeError
    from gateway.up.plan import Options, PlanError
    from gateway.up.run import run_up

    options = Options(
        home=arguments.home.resolve(),
        branches=arguments.branches,
        branch_port=arguments.branch_port,
        hq_port=arguments.hq_port,
        nats_port=arguments.nats_port,
        empty=arguments.empty,
        traffic=arguments.traffic,
    )
    try:
        return run_up(options)
    except PlanError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None
    except HomeError as refused:
        raise Refused(str(refused), hint=refused.hint) from None


COMMAND = Command(
    "headquarters, branches and simulated devices on this machine, with a sample shop", add_arguments, run
)
