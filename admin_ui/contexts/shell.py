"""What every page needs around its own content: the site, the reader, and how headquarters stands.

Quantities here and in every other context are decimal strings, money is whole minor units, times are seconds since
1970 (or ISO 8601 text). Knows no page.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from admin_ui.i18n import Language

Theme = Literal["light", "dark", "auto"]
SyncState = Literal["current", "catching_up", "offline", "blocked", "fenced", "standalone"]


class Site(Struct, frozen=True, kw_only=True):
    """The site that serves the page. Does not change while the process lives."""

    kind: Literal["branch", "headquarters"]
    id: str
    name: str
    name_zh: str | None = None
    version: str
    currency: str
    minor_unit_digits: int
    time_zone: str
    devices_url: str | None = None  # the simulated devices' page; demo sites only
    stations: tuple[str, ...] = ()
    displays: tuple[str, ...] = ()  # stations whose customer has a display
    pricing: tuple[str, ...] = ()  # stations whose scale is given the price before it weighs
    kitchens: tuple[str, ...] = ()  # places where tickets are printed and taken
    places: dict[str, dict[str, str]] = {}
    """What the branch calls its own places, by name and language."""


class Person(Struct, frozen=True, gc=False):
    """Who is signed in."""

    person: str
    display_name: str
    role: Literal["cashier", "manager", "admin"]


class Sync(Struct, frozen=True, kw_only=True, gc=False):
    """How far headquarters has come with this branch's journal."""

    state: SyncState
    head_seq: int = 0
    applied_seq: int = 0
    waiting: int = 0
    lag_seconds: float | None = None


class Shell(Struct, frozen=True, kw_only=True):
    """One reader's view of the frame round a page."""

    language: Language
    theme: Theme = "auto"
    path: str = "/"
    person: Person | None = None
    csrf_token: str | None = None
    sync: Sync | None = None  # branch pages
    attention: int | None = None  # headquarters pages: branches that need a person
    names: Mapping[str, str] = field(default_factory=dict)  # sign-in name -> what the reader calls that person
    badges: Mapping[str, int] = field(default_factory=dict)  # page name -> things waiting there
