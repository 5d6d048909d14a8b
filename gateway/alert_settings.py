"""What a branch's settings say of alerts: the site's own rules over the usual ones, and who is told, where and when.

Addresses are secrets: a file that everybody on the machine may read is refused, and no text shows more than their first letters.
"""

import re
import stat
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from gateway.domain.alerts import DEFAULTS, FALLING, OF_ITEMS, SINCE_START, USUAL, AlertKind, AlertRule, Severity
from gateway.domain.telling import Quiet, Receiver
from replication.settings import ConfigError, Name, Settings

RULES_MAX: Final = 200
"""As many as rules of policy: more would be a table nobody reads."""
RECEIVERS_MAX: Final = 20
"""Each is a process of its own for a second or two when it is told something."""
WINDOW_DAYS_MAX: Final = 366
NUMBER_MAX: Final = 1_000_000
URL_LENGTH_MAX: Final = 2_000

_URL: Final = re.compile(r"[a-z][a-z0-9+.-]{0,31}://\S+", re.ASCII)
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_HERE: Final = frozenset({"file", "memory", "syslog", "dbus", "glib", "kde", "qt", "gnome", "macosx", "windows"})
"""Services that reach nobody but this machine."""
_WINDOWED: Final = frozenset({
    AlertKind.LOW_STOCK, AlertKind.OUT_OF_STOCK, AlertKind.MANY_WRITE_OFFS, AlertKind.MANY_VOIDS
})  # fmt: skip
_YES_OR_NO: Final = frozenset({AlertKind.OUT_OF_STOCK, AlertKind.NEGATIVE_STOCK, AlertKind.EXPIRED})

Number = Annotated[int, msgspec.Meta(ge=-NUMBER_MAX, le=NUMBER_MAX)]
Days = Annotated[int, msgspec.Meta(ge=1, le=WINDOW_DAYS_MAX)]


class RuleSettings(Settings, frozen=True, kw_only=True):
    """One `[[alerts.rules]]`; see `AlertRule`. What is left out is as usual for its kind."""

    kind: str
    off: bool = False
    severity: str | None = None
    at: Number | None = None
    clear_at: Number | None = None
    clear_minutes: Annotated[int, msgspec.Meta(ge=0, le=10_080)] | None = None
    window_days: Days | None = None
    cover_days: Days | None = None
    item: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    category: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


class ReceiverSettings(Settings, frozen=True, kw_only=True):
    """One `[[alerts.receivers]]`: an address as Apprise writes it, here or in a file of its own."""

    name: Name
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=URL_LENGTH_MAX)] | None = None
    url_file: str | None = None
    severity: str = Severity.WARNING.value
    language: Literal["en", "zh", "both"] = "both"
    quiet_from: str | None = None
    quiet_to: str | None = None
    urgent_always: bool = True

    def __repr__(self) -> str:
        """Without the address: settings end up in a traceback sooner or later."""
        return f"ReceiverSettings({self.name!r})"


class AlertSettings(Settings, frozen=True, kw_only=True):
    """`[alerts]`. `quiet_from` and `quiet_to` ("22:00", on the site's clocks) hold for every receiver without its own."""

    quiet_from: str | None = None
    quiet_to: str | None = None
    rules: Annotated[tuple[RuleSettings, ...], msgspec.Meta(max_length=RULES_MAX)] = ()
    receivers: Annotated[tuple[ReceiverSettings, ...], msgspec.Meta(max_length=RECEIVERS_MAX)] = ()


def read_rules(file: Path, settings: AlertSettings) -> tuple[AlertRule, ...]:
    """The site's own rules before the usual ones, or a `ConfigError` that names the rule."""
    return (*(_read_rule(file, f"alerts.rules[{place}]", rule) for place, rule in enumerate(settings.rules)), *USUAL)


def _read_rule(file: Path, path: str, told: RuleSettings) -> AlertRule:
    kind = _kind(file, path, told.kind)
    severity = None if told.severity is None else _severity(file, f"{path}.severity", told.severity)
    allowed = {
        "at": kind not in _YES_OR_NO, "clear_at": kind not in _YES_OR_NO | SINCE_START, "window_days": kind in _WINDOWED,
        "cover_days": kind is AlertKind.LOW_STOCK, "item": kind in OF_ITEMS, "category": kind in OF_ITEMS,
    }  # fmt: skip
    for name, fits in allowed.items():
        if not fits and getattr(told, name) is not None:
            raise ConfigError(
                file=file, path=f"{path}.{name}", problem=f"{kind.value} has no {name}", hint="leave it out"
            )  # fmt: skip
    changes = {
        name: value
        for name in ("at", "clear_at", "clear_minutes", "window_days", "cover_days", "item", "category", "off")
        if (value := getattr(told, name)) is not None
    } | ({} if severity is None else {"severity": severity})
    usual = DEFAULTS[kind]
    if "at" in changes and "clear_at" not in changes:
        # As far from the threshold as usual.
        changes["clear_at"] = changes["at"] + usual.clear_at - usual.at
    rule: AlertRule = msgspec.structs.replace(usual, **changes)
    falls = kind in FALLING
    if rule.clear_at < rule.at if falls else rule.clear_at > rule.at:
        raise ConfigError(
            file=file, path=f"{path}.clear_at",
            problem=f"{kind.value} is raised {'below' if falls else 'from'} {rule.at}"
            f"{'' if falls else ' on'} and would be cleared at {rule.clear_at} while it still holds",
            hint=f"write a number {'at or above' if falls else 'at or below'} {rule.at}",
        )  # fmt: skip
    return rule


