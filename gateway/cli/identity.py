"""`kontor identity`: the key pair of this device. Made here, it never leaves; headquarters signs its public half."""

import argparse
import os
import sys
from pathlib import Path

from gateway.cli.command import Command, Refused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which branch, and the token to keep."""
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="the branch's settings")
    parser.add_argument(
        "--accept", metavar="FILE", help="keep the token that `kontor hq-enrol` printed; - reads it from stdin"
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints the public key alone on stdout, or keeps a token."""
    from gateway.config import ConfigError, load_branch_config
    from replication.identity.claims import TOKEN_BYTES_MAX
    from replication.identity.keys import IdentityError
    from replication.identity.site import branch_identity

    try:
        config = load_branch_config(arguments.config)
        config.data.mkdir(parents=True, exist_ok=True)
        identity = branch_identity(config.data)
        key = identity.make_key(os.urandom)
        if arguments.accept is None:
            print(key.public)
            return 0
        if arguments.accept == "-":
            token = sys.stdin.read(TOKEN_BYTES_MAX)
        else:
            with Path(arguments.accept).open(encoding="ascii") as opened:
                token = opened.read(TOKEN_BYTES_MAX)
        identity.accept(config.site.id, token)
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint) from None
    except IdentityError as refused:
        raise Refused(refused.what, where=str(refused.where or arguments.config), hint=refused.hint) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("the token cannot be read", where=arguments.accept, hint=str(error)) from None
    print(f"branch {config.site.id}: the token is kept; the next connection uses it", file=sys.stderr)
    return 0


COMMAND = Command("print this device's public key, or keep the token signed for it", add_arguments, run)
