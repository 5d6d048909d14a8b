"""Headquarters' figures of a transfer: sums of what both branches posted, the same in whatever order they arrive."""

import uuid

from hypothesis import given, settings
from hypothesis import strategies as st

from replication.headquarters.transfers import NOTHING_LEFT, UNKNOWN_TRANSFER, Decided, Told, after, stray_id
from replication.wire.events import DocumentDetail, DocumentPosted, PostedLine, TransferCancelRequested
from replication.wire.movement import Route
from replication.wire.outbox import (
    TransferAdvice,
    TransferCancelRefused,
    TransferLine,
    TransferReceived,
    TransferReleaseAsked,
    TransferTakenElsewhere,
    TransferVoided,
)
from replication.wire.quantity import QUANTITY_MAX, Quantity, format_quantity
from replication.wire.transfer import TransferState, add, tally
from tests.domain.transfer_desk import Desk, line, transfer_in, transfer_out
from tests.transfers.chain import Chain, Office

TRANSFERS = [uuid.UUID(int=0x019AB3C45D6E7F809123456789AB0000 + index).bytes for index in range(3)]
SITES = ("a", "b", "c")

MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("out"), st.integers(0, 2), st.sampled_from("bc"), st.integers(1, 30_000), st.integers(0, 0)),
        st.tuples(
            st.just("in"), st.integers(0, 2), st.sampled_from("bc"), st.integers(0, 30_000), st.integers(0, 5000)
        ),
        st.tuples(st.just("cancel"), st.integers(0, 2), st.just("a"), st.just(0), st.just(0)),
    ),
    max_size=14,
)


def write(moves: list[tuple[str, int, str, int, int]], reasons: list[str]) -> dict[str, Desk]:
    """Journals of three branches; receipts need no dispatch, and may happen at the wrong branch."""
    desks = {site: Desk(site) for site in SITES}
    for (kind, which, site, quantity, more), reason in zip(moves, reasons, strict=False):
        transfer = TRANSFERS[which]
        if kind == "out":
            desks["a"].post(transfer_out(site, line(format_quantity(quantity))), transfer)
        elif kind == "in":
            told = {reason: format_quantity(more)} if more else {}
            desks[site].post(transfer_in(transfer, line(format_quantity(quantity), **told)))
        elif transfer in desks["a"].transfers:
            desks["a"].note(uuid.uuid4().bytes, TransferCancelRequested(transfer, "boss", "why", 1))
    return desks


@settings(max_examples=150)
@given(st.data(), MOVES, st.lists(st.sampled_from(["short", "over", "damaged"]), min_size=14, max_size=14))
def test_figures_are_the_same_in_every_order(
    data: st.DataObject, moves: list[tuple[str, int, str, int, int]], reasons: list[str]
) -> None:
    """Two random interleavings end with the same figures, and after each entry what is in transit is what the applied
    part of every ledger holds there."""
    desks = write(moves, reasons)
    orders = [[site for site in SITES for _ in desks[site].journal] for _ in range(2)]
    endings = []
    for order in orders:
        office = Office(*SITES)
        for site in data.draw(st.permutations(order)):
            office.apply_next(desks[site])
            for id_, transfer in office.transfers.items():
                applied = [
                    tally(event, returned=site == transfer.sender)
                    for site, desk in desks.items()
                    for event_id, event in desk.journal[: office.cursors[site]]
                    if (getattr(event, "type", "") == "transfer_in" and uuid.UUID(event.detail.transfer).bytes == id_)
                    or (event_id == id_ and getattr(event, "type", "") == "transfer_out")
                ]
                sums: dict[tuple[str, str], object] = {}
                for part in applied:
                    sums = add(sums, part)
                assert dict(transfer.cells) == sums
                for one in transfer.cells.values():
                    assert one.dispatched == one.received + one.short + one.damaged - one.over + one.in_transit
        on_the_way = sum(sum(one.in_transit for one in row.cells.values()) for row in office.transfers.values())
        assert on_the_way == sum(
            quantity
            for desk in desks.values()
            for (_, place, _), quantity in desk.balances.items()
            if place == "in-transit"
        )
        endings.append(
            {id_: (row.cells, row.sender, row.takers, row.findings) for id_, row in office.transfers.items()}
        )
    assert endings[0] == endings[1]


