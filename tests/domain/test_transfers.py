"""Transfers planned: conservation, differences to places of their own, and what is refused under which code."""

import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.document import Body
from gateway.domain.draft import Draft, Malformed, Refused, read_draft
from gateway.domain.posting import Posting, Rejected
from replication.wire.location import Virtual, is_virtual
from replication.wire.outbox import TransferAdvice, TransferLine, TransferReleaseAsked
from replication.wire.quantity import Quantity, format_quantity
from replication.wire.transfer import TransferState, tally
from tests.domain.transfer_desk import Desk, line, transfer_in, transfer_out

TRANSFER = uuid.UUID("019ab3c4-5d6e-7f80-9123-456789abcdef").bytes


def advice(*lines: TransferLine) -> TransferAdvice:
    return TransferAdvice(TRANSFER, "a", "TO-000001", 5, lines or (TransferLine("flour", Quantity(30_000)),), "by van")


def receiver(*lines: TransferLine) -> Desk:
    """A branch that was told of 30 kg of flour on their way."""
    desk = Desk("b")
    desk.hear(advice(*lines))
    return desk


def codes(outcome: object) -> set[str]:
    assert isinstance(outcome, Rejected | Refused | Malformed), outcome
    return {fault.code for fault in outcome.faults}


THOUSANDTHS = st.integers(1, 40_000)
AMOUNT = st.one_of(st.none(), THOUSANDTHS)


@given(st.lists(st.tuples(st.integers(0, 40_000), AMOUNT, AMOUNT, AMOUNT), min_size=1, max_size=6))
def test_every_receipt_conserves_goods_and_what_is_in_transit(receipts: list[tuple[int, int | None, ...]]) -> None:
    """Whatever is received short, over and damaged in however many parts: all places sum to zero, and dispatched =
    received + short + damaged - over + in transit."""
    sender, branch = Desk("a"), receiver()
    sender.balances["flour", "shop", ""] = 30_000
    sender.balances["flour", "supplier", ""] = -30_000
    assert isinstance(sender.post(transfer_out("b", line("30")), TRANSFER), Posting)
    for good, short, over, damaged in receipts:
        more = {"short": short, "over": over, "damaged": damaged}
        told = {reason: format_quantity(amount) for reason, amount in more.items() if amount is not None}
        branch.post(transfer_in(TRANSFER, line(format_quantity(good), **told)))
    for desk in (sender, branch):
        assert sum(desk.balances.values()) == 0
    figures = branch.transfers[TRANSFER].cells["flour", ""]
    assert figures.in_transit >= 0
    assert figures.received == branch.stock()
    on_the_way = sum(desk.balances.get(("flour", "in-transit", ""), 0) for desk in (sender, branch))
    assert on_the_way == figures.in_transit
    assert figures.dispatched == figures.received + figures.short + figures.damaged - figures.over + on_the_way
    for reason, location in (("short", "transfer-short"), ("damaged", "transfer-damaged")):
        assert branch.balances.get(("flour", location, ""), 0) == getattr(figures, reason)
    assert branch.balances.get(("flour", "transfer-over", ""), 0) == -figures.over


@given(st.integers(1, 30_000), st.integers(1, 30_000))
def test_no_document_touches_two_branches(sent: int, received: int) -> None:
    """A dispatch only takes from a shelf into transit, a receipt only from transit to a shelf."""
    sender, branch = Desk("a"), Desk("b")
    out = sender.post(transfer_out("b", line(format_quantity(sent))), TRANSFER)
    arrived = branch.post(transfer_in(TRANSFER, line(format_quantity(received))))
    assert isinstance(out, Posting)
    assert isinstance(arrived, Posting)
    assert [(one.source, one.destination) for one in out.routes] == [("shop", "in-transit")]
    assert [(one.source, one.destination) for one in arrived.routes] == [("in-transit", "shop")]
    assert out.plain
    assert arrived.plain
    assert sum(not is_virtual(place) for _, place, _ in branch.balances) == 1


