"""`kontor devices`: what a technician asks about the devices of a machine, each thing in a verb of its own."""

import argparse

from gateway.cli import device_parse
from gateway.cli.command import Command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs."""
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    device_parse.add_verb(verbs)


def run(arguments: argparse.Namespace) -> int:
    """Does what the verb says."""
    done: int = arguments.verb(arguments)
    return done


COMMAND = Command("what devices say: parse the frames of a scale", add_arguments, run)
