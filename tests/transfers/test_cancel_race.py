"""A cancel and a receipt meet in every order there is; the goods end up in one place, and everybody agrees where.

Every state that any interleaving of dispatch, advice, receipts, cancel, release and return can reach is visited once. At
each of them a redelivery is tried too: a branch reads its outbox again from its first entry.
"""

import itertools
import uuid
from collections.abc import Callable, Iterator

import msgspec

from replication.headquarters.transfers import Decided
from replication.wire.transfer import TransferState
from tests.domain.transfer_desk import line, transfer_in, transfer_out
from tests.transfers.chain import Chain, Office

TRANSFER = uuid.UUID("019ab3c4-5d6e-7f80-9123-456789abcdef").bytes
PART = uuid.UUID("019ab3c4-5d6e-7f80-9123-4567890000a1").bytes
MORE = uuid.UUID("019ab3c4-5d6e-7f80-9123-4567890000a3").bytes
REST = uuid.UUID("019ab3c4-5d6e-7f80-9123-4567890000a2").bytes

STATES_AT_LEAST = 1000
"""A model that reaches fewer would have lost an action."""


def dispatch(chain: Chain) -> bool:
    if chain.a.journal:
        return False
    chain.a.post(transfer_out("b", line("30")), TRANSFER)
    return True


def receive(id_: bytes, good: str, **differences: str) -> Callable[[Chain], bool]:
    def attempt(chain: Chain) -> bool:
        if any(event_id == id_ for event_id, _ in chain.b.journal):
            return False
        before = len(chain.b.journal)
        chain.b.post(transfer_in(TRANSFER, line(good, **differences)), id_)
        return len(chain.b.journal) > before

    return attempt


def cancel(chain: Chain) -> bool:
    return chain.cancel(TRANSFER)


ACTIONS: tuple[Callable[[Chain], bool], ...] = (
    dispatch, cancel, receive(PART, "10"), receive(MORE, "9", over="1"), receive(REST, "10", short="2"),
)  # fmt: skip


def fingerprint(chain: Chain) -> bytes:
    """Everything that decides what can happen next."""
    office = chain.office
    return msgspec.msgpack.encode((
        [id_ for id_, _ in chain.a.journal], [id_ for id_, _ in chain.b.journal], sorted(office.cursors.items()),
        [repr(one) for one in office.transfers.values()], [repr(one) for one in office.outboxes.items()],
        sorted(chain.read.items()),
    ))  # fmt: skip


def following(chain: Chain) -> Iterator[Chain]:
    """Every state one step away."""
    for way, site in chain.deliveries():
        after = chain.copy()
        after.deliver(way, site)
        yield after
    for action in ACTIONS:
        after = chain.copy()
        if action(after):
            yield after


def check_always(chain: Chain) -> None:
    """What holds in every state on the way."""
    for desk in (chain.a, chain.b):
        assert sum(desk.balances.values()) == 0
        replayed = desk.copy()
        for message in chain.office.outboxes[desk.site][: chain.read[desk.site]]:
            replayed.hear(message)
        assert replayed.journal == desk.journal, "what is told again is not done again"
        assert replayed.transfers == desk.transfers
    known = chain.office.transfers.get(TRANSFER)
    if known is not None:
        figures = known.cells.get(("flour", ""))
        applied = chain.office.cursors["a"] == len(chain.a.journal) and chain.office.cursors["b"] == len(
            chain.b.journal
        )
        if figures is not None and applied:
            assert figures.in_transit == chain.total("in-transit")
        if figures is not None and known.dispatches:
            assert figures.in_transit >= 0, "a receipt and a cancel both won"


def check_settled(chain: Chain) -> None:
    """What holds once everything is carried."""
    transfer = chain.office.transfers.get(TRANSFER)
    if transfer is None or not transfer.dispatches:
        return
    figures = transfer.cells["flour", ""]
    assert chain.total("in-transit") == figures.in_transit
    sinks = chain.total("transfer-short") + chain.total("transfer-over")
    assert chain.total("shop") + sinks + figures.in_transit == 40_000
    sender, receiver = chain.a.transfers[TRANSFER], chain.b.transfers.get(TRANSFER)
    assert sender.state is transfer.state
    assert sender.cells == dict(transfer.cells)
    if transfer.cancel_reason is not None:
        assert figures.in_transit == 0
        assert transfer.decided in (Decided.VOIDED, Decided.REFUSED)
        assert sender.returned == (transfer.decided is Decided.VOIDED)
        assert (sender.refused is not None) == (transfer.decided is Decided.REFUSED)
        assert receiver is not None
        if transfer.decided is Decided.VOIDED:
            assert receiver.released
            assert receiver.state is transfer.state is TransferState.CANCELLED
    elif receiver is not None:
        assert receiver.state is transfer.state


def every_state() -> Iterator[Chain]:
    """All states, each once."""
    waiting, seen = [Chain()], set[bytes]()
    while waiting:
        chain = waiting.pop()
        key = fingerprint(chain)
        if key not in seen:
            seen.add(key)
            yield chain
            waiting.extend(following(chain))


def test_every_interleaving_keeps_the_goods_and_ends_in_agreement() -> None:
    """No state loses goods or lets both win, and each settles to the same truth at both branches and headquarters."""
    states, outcomes = 0, set[tuple[str, bool]]()
    for chain in every_state():
        states += 1
        check_always(chain)
        settled = chain.copy()
        settled.settle()
        check_always(settled)
        check_settled(settled)
        transfer = settled.office.transfers.get(TRANSFER)
        if transfer is not None:
            outcomes.add((transfer.decided.value, transfer.state is TransferState.CANCELLED))
    assert states > STATES_AT_LEAST
    assert {("open", False), ("voided", True), ("refused", False)} <= outcomes


def test_headquarters_that_forgot_everything_decides_the_same() -> None:
    """A restored headquarters folds both journals anew, in every order there is: nothing is given back twice."""
    endings: dict[bytes, Chain] = {}
    for chain in every_state():
        if not chain.deliveries():
            endings.setdefault(repr((chain.a.journal, chain.b.journal)).encode(), chain)
    tried = 0
    for ended in endings.values():
        ups = ["a"] * len(ended.a.journal) + ["b"] * len(ended.b.journal)
        for order in sorted(set(itertools.permutations(ups))):
            tried += 1
            again = ended.copy()
            again.office, again.read = Office("a", "b"), {"a": 0, "b": 0}
            for site in order:
                again.deliver("up", site)
            again.settle()
            check_always(again)
            check_settled(again)
            assert len(again.a.journal) == len(ended.a.journal), "nothing came back twice"
            assert again.total("shop") == ended.total("shop")
    assert tried > 20
