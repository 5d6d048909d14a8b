"""Suppliers and members as the journal has them: every version a row under its entry, the newest of a code is the one that counts.

They move neither goods nor money, and documents name a supplier by its text; that they are in the journal is for a branch that is
joined again or restored. What the table says follows from the entries and is compared by `kontor verify`.
"""

import sqlite3
from typing import Final

import msgspec

from gateway.domain.import_goods import Partner
from replication.wire.partner import PartnerPut

PARTNER_TABLES: Final = """
CREATE TABLE partners (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, code TEXT NOT NULL, body BLOB NOT NULL, person TEXT NOT NULL,
    at INTEGER NOT NULL) STRICT;
CREATE INDEX partners_by_code ON partners (kind, code, seq)
"""
SUPPLIER: Final = "suppliers"
MEMBER: Final = "members"
_NEWEST: Final = "seq = (SELECT max(newer.seq) FROM partners AS newer WHERE newer.kind = partners.kind AND newer.code = partners.code)"

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Partner)


def load_partner(connection: sqlite3.Connection, kind: str, code: str) -> Partner | None:
    """The supplier or member of a code."""
    row = connection.execute(
        "SELECT body FROM partners WHERE kind = ? AND code = ? ORDER BY seq DESC LIMIT 1", (kind, code)
    ).fetchone()
    return None if row is None else _decoder.decode(row[0])


def list_partners(connection: sqlite3.Connection, kind: str, *, after: str, limit: int) -> list[Partner]:
    """By code."""
    rows = connection.execute(
        f"SELECT body FROM partners WHERE kind = ? AND code > ? AND {_NEWEST} ORDER BY code LIMIT ?",
        (kind, after, limit),
    )
    return [_decoder.decode(body) for (body,) in rows]


def note_partner(connection: sqlite3.Connection, seq: int, event: PartnerPut) -> None:
    """A partner was appended to the journal."""
    connection.execute("INSERT INTO partners VALUES (?, ?, ?, ?, ?, ?)", (seq, *partner_values(event)))


def set_aside_partners(connection: sqlite3.Connection, after: int) -> None:
    """The entries after a seq leave the journal."""
    connection.execute("DELETE FROM partners WHERE seq > ?", (after,))


def partner_values(event: PartnerPut) -> tuple[str, str, bytes, str, int]:
    """What an entry's row says."""
    partner = Partner(event.code, event.name, event.name_zh, event.phone, event.note, event.active)
    return event.kind, event.code, _encoder.encode(partner), event.person, event.posted_at


def stored_partners(connection: sqlite3.Connection) -> dict[int, tuple[str, str, bytes, str, int]]:
    """Every version by its seq: what a fold of the journal has to come to."""
    rows = connection.execute("SELECT seq, kind, code, body, person, at FROM partners")
    return {seq: tuple(row) for seq, *row in rows}
