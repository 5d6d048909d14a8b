"""How the entries of an envelope are packed: plain, with zstd, or a few sales with a dictionary. Knows bytes, no entries.

The dictionary knows what sales look like before the first is sent: alone, one is packed to two thirds of what zstd makes of
it. A batch soon is its own dictionary. `sales_1.zdict` is part of the protocol and never changes (its making:
`tests/tools/train_sales_dictionary.py`); its frames are without magic number and dictionary id, since the codec names both.
"""

import enum
from pathlib import Path
from typing import Final

import zstandard

SALES_ENTRIES_MAX: Final = 20
"""Entries up to which the dictionary packs better: 7 B a sale at so many, 3 at fifty, nothing at hundreds."""

_LEVEL: Final = 1
_SALES_LEVEL: Final = 5
"""Smaller by 3 % than level 3, for 4 us a message; levels above it give nothing more."""


class Codec(enum.IntEnum):
    """How the payload of an envelope is packed."""

    PLAIN = 0
    ZSTD = 1
    ZSTD_SALES_1 = 2


class PackingError(ValueError):
    """Bytes that do not unpack; `code` as in an EnvelopeError."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


_SALES_1: Final = zstandard.ZstdCompressionDict(Path(__file__).with_name("sales_1.zdict").read_bytes())
_SALES_FORMAT: Final = zstandard.FORMAT_ZSTD1_MAGICLESS


class _Contexts:
    """What packs and unpacks, lent to one call at a time; 0.6 MB in all.

    zstd works in the memory of its context, and without the interpreter's lock: two threads in one context at once write
    over each other's tables, and the process dies (https://facebook.github.io/zstd/zstd_manual.html, "Compression context").
    """

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True, write_checksum=False)
        self.decompressor = zstandard.ZstdDecompressor()
        self.sales_compressor = zstandard.ZstdCompressor(
            compression_params=zstandard.ZstdCompressionParameters.from_level(
                _SALES_LEVEL, dict_size=len(_SALES_1), format=_SALES_FORMAT, write_content_size=True,
                write_checksum=False, write_dict_id=False,
            ),
            dict_data=_SALES_1,
        )  # fmt: skip
        self.sales_decompressor = zstandard.ZstdDecompressor(dict_data=_SALES_1, format=_SALES_FORMAT)


_idle: list[_Contexts] = []
"""As many as ever were lent at once, which threads bound. Taking from a list and giving back are atomic."""


def pack(plain: bytes, entries: int) -> tuple[Codec, bytes]:
    """The codec that suits so many entries, and what it makes of them."""
    contexts = _lent()
    if entries <= SALES_ENTRIES_MAX:
        codec, packed = Codec.ZSTD_SALES_1, contexts.sales_compressor.compress(plain)
    else:
        codec, packed = Codec.ZSTD, contexts.compressor.compress(plain)
    _idle.append(contexts)
    return (codec, packed) if len(packed) < len(plain) else (Codec.PLAIN, plain)


def unpack(codec: int, payload: bytes, bytes_max: int) -> bytes:
    """The plain bytes; raises PackingError, also where they would be more than `bytes_max`."""
    if codec == Codec.PLAIN:
        return payload
    if codec not in (Codec.ZSTD, Codec.ZSTD_SALES_1):
        raise PackingError("unknown_codec", f"codec {codec}")
    is_sales = codec == Codec.ZSTD_SALES_1
    contexts = _lent()
    try:
        size = zstandard.get_frame_parameters(
            payload, format=_SALES_FORMAT if is_sales else zstandard.FORMAT_ZSTD1
        ).content_size
        if not 0 <= size <= bytes_max:
            raise PackingError("too_large", f"payload unpacks to {size} bytes, at most {bytes_max}")
        return (contexts.sales_decompressor if is_sales else contexts.decompressor).decompress(payload)
    except zstandard.ZstdError as error:
        raise PackingError("undecodable", str(error)) from error
    finally:
        _idle.append(contexts)


def _lent() -> _Contexts:
    try:
        return _idle.pop()
    except IndexError:
        return _Contexts()