def test_the_advice_goes_out_with_the_dispatch_and_once() -> None:
    """One message to the receiver, naming goods, lots and expiries."""
    chain = Chain()
    chain.a.expiries["milk", "L1"] = "2027-01-31"
    chain.a.post(transfer_out("b", line("2", "milk", lot="L1"), line("3"), line("4")), TRANSFERS[0])
    chain.deliver("up", "a")
    (advice,) = chain.office.outboxes["b"]
    assert isinstance(advice, TransferAdvice)
    assert [(one.item, one.quantity, one.lot, one.expiry) for one in advice.lines] == [
        ("flour", 7000, None, None), ("milk", 2000, "L1", "2027-01-31"),
    ]  # fmt: skip
    assert chain.office.outboxes["a"] == []


def test_no_more_comes_back_than_was_sent() -> None:
    """A receiver that says "over" of goods it never took cannot put them into the sender's shop, nor stop its inbox there."""
    chain = Chain()
    chain.a.post(transfer_out("b", line("30")), TRANSFERS[0])
    chain.settle()
    rogue = DocumentPosted(
        "transfer_in", "TI-1", 1, None, "admin", None, None, None, (),
        tuple(PostedLine(item, Quantity(9_000)) for item in ("flour", "gold")),
        (Route("transfer-over", "in-transit"),), None, DocumentDetail(transfer=str(uuid.UUID(bytes=TRANSFERS[0]))),
    )  # fmt: skip
    chain.b.note(uuid.uuid4().bytes, rogue)
    assert chain.cancel(TRANSFERS[0])
    chain.settle()
    (voided,) = [one for one in chain.office.outboxes["a"] if isinstance(one, TransferVoided)]
    assert [(one.item, one.quantity) for one in voided.lines] == [("flour", 30_000)]


def test_a_receipt_before_its_dispatch_is_shown_as_less_than_nothing() -> None:
    """Until the dispatch arrives the goods count as on their way to the branch that took them, below zero."""
    chain = Chain()
    chain.b.post(transfer_in(TRANSFERS[0], line("28", short="2")))
    chain.deliver("up", "b")
    known = chain.office.transfers[TRANSFERS[0]]
    assert known.state is TransferState.AWAITING_DISPATCH
    assert (known.receiver, known.cells["flour", ""].in_transit) == ("b", -30_000)
    chain.a.post(transfer_out("b", line("30")), TRANSFERS[0])
    chain.settle()
    assert chain.office.transfers[TRANSFERS[0]].state is TransferState.RECEIVED
    assert chain.a.transfers[TRANSFERS[0]].state is TransferState.RECEIVED


def test_goods_taken_by_another_branch_are_seen() -> None:
    """The wrong branch may have been told by a paper note; the figures hold, the finding says it, and all three are told."""
    office, desks = Office(*SITES), {site: Desk(site) for site in SITES}
    desks["a"].post(transfer_out("c", line("30")), TRANSFERS[0])
    desks["b"].post(transfer_in(TRANSFERS[0], line("10")))
    desks["b"].post(transfer_in(TRANSFERS[0], line("20")))
    for site in "abb":
        office.apply_next(desks[site])
    known = office.transfers[TRANSFERS[0]]
    assert known.findings == ("taken_elsewhere",)
    assert known.cells["flour", ""].in_transit == 0
    word = TransferTakenElsewhere(TRANSFERS[0], "c", ("b",))
    for site in SITES:
        assert office.outboxes[site].count(word) == 1, "once, not with each receipt"
        for message in office.outboxes[site]:
            desks[site].hear(message)


def test_a_receipt_at_the_wrong_branch_that_comes_first_is_told_with_the_dispatch() -> None:
    """Only the dispatch says whom it was for."""
    office, desks = Office(*SITES), {site: Desk(site) for site in SITES}
    desks["b"].post(transfer_in(TRANSFERS[0], line("30")))
    desks["a"].post(transfer_out("c", line("30")), TRANSFERS[0])
    for site in "ba":
        office.apply_next(desks[site])
    assert office.outboxes["b"] == [TransferTakenElsewhere(TRANSFERS[0], "c", ("b",))]


def test_a_branch_nobody_met_cannot_hold_goods_up() -> None:
    """To a branch that never spoke, with nothing taken, the rest comes back at once; should it be met, it reads so."""
    chain = Chain()
    chain.a.post(transfer_out("b999", line("30")), TRANSFERS[0])
    chain.cancel(TRANSFERS[0])
    chain.settle()
    assert chain.a.stock() == 40_000
    assert chain.office.transfers[TRANSFERS[0]].state is TransferState.CANCELLED
    assert [type(message) for message in chain.office.outboxes["b999"]] == [TransferAdvice, TransferReleaseAsked]


