"""Items of headquarters that do not fit this branch's own: kept whole with the reason, until they fit or a person merges.

Nothing waits behind them, and nothing is guessed. SQL only.
"""

import sqlite3
from typing import Final

import msgspec

from gateway.domain.fault import Fault
from replication.wire.item import Item

HELD_RETRIED_MAX: Final = 100
"""Held items that are looked at again when one of the branch's own changes; each costs a few lookups in its transaction."""

_decoder = msgspec.msgpack.Decoder(Item)
_encoder = msgspec.msgpack.Encoder()


class HeldItem(msgspec.Struct, frozen=True):
    """An item of headquarters with what stands against it here, and since when (UTC milliseconds).
    `seal` is headquarters'."""

    item: Item
    version: int
    fault: Fault
    at: int
    seal: bytes = b""


def hold_item(connection: sqlite3.Connection, held: HeldItem) -> None:
    """Keep it; the newest version of an item stays, and since when it does not fit."""
    connection.execute(
        "INSERT INTO held_items (sku, version, body, code, facts, at, seal) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET version = excluded.version, body = excluded.body, seal = excluded.seal, code = excluded.code, facts = excluded.facts"
        " WHERE excluded.version >= version",
        (
            held.item.sku, held.version, _encoder.encode(held.item), held.fault.code,
            msgspec.json.encode(held.fault.facts).decode(), held.at, held.seal,
        ),
    )  # fmt: skip


def release_item(connection: sqlite3.Connection, sku: str) -> None:
    """It fits now."""
    connection.execute("DELETE FROM held_items WHERE sku = ?", (sku,))


def count_held(connection: sqlite3.Connection) -> int:
    """How many items of headquarters do not fit."""
    return int(connection.execute("SELECT count(*) FROM held_items").fetchone()[0])


def find_held(connection: sqlite3.Connection, sku: str) -> Item | None:
    """The item of headquarters of that SKU, where it is held."""
    row = connection.execute("SELECT body FROM held_items WHERE sku = ?", (sku,)).fetchone()
    return None if row is None else _decoder.decode(row[0])


def list_held(connection: sqlite3.Connection, *, after: str, limit: int) -> list[HeldItem]:
    """Held items by SKU."""
    rows = connection.execute(
        "SELECT body, version, code, facts, at, seal FROM held_items WHERE sku > ? ORDER BY sku LIMIT ?", (after, limit)
    )
    return [
        HeldItem(
            _decoder.decode(body),
            version,
            Fault("", code, msgspec.json.decode(facts, type=dict[str, str])),
            at,
            bytes(seal),
        )
        for body, version, code, facts, at, seal in rows
    ]
