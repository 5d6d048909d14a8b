"""Where a page of each list continues: the last row's key, bounded to what SQLite can compare. See the kit's `keyset`."""

from typing import Annotated

import msgspec

Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class SeqKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the journal."""

    seq: Number


class NameKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the items by name."""

    name: str
    item_id: Number


class CellKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the balances."""

    item_id: Number
    location_id: Number
    lot_id: Number


class MovementKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in an item's movements."""

    movement_id: Number


class ItemKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the items by their first coming."""

    item_id: Number


class PlaceKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the transfers, in the order this branch met them."""

    place: Number


class ClassKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the ABC classes."""

    value: Number
    item_id: Number


class ExpiryKey(msgspec.Struct, frozen=True, array_like=True):
    """A place among the requests that wait, by when each expires."""

    expires_at: Number
    id: Annotated[bytes, msgspec.Meta(max_length=16)]


class CodeKey(msgspec.Struct, frozen=True, array_like=True):
    """A place in the recipes."""

    code: str


class LotKey(msgspec.Struct, frozen=True, array_like=True):
    """A place among the lots by expiry, or by name."""

    text: Annotated[str, msgspec.Meta(max_length=64)]
    lot_id: Number
