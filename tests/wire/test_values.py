"""Value types of the wire: what they read, what they refuse, and how they write."""

import random
import uuid
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication.wire.digest import digest_of, moved, weight
from replication.wire.identity import make_uuid7, partition
from replication.wire.money import line_amount, minor_unit_digits
from replication.wire.quantity import QUANTITY_MAX, Quantity, QuantityError, format_quantity, parse_quantity


@given(st.integers(-QUANTITY_MAX, QUANTITY_MAX))
def test_a_quantity_reads_what_it_writes(thousandths: int) -> None:
    """Every quantity survives its decimal text."""
    assert parse_quantity(format_quantity(thousandths)) == thousandths


@pytest.mark.parametrize(
    ("text", "thousandths"), [("3", 3000), ("3.000", 3000), ("0.5", 500), ("-1.25", -1250), ("1.2500", 1250)]
)
def test_quantities_are_decimal_strings(text: str, thousandths: int) -> None:
    """However many zeros stand behind, it is the same quantity."""
    assert parse_quantity(text) == thousandths


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_decimal"), ("1,5", "not_a_decimal"), ("1e3", "not_a_decimal"), ("+1", "not_a_decimal"),
        (" 1", "not_a_decimal"), ("١", "not_a_decimal"), ("1.", "not_a_decimal"), (".5", "not_a_decimal"),
        ("nan", "not_a_decimal"), ("1\n", "not_a_decimal"), ("1.2345", "too_precise"), ("1000000000", "out_of_range"),
    ],
)  # fmt: skip
def test_what_is_no_quantity_says_why(text: str, code: str) -> None:
    """A refusal carries the code of what is wrong."""
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("price", "quantity", "amount"),
    [(250, 3000, 750), (1999, 333, 666), (1, 500, 1), (1, 499, 0), (1, -500, -1), (3, 500, 2)],
)
def test_line_amounts_round_half_up(price: int, quantity: int, amount: int) -> None:
    """Half a minor unit counts as a whole one, away from zero."""
    assert line_amount(price, Quantity(quantity)) == amount


def test_currencies_know_their_minor_digits() -> None:
    """ISO 4217: yuan two, yen none, dinar three."""
    assert [minor_unit_digits(code) for code in ("CNY", "JPY", "KWD")] == [2, 0, 3]


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=32))
def test_partitions_are_the_crc_of_the_id(site: str) -> None:
    """The partition of a branch is what any other tool computes with CRC-32."""
    assert partition(site) == zlib.crc32(site.encode()) % 64


@given(st.integers(0, 2**48 - 1), st.integers())
def test_uuid7_carries_its_time_and_version(milliseconds: int, seed: int) -> None:
    """RFC 9562: 48 bits of time first, version 7, variant 10."""
    made = make_uuid7(milliseconds, random.Random(seed).randbytes(10))
    assert (made.int >> 80, made.version, made.variant) == (milliseconds, 7, uuid.RFC_4122)


CELLS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.just(""), st.integers(-9, 9)),
    unique_by=lambda cell: cell[:2],
)


@given(CELLS, st.randoms(use_true_random=False))
def test_digests_do_not_depend_on_order(cells: list[tuple[str, str, str, int]], shuffler: random.Random) -> None:
    """Two ledgers that hold the same cells have the same digest; a running digest agrees with a computed one."""
    shuffled = list(cells)
    shuffler.shuffle(shuffled)
    assert digest_of(cells) == digest_of(shuffled)
    running = 0
    for cell in cells:
        item, location, lot, quantity = cell
        running = moved(running, [((item, location, lot), quantity)])
    assert running == digest_of(cells)


def test_one_wrong_cell_is_always_seen() -> None:
    """A weight is odd, so that no quantity of one cell ever counts as nothing."""
    assert weight("A", "shop", "") % 2 == 1
    assert digest_of([("A", "shop", "", 2**62)]) != 0
