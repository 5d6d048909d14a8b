"""`kontor hq-trust`, `hq-enrol`, `hq-revoke`: whom the line believes. Touches headquarters' trust folder, no database."""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import Command, Refused

if TYPE_CHECKING:
    from replication.identity.trust import Trust

_SECONDS_A_DAY = 86_400


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="headquarters' settings")


@contextlib.contextmanager
def _trust(arguments: argparse.Namespace) -> "Iterator[Trust]":
    from replication.headquarters.config import ConfigError, load_headquarters_config
    from replication.identity.keys import IdentityError
    from replication.identity.site import TRUST_FOLDER
    from replication.identity.trust import Trust

    try:
        config = load_headquarters_config(arguments.config)
        yield Trust(config.data / TRUST_FOLDER, os.urandom)
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint) from None
    except IdentityError as refused:
        raise Refused(refused.what, where=str(refused.where or arguments.config), hint=refused.hint) from None


def _add_trust_arguments(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)


def _run_trust(arguments: argparse.Namespace) -> int:
    """Makes the trust folder if there is none, and prints what nats-server must include."""
    with _trust(arguments) as trust:
        print(trust.server_settings(), end="")
    return 0


def _add_enrol_arguments(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument("--branch", required=True, metavar="b001", help="the branch the device belongs to")
    parser.add_argument("--key", required=True, metavar="U…", help="the public key `kontor identity` printed there")
    parser.add_argument("--days", type=int, default=None, metavar="N", help="how long it is valid (default: for ever)")


def _run_enrol(arguments: argparse.Namespace) -> int:
    """Prints the device's token alone on stdout. The server needs no reload."""
    if arguments.days is not None and arguments.days < 1:
        raise Refused(f"{arguments.days} days is no time", hint="give --days a number from 1, or leave it out")
    valid_seconds = None if arguments.days is None else arguments.days * _SECONDS_A_DAY
    with _trust(arguments) as trust:
        print(trust.enrol(arguments.branch, arguments.key, valid_seconds=valid_seconds))
    return 0


def _add_revoke_arguments(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument("--key", required=True, metavar="U…", help="the public key of the device")


def _run_revoke(arguments: argparse.Namespace) -> int:
    """Notes the key; the new settings are printed as by `hq-trust`."""
    with _trust(arguments) as trust:
        trust.revoke(arguments.key)
        print(trust.server_settings(), end="")
    print("put this where nats-server includes it, and send the server SIGHUP", file=sys.stderr)
    return 0


TRUST = Command("print whom nats-server must trust", _add_trust_arguments, _run_trust)
ENROL = Command("sign a branch device's key", _add_enrol_arguments, _run_enrol)
REVOKE = Command("stop trusting a device", _add_revoke_arguments, _run_revoke)
