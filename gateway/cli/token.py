"""`kontor token`: an API token for scripts, alone on stdout. Signs with the site's key file and touches no database."""

import argparse
import re
import time
from pathlib import Path

from gateway.cli.command import ASKED_WRONGLY, Command, Refused

SITE = re.compile(r"[a-z0-9-]{1,32}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose token, and what it may do."""
    parser.add_argument(
        "--home",
        type=Path,
        default=Path("kontor-data"),
        metavar="DIR",
        help="the home of `kontor up` (default: ./kontor-data)",
    )
    parser.add_argument("--site", required=True, metavar="b001|hq", help="the site that will accept it")
    parser.add_argument("--role", required=True, choices=("cashier", "manager", "admin"), help="what it may do")
    parser.add_argument("--person", default=None, metavar="NAME", help="whose acts it signs (default: the role's name)")


def run(arguments: argparse.Namespace) -> int:
    """Prints the token."""
    from admin_ui.serving.roles import Role
    from admin_ui.serving.tokens import KeyFileError, Tokens, read_or_create_key

    folder = arguments.home / arguments.site
    if not SITE.fullmatch(arguments.site):
        raise Refused(
            f"{arguments.site!r} is no site name", hint="sites are called b001, b002, … and hq", exit_code=ASKED_WRONGLY
        )
    if not folder.is_dir():
        known = sorted(found.parent.name for found in arguments.home.glob("*/config.toml"))
        raise Refused(
            f"there is no site {arguments.site!r} in this home",
            where=str(arguments.home),
            hint=f"sites here: {', '.join(known) or 'none; start `kontor up` once, or name its folder with --home'}",
        )
    try:
        key = read_or_create_key(folder)
    except KeyFileError as refused:
        raise Refused(str(refused)) from None
    role = Role(arguments.role)
    print(Tokens(key, arguments.site).issue(role=role, person=arguments.person or role.value, issued=int(time.time())))
    return 0


COMMAND = Command("print an API token", add_arguments, run)
