"""In which order items stand in a list by name, for a reader of each language. Pure; knows no list.

Chinese names stand by pinyin, as a Chinese reader looks for them. The first level of GB 2312, 3,755 characters that make up
nearly all of written Chinese, is laid out by pinyin, and GB 18030 keeps its codes: the bytes of a name are its place. What is
rarer stands behind, by radical; a character with several readings stands by its commonest.
"""

import enum


class NameOrder(enum.StrEnum):
    """The column both kinds of site order a list by."""

    ENGLISH = "name"
    CHINESE = "zh_order"


def order_of(language: str) -> NameOrder:
    """The order a reader of that language expects."""
    return NameOrder.CHINESE if language == "zh" else NameOrder.ENGLISH


def zh_order(name: str, name_zh: str | None) -> str:
    """An item's place among Chinese names; one without a Chinese name stands by its own, before them."""
    return (name_zh or name).encode("gb18030", "replace").decode("latin-1")


def place_of(order: NameOrder, name: str, name_zh: str | None) -> str:
    """What a list in that order compares."""
    return zh_order(name, name_zh) if order is NameOrder.CHINESE else name
