"""What came before its turn waits for a short while, within bounds."""

import pytest

from replication.headquarters import park as park_module
from replication.headquarters.park import PARKED_PER_BRANCH_MAX, Park
from replication.link import Delivery, StreamPlace


def _delivery(number: int, size: int = 10) -> Delivery:
    return Delivery("b001", b"x" * size, StreamPlace("1", number))


def test_a_branch_parks_so_many_batches_and_no_more() -> None:
    """Whatever comes out of turn, and however far ahead, the nearest ones are kept and the rest is dropped."""
    park = Park()
    for number in range(3 * PARKED_PER_BRANCH_MAX, 0, -1):
        park.put(number * 100, _delivery(number))
    assert sorted(first for first, _ in park.of("b001")) == [n * 100 for n in range(1, PARKED_PER_BRANCH_MAX + 1)]


def test_all_branches_together_park_so_many_bytes_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is dropped; what was let go makes room again."""
    monkeypatch.setattr(park_module, "PARKED_BYTES_MAX", 100)
    park = Park()
    park.put(1, _delivery(1, 60))
    park.put(2, _delivery(2, 60))
    assert [first for first, _ in park.of("b001")] == [1]
    park.drop_through("b001", 1)
    park.put(2, _delivery(2, 60))
    assert [first for first, _ in park.of("b001")] == [2]
