"""A branch's settings: one TOML file read into one tree of structs. Nobody else reads a file or the environment for them.

A wrong file is refused with the file, the path of the setting, what is wrong with it, and what to write instead.
"""

import re
import tomllib
import zoneinfo
from pathlib import Path
from typing import Annotated, Final

import msgspec

from peripherals.config import DeviceConfig
from peripherals.config import check as check_device
from peripherals.errors import InvalidDeviceConfig
from replication.wire.money import minor_unit_digits

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
ReconnectSeconds = Annotated[int, msgspec.Meta(ge=1, le=3600)]

# A branch's file is a page long; more than this is some other file.
FILE_BYTES_MAX: Final = 1_000_000
# A gateway has a handful of ports; a hundred devices is more than any branch and still starts quickly.
DEVICES_MAX: Final = 100
STATIONS_MAX: Final = 100
# A return with its till receipt is usual for four weeks: the receipt must be found whole.
KEEP_DAYS_MIN: Final = 30


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


class SiteSettings(Settings, frozen=True, kw_only=True):
    """Who this branch is. `data` is where its ledger lives, relative to the file."""

    id: Name
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    name_zh: Annotated[str, msgspec.Meta(min_length=1, max_length=120)] | None = None
    currency: Currency = "CNY"
    time_zone: str = "Asia/Shanghai"
    data: str = "."


class WebSettings(Settings, frozen=True, kw_only=True):
    """Where the branch answers its tills and its manager."""

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=253)] = "127.0.0.1"
    port: Port = 8080


class HeadquartersSettings(Settings, frozen=True, kw_only=True):
    """The line to headquarters."""

    nats_url: Annotated[str, msgspec.Meta(pattern=r"^(nats|tls|ws|wss)://\S+$")]
    reconnect_seconds_max: ReconnectSeconds = 60


class JournalSettings(Settings, frozen=True, kw_only=True):
    """How long the branch keeps every line of its documents; without `keep_days`, for ever. Only what headquarters has in a
    verified backup ever goes."""

    keep_days: Annotated[int, msgspec.Meta(ge=KEEP_DAYS_MIN, le=36_500)] | None = None


class StationSettings(Settings, frozen=True, kw_only=True):
    """A place where a cashier stands, and the devices that stand there."""

    name: Name
    scale: Name | None = None
    scanner: Name | None = None
    printer: Name | None = None


class DemoSettings(Settings, frozen=True, kw_only=True):
    """Only `kontor up` writes this table: simulated devices, and the address of the page that shows them."""

    enabled: bool = False
    devices_url: str | None = None


class BranchConfig(Settings, frozen=True, kw_only=True):
    """Everything a branch is told from outside."""

    site: SiteSettings
    web: WebSettings = WebSettings()
    headquarters: HeadquartersSettings | None = None
    journal: JournalSettings = JournalSettings()
    devices: Annotated[tuple[DeviceConfig, ...], msgspec.Meta(max_length=DEVICES_MAX)] = ()
    stations: Annotated[tuple[StationSettings, ...], msgspec.Meta(max_length=STATIONS_MAX)] = ()
    demo: DemoSettings = DemoSettings()

    @property
    def data(self) -> Path:
        """The branch's data folder; absolute once loaded."""
        return Path(self.site.data)

    @property
    def minor_unit_digits(self) -> int:
        """How many digits stand behind the point in the site's currency."""
        return minor_unit_digits(self.site.currency)


def load_branch_config(file: Path) -> BranchConfig:
    """Reads and checks a branch's settings; relative paths in them count from the file's folder."""
    try:
        config = msgspec.convert(read_toml(file), BranchConfig)
    except msgspec.ValidationError as refused:
        raise _wrong_setting(file, refused) from None
    _check(file, config)
    return _with_absolute_paths(config, file.resolve().parent)


def read_toml(file: Path) -> dict[str, object]:
    """The file's tables, or a `ConfigError` that says why not."""
    try:
        size = file.stat().st_size
        if size > FILE_BYTES_MAX:
            raise ConfigError(
                file=file,
                path="",
                problem=f"has {size} bytes, which is no settings file",
                hint="name the branch's config.toml",
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


def _wrong_setting(file: Path, refused: msgspec.ValidationError) -> ConfigError:
    found = _AT.match(str(refused))
    problem, path = (found["problem"], found["path"] or "") if found else (str(refused), "")
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
    return ConfigError(file=file, path=path, problem=problem, hint="write a value of that kind")


def _check(file: Path, config: BranchConfig) -> None:
    """What a struct's types cannot say: names are unique, references meet, the time zone exists."""
    try:
        zoneinfo.ZoneInfo(config.site.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ConfigError(
            file=file,
            path="site.time_zone",
            problem=f"no time zone is called {config.site.time_zone!r}",
            hint="use a name such as Asia/Shanghai or Europe/Berlin; a bare Debian may lack the tzdata package",
        ) from None
    _check_unique(file, "devices", [device.name for device in config.devices])
    _check_unique(file, "stations", [station.name for station in config.stations])
    for index, device in enumerate(config.devices):
        try:
            check_device(device)
        except InvalidDeviceConfig as refused:
            raise ConfigError(
                file=file, path=f"devices[{index}]", problem=refused.what, hint="say which line the device is on"
            ) from None
    known = {device.name for device in config.devices}
    for index, station in enumerate(config.stations):
        for kind in ("scale", "scanner", "printer"):
            named = getattr(station, kind)
            if named is not None and named not in known:
                raise ConfigError(
                    file=file,
                    path=f"stations[{index}].{kind}",
                    problem=f"there is no device called {named!r}",
                    hint=f"name one of: {', '.join(sorted(known)) or '(no [[devices]] in this file)'}",
                )


def _check_unique(file: Path, table: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ConfigError(
                file=file,
                path=f"{table}[{index}].name",
                problem=f"{name!r} is taken by [[{table}]] number {names.index(name) + 1}",
                hint="give each its own name",
            )


def _with_absolute_paths(config: BranchConfig, folder: Path) -> BranchConfig:
    devices = tuple(
        msgspec.structs.replace(device, path=str(folder / device.path)) if device.path else device
        for device in config.devices
    )
    site = msgspec.structs.replace(config.site, data=str((folder / config.site.data).resolve()))
    return msgspec.structs.replace(config, site=site, devices=devices)
