"""`kontor person`: who may sign in at a site. Works beside the running site, which sees a change within a second.

Knows no rule about people; `admin_ui.serving.people` has them.
"""

import argparse
import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import ASKED_WRONGLY, Command, Refused
from gateway.cli.typed_secret import read_secret
from gateway.cli.which_site import may_write, site_of

if TYPE_CHECKING:
    from admin_ui.serving.people import BadPerson, People, Person

ROLES = ("cashier", "manager", "admin")
PROVE = "--pin opens the till, --password the office pages · --pin 用于收银台，--password 用于管理页面"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, at which site, with whom."""
    deeds = parser.add_subparsers(dest="deed", metavar="add|list|reset|lock|unlock|remove", required=True)
    for deed, summary in (
        ("add", "a new person"),
        ("list", "everybody, with role and what they sign in with"),
        ("reset", "another PIN, password, role or name; ends the person's sessions"),
        ("lock", "no sign-in any more; the name stays"),
        ("unlock", "sign-in again, wrong tries forgiven"),
        ("remove", "gone; old documents keep the sign-in name"),
    ):
        one = deeds.add_parser(deed, help=summary, description=summary)
        one.add_argument("--config", required=True, type=Path, metavar="FILE", help="the site's config.toml")
        if deed != "list":
            one.add_argument("--name", required=True, metavar="NAME", help="the sign-in name: small letters and digits")
        if deed in {"add", "reset"}:
            one.add_argument("--role", required=deed == "add", choices=ROLES, help="what the person may do")
            one.add_argument("--display", metavar="TEXT", help="the name people read (default: the sign-in name)")
            one.add_argument("--display-zh", metavar="TEXT", help="the same in Chinese · 中文姓名")
            one.add_argument("--pin", action="store_true", help="ask for a PIN, for the till")
            one.add_argument("--password", action="store_true", help="ask for a password, for the office pages")


def run(arguments: argparse.Namespace) -> int:
    """Does it and says so."""
    from admin_ui.serving.people import People
    from admin_ui.serving.people_store import PeopleStoreError

    site = site_of(arguments.config)
    may_write(site.folder)
    deed = DEEDS[arguments.deed]

    async def beside_the_site() -> None:
        people = await People.open(site.folder / "people.db", clock=time.time)
        try:
            await deed(people, arguments)
        finally:
            await people.close()

    try:
        asyncio.run(beside_the_site())
    except (PeopleStoreError, sqlite3.Error) as refused:
        raise Refused(f"the people of {site.id} cannot be changed: {refused}", where=str(site.folder)) from None
    return 0


async def _add(people: "People", arguments: argparse.Namespace) -> None:
    from admin_ui.serving.roles import Role

    name = arguments.name
    if await people.get(name) is not None:
        raise Refused(
            f"there is already a {name} · 已有 {name}",
            hint="`kontor person reset` changes the PIN, password, role or name · 修改请用 kontor person reset",
        )
    if not (arguments.pin or arguments.password):
        raise Refused(
            "nothing to sign in with · 没有登录方式",
            hint=f"add --pin, --password or both: {PROVE}",
            exit_code=ASKED_WRONGLY,
        )
    pin, password = _secrets(arguments)
    _taken(
        await people.put(
            name,
            display_name=arguments.display or name,
            display_name_zh=arguments.display_zh,
            role=Role(arguments.role),
            pin=pin,
            password=password,
        )
    )
    print(f"{name} is added as {arguments.role} · 已添加 {name}（{arguments.role}）")


async def _reset(people: "People", arguments: argparse.Namespace) -> None:
    from admin_ui.serving.roles import Role

    before = await _found(people, arguments.name)
    if not (arguments.pin or arguments.password or arguments.role or arguments.display or arguments.display_zh):
        raise Refused(
            "nothing to change · 没有要修改的内容",
            hint="name what: --pin, --password, --role, --display or --display-zh",
            exit_code=ASKED_WRONGLY,
        )
    pin, password = _secrets(arguments)
    _taken(
        await people.put(
            before.person,
            display_name=arguments.display or before.display_name,
            display_name_zh=arguments.display_zh or before.display_name_zh,
            role=Role(arguments.role) if arguments.role else before.role,
            pin=pin,
            password=password,
            active=before.active,
        )
    )
    await people.unlock(before.person)
    print(f"{before.person} is changed and signs in anew · 已修改 {before.person}，需重新登录")


async def _lock(people: "People", arguments: argparse.Namespace) -> None:
    await _set_active(people, arguments.name, active=False)
    print(f"{arguments.name} cannot sign in any more · {arguments.name} 已停用，不能再登录")


async def _unlock(people: "People", arguments: argparse.Namespace) -> None:
    await _set_active(people, arguments.name, active=True)
    await people.unlock(arguments.name)
    print(f"{arguments.name} can sign in again · {arguments.name} 可以重新登录")


async def _remove(people: "People", arguments: argparse.Namespace) -> None:
    if not await people.remove(arguments.name):
        raise _nobody(arguments.name)
    print(f"{arguments.name} is removed · 已删除 {arguments.name}")


async def _list(people: "People", arguments: argparse.Namespace) -> None:  # noqa: ARG001  (one shape for all deeds)
    for one in await people.list():
        proves = "+".join(name for name, has in (("pin", one.has_pin), ("password", one.has_password)) if has) or "-"
        names = " · ".join(name for name in (one.display_name, one.display_name_zh) if name)
        print(f"{one.person:<16} {one.role.value:<8} {'active' if one.active else 'locked':<7} {proves:<13} {names}")


def _secrets(arguments: argparse.Namespace) -> tuple[str | None, str | None]:
    pin = read_secret("PIN", "PIN 码", twice=True) if arguments.pin else None
    password = read_secret("password", "密码", twice=True) if arguments.password else None
    return pin, password


async def _set_active(people: "People", name: str, *, active: bool) -> None:
    before = await _found(people, name)
    _taken(
        await people.put(
            name,
            display_name=before.display_name,
            display_name_zh=before.display_name_zh,
            role=before.role,
            active=active,
        )
    )


async def _found(people: "People", name: str) -> "Person":
    found = await people.get(name)
    if found is None:
        raise _nobody(name)
    return found


def _nobody(name: str) -> Refused:
    return Refused(f"there is no {name} here · 没有 {name}", hint="`kontor person list` names everybody · 列出所有人员")


def _taken(outcome: "Person | BadPerson") -> None:
    from admin_ui.serving.people import BadPerson

    if isinstance(outcome, BadPerson):
        raise Refused(f"{outcome.detail} · {outcome.detail_zh}", exit_code=ASKED_WRONGLY)


DEEDS: "dict[str, Callable[[People, argparse.Namespace], Awaitable[None]]]" = {
    "add": _add,
    "list": _list,
    "reset": _reset,
    "lock": _lock,
    "unlock": _unlock,
    "remove": _remove,
}

COMMAND = Command("who may sign in at a site: add, list, reset, lock, unlock, remove", add_arguments, run)
