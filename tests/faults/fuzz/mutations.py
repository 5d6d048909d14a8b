"""Bytes that are nearly right: what a fuzzer starts from, and how it spoils it. Pure; randomness is passed in."""

from random import Random

from replication.wire.messages import (
    Ancestor,
    Bisect,
    Continue,
    Fenced,
    Heartbeat,
    Hello,
    Later,
    Nudge,
    PullRefused,
    Rebase,
    Refused,
    Want,
    Watermark,
    encode_message,
)
from tests.replication.shop import MemoryJournal, goods_receipt, item_put

CLOCK = 1_795_000_000_000


def good_batches(branch: str) -> list[bytes]:
    """Batches that headquarters would take from that branch."""
    journal = MemoryJournal(branch, Random(1))
    journal.append(item_put("952-RICE", name="Rice"))
    journal.append(goods_receipt([("952-RICE", 100_000)]))
    journal.sell(12)
    return [journal.batch(1, 1), journal.batch(1, 5), journal.batch(1, 14), journal.batch(6, 9)]


def good_messages(branch: str) -> list[bytes]:
    """One of most kinds of small message."""
    hash_, position = bytes(range(32)), Ancestor(3, bytes(32))
    messages = (
        Hello(branch, 1, b"12345678", 1, position, (Ancestor(1, bytes(32)),), (1,), CLOCK, "Shop", "店", "CNY"),
        Heartbeat(branch, 1, 7, CLOCK),
        Watermark(branch, 1, 3, hash_, 1, 20_000, 1),
        Want(branch, 1, 2),
        Refused("blocked", "why", 3, hash_, 1),
        Continue(1, 3, hash_, 1, 20_000, 1),
        Bisect(1, 9, 1),
        Rebase(2, 20, 3, hash_, 9, hash_, "restored", 1),
        Fenced("copy", "why", 4, 1),
        Later(2000, 1),
        PullRefused("unknown_branch", "why", 1),
        Nudge(branch, 1, 4),
    )
    return [encode_message(message) for message in messages]


def spoil(good: bytes, random: Random) -> bytes:
    """Cut, flip, insert, repeat, exchange, or throw it all away."""
    data = bytearray(good)
    for _ in range(random.choice((1, 1, 2, 5))):
        place = random.randrange(len(data) + 1)
        match random.randrange(7):
            case 0:
                del data[place:]
            case 1 if data:
                data[place % len(data)] ^= 1 << random.randrange(8)
            case 2:
                data[place:place] = random.randbytes(random.randrange(1, 9))
            case 3:
                data[place : place + random.randrange(1, 30)] = b""
            case 4:
                data += data[place : place + 200]
            case 5 if data:
                data[place % len(data)] = random.choice((0x00, 0x7F, 0x80, 0x90, 0xC0, 0xC4, 0xCF, 0xD3, 0xDF, 0xFF))
            case _:
                data = bytearray(random.randbytes(random.randrange(0, 80)))
    return bytes(data)
