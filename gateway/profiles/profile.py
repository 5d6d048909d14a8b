"""A kind of shop: the settings it begins with, and a small sample of what it sells. Read from the files beside this one."""

import functools
import tomllib
from importlib.resources import files
from typing import Any, Final

import msgspec

PACKAGE: Final = "gateway.profiles"


class ProfileItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An item of a sample shop. `item` is the body of `PUT /items/{sku}`; `opening` what is there on the first day, per place, for
    `cost` minor units each; `expires_in` days for goods kept by lot."""

    sku: str
    item: dict[str, Any]
    opening: dict[str, str] = {}
    cost: int = 0
    expires_in: int | None = None


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A small realistic shop. Invented brands; codes of GS1's demonstration range. `recipes` are bodies of `PUT /recipes/{code}`."""

    items: tuple[ProfileItem, ...]
    recipes: dict[str, dict[str, Any]] = {}


class Profile(msgspec.Struct, frozen=True):
    """`name` is what `kontor init --profile` is told."""

    name: str
    title: str
    title_zh: str

    def settings(self) -> str:
        """The part of a settings file that this kind of shop begins with."""
        return files(PACKAGE).joinpath(f"{self.name}.toml").read_text(encoding="utf-8")

    def sample(self) -> Sample:
        """What its sample shop sells."""
        text = files(PACKAGE).joinpath(f"{self.name}.sample.toml").read_text(encoding="utf-8")
        return msgspec.convert(tomllib.loads(text), Sample)


@functools.cache
def profiles() -> dict[str, Profile]:
    """All there are, by name."""
    found = (
        Profile("general", "General", "通用"),
        Profile("food", "Food", "食品"),
        Profile("standard", "Standard", "标准"),
        Profile("production", "Production", "生产"),
        Profile("restaurant", "Restaurant", "餐饮"),
    )
    return {profile.name: profile for profile in found}
