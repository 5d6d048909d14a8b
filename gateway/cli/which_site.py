"""Which site a command is about, be it a branch or headquarters: its name and its data folder.

Knows of the settings only that; and that what a command writes there must belong to whom the site runs as.
"""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.command import ASKED_WRONGLY, Refused


@dataclass(frozen=True)
class WhichSite:
    """A site on this machine."""

    id: str
    folder: Path


def site_of(file: Path) -> WhichSite:
    """The site of a settings file: headquarters' file is told by its `[nats]` table, or by naming no branch."""
    from gateway.config import load_branch_config
    from replication.headquarters.config import load_headquarters_config
    from replication.settings import ConfigError, read_toml

    try:
        tables = read_toml(file)
        site = tables.get("site", {})
        is_headquarters = "nats" in tables or (isinstance(site, dict) and "id" not in site)
        found = load_headquarters_config(file) if is_headquarters else load_branch_config(file)
    except ConfigError as refused:
        raise Refused(str(refused), hint=refused.hint, exit_code=ASKED_WRONGLY) from None
    return WhichSite(found.site.id, found.data)


def may_write(folder: Path) -> None:
    """Refuses where a file made now would not be the site's own: the site could not open it any more."""
    try:
        owner = folder.stat().st_uid
    except OSError as refused:
        raise Refused(
            f"the data folder cannot be used: {refused.strerror} · 无法使用数据目录",
            where=str(folder),
            hint="under systemd, `systemd-tmpfiles --create` makes it; else start the site once"
            " · systemd 下先运行 systemd-tmpfiles --create，否则先启动一次站点",
        ) from None
    if owner != os.geteuid():
        try:
            name = pwd.getpwuid(owner).pw_name
        except KeyError:
            name = f"#{owner}"
        raise Refused(
            "only the user this site runs as may write there · 只有运行该站点的用户可以写入",
            where=str(folder),
            hint=f"runuser -u {name} -- kontor … (the same words · 其余参数不变)",
        )
