"""Items are found by every part of what they are called, on pages in the order of names, whatever way finds them."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store import search
from gateway.store.items import list_items
from gateway.store.ledger import LEDGER_FILE
from gateway.store.stock import Level, list_overview
from gateway.store.verify import verify_site
from gateway.use_cases.put_item import ItemStored, put_item
from replication.storage.connection import open_reader
from replication.wire.item_entry import ItemEntry
from replication.wire.name_order import NameOrder
from tests.bench.stocked_ledger import ADMIN, open_shop

SHOP = {
    "tea-1": ItemEntry("Green tea", "piece", 100, name_zh="绿茶", barcodes=("6901234567892",)),
    "tea-2": ItemEntry("TEA, black", "piece", 100, name_zh="红茶 100%", barcodes=("6901234567908", "X_9")),
    "TEA_3": ItemEntry("white Tea", "piece", 100, name_zh="白茶"),
    "oil": ItemEntry('Öl "extra" (1 l)', "piece", 100, name_zh="油"),
    "rice": ItemEntry("Rice \\ 10%", "piece", 100, barcodes=("75",)),
    "-": ItemEntry("İstanbul ΑΣΑ ǅ 茶🍵", "piece", 100),
}
ASKED = (
    "tea", "TEA", "a", "e", "茶", "绿茶", "红茶 1", "100%", "%", "_", "X_9", "x_9", "690123456", "5", "75", "-", "\\", '"', '"extra"',
    "Ö", "ö", "ΑΣ", "ας", "İ", "ǅ", "🍵", "茶🍵", "tea-2", "Green tea", "reen te", "nothing", "白茶了", " ", ", b", "AND", "a* OR b",
)  # fmt: skip


async def _make(folder: Path, entries: dict[str, ItemEntry]) -> None:
    async with open_shop(folder) as shop:
        for sku, entry in entries.items():
            assert isinstance(await put_item(shop, ADMIN, sku, entry), ItemStored)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    folder = tmp_path_factory.mktemp("search")
    asyncio.run(_make(folder, SHOP))
    connection = open_reader(folder / LEDGER_FILE)
    yield connection
    connection.close()


def _compared(connection: sqlite3.Connection, text: str) -> list[str]:
    """What comparing every text of every item finds, by name."""
    rows = connection.execute(
        "SELECT sku FROM items WHERE instr(lower(name), lower(:t)) OR instr(lower(name_zh), lower(:t)) OR instr(lower(sku), lower(:t))"
        " OR item_id IN (SELECT item_id FROM barcodes WHERE instr(lower(barcode), lower(:t))) ORDER BY name, item_id",
        {"t": text},
    )
    return [sku for (sku,) in rows]


def _paged(connection: sqlite3.Connection, text: str) -> list[str]:
    after, found = ("", 0), []
    while rows := list_items(connection, search=text, after=after, limit=1):
        after = rows[-1].key
        found += [row.item.sku for row in rows]
    return found


@pytest.mark.parametrize("walked", [1, 3, 1_000])
def test_each_way_finds_what_comparing_everything_finds(
    shop: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, walked: int
) -> None:
    """By walk, by index and by both, in one page and in pages of one, for every text a person may type."""
    monkeypatch.setattr(search, "WALKED_MAX", walked)
    for text in ASKED:
        expected = _compared(shop, text)
        whole = list_items(shop, search=text, after=("", 0), limit=50)
        assert [row.item.sku for row in whole] == expected == _paged(shop, text), text


@given(st.text(st.sampled_from("tea TEA-1茶绿%_\"'*^\\Ö6901(),.:+"), min_size=1, max_size=5))
def test_no_text_is_read_as_more_than_a_text(shop: sqlite3.Connection, text: str) -> None:
    """Nothing that is typed is an operator of the index."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "WALKED_MAX", 1)
        assert _paged(shop, text) == _compared(shop, text)


def test_the_stock_page_finds_in_each_tab_and_in_the_order_of_both_languages(
    shop: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every tab is searched the same way; none of these was ever moved."""
    monkeypatch.setattr(search, "WALKED_MAX", 1)
    for level, expected in ((Level.ALL, 4), (Level.OUT, 4), (Level.LOW, 0), (Level.NEGATIVE, 0)):
        for order in NameOrder:
            rows = list_overview(shop, level=level, search="茶", after=("", 0), limit=50, order=order)
            assert len(rows) == expected, level
    by_pinyin = list_overview(shop, level=Level.ALL, search="茶", after=("", 0), limit=50, order=NameOrder.CHINESE)
    assert [row.item.name_zh for row in by_pinyin][1:] == ["白茶", "红茶 100%", "绿茶"]


def test_an_item_is_found_by_what_it_is_called_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new name, code or price takes the place of the old one in the index, and verify finds an index that says otherwise."""
    monkeypatch.setattr(search, "WALKED_MAX", 1)
    changed = {
        "tea-1": ItemEntry("Green tea", "piece", 120, name_zh="抹茶", barcodes=("6901234567915",)),
        "oil": ItemEntry("Oil", "piece", 100),
    }
    asyncio.run(_make(tmp_path, SHOP))
    asyncio.run(_make(tmp_path, changed))
    connection = open_reader(tmp_path / LEDGER_FILE)
    for text, expected in (
        ("抹茶", ["tea-1"]),
        ("绿", []),
        ("567915", ["tea-1"]),
        ("extra", []),
        ("油", []),
        ("Oil", ["oil"]),
    ):
        assert _paged(connection, text) == expected, text
    connection.close()
    assert verify_site(tmp_path).differences == ()
    torn = sqlite3.connect(tmp_path / LEDGER_FILE, isolation_level=None)
    torn.execute("INSERT INTO item_search (item_search, rowid, grams) VALUES ('delete', 1, 'gre')")
    torn.close()
    (difference,) = verify_site(tmp_path).differences
    assert difference == "search: 'tea-1' is not found by what it is called, or by more"
