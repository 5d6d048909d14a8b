"""What the till page starts with. Everything else it asks the API for, or has kept itself. Knows no stock."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from admin_ui.contexts.shell import Person, Site
from admin_ui.i18n import words

SCRIPTS = ("kit", "till")
"""Folders of modules whose words the page carries."""


class TillPage(Struct, frozen=True, kw_only=True):
    """`shell_only` is the neutral page that the service worker keeps: no person, no token, no station, no language."""

    station: str | None = None
    person: Person | None = None
    csrf_token: str | None = None
    language: str = "en"
    theme: str = "auto"
    shell_only: bool = False

    def boot(self, site: Site) -> dict[str, Any]:
        """The page's boot block."""
        return {
            "site": {"id": site.id, "name": site.name, "name_zh": site.name_zh},
            "station": self.station,
            "displays": site.displays,
            "kitchens": site.kitchens,
            "pricing": site.pricing,
            "currency": site.currency,
            "minor_unit_digits": site.minor_unit_digits,
            "person": msgspec.to_builtins(self.person),
            "role": self.person.role if self.person else None,
            "csrf_token": self.csrf_token,
            "language": self.language,
            "theme": self.theme,
            "devices_url": site.devices_url,
            "shell": self.shell_only,
        }

    def words(self) -> Mapping[str, str]:
        """The kept page carries the Chinese words whatever the language: its reader is not known yet."""
        language = "zh" if self.shell_only or self.language == "zh" else "en"
        return words(language).for_scripts(SCRIPTS)
