"""Every setting a site can be told stands in docs/settings.md, in the part of its site."""

import typing
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.config import BranchConfig
from replication.headquarters.config import HeadquartersConfig

PAGE = Path(__file__).resolve().parents[2] / "docs/settings.md"


def names_of(kind: type) -> Iterator[str]:
    """The tables and settings below a struct."""
    for field in msgspec.structs.fields(kind):
        yield field.encode_name
        for inner in structs_in(field.type):
            yield from names_of(inner)


def structs_in(kind: object) -> Iterator[type]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for part in typing.get_args(kind):
        yield from structs_in(part)


@pytest.mark.parametrize(("kind", "part"), [(BranchConfig, 0), (HeadquartersConfig, 1)])
def test_every_setting_is_explained(kind: type, part: int) -> None:
    """By its name, in backquotes; a table in brackets."""
    text = PAGE.read_text(encoding="utf-8").split("\n## Headquarters")[part]
    words = set(text.replace("[", " ").replace("]", " ").replace("`", " ").replace(".", " ").split())
    assert sorted(set(names_of(kind)) - words) == []
