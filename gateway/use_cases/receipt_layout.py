"""How a shop's receipts look: which blocks in which order, in which languages, with which lines of its own. A template without code.

Kept as `receipt.json` in the branch's folder, written by the receipts page and read at start. Knows no document and no printer.
"""

import enum
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

LINES_MAX: Final = 12
"""Own lines above and below: an address, a tax number, a return rule. More is a leaflet."""
LINE_CHARACTERS_MAX: Final = 200
FILE_BYTES_MAX: Final = 16_384
FILE_NAME: Final = "receipt.json"

Language = Literal["both", "zh", "en"]
OwnLine = Annotated[str, msgspec.Meta(min_length=1, max_length=LINE_CHARACTERS_MAX)]


class Block(enum.StrEnum):
    """What a receipt is made of."""

    LOGO = "logo"
    SHOP = "shop"
    HEADER = "header"
    TITLE = "title"
    NUMBER = "number"
    LINES = "lines"
    MONEY = "money"
    REMARKS = "remarks"
    QR = "qr"
    IDENTITY = "identity"
    THANKS = "thanks"
    FOOTER = "footer"


NEEDED: Final = frozenset({Block.NUMBER, Block.LINES, Block.MONEY})
"""Without them it is no receipt: what was sold, for how much, under which number and when."""
USUAL_BLOCKS: Final = (
    Block.LOGO, Block.SHOP, Block.HEADER, Block.TITLE, Block.NUMBER, Block.LINES, Block.MONEY, Block.REMARKS, Block.QR,
    Block.IDENTITY, Block.THANKS, Block.FOOTER,
)  # fmt: skip


class ReceiptLayout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`header` and `footer` are the shop's own lines. `article_codes` prints each article's code above its price."""

    blocks: tuple[Block, ...] = USUAL_BLOCKS
    language: Language = "both"
    header: Annotated[tuple[OwnLine, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    footer: Annotated[tuple[OwnLine, ...], msgspec.Meta(max_length=LINES_MAX)] = ()
    article_codes: bool = False


USUAL: Final = ReceiptLayout()


class LayoutFault(msgspec.Struct, frozen=True):
    """Why a layout is none: `missing` blocks, or one that comes twice (`repeated`)."""

    code: Literal["missing", "repeated"]
    block: Block


def fault_of(layout: ReceiptLayout) -> LayoutFault | None:
    """What types cannot say."""
    repeated = next((block for at, block in enumerate(layout.blocks) if block in layout.blocks[:at]), None)
    if repeated is not None:
        return LayoutFault("repeated", repeated)
    missing = next((block for block in USUAL_BLOCKS if block in NEEDED and block not in layout.blocks), None)
    return None if missing is None else LayoutFault("missing", missing)


class BadLayout(ValueError):
    """The file is none; says what is wrong with it."""


def read_layout(folder: Path) -> ReceiptLayout:
    """The shop's own, or the usual one where it has none. Raises `BadLayout`."""
    file = folder / FILE_NAME
    try:
        with file.open("rb") as opened:
            data = opened.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return USUAL
    except OSError as error:
        raise BadLayout(f"{file}: {error.strerror}") from None
    if len(data) > FILE_BYTES_MAX:
        raise BadLayout(f"{file}: longer than {FILE_BYTES_MAX} bytes")
    try:
        layout = msgspec.json.decode(data, type=ReceiptLayout)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadLayout(f"{file}: {error}") from None
    fault = fault_of(layout)
    if fault is not None:
        raise BadLayout(f"{file}: block {fault.block.value} is {fault.code}")
    return layout


def write_layout(folder: Path, layout: ReceiptLayout) -> None:
    """Keeps it, whole or not at all."""
    file = folder / FILE_NAME
    fresh = file.with_suffix(".new")
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(layout), indent=2) + b"\n")
    fresh.replace(file)
