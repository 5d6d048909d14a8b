"""How entries are packed: what was packed once is unpacked for ever, and nothing unpacks to more than it may."""

import hashlib
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import zstandard

from replication.wire import packing
from replication.wire.envelope import UNPACKED_BYTES_MAX, WireEntry
from replication.wire.events import encode_event
from replication.wire.packing import SALES_ENTRIES_MAX, Codec, PackingError, pack, unpack
from tests.tools.train_sales_dictionary import sales
from tests.wire.samples import SALE

PACKED_ONCE = (
    "20c0dd0300a405000102030405060708090a0b0c0d0e0f01c4a9a1ee565e0001cd050a0a05149196a37465618500cd050a81a772"
    "656164696e67a2723191950000cd07d0a24c319083a8617070726f76616c92a46c617465a7736574746c6564c30b3ceb610089a7"
    "9b466b5dd8cb3902241ae065a747c0fb83517b31d214d056"
)


def test_the_dictionary_is_the_one_that_packed_what_is_kept() -> None:
    """Journals at headquarters are read with it for ever."""
    dictionary = (Path(packing.__file__).parent / "sales_1.zdict").read_bytes()
    assert hashlib.sha256(dictionary).hexdigest() == "61318db4ee97f0aa7281cc401a18f480033713c531237b36ed49036700b9f6f5"
    plain = msgspec.msgpack.encode([WireEntry(bytes(range(16)), 1, encode_event(SALE)[1])])
    assert unpack(Codec.ZSTD_SALES_1, bytes.fromhex(PACKED_ONCE), UNPACKED_BYTES_MAX) == plain


def test_a_few_sales_are_packed_with_the_dictionary_and_many_are_not() -> None:
    """Each way reads back; a lone sale of a shop the dictionary never saw is at most two thirds of what it was."""
    for plain in sales(200, seed=2):
        codec, packed = pack(plain, 1)
        assert codec is Codec.ZSTD_SALES_1
        assert unpack(codec, packed, UNPACKED_BYTES_MAX) == plain
    strangers = sales(500, seed=3)
    assert sum(len(pack(plain, 1)[1]) for plain in strangers) < sum(map(len, strangers)) * 2 / 3
    assert pack(b"sale" * 500, SALES_ENTRIES_MAX)[0] is Codec.ZSTD_SALES_1
    assert pack(b"sale" * 500, SALES_ENTRIES_MAX + 1)[0] is Codec.ZSTD
    assert pack(b"no", 1) == (Codec.PLAIN, b"no")


@pytest.mark.parametrize("codec", [Codec.ZSTD, Codec.ZSTD_SALES_1])
def test_what_does_not_unpack_is_an_error(codec: Codec) -> None:
    """Garbage, a cut frame, a frame that says it is larger than it may be, and one that does not say."""
    plain = bytes(5000)
    packed = pack(plain, 1 if codec is Codec.ZSTD_SALES_1 else 100)[1]
    assert unpack(codec, packed, len(plain)) == plain
    for damaged in (b"", b"\x93", packed[:-2], b"\xff" * 40):
        with pytest.raises(PackingError):
            unpack(codec, damaged, UNPACKED_BYTES_MAX)
    with pytest.raises(PackingError, match="at most 4999") as refused:
        unpack(codec, packed, 4999)
    assert refused.value.code == "too_large"
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(plain)
    with pytest.raises(PackingError):
        unpack(Codec.ZSTD, silent, UNPACKED_BYTES_MAX)


IN_THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from replication.wire.packing import pack, unpack
from tests.tools.train_sales_dictionary import sales

sys.setswitchinterval(1e-5)
plains = sales(400, seed=4)
several = [b"".join(plains[at:at + 20]) for at in range(0, 400, 20)] * 20

def there_and_back(plain):
    return all(unpack(*pack(plain, entries), len(plain)) == plain for entries in (1, 100))

with ThreadPoolExecutor(4) as threads:
    assert all(threads.map(there_and_back, several))
"""


def test_threads_that_pack_at_once_do_not_meet() -> None:
    """A branch's readers and writer do. In a process of its own, since one context for all of them kills it."""
    for _ in range(3):
        assert subprocess.run([sys.executable, "-c", IN_THREADS], timeout=60, check=False).returncode == 0


def test_a_codec_of_tomorrow_is_unknown() -> None:
    """It is refused by name."""
    with pytest.raises(PackingError, match="codec 9"):
        unpack(9, b"", UNPACKED_BYTES_MAX)