def test_parts_arrive_any_number_of_times() -> None:
    """Ten, then eighteen and two short: received, nothing open."""
    branch = receiver()
    branch.post(transfer_in(TRANSFER, line("10")))
    assert branch.transfers[TRANSFER].state is TransferState.PARTLY_RECEIVED
    branch.post(transfer_in(TRANSFER, line("18", short="2")))
    assert branch.transfers[TRANSFER].state is TransferState.RECEIVED
    assert branch.stock() == 28_000
    assert branch.post(transfer_in(TRANSFER, line("1"))) == ("more_than_open",)
    assert isinstance(branch.post(transfer_in(TRANSFER, line("1", over="1"))), Posting)
    assert branch.stock() == 29_000


def test_a_receipt_before_the_advice_has_nothing_to_be_checked_against() -> None:
    """A paper note travels faster than a line that is down; the advice then finds what was taken."""
    branch = Desk("b")
    assert isinstance(branch.post(transfer_in(TRANSFER, line("28", short="2"))), Posting)
    assert branch.transfers[TRANSFER].state is TransferState.AWAITING_DISPATCH
    branch.hear(advice())
    assert branch.transfers[TRANSFER].state is TransferState.RECEIVED
    assert branch.transfers[TRANSFER].peer == "a"


def test_lines_of_one_document_share_what_is_open() -> None:
    """Two lines of the same goods are added up before they are compared with what is open."""
    assert receiver().post(transfer_in(TRANSFER, line("20"), line("10"), line("1"))) == ("more_than_open",)


def test_goods_that_were_not_sent_come_over_or_not_at_all() -> None:
    """An item that is no part of the transfer is refused unless all of it is over; a lot counts as part of the goods."""
    milk = receiver(TransferLine("milk", Quantity(5000), "L1", "2027-01-31"))
    assert milk.post(transfer_in(TRANSFER, line("1"))) == ("more_than_open",)
    assert isinstance(milk.post(transfer_in(TRANSFER, line("1", over="1"))), Posting)
    assert milk.post(transfer_in(TRANSFER, line("1", "milk", lot="L2"))) == ("more_than_open",)
    assert milk.post(transfer_in(TRANSFER, line("1", "milk"))) == ("lot_required",)
    arrived = milk.post(transfer_in(TRANSFER, line("4", "milk", lot="L1", damaged="1")))
    assert isinstance(arrived, Posting)
    assert arrived.lines[0].detail is not None
    assert arrived.lines[0].detail.expiry == "2027-01-31"
    assert milk.stock("milk", "L1") == 4000
    assert milk.balances["milk", "transfer-damaged", "L1"] == 1000


def test_lots_leave_with_the_expiry_the_ledger_knows() -> None:
    """The sender names a lot; its date travels with it."""
    desk = Desk("a")
    desk.expiries["milk", "L1"] = "2027-01-31"
    out = desk.post(transfer_out("b", line("2", "milk", lot="L1")), TRANSFER)
    assert isinstance(out, Posting)
    assert out.movements[0].lot == "L1"
    assert desk.transfers[TRANSFER].expiries == {("milk", "L1"): "2027-01-31"}


def test_packs_and_their_differences_are_counted_in_base_units() -> None:
    """One bag of 25 kg arrived, one tenth of a bag is missing."""
    branch = receiver()
    branch.post(transfer_in(TRANSFER, line("1", unit="bag", short="0.1")))
    figures = branch.transfers[TRANSFER].cells["flour", ""]
    assert (figures.received, figures.short, figures.in_transit) == (25_000, 2500, 2500)


