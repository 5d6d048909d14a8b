"""Suppliers and members as the shop writes them down. They move neither goods nor money and are in no journal: documents name a
supplier by its text, and a backup, an export and an import carry the list."""

import sqlite3
from typing import Final

import msgspec

from gateway.domain.import_goods import Partner

PARTNER_TABLES: Final = """
CREATE TABLE partners (
    kind TEXT NOT NULL, code TEXT NOT NULL, body BLOB NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (kind, code)) STRICT, WITHOUT ROWID
"""
SUPPLIER: Final = "suppliers"
MEMBER: Final = "members"

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Partner)


def load_partner(connection: sqlite3.Connection, kind: str, code: str) -> Partner | None:
    """The supplier or member of a code."""
    row = connection.execute("SELECT body FROM partners WHERE kind = ? AND code = ?", (kind, code)).fetchone()
    return None if row is None else _decoder.decode(row[0])


def list_partners(connection: sqlite3.Connection, kind: str, *, after: str, limit: int) -> list[Partner]:
    """By code."""
    rows = connection.execute(
        "SELECT body FROM partners WHERE kind = ? AND code > ? ORDER BY code LIMIT ?", (kind, after, limit)
    )
    return [_decoder.decode(body) for (body,) in rows]


def put_partner(connection: sqlite3.Connection, kind: str, partner: Partner, *, person: str, at: int) -> bool:
    """Make or change one; answers whether anything changed."""
    if load_partner(connection, kind, partner.code) == partner:
        return False
    connection.execute(
        "INSERT OR REPLACE INTO partners VALUES (?, ?, ?, ?, ?)",
        (kind, partner.code, _encoder.encode(partner), person, at),
    )
    return True
