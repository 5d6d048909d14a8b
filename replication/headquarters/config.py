"""Headquarters' settings: one TOML file read into one tree of structs. Nobody else reads a file or the environment for them.

A wrong file is refused with the file, the path of the setting, what is wrong with it, and what to write instead.
"""

import re
import tomllib
import zoneinfo
from pathlib import Path
from typing import Annotated, Final

import msgspec

FILE_BYTES_MAX: Final = 1_000_000
"""Headquarters' file is half a page long; more than this is some other file."""


class ConfigError(Exception):
    """The settings cannot be used. Names the file, the setting's path in it, what is wrong, and what to do."""

    def __init__(self, *, file: Path, path: str, problem: str, hint: str) -> None:
        super().__init__(f"{file}: {f'{path}: ' if path else ''}{problem}")
        self.file = file
        self.path = path
        self.problem = problem
        self.hint = hint


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: a key we do not know is a spelling mistake, not something to pass over."""


class SiteSettings(Settings, frozen=True, kw_only=True):
    """Who headquarters is. `data` is where its database lives, relative to the file."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")] = "hq"
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)] = "Headquarters"
    name_zh: Annotated[str, msgspec.Meta(min_length=1, max_length=120)] | None = "总部"
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")] = "CNY"
    time_zone: str = "Asia/Shanghai"
    data: str = "."


class WebSettings(Settings, frozen=True, kw_only=True):
    """Where headquarters answers."""

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8090


class NatsTable(Settings, frozen=True, kw_only=True):
    """The NATS server that branches reach as well. `stream_megabytes_max` bounds what waits there."""

    url: Annotated[str, msgspec.Meta(pattern=r"^(nats|tls|ws|wss)://\S+$")] = "nats://127.0.0.1:4222"
    reconnect_seconds_max: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 60
    stream_megabytes_max: Annotated[int, msgspec.Meta(ge=16, le=1_000_000)] = 1024


class HeadquartersConfig(Settings, frozen=True, kw_only=True):
    """Everything headquarters is told from outside."""

    site: SiteSettings = SiteSettings()
    web: WebSettings = WebSettings()
    nats: NatsTable = NatsTable()

    @property
    def data(self) -> Path:
        """The data folder; absolute once loaded."""
        return Path(self.site.data)


def load_headquarters_config(file: Path) -> HeadquartersConfig:
    """Reads and checks headquarters' settings; relative paths in them count from the file's folder."""
    try:
        config = msgspec.convert(_read(file), HeadquartersConfig)
    except msgspec.ValidationError as refused:
        raise _wrong_setting(file, str(refused)) from None
    try:
        zoneinfo.ZoneInfo(config.site.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ConfigError(
            file=file,
            path="site.time_zone",
            problem=f"no time zone is called {config.site.time_zone!r}",
            hint="use a name such as Asia/Shanghai or Europe/Berlin; a bare Debian may lack the tzdata package",
        ) from None
    data = str((file.resolve().parent / config.site.data).resolve())
    return msgspec.structs.replace(config, site=msgspec.structs.replace(config.site, data=data))


def _read(file: Path) -> dict[str, object]:
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise ConfigError(
                file=file, path="", problem="is too large for settings", hint="name headquarters' config.toml"
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
            file=file, path="", problem=f"is not valid TOML: {broken}", hint="mend the line it names"
        ) from None


def _wrong_setting(file: Path, refused: str) -> ConfigError:
    found = re.match(r"^(?P<problem>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", refused, re.DOTALL)
    problem, path = (found["problem"], found["path"] or "") if found else (refused, "")
    if unknown := re.search(r"unknown field `(.*)`", problem):
        path = f"{path}.{unknown[1]}" if path else unknown[1]
        return ConfigError(
            file=file,
            path=path,
            problem="there is no such setting",
            hint="check its spelling, and the [table] it stands in",
        )
    return ConfigError(file=file, path=path, problem=problem, hint="write a value of that kind")
