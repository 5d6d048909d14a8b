"""`kontor devices`: what a technician asks about the devices of a machine, each thing in a verb of its own."""

import argparse

from gateway.cli import device_lines, device_parse
from gateway.cli.command import Command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    device_parse.add_verb(verbs)
    device_lines.add_verbs(verbs)


def run(arguments: argparse.Namespace) -> int:
    """Does what the verb says."""
    done: int = arguments.verb(arguments)
    return done


COMMAND = Command("what hangs on the sockets and what it says: list, record, probe, replay, parse", add_arguments, run)
