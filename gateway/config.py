"""A branch's settings: one TOML file read into one tree of structs. Nobody else reads a file or the environment for them.

A wrong file is refused with the file, the path of the setting, what is wrong with it, and what to write instead.
"""

from pathlib import Path
from typing import Annotated, Final

import msgspec

from gateway.alert_settings import AlertSettings, read_addresses, read_receivers, read_rules
from gateway.code_settings import CodeSettings, read_code_rules
from gateway.counting_settings import CountSettings
from gateway.kitchen_settings import KITCHENS_MAX, KitchenSettings, read_kitchens
from gateway.money_settings import MoneySettings, TaxSettings, read_till_money
from gateway.policy_settings import PolicySettings, read_policy
from peripherals.config import DEVICES_MAX, DeviceConfig, check_together
from peripherals.config import check as check_device
from peripherals.drivers import driver_of
from peripherals.errors import InvalidDeviceConfig
from peripherals.events import DeviceClass
from replication.settings import (
    ConfigError,
    Currency,
    DisplayName,
    Host,
    Name,
    NatsUrl,
    ReconnectSeconds,
    Settings,
    check_time_zone,
    load,
)
from replication.wire.location import LOCATION_NAME, is_virtual
from replication.wire.money import minor_unit_digits

__all__ = ["BranchConfig", "ConfigError", "load_branch_config"]

LocationName = Annotated[str, msgspec.Meta(pattern=f"^{LOCATION_NAME.pattern}$")]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]

STATIONS_MAX: Final = 100
LOCATIONS_MAX: Final = 100
# A return with its till receipt is usual for four weeks: the receipt must be found whole.
KEEP_DAYS_MIN: Final = 30
# What keeps for ten years has no expiry that a till need speak of.
NEAR_EXPIRY_DAYS_MAX: Final = 3650


class SiteSettings(Settings, frozen=True, kw_only=True):
    """Who this branch is. `data` is where its ledger lives, relative to the file."""

    id: Name
    name: DisplayName
    name_zh: DisplayName | None = None
    currency: Currency = "CNY"
    time_zone: str = "Asia/Shanghai"
    data: str = "."


class WebSettings(Settings, frozen=True, kw_only=True):
    """Where the branch answers its tills and its manager."""

    host: Host = "127.0.0.1"
    port: Port = 8080


class HeadquartersSettings(Settings, frozen=True, kw_only=True):
    """The line to headquarters."""

    nats_url: NatsUrl
    reconnect_seconds_max: ReconnectSeconds = 60


class JournalSettings(Settings, frozen=True, kw_only=True):
    """How long the branch keeps every line of its documents; without `keep_days`, for ever. Only what headquarters has in a
    verified backup ever goes, and where an `archive` folder is kept (every day at `archive_at`), only what that holds too."""

    keep_days: Annotated[int, msgspec.Meta(ge=KEEP_DAYS_MIN, le=36_500)] | None = None
    archive: str | None = None
    archive_at: Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "03:30"


class StockSettings(Settings, frozen=True, kw_only=True):
    """What is asked of goods. `near_expiry_days`: goods that expire so soon are sold with a warning; without it, silently."""

    near_expiry_days: Annotated[int, msgspec.Meta(ge=0, le=NEAR_EXPIRY_DAYS_MAX)] | None = None


class StationSettings(Settings, frozen=True, kw_only=True):
    """A place where a cashier stands, and the devices that stand there. One device may stand at several.

    `drawer` is one on a line of its own; without it, the drawer is the one wired to the printer.
    """

    name: Name
    scale: Name | None = None
    scanner: Name | None = None
    printer: Name | None = None
    display: Name | None = None
    drawer: Name | None = None

    @property
    def devices(self) -> tuple[str, ...]:
        """All of them."""
        named = (self.scale, self.scanner, self.printer, self.display, self.drawer)
        return tuple(name for name in named if name is not None)

    @property
    def drawer_through(self) -> str | None:
        """The device that opens the drawer."""
        return self.drawer or self.printer


STATION_DEVICES: Final[dict[str, DeviceClass]] = {
    "scale": "Scale", "scanner": "Scanner", "printer": "POSPrinter", "display": "LineDisplay", "drawer": "CashDrawer",
}  # fmt: skip
"""What may stand at a station, by the name of its setting."""