def test_only_the_sender_of_a_known_transfer_may_ask_for_it_back() -> None:
    """Anybody else is refused, and nothing changes."""
    request = TransferCancelRequested(TRANSFERS[0], "boss", "why", 1)
    refusal = (Told("c", TransferCancelRefused(TRANSFERS[0], UNKNOWN_TRANSFER)),)
    assert after(lambda _: None, lambda _: True, "c", bytes(16), request) == refusal
    chain = Chain()
    chain.a.post(transfer_out("b", line("30")), TRANSFERS[0])
    chain.settle()
    assert after(chain.office.transfers.get, lambda _: True, "c", bytes(16), request) == refusal


def test_nothing_left_is_refused_at_once() -> None:
    """A cancel that comes after everything was taken needs nobody to be asked."""
    chain = Chain()
    chain.a.post(transfer_out("b", line("30")), TRANSFERS[0])
    chain.deliver("up", "a")
    chain.deliver("down", "b")
    chain.cancel(TRANSFERS[0])
    chain.b.post(transfer_in(TRANSFERS[0], line("30")))
    chain.deliver("up", "b")
    chain.deliver("up", "a")
    assert chain.office.transfers[TRANSFERS[0]].decided is Decided.REFUSED
    assert TransferCancelRefused(TRANSFERS[0], NOTHING_LEFT) in chain.office.outboxes["a"]
    assert not any(isinstance(one, TransferVoided) for one in chain.office.outboxes["a"])
    chain.settle()
    assert chain.a.transfers[TRANSFERS[0]].refused == NOTHING_LEFT


def test_only_the_source_of_a_transfer_adds_to_what_was_dispatched() -> None:
    """What a third branch sends under the id goes a way of its own, seen at both, and each can be received and cancelled."""
    office, desks = Office(*SITES), {site: Desk(site) for site in SITES}
    for desk in desks.values():
        desk.balances = {("flour", "shop", ""): 40_000, ("flour", "supplier", ""): -40_000}
    desks["a"].post(transfer_out("b", line("10")), TRANSFERS[0])
    desks["c"].post(transfer_out("b", line("7")), TRANSFERS[0])
    stray = stray_id(TRANSFERS[0], "c")
    for site in "ac":
        office.apply_next(desks[site])
    first, second = office.transfers[TRANSFERS[0]], office.transfers[stray]
    assert (first.sender, first.cells["flour", ""].dispatched, first.findings) == ("a", 10_000, ("id_used_twice",))
    assert (second.sender, second.cells["flour", ""].dispatched, second.findings) == ("c", 7_000, ("id_used_twice",))
    assert [message.transfer for message in office.outboxes["b"]] == [TRANSFERS[0], stray]  # type: ignore[union-attr]
    for message in office.outboxes["b"]:
        desks["b"].hear(message)
    desks["b"].post(transfer_in(stray, line("3")))
    desks["b"].post(transfer_in(TRANSFERS[0], line("10")))
    desks["c"].note(uuid.uuid4().bytes, TransferCancelRequested(TRANSFERS[0], "boss", "why", 1))
    for site in "bbc":
        office.apply_next(desks[site])
    desks["b"].hear(office.outboxes["b"][-1])
    office.apply_next(desks["b"])
    (told, voided) = office.outboxes["c"]
    assert isinstance(told, TransferReceived)
    assert voided == TransferVoided(TRANSFERS[0], (TransferLine("flour", Quantity(4_000)),))
    for message in (told, voided):
        desks["c"].hear(message)
    office.apply_next(desks["c"])
    assert [office.transfers[id_].state.value for id_ in (TRANSFERS[0], stray)] == ["received", "cancelled"]
    assert [desks[site].stock() for site in SITES] == [30_000, 53_000, 37_000]


def test_a_rest_of_many_lines_comes_back_in_lines_that_a_document_can_hold() -> None:
    """What was summed from many lines is told in as many as it takes, and the sum is kept to the gram."""
    office, desk = Office("a", "b"), Desk("a")
    desk.balances = {("flour", "shop", ""): 3 * QUANTITY_MAX}
    desk.post(transfer_out("b", *[line(format_quantity(QUANTITY_MAX))] * 2, line("1")), TRANSFERS[0])
    desk.note(uuid.uuid4().bytes, TransferCancelRequested(TRANSFERS[0], "boss", "why", 1))
    office.met.discard("b")
    for _ in range(2):
        office.apply_next(desk)
    advice, (voided,) = office.outboxes["b"][0], office.outboxes["a"]
    assert isinstance(advice, TransferAdvice)
    assert isinstance(voided, TransferVoided)
    assert [one.quantity for one in voided.lines] == [QUANTITY_MAX, QUANTITY_MAX, 1000]
    assert [one.quantity for one in advice.lines] == [QUANTITY_MAX, QUANTITY_MAX, 1000]
    desk.hear(voided)
    assert desk.stock() == 3 * QUANTITY_MAX
