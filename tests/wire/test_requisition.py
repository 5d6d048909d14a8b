"""What became of a requisition follows from the transfers that name it, in whatever order they are met."""

import itertools

import pytest

from replication.wire.events import DocumentDetail, DocumentMore, DocumentPosted, LineDetail, PostedLine
from replication.wire.quantity import Quantity
from replication.wire.requisition import Answering, answer_of, closes_requisition, requisition_of
from replication.wire.transfer import Figures, TransferState

ID = "019ab3c4-5d6e-7f80-9123-456789abcd01"
FLOUR, RICE = ("flour", ""), ("rice", "L1")


def document(type_: str, *lines: PostedLine, detail: DocumentDetail | None = None) -> DocumentPosted:
    return DocumentPosted(type_, "RQ-000001", 1, None, "chen", None, None, None, (), lines, (), None, detail)


ASKED = document(
    "requisition",
    PostedLine("flour", Quantity(2_000), detail=LineDetail(unit="bag", factor=Quantity(25_000))),
    PostedLine("rice", Quantity(10_000)),
    PostedLine("rice", Quantity(5_000)),
)


def sent(state: TransferState, which: int = 1, **cells: tuple[int, ...]) -> Answering:
    goods = {"flour": FLOUR, "rice": RICE}
    return Answering(bytes([which] * 16), state, {goods[item]: Figures(*one) for item, one in cells.items()})


STORIES = [
    ("asked", ()),
    ("asked", (sent(TransferState.CANCELLED, flour=(50_000, 50_000, 0, 0, 0, 50_000)),)),
    ("partly_sent", (sent(TransferState.IN_TRANSIT, flour=(50_000,)),)),
    ("partly_sent", (sent(TransferState.RECEIVED, rice=(15_000, 15_000)),)),
    ("sent", (sent(TransferState.IN_TRANSIT, flour=(50_000,)), sent(TransferState.RECEIVED, 2, rice=(15_000, 15_000)))),
    ("received", (sent(TransferState.RECEIVED, flour=(50_000, 48_000, 2_000), rice=(20_000, 20_000)),)),
    ("partly_sent", (sent(TransferState.CANCELLED, flour=(50_000, 20_000), rice=(15_000, 15_000)),)),
]


@pytest.mark.parametrize(("state", "transfers"), STORIES)
def test_the_state_follows_from_the_transfers(state: str, transfers: tuple[Answering, ...]) -> None:
    """Packs count in base units; what went back to its sender was not sent; the order of transfers does not matter."""
    for order in itertools.permutations(transfers):
        answer = answer_of(ASKED, order, closed=False)
        assert answer.state == state
        assert [line.asked for line in answer.lines] == ["50.000", "15.000"]
    assert answer_of(ASKED, transfers, closed=True).state == "closed"


def test_the_figures_tell_what_came_well() -> None:
    """Of a cancelled rest nothing is sent; goods nobody asked for are left out."""
    cells = {FLOUR: Figures(50_000, 20_000, short=1_000), ("salt", ""): Figures(5_000, 5_000)}
    answer = answer_of(ASKED, [Answering(bytes(16), TransferState.CANCELLED, cells)], closed=False)
    assert [(line.item, line.sent, line.received) for line in answer.lines] == [
        ("flour", "21.000", "20.000"), ("rice", "0.000", "0.000"),
    ]  # fmt: skip
    assert answer.transfers == ("00000000-0000-0000-0000-000000000000",)


def test_a_transfer_names_a_requisition_by_its_id_only() -> None:
    """Other text (the number on a paper) is kept and leads nowhere."""
    for text, found in ((ID, bytes.fromhex(ID.replace("-", ""))), ("RQ-000001", None), (None, None)):
        assert requisition_of(document("transfer_out", detail=DocumentDetail(requisition=text))) == found
    assert requisition_of(document("transfer_out")) is None


def test_only_the_reversal_of_a_requisition_closes_it() -> None:
    for type_, reverses, closes in (
        ("reversal", "requisition", True),
        ("reversal", "sale", False),
        ("sale", None, False),
    ):
        detail = DocumentDetail(original=ID, more=DocumentMore(reverses=reverses))
        assert (closes_requisition(document(type_, detail=detail)) is not None) is closes
