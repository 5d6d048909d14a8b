"""How a branch's settings tell the labels of its own scales. Reads no file."""

from pathlib import Path
from typing import Annotated, Final

import msgspec

from gateway.domain.barcode import CodeRules
from gateway.domain.barcode.in_store import PRESETS, LayoutError, layouts_of
from replication.settings import ConfigError, Settings
from replication.wire.money import minor_unit_digits

LAYOUTS_MAX: Final = 50
"""A shop has a handful of scales; each prints a few layouts at most."""


class CodeSettings(Settings, frozen=True, kw_only=True):
    """`[codes]`: how the shop's own labels are built, in the order they are tried: names of presets and layouts."""

    in_store: Annotated[tuple[str, ...], msgspec.Meta(max_length=LAYOUTS_MAX)] = ("general",)


def read_code_rules(file: Path, settings: CodeSettings, currency: str) -> CodeRules:
    """How the site reads codes, or a `ConfigError`."""
    try:
        return CodeRules(layouts_of(settings.in_store), minor_unit_digits(currency), currency)
    except LayoutError as wrong:
        raise ConfigError(
            file=file, path="codes.in_store", problem=str(wrong), hint=f"name one of: {', '.join(PRESETS)}, or write a layout"
        ) from None  # fmt: skip
