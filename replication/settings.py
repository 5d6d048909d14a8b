"""What the settings of both kinds of site share: a TOML file read with care, a wrong setting named by its path.

Knows no table but `[site]`; each site's own file has the others.
"""

import re
import tomllib
import zoneinfo
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec

from replication.setting_hints import hint_for

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")]
DisplayName = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
Host = Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
NatsUrl = Annotated[str, msgspec.Meta(pattern=r"^(nats|tls|ws|wss)://\S+$")]
ReconnectSeconds = Annotated[int, msgspec.Meta(ge=1, le=3600)]

# A site's file is a page long; more than this is some other file.
FILE_BYTES_MAX: Final = 1_000_000


class ConfigError(Exception):
    """The settings cannot be used. Names the file, the setting's path in it, what is wrong, and what to do."""

    def __init__(self, *, file: Path, path: str, problem: str, hint: str) -> None:
        """`path` is written as in the file, such as `devices[0].baud_rate`; empty when the whole file is meant."""
        super().__init__(f"{file}: {f'{path}: ' if path else ''}{problem}")
        self.file = file
        self.path = path
        self.problem = problem
        self.hint = hint


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: a key we do not know is a spelling mistake, not something to pass over."""


T = TypeVar("T", bound=Settings)


def load(file: Path, kind: type[T]) -> T:
    """The file as this kind of settings, or a `ConfigError`."""
    tables = read_toml(file)
    try:
        return msgspec.convert(tables, kind)
    except msgspec.ValidationError as refused:
        raise _wrong_setting(file, str(refused), kind, tables) from None


def check_time_zone(file: Path, time_zone: str) -> None:
    """Refuses a zone this machine does not know."""
    try:
        zoneinfo.ZoneInfo(time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ConfigError(
            file=file,
            path="site.time_zone",
            problem=f"no time zone is called {time_zone!r}",
            hint="use a name such as Asia/Shanghai or Europe/Berlin; a bare Debian may lack the tzdata package",
        ) from None


def read_toml(file: Path) -> dict[str, object]:
    """The file's tables, or a `ConfigError` that says why not."""
    try:
        size = file.stat().st_size
        if size > FILE_BYTES_MAX:
            raise ConfigError(
                file=file,
                path="",
                problem=f"has {size} bytes, which is no settings file",
                hint="name the site's config.toml",
            )
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            file=file, path="", problem="there is no such file", hint="check the path behind --config"
        ) from None
    except OSError as refused:
        raise ConfigError(
            file=file, path="", problem=f"cannot be read: {refused.strerror}", hint="check who may read it"
        ) from refused
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise ConfigError(
            file=file,
            path="",
            problem=f"is not valid TOML: {broken}",
            hint="mend the line it names; text values need quotes",
        ) from None


_AT = re.compile(r"^(?P<problem>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)


def _wrong_setting(file: Path, refused: str, kind: type[Settings], tables: object) -> ConfigError:
    found = _AT.match(refused)
    problem, path = (found["problem"], found["path"] or "") if found else (refused, "")
    if unknown := re.search(r"unknown field `(.*)`", problem):
        path = f"{path}.{unknown[1]}" if path else unknown[1]
        return ConfigError(
            file=file,
            path=path,
            problem="there is no such setting",
            hint="check its spelling, and the [table] it stands in",
        )
    if missing := re.search(r"missing required field `(.*)`", problem):
        path = f"{path}.{missing[1]}" if path else missing[1]
        return ConfigError(file=file, path=path, problem="is missing", hint=f"add `{missing[1]} = …` there")
    return ConfigError(file=file, path=path, problem=problem, hint=hint_for(kind, tables, path))
