"""The `kontor` command line: finds the command, runs it, and says what went wrong in sentences.

Knows no command by heart beyond its name; each lives in its own file beside this one, and loads its rooms only when it runs.
"""

import argparse
import importlib.metadata
import sys
from collections.abc import Sequence

from gateway.cli import (
    alerts,
    archive,
    backup,
    bring,
    codes,
    devices,
    export,
    headquarters,
    hq_backup,
    hq_replace,
    hq_skip,
    hq_trust,
    identity,
    init,
    person,
    rejoin,
    restore,
    serve,
    simulate,
    token,
    up,
    verify,
)
from gateway.cli.command import Command, Refused

COMMANDS: dict[str, Command] = {
    "up": up.COMMAND,
    "init": init.COMMAND,
    "serve": serve.COMMAND,
    "headquarters": headquarters.COMMAND,
    "simulate": simulate.COMMAND,
    "devices": devices.COMMAND,
    "codes": codes.COMMAND,
    "person": person.COMMAND,
    "token": token.COMMAND,
    "verify": verify.COMMAND,
    "alerts": alerts.COMMAND,
    "hq-backup": hq_backup.COMMAND,
    "hq-replace": hq_replace.COMMAND,
    "hq-skip": hq_skip.COMMAND,
    "backup": backup.COMMAND,
    "restore": restore.COMMAND,
    "rejoin": rejoin.COMMAND,
    "archive": archive.COMMAND,
    "import": bring.COMMAND,
    "export": export.COMMAND,
    "identity": identity.COMMAND,
    "hq-trust": hq_trust.TRUST,
    "hq-enrol": hq_trust.ENROL,
    "hq-revoke": hq_trust.REVOKE,
}


def command_names() -> tuple[str, ...]:
    """What `kontor` can be told to do."""
    return tuple(COMMANDS)


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser of one command, or of all of them."""
    if only is not None:
        parser = argparse.ArgumentParser(prog=f"kontor {only}", description=COMMANDS[only].summary)
        COMMANDS[only].add_arguments(parser)
        return parser
    parser = argparse.ArgumentParser(
        prog="kontor", description="Kontor: the branch's own stock ledger, its tills and devices, and headquarters."
    )
    parser.add_argument("--version", action="version", version=f"kontor {importlib.metadata.version('kontor')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=command.summary, description=command.summary))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when done; 1 when the command found something wrong or was refused by the world; 2 when it was asked wrongly."""
    parsed = build_parser().parse_args(arguments)
    try:
        return COMMANDS[parsed.command].run(parsed)
    except Refused as refused:
        print(f"kontor {parsed.command}: {refused}", file=sys.stderr)
        return refused.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`kontor verify | head`): nothing is left to say, not even at exit.
        sys.stdout = None
        return 1


if __name__ == "__main__":
    sys.exit(main())
