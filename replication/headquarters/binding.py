"""Which device is a branch, and which were: pure. Headquarters stores it whole with the branch, as the bytes made here."""

import hashlib
from typing import Final

import msgspec

from replication.headquarters.decide import Cursor

BOOTS_KEPT: Final = 16
"""Boot ids remembered of a branch's device: a copy alive beside it is heard at least every five minutes, a device
restarts seldom."""
DEVICES_KEPT: Final = 64
"""Replaced devices remembered; a shop's gateway is replaced every few years."""
REPLACEMENT_MILLISECONDS: Final = 24 * 3600 * 1000
"""How long a replacement code holds: a courier's day."""


class Device(msgspec.Struct, frozen=True, array_like=True):
    """A device by the public key made on it and by what tells its board from another's; "" where the line knows none."""

    key: str
    hardware: str


class Offer(msgspec.Struct, frozen=True, array_like=True):
    """A new epoch as headquarters offered it last. It is untouched while the cursor stands at `base_seq` - 1 of it.

    `boot_id` is the one that was answered: only that start of the process may be given the same offer again, since a
    journal may have been restored before any other start, and may have used the epoch meanwhile.
    """

    epoch: int
    base_seq: int
    ancestor_seq: int
    ancestor_hash: bytes
    held_seq: int
    held_hash: bytes
    reason: str
    boot_id: bytes


class Replacement(msgspec.Struct, frozen=True, array_like=True):
    """A code given to a person who puts a new device in place, as its proof; UTC milliseconds."""

    proof: bytes
    expires_at: int


class Binding(msgspec.Struct, frozen=True, array_like=True):
    """The device that is the branch now (None: never met), its start of the process and since when that one is known (UTC
    milliseconds); which starts it had before, which are told that they are not the branch, which devices it replaced.

    `epoch_due`: another device took the branch over, and may not go on in an epoch in which the old one still sells.
    """

    device: Device | None = None
    boot_id: bytes = b""
    boot_at: int = 0
    retired: tuple[bytes, ...] = ()
    fenced: tuple[bytes, ...] = ()
    replaced: tuple[Device, ...] = ()
    offer: Offer | None = None
    replacement: Replacement | None = None
    epoch_due: bool = False


UNBOUND: Final = Binding()

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Binding)


def binding_bytes(binding: Binding) -> bytes:
    """As it is stored."""
    return _encoder.encode(binding)


def read_binding(data: bytes | None) -> Binding:
    """As it was stored; a branch that has none is unbound. Our own bytes: a DecodeError is our own fault."""
    return UNBOUND if data is None else _decoder.decode(data)


def replacement_proof(branch: str, code: str) -> bytes:
    """What is kept of a code: SHA-256 over branch and code. Codes are long and random, so nothing slower is needed."""
    return hashlib.sha256(f"{branch}\x1f{code}".encode()).digest()


def with_replacement(binding: Binding, branch: str, code: str, now: int) -> Binding:
    """The binding after a code was issued; an earlier one holds no more."""
    issued = Replacement(replacement_proof(branch, code), now + REPLACEMENT_MILLISECONDS)
    return msgspec.structs.replace(binding, replacement=issued)


def with_boot(binding: Binding, boot_id: bytes, now: int) -> Binding:
    """The device started anew; the start before it is retired."""
    retired = (binding.boot_id, *binding.retired)[:BOOTS_KEPT] if binding.boot_id else binding.retired
    return msgspec.structs.replace(binding, boot_id=boot_id, boot_at=now, retired=retired)


def with_device(binding: Binding, device: Device, boot_id: bytes, now: int) -> Binding:
    """Another device is the branch from now on; the one before it is replaced for ever, and the code used up."""
    assert binding.device is not None, "only a device that was bound is replaced"
    started = with_boot(binding, boot_id, now)
    return msgspec.structs.replace(
        started,
        device=device,
        replaced=(binding.device, *binding.replaced)[:DEVICES_KEPT],
        replacement=None,
        epoch_due=True,
    )


def with_fenced(binding: Binding, boot_id: bytes) -> Binding:
    """That start of a process was told that it is not the branch: what it sends is kept, never applied."""
    if boot_id in binding.fenced:
        return binding
    return msgspec.structs.replace(binding, fenced=(boot_id, *binding.fenced)[:BOOTS_KEPT])


def held_position(cursor: Cursor, offer: Offer | None) -> Cursor:
    """The last entry headquarters holds: the cursor, or what an untouched offer moved it away from."""
    if offer is not None and is_untouched(cursor, offer):
        return Cursor(offer.epoch, offer.held_seq, offer.held_hash)
    return cursor


def is_untouched(cursor: Cursor, offer: Offer) -> bool:
    """Whether nothing of the offered epoch was applied yet."""
    return cursor.epoch == offer.epoch and cursor.seq == offer.base_seq - 1
