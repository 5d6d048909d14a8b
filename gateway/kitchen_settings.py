"""How a branch's settings tell its kitchens: what each makes, and where its tickets are printed. Reads no file."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Final

import msgspec

from gateway.domain.kitchen import Kitchen
from replication.settings import ConfigError, DisplayName, Name, Settings

KITCHENS_MAX: Final = 20
"""A large restaurant has a handful: wok, cold dishes, noodles, bar."""
NAMES_MAX: Final = 500
SECONDS_MIN: Final = 5
SECONDS_MAX: Final = 3600

Named = Annotated[
    tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=120)], ...], msgspec.Meta(max_length=NAMES_MAX)
]


class KitchenSettings(Settings, frozen=True, kw_only=True):
    """`[[kitchens]]`: a place where dishes are made. `items` are SKUs, `categories` the English names of categories; the first kitchen
    that fits makes a line. A ticket that nobody took within `acknowledge_seconds`, or that was not printed, goes to `fallback`; with 0
    nobody has to take it, and only its paper counts."""

    name: DisplayName
    printer: Name
    items: Named = ()
    categories: Named = ()
    fallback: Name | None = None
    acknowledge_seconds: Annotated[int, msgspec.Meta(ge=0, le=SECONDS_MAX)] = 120


def read_kitchens(file: Path, settings: tuple[KitchenSettings, ...], printers: Collection[str]) -> tuple[Kitchen, ...]:
    """The kitchens, or a `ConfigError`."""
    for index, one in enumerate(settings):
        if not one.items and not one.categories:
            raise ConfigError(
                file=file, path=f"kitchens[{index}]", problem="this kitchen makes nothing",
                hint="name its `categories`, or single `items` by their SKUs",
            )  # fmt: skip
        if 0 < one.acknowledge_seconds < SECONDS_MIN:
            raise ConfigError(
                file=file, path=f"kitchens[{index}].acknowledge_seconds", problem="nobody can take a ticket so quickly",
                hint=f"say {SECONDS_MIN} to {SECONDS_MAX}, or 0 where nobody has to take it",
            )  # fmt: skip
        for setting, named in (("printer", one.printer), ("fallback", one.fallback)):
            if named is not None and named not in printers:
                raise ConfigError(
                    file=file, path=f"kitchens[{index}].{setting}", problem=f"there is no printer called {named!r}",
                    hint=f"name one of: {', '.join(sorted(printers)) or '(no printer among the [[devices]] of this file)'}",
                )  # fmt: skip
        if one.fallback == one.printer:
            raise ConfigError(
                file=file, path=f"kitchens[{index}].fallback", problem="this is the kitchen's own printer",
                hint="name another printer, or leave `fallback` out",
            )  # fmt: skip
    return tuple(
        Kitchen(
            name=one.name, printer=one.printer, items=frozenset(one.items), categories=frozenset(one.categories),
            fallback=one.fallback, acknowledge_seconds=one.acknowledge_seconds,
        )
        for one in settings
    )  # fmt: skip
