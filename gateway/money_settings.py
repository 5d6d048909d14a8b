"""The taxes and the cash rounding a branch's settings tell. Reads no file."""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from gateway.domain.till_money import TillMoney
from replication.settings import ConfigError, Name, Settings

CLASSES_MAX: Final = 20
RATE_MAX: Final = 10_000
"""Basis points: nowhere is more than the price itself added to it."""


class TaxClass(Settings, frozen=True, kw_only=True):
    """One `[[taxes.classes]]`: the name items carry, and its rate in basis points (1300 is 13 %)."""

    name: Name
    rate: Annotated[int, msgspec.Meta(ge=0, le=RATE_MAX)]


class TaxSettings(Settings, frozen=True, kw_only=True):
    """`[taxes]`: `inclusive` prices hold the tax already; `usual` is the class of items that name none, the first unless told."""

    inclusive: bool = True
    usual: Name | None = None
    classes: Annotated[tuple[TaxClass, ...], msgspec.Meta(max_length=CLASSES_MAX)] = ()


class MoneySettings(Settings, frozen=True, kw_only=True):
    """`[money]`: 抹零, totals paid in cash are brought down to so many minor units (10, 50 or 100); 1 leaves them."""

    cash_rounding: Literal[1, 10, 50, 100] = 1


def read_till_money(file: Path, taxes: TaxSettings, money: MoneySettings, currency: str) -> TillMoney:
    """What the site adds to a sum, or a `ConfigError`."""
    names = [one.name for one in taxes.classes]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ConfigError(
                file=file, path=f"taxes.classes[{index}].name", problem=f"{name!r} is there twice", hint="give each class its own name"
            )  # fmt: skip
    if taxes.usual is not None and taxes.usual not in names:
        raise ConfigError(
            file=file, path="taxes.usual", problem=f"there is no tax class {taxes.usual!r}",
            hint=f"name one of: {', '.join(names) or '(no [[taxes.classes]] in this file)'}",
        )  # fmt: skip
    usual = taxes.usual or next(iter(names), "")
    return TillMoney(
        {one.name: one.rate for one in taxes.classes}, usual, taxes.inclusive, money.cash_rounding, currency
    )