def read_receivers(file: Path, settings: AlertSettings) -> dict[str, Receiver]:
    """Who is told, by name, or a `ConfigError`. Addresses are read by `read_address`."""
    found: dict[str, Receiver] = {}
    usual = _quiet(file, "alerts", settings.quiet_from, settings.quiet_to)
    for place, told in enumerate(settings.receivers):
        path = f"alerts.receivers[{place}]"
        if told.name in found:
            raise ConfigError(
                file=file, path=f"{path}.name", problem=f"{told.name!r} is there twice", hint="give each its own name"
            )
        severity = _severity(file, f"{path}.severity", told.severity)
        quiet = _quiet(file, path, told.quiet_from, told.quiet_to) or usual
        found[told.name] = Receiver(told.name, severity, told.language, quiet, told.urgent_always)
    return found


def read_addresses(file: Path, settings: AlertSettings) -> dict[str, str]:
    """Where each receiver is reached, by name; relative files count from the settings' folder. A `ConfigError` for an address
    that is none, or that everybody may read. It never quotes one."""
    return {
        told.name: _read_address(file, f"alerts.receivers[{place}]", told)
        for place, told in enumerate(settings.receivers)
    }


def _read_address(file: Path, path: str, told: ReceiverSettings) -> str:
    if (told.url is None) == (told.url_file is None):
        raise ConfigError(
            file=file, path=path, problem=f"receiver {told.name!r} needs one of url and url_file",
            hint='write url = "mailto://…", or url_file = "mail.url" with the address alone in that file',
        )  # fmt: skip
    where, text = file, told.url or ""
    if told.url_file is not None:
        path, where = f"{path}.url_file", file.parent / told.url_file
        try:
            text = where.read_text(encoding="utf-8").strip() if where.stat().st_size <= URL_LENGTH_MAX else ""
        except (OSError, UnicodeDecodeError) as refused:
            why = refused.strerror if isinstance(refused, OSError) else "it is no text"
            raise ConfigError(
                file=file,
                path=path,
                problem=f"{where} cannot be read: {why}",
                hint="check the path and who may read it",
            ) from None
    else:
        path = f"{path}.url"
    scheme = text.partition("://")[0]
    if not _URL.fullmatch(text) or scheme in _HERE:
        raise ConfigError(
            file=file, path=path, problem="is no address of a service that reaches somebody",
            hint="write it as Apprise does, such as mailto://user:password@example.com or dingtalk://…; see docs/alerts.md",
        )  # fmt: skip
    mode = stat.S_IMODE(where.stat().st_mode)
    if mode & stat.S_IRWXO:
        raise ConfigError(
            file=file, path=path, problem=f"everybody on this machine may read this address: {where} has mode {mode:04o}",
            hint=f"chmod o= {where}",
        )  # fmt: skip
    return text


def masked(address: str) -> str:
    """An address as it may be shown: its service only."""
    return f"{address.partition('://')[0]}://…"


def _kind(file: Path, path: str, text: str) -> AlertKind:
    try:
        return AlertKind(text)
    except ValueError:
        raise ConfigError(
            file=file,
            path=f"{path}.kind",
            problem=f"there is no alert {text!r}",
            hint=f"one of: {', '.join(AlertKind)}",
        ) from None


def _severity(file: Path, path: str, text: str) -> Severity:
    try:
        return Severity(text)
    except ValueError:
        raise ConfigError(
            file=file, path=path, problem=f"there is no severity {text!r}", hint=f"one of: {', '.join(Severity)}"
        ) from None


def _quiet(file: Path, path: str, start: str | None, end: str | None) -> Quiet | None:
    if start is None and end is None:
        return None
    minutes = []
    for name, text in (("quiet_from", start), ("quiet_to", end)):
        found = None if text is None else _TIME.fullmatch(text)
        if found is None:
            raise ConfigError(
                file=file, path=f"{path}.{name}", problem="is missing" if text is None else f"{text!r} is no time of day",
                hint='write both as hours and minutes, such as quiet_from = "22:00" and quiet_to = "07:00"',
            )  # fmt: skip
        minutes.append(int(found[1]) * 60 + int(found[2]))
    return Quiet(*minutes)