def test_nothing_good_may_arrive() -> None:
    """A line of zero is refused, except where it tells what is short or damaged."""
    assert receiver().post(transfer_in(TRANSFER, line("0"))) == ("quantity_not_positive",)
    branch = receiver()
    assert isinstance(branch.post(transfer_in(TRANSFER, line("0", short="20", damaged="10"))), Posting)
    assert branch.transfers[TRANSFER].state is TransferState.RECEIVED
    assert branch.stock() == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (transfer_out("a", line("1")), "to_own_branch"),
        (transfer_out("No Such", line("1")), "bad_branch"),
        ({"type": "transfer_out", "lines": [line("1")]}, "to_branch_required"),
        ({"type": "transfer_in", "lines": [line("1")]}, "transfer_required"),
        ({"type": "transfer_in", "transfer": "soon", "lines": [line("1")]}, "bad_transfer"),
        (transfer_in(TRANSFER, line("1", over="2")), "over_exceeds_received"),
        (transfer_in(TRANSFER, line("1", short="0")), "quantity_not_positive"),
        (transfer_in(TRANSFER, line("1", short="x")), "quantity_not_a_decimal"),
        (transfer_in(TRANSFER, line("1", short="0.0001")), "quantity_too_precise"),
        (
            transfer_in(TRANSFER, {"item": "flour", "quantity": "1", "variance": [{"reason": "short", "quantity": "1"}] * 2}),
            "variance_twice",
        ),
        (transfer_out("b", line("-1")), "quantity_not_positive"),
        (transfer_out("b", line("1", location="in-transit")), "virtual_location"),
        (transfer_out("b", line("1", "pepper")), "unknown_item"),
    ],
)  # fmt: skip
def test_what_cannot_be(body: dict[str, Any], code: str) -> None:
    """Each refusal has its own stable code, and nothing is planned."""
    assert code in codes(Desk("a").plan(body, uuid.uuid4().bytes))


def test_a_transfer_is_not_received_where_it_was_sent() -> None:
    """The wrong branch: the sender itself."""
    desk = Desk("a")
    desk.post(transfer_out("b", line("3")), TRANSFER)
    assert desk.post(transfer_in(TRANSFER, line("3"))) == ("transfer_sent_here",)


def test_what_was_released_is_not_received_any_more() -> None:
    """The sender has the rest back."""
    branch = receiver()
    branch.hear(TransferReleaseAsked(TRANSFER, "wrong goods"))
    branch.hear(TransferReleaseAsked(TRANSFER, "wrong goods"))
    assert len(branch.journal) == 1
    assert branch.post(transfer_in(TRANSFER, line("3"))) == ("transfer_released",)
    assert branch.transfers[TRANSFER].state is TransferState.CANCELLED


def test_an_id_is_one_transfer() -> None:
    """A transfer out under the id of a transfer this branch knows would make two of one."""
    assert receiver().post(transfer_out("c", line("1")), TRANSFER) == ("transfer_id_used",)


def test_taking_more_than_there_is_needs_the_usual_approval() -> None:
    """A transfer out below zero is a breach of policy like any other."""
    desk = Desk("a")
    out = desk.post(transfer_out("b", line("3")), TRANSFER)
    assert isinstance(out, Posting)
    assert [fault.code for fault in out.warnings] == ["negative_stock"]


def test_differences_spelt_otherwise_are_the_same_content() -> None:
    """ "2" and "2.000" are one difference, another reason is another content."""

    def content(**variance: str) -> bytes:
        body = msgspec.json.decode(msgspec.json.encode(transfer_in(TRANSFER, line("28", **variance))), type=Body)
        draft = read_draft(bytes(16), body)
        assert isinstance(draft, Draft)
        return draft.content

    assert content(short="2") == content(short="2.000")
    assert content(short="2") != content(damaged="2")
    assert content(short="2") != content()


def test_a_document_s_figures_are_read_from_its_movements() -> None:
    """The tally both ends and headquarters use."""
    branch = receiver()
    branch.post(transfer_in(TRANSFER, line("28", short="3", over="1")))
    document = branch.journal[0][1]
    figures = tally(document)["flour", ""]  # type: ignore[arg-type]
    assert (figures.received, figures.short, figures.over, figures.in_transit) == (28_000, 3000, 1000, -30_000)
    assert Virtual.IN_TRANSIT in {place for _, place, _ in branch.balances}
