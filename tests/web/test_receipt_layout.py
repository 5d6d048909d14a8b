"""A receipt looks as the shop laid it out: blocks in its order, in its languages, with its own lines; the file is checked."""

from pathlib import Path

import msgspec
import pytest

from gateway.use_cases.print_till_receipt import Letterhead, till_receipt
from gateway.use_cases.receipt_layout import (
    FILE_NAME,
    USUAL,
    USUAL_BLOCKS,
    BadLayout,
    Block,
    Language,
    ReceiptLayout,
    read_layout,
    write_layout,
)
from peripherals.print_job import Columns, Logo, QrCode, TextLine
from tests.web.test_till_receipt import ITEMS, LETTERHEAD, STORED


def texts(layout: ReceiptLayout) -> list[str]:
    letterhead: Letterhead = msgspec.structs.replace(LETTERHEAD, layout=layout)
    found = []
    for part in till_receipt(STORED, ITEMS, letterhead, 48).parts:
        match part:
            case TextLine(text=text):
                found.append(text)
            case Columns(left=left, right=right):
                found.append(f"{left}|{right}")
            case Logo():
                found.append("(logo)")
            case QrCode():
                found.append("(qr)")
            case _:
                continue
    return found


def test_the_shop_s_own_lines_and_order_stand_on_the_paper() -> None:
    """An address above, a return rule below, no thanks, the code of the document first."""
    blocks = (Block.QR, Block.HEADER, Block.NUMBER, Block.LINES, Block.MONEY, Block.FOOTER)
    shown = texts(ReceiptLayout(blocks=blocks, header=("滨河路 1 号", "Tax no. 9131"), footer=("七天内凭小票退换",)))
    assert shown[0] == "(qr)"
    assert shown[1:3] == ["滨河路 1 号", "Tax no. 9131"]
    assert shown[-1] == "七天内凭小票退换"
    assert not any("Thank" in text or "(logo)" in text for text in shown)


@pytest.mark.parametrize(
    ("language", "there", "not_there"),
    [("zh", "合计", "Total"), ("en", "Total", "合计"), ("both", "合计 Total", "(nothing)")],
)
def test_a_receipt_is_in_the_languages_that_were_chosen(language: Language, there: str, not_there: str) -> None:
    """Labels, the shop's name and the articles' names."""
    shown = "\n".join(texts(ReceiptLayout(language=language)))
    assert there in shown
    assert not_there not in shown
    assert ("河滨店" in shown) == (language != "en")
    assert ("Riverside" in shown) == (language != "zh")


def test_articles_may_show_their_codes() -> None:
    """For shops whose customers order by them."""
    sku = STORED.event.lines[0].item
    assert f"  {sku}" in texts(ReceiptLayout(article_codes=True))
    assert f"  {sku}" not in texts(USUAL)


def test_a_layout_is_kept_whole_and_read_again(tmp_path: Path) -> None:
    """Without a file the usual one holds."""
    assert read_layout(tmp_path) == USUAL
    own = ReceiptLayout(language="zh", footer=("谢谢",), blocks=USUAL_BLOCKS[2:])
    write_layout(tmp_path, own)
    assert read_layout(tmp_path) == own
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "truncated"),
        ('{"blocks": ["number", "lines"]}', "money is missing"),
        ('{"blocks": ["number", "lines", "money", "number"]}', "number is repeated"),
        ('{"blocks": ["adverts"]}', r"blocks\[0\]"),
        ('{"languages": "zh"}', "languages"),
        ('{"footer": [""]}', r"footer\[0\]"),
        ('{"header": ["x"]}' + " " * 20_000, "longer"),
        ('{"header": ["\ud800"]}', "receipt.json"),
    ],
)
def test_a_file_that_is_no_layout_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    """Written by hand, or half written."""
    (tmp_path / FILE_NAME).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BadLayout, match=said):
        read_layout(tmp_path)
