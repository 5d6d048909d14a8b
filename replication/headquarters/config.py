"""Headquarters' settings: one TOML file read into one tree of structs. Nobody else reads a file or the environment for them.

A wrong file is refused with the file, the path of the setting, what is wrong with it, and what to write instead.
"""

from pathlib import Path
from typing import Annotated

import msgspec

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

__all__ = ["ConfigError", "HeadquartersConfig", "load_headquarters_config"]


class SiteSettings(Settings, frozen=True, kw_only=True):
    """Who headquarters is. `data` is where its database lives, relative to the file."""

    id: Name = "hq"
    name: DisplayName = "Headquarters"
    name_zh: DisplayName | None = "总部"
    currency: Currency = "CNY"
    time_zone: str = "Asia/Shanghai"
    data: str = "."


class WebSettings(Settings, frozen=True, kw_only=True):
    """Where headquarters answers."""

    host: Host = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8090


class NatsTable(Settings, frozen=True, kw_only=True):
    """The NATS server that branches reach as well. `stream_megabytes_max` bounds what waits there."""

    url: NatsUrl = "nats://127.0.0.1:4222"
    reconnect_seconds_max: ReconnectSeconds = 60
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
    config = load(file, HeadquartersConfig)
    check_time_zone(file, config.site.time_zone)
    data = str((file.resolve().parent / config.site.data).resolve())
    return msgspec.structs.replace(config, site=msgspec.structs.replace(config.site, data=data))
