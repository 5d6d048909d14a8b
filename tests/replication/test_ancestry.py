"""The search for where two histories part, over the hellos of the one and the answers of the other."""

import uuid
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from replication.headquarters.ancestry import Bracket, compare
from replication.wire.messages import Ancestor, Continue, Rebase
from tests.replication.office import Office
from tests.replication.shop import MemoryJournal

UUID0 = uuid.UUID(int=0)


@given(
    common=st.integers(0, 3000),
    ours=st.integers(0, 3000),
    theirs=st.integers(0, 3000),
    epoch_at=st.none() | st.integers(0, 3000),
    data=st.randoms(use_true_random=False),
)
def test_any_two_histories_with_a_common_beginning_end_in_their_true_ancestor(
    common: int, ours: int, theirs: int, epoch_at: int | None, data: Random
) -> None:
    """Wherever they part, over a jump of epochs too, in no more than five questions."""
    shared = ladder(common, epoch_at, b"")
    held, branch = shared.copy(), shared.copy()
    grow(held, ours, b"held")
    grow(branch, theirs, b"branch")
    office = Office(held)
    answer = office.ask(branch, applied_seq=data.randrange(0, branch.position().seq + 1), questions=5)
    end = shared.position().seq
    if isinstance(answer, Continue):
        assert ours == 0, "only where headquarters holds nothing else"
    else:
        assert isinstance(answer, Rebase)
        assert branch.hash_of(answer.ancestor_seq) == held.hash_of(answer.ancestor_seq) == answer.ancestor_hash
        assert held.hash_of(answer.ancestor_seq) == shared.hash_of(end), "not before the true ancestor"
        assert answer.base_seq > max(branch.position().seq, held.position().seq)


def test_no_more_hashes_are_looked_up_than_the_answer_needs() -> None:
    """Each may cost headquarters the reading of a batch while others wait to be applied: a branch that agrees at its newest
    position costs one, however many more it tells."""
    journal, asked = ladder(400, None, b""), list[int]()

    def hash_at(seq: int) -> bytes:
        asked.append(seq)
        return journal.hash_of(seq)

    told = [Ancestor(seq, journal.hash_of(seq)) for seq in (1, 7, 399, 400, 250)]
    assert compare(told, 400, hash_at) == Bracket(400, None)
    assert compare([*told[:3], Ancestor(400, b"another")], 400, hash_at) == Bracket(399, 400)
    assert asked == [400, 400, 399]


def ladder(count: int, epoch_at: int | None, mark: bytes) -> MemoryJournal:
    journal = MemoryJournal("b001")
    grow(journal, count if epoch_at is None else min(epoch_at, count), mark)
    if epoch_at is not None and epoch_at < count:
        journal.begin_epoch(2, journal.position().seq + 20_000)
        grow(journal, count - epoch_at, mark)
    return journal


def grow(journal: MemoryJournal, count: int, mark: bytes) -> None:
    for _ in range(count):
        journal.append_raw(2, mark, UUID0)
