"""Names and numbers that identify: sites, stations, SKUs, events. Pure; randomness and clock are passed in."""

import re
import uuid
from typing import Final, NewType

SiteId = NewType("SiteId", str)
Sku = NewType("Sku", str)

SITE_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
SKU: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
STATION: Final = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)

PARTITIONS: Final = 64
"""Fixed for ever: the partition is a token of every subject and the lease key of a consolidator."""


def partition(site: str) -> int:
    """The fixed partition of a branch: CRC-32 of its id, modulo 64."""
    crc = 0xFFFFFFFF
    for byte in site.encode():
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
    return (crc ^ 0xFFFFFFFF) % PARTITIONS


def make_uuid7(unix_milliseconds: int, randomness: bytes) -> uuid.UUID:
    """A UUIDv7 (RFC 9562 section 5.7) from a wall time and 10 random bytes."""
    assert len(randomness) == 10, "a UUIDv7 takes 74 random bits from 10 bytes"
    tail = int.from_bytes(randomness, "big")
    value = (unix_milliseconds & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | ((tail >> 64) & 0xFFF) << 64
    value |= 0b10 << 62 | (tail & 0x3FFFFFFFFFFFFFFF)
    return uuid.UUID(int=value)
