"""The goods of the sample shop, read from `goods.tsv`: names, prices, packs, and barcodes of GS1's demonstration range; and the
dishes of its hot food counter, from `hot_food.toml`."""

import functools
import hashlib
import tomllib
from importlib.resources import files
from typing import Any, Final

import msgspec

from gateway.profiles.profile import Sample

# GS1 keeps 952 for demonstrations: no real article carries such a code.
DEMONSTRATION_PREFIX: Final = "952"
# Given to the invented maker of everything in the shop.
COMPANY: Final = "1234"
# An indicator digit in front of a GTIN-13's digits makes the code of a case of it.
CASE_INDICATOR: Final = "1"


class Good(msgspec.Struct, frozen=True, kw_only=True):
    """One article. Prices in fen; `case_of` is how many pieces a case holds, for what comes in cases."""

    sku: str
    name: str
    name_zh: str
    unit: str
    price: int
    category: str
    category_zh: str
    low_below: str
    case_of: int | None
    barcode: str | None
    case_barcode: str | None

    @property
    def weighed(self) -> bool:
        """Sold by weight."""
        return self.unit == "kg"

    def as_item(self) -> dict[str, Any]:
        """The body of `PUT /items/{sku}`."""
        item: dict[str, Any] = {
            "name": self.name,
            "name_zh": self.name_zh,
            "unit": self.unit,
            "price": self.price,
            "category": self.category,
            "category_zh": self.category_zh,
            "low_below": self.low_below,
        }
        if self.weighed:
            item["weighed"] = True
        if self.barcode:
            item["barcodes"] = [self.barcode]
        if self.case_of:
            item["packs"] = [{"unit": "case", "factor": str(self.case_of), "barcode": self.case_barcode}]
        return item

    def opening_quantity(self, branch: str) -> str:
        """What stands on this branch's shelves at first: the same at every start, different in every branch."""
        chance = int.from_bytes(hashlib.sha256(f"{branch} {self.sku}".encode()).digest()[:4], "big")
        low = int(self.low_below)
        if self.weighed:
            # Between the low mark and four times of it, in grams.
            grams = low * 1000 + low * 3 * (chance % 1000)
            return f"{grams // 1000}.{grams % 1000:03}"
        if chance % 23 == 0:
            return str(max(1, low - 1 - chance % 3))
        return str(low * 2 + chance % (low * 6))


@functools.cache
def goods() -> tuple[Good, ...]:
    """All articles, in the order of the file."""
    lines = files("gateway.demo").joinpath("goods.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    columns, *articles = rows
    found = []
    for number, row in enumerate(articles, start=1):
        cells = dict(zip(columns, row, strict=True))
        packed = bool(cells["case_of"])
        digits = f"{DEMONSTRATION_PREFIX}{COMPANY}{number:05}"
        found.append(
            Good(
                sku=cells["sku"],
                name=cells["name"],
                name_zh=cells["name_zh"],
                unit=cells["unit"],
                price=int(cells["price"]),
                category=cells["category"],
                category_zh=cells["category_zh"],
                low_below=cells["low_below"],
                case_of=int(cells["case_of"]) if packed else None,
                barcode=with_check_digit(digits) if packed else None,
                case_barcode=with_check_digit(CASE_INDICATOR + digits) if packed else None,
            )
        )
    return tuple(found)


@functools.cache
def hot_food() -> Sample:
    """The dishes with their recipes, made of goods of the shop when they are sold."""
    text = files("gateway.demo").joinpath("hot_food.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Sample)


def with_check_digit(digits: str) -> str:
    """A GS1 code from its digits without the last: weights 3 and 1 alternate from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"
