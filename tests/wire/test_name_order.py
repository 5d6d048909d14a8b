"""Items by name, as a reader of each language looks for them."""

from hypothesis import given
from hypothesis import strategies as st

from replication.wire.name_order import NameOrder, order_of, place_of, zh_order


def test_chinese_names_stand_by_pinyin() -> None:
    """báijiǔ, fānqié, kělè, píngguǒ, qiézi, suānnǎi, xiāngjiāo, zhēnglóng - and a name without Chinese before them."""
    names = ["蒸笼", "番茄", "酸奶", "白酒", "香蕉", "可乐", "茄子", "苹果"]
    assert sorted([*names, "Zero cola"], key=lambda name: zh_order(name, None)) == [
        "Zero cola", "白酒", "番茄", "可乐", "苹果", "茄子", "酸奶", "香蕉", "蒸笼",
    ]  # fmt: skip


def test_an_item_without_a_chinese_name_stands_by_its_own() -> None:
    """And the English order never looks at the Chinese one."""
    assert zh_order("Tea", None) == zh_order("Tea", "") == "Tea"
    assert place_of(NameOrder.ENGLISH, "Tea", "茶") == "Tea"
    assert place_of(order_of("zh"), "Tea", "茶") == zh_order("Tea", "茶") != "Tea"


@given(st.text(max_size=20), st.text(max_size=20))
def test_every_name_has_a_place_that_sqlite_orders_as_python_does(one: str, other: str) -> None:
    """SQLite compares the bytes of UTF-8, Python the characters."""
    first, second = zh_order(one, None), zh_order(other, None)
    assert (first < second) == (first.encode() < second.encode())
