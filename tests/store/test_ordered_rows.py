"""A table walked beside the journal: what only one side has, and what differs, is told with its key."""

from gateway.store.ordered_rows import OrderedRows


def test_each_difference_is_told_with_its_key() -> None:
    """Missing in the middle, too many before, between and behind, and another content."""
    told: list[str] = []
    rows = OrderedRows("shelves", [(1, ("x",)), (2, ("b",)), (4, ("D",)), (9, ("y",)), (10, ("z",))], told.append)
    for key, value in ((2, "b"), (3, "c"), (4, "d")):
        rows.meet(key, (value,))
    rows.end()
    assert told == [
        "shelves: 1 is stored as ('x',), the journal says None",
        "shelves: 3 is stored as None, the journal says ('c',)",
        "shelves: 4 is stored as ('D',), the journal says ('d',)",
        "shelves: 9 is stored as ('y',), the journal says None",
        "shelves: 10 is stored as ('z',), the journal says None",
    ]
    assert rows.count == 3