class LocationSettings(Settings, frozen=True, kw_only=True):
    """A place of the branch where goods lie, and what people call it. Documents may name others; those have no label."""

    name: LocationName
    label: DisplayName
    label_zh: DisplayName | None = None


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
    stock: StockSettings = StockSettings()
    counting: CountSettings = CountSettings()
    policy: PolicySettings = PolicySettings()
    alerts: AlertSettings = AlertSettings()
    taxes: TaxSettings = TaxSettings()
    money: MoneySettings = MoneySettings()
    codes: CodeSettings = CodeSettings()
    devices: Annotated[tuple[DeviceConfig, ...], msgspec.Meta(max_length=DEVICES_MAX)] = ()
    locations: Annotated[tuple[LocationSettings, ...], msgspec.Meta(max_length=LOCATIONS_MAX)] = ()
    stations: Annotated[tuple[StationSettings, ...], msgspec.Meta(max_length=STATIONS_MAX)] = ()
    kitchens: Annotated[tuple[KitchenSettings, ...], msgspec.Meta(max_length=KITCHENS_MAX)] = ()
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
    config = load(file, BranchConfig)
    _check(file, config)
    return _with_absolute_paths(_with_addresses(file, config), file.resolve().parent)


def _check(file: Path, config: BranchConfig) -> None:
    """What a struct's types cannot say: names are unique, references meet, the time zone exists."""
    check_time_zone(file, config.site.time_zone)
    read_rules(file, config.alerts)
    read_receivers(file, config.alerts)
    read_policy(file, config.policy)
    read_till_money(file, config.taxes, config.money, config.site.currency)
    read_code_rules(file, config.codes, config.site.currency)
    _check_unique(file, "devices", [device.name for device in config.devices])
    _check_unique(file, "stations", [station.name for station in config.stations])
    _check_unique(file, "locations", [location.name for location in config.locations])
    for index, location in enumerate(config.locations):
        if is_virtual(location.name):
            raise ConfigError(
                file=file, path=f"locations[{index}].name", problem=f"{location.name!r} is a place of the books, not a shelf",
                hint="choose another name",
            )  # fmt: skip
    for index, device in enumerate(config.devices):
        try:
            check_device(device)
            # Made once and thrown away: a picture or a font that is not there is found before the branch opens.
            driver_of(device).conversation(_absolute(device, file.resolve().parent), str)
        except InvalidDeviceConfig as refused:
            raise ConfigError(
                file=file,
                path=f"devices[{index}]",
                problem=refused.what,
                hint=f"correct the table called {refused.on!r}; docs/devices.md has the drivers and docs/settings.md what each takes",
            ) from None
    try:
        check_together(config.devices)
    except InvalidDeviceConfig as refused:
        raise ConfigError(
            file=file, path="devices", problem=f"{refused.on}: {refused.what}", hint="each device has a line of its own"
        ) from None
    _check_unique(file, "kitchens", [kitchen.name for kitchen in config.kitchens])
    known = {device.name: driver_of(device).device_class for device in config.devices}
    read_kitchens(file, config.kitchens, printers_of(config))
    for index, station in enumerate(config.stations):
        for kind, device_class in STATION_DEVICES.items():
            named = getattr(station, kind)
            if named is None or known.get(named) == device_class:
                continue
            fitting = sorted(name for name, of_class in known.items() if of_class == device_class)
            raise ConfigError(
                file=file,
                path=f"stations[{index}].{kind}",
                problem=f"there is no {kind} called {named!r}",
                hint=f"name one of: {', '.join(fitting) or f'(no {kind} among the [[devices]] of this file)'}",
            )


def printers_of(config: BranchConfig) -> set[str]:
    """The names of all receipt printers."""
    return {device.name for device in config.devices if driver_of(device).device_class == "POSPrinter"}


def pricing_stations(config: BranchConfig) -> tuple[str, ...]:
    """Stations whose scale is given the price before it weighs."""
    computing = {device.name for device in config.devices if driver_of(device).computes}
    return tuple(station.name for station in config.stations if station.scale in computing)


def _check_unique(file: Path, table: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ConfigError(
                file=file,
                path=f"{table}[{index}].name",
                problem=f"{name!r} is taken by [[{table}]] number {names.index(name) + 1}",
                hint="give each its own name",
            )


def _with_addresses(file: Path, config: BranchConfig) -> BranchConfig:
    """Each receiver of alerts with its address, wherever that stands."""
    addresses = read_addresses(file, config.alerts)
    receivers = tuple(
        msgspec.structs.replace(one, url=addresses[one.name], url_file=None) for one in config.alerts.receivers
    )
    return msgspec.structs.replace(config, alerts=msgspec.structs.replace(config.alerts, receivers=receivers))


def _absolute(device: DeviceConfig, folder: Path) -> DeviceConfig:
    named = {name: path for name in ("path", "font", "logo") if (path := getattr(device, name)) is not None}
    return msgspec.structs.replace(device, **{name: str(folder / path) for name, path in named.items()})


def _with_absolute_paths(config: BranchConfig, folder: Path) -> BranchConfig:
    devices = tuple(_absolute(device, folder) for device in config.devices)
    site = msgspec.structs.replace(config.site, data=str((folder / config.site.data).resolve()))
    journal = config.journal
    if journal.archive is not None:
        journal = msgspec.structs.replace(journal, archive=str((folder / journal.archive).resolve()))
    return msgspec.structs.replace(config, site=site, devices=devices, journal=journal)
