"""How receipts look: the blocks in their order, which of them are printed, and the shop's own lines. Knows no sale."""

from typing import Literal

from msgspec import Struct


class ReceiptsPage(Struct, frozen=True, kw_only=True):
    """`blocks` are all there are, the printed ones first and in their order; `needed` cannot be left out. `header` and
    `footer` have a line each for what is printed; `printers` are those of tills with their columns, `widths` other columns to look at."""

    blocks: tuple[str, ...]
    shown: tuple[str, ...]
    needed: tuple[str, ...]
    language: Literal["both", "zh", "en"] = "both"
    header: str = ""
    footer: str = ""
    article_codes: bool = False
    printers: tuple[tuple[str, int], ...] = ()
    widths: tuple[int, ...] = ()
    may_save: bool = False
