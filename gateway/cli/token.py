"""`kontor token`: an API token for scripts, alone on stdout, signed with the site's key file and no database; or one revoked.

A revoked token is a row in people.db, which the running site sees within a second and remembers.
"""

import argparse
import re
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.command import ASKED_WRONGLY, Command, Refused
from gateway.cli.typed_secret import read_secret
from gateway.cli.which_site import WhichSite, may_write, site_of

if TYPE_CHECKING:
    from admin_ui.serving.tokens import Tokens

SITE = re.compile(r"[a-z0-9-]{1,32}")
DAY_SECONDS: Final = 86_400
DAYS_MAX: Final = 3650
"""Ten years: a box does not live longer, and a number beyond it is a slip."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose token, and what it may do."""
    parser.add_argument(
        "--home",
        type=Path,
        default=Path("kontor-data"),
        metavar="DIR",
        help="the home of `kontor up` (default: ./kontor-data)",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--site", metavar="b001|hq", help="the site of that home that will accept it")
    which.add_argument("--config", type=Path, metavar="FILE", help="the config.toml of the site that will accept it")
    deed = parser.add_mutually_exclusive_group(required=True)
    deed.add_argument("--role", choices=("cashier", "manager", "admin"), help="what it may do")
    deed.add_argument(
        "--revoke", action="store_true", help="refuse a token from now on; it is typed, or read from stdin"
    )
    parser.add_argument("--person", default=None, metavar="NAME", help="whose acts it signs (default: the role's name)")
    parser.add_argument(
        "--days", type=_days, metavar="N", help="how long it is good for (default: until it is revoked)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints the token, or revokes one."""
    from admin_ui.serving.roles import Role
    from admin_ui.serving.tokens import KeyFileError, Tokens, read_or_create_key

    site = _of_home(arguments.home, arguments.site) if arguments.config is None else site_of(arguments.config)
    try:
        tokens = Tokens(read_or_create_key(site.folder), site.id)
    except KeyFileError as refused:
        raise Refused(str(refused)) from None
    if arguments.revoke:
        _revoke(tokens, site)
        return 0
    role = Role(arguments.role)
    seconds = None if arguments.days is None else arguments.days * DAY_SECONDS
    print(tokens.issue(role=role, person=arguments.person or role.value, issued=int(time.time()), seconds=seconds))
    return 0


def _of_home(home: Path, site: str) -> WhichSite:
    if not SITE.fullmatch(site):
        raise Refused(
            f"{site!r} is no site name", hint="sites are called b001, b002, … and hq", exit_code=ASKED_WRONGLY
        )
    folder = home / site
    if not folder.is_dir():
        known = sorted(found.parent.name for found in home.glob("*/config.toml"))
        raise Refused(
            f"there is no site {site!r} in this home",
            where=str(home),
            hint=f"sites here: {', '.join(known) or 'none; start `kontor up` once, or name its folder with --home'}",
        )
    return WhichSite(site, folder)


def _revoke(tokens: "Tokens", site: WhichSite) -> None:
    from admin_ui.serving.people_store import PeopleStore, PeopleStoreError
    from admin_ui.serving.tokens import TokenRefused

    may_write(site.folder)
    now = time.time()
    claims = tokens.verify(read_secret("API token", "API 令牌", twice=False).strip(), now)
    if isinstance(claims, TokenRefused):
        if claims.code == "token_expired":
            raise Refused("this token has expired already · 该令牌已过期，无需撤销")
        raise Refused(
            f"this is no token of {site.id} · 这不是 {site.id} 的令牌", hint="give the whole token, from kt_ to its end"
        )
    try:
        store = PeopleStore(site.folder / "people.db")
        try:
            store.withdraw_token(claims.token, int(now))
        finally:
            store.close()
    except (PeopleStoreError, sqlite3.Error) as refused:
        raise Refused(f"the token cannot be revoked: {refused}", where=str(site.folder)) from None
    print(f"revoked: {claims.person} ({claims.role.value}) · 已撤销：{claims.person}（{claims.role.value}）")


def _days(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= DAYS_MAX:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {DAYS_MAX} · 请填写 1 至 {DAYS_MAX} 的整数")
    return int(text)


COMMAND = Command("print an API token, or revoke one", add_arguments, run)
