"""Whether the device that says hello is the branch: pure. Knows no history beyond what it is told of."""

from typing import Final

import msgspec

from replication.headquarters.binding import (
    Binding,
    Device,
    replacement_proof,
    with_boot,
    with_device,
    with_fenced,
)
from replication.wire.messages import Hello

RETIRED_GRACE_MILLISECONDS: Final = 2_000
"""A hello that left a process before its successor's first one may arrive this much later; after that, both are alive."""


class Accepted(msgspec.Struct, frozen=True):
    """It is the branch."""

    binding: Binding


class Stranger(msgspec.Struct, frozen=True):
    """It is not: `code` is as in a Fenced answer."""

    binding: Binding
    code: str
    detail: str


class Unclear(msgspec.Struct, frozen=True):
    """It may be a word from before a restart: if it comes again, it is alive."""

    milliseconds: int


Recognition = Accepted | Stranger | Unclear


def recognise(hello: Hello, binding: Binding, now: int, *, proven: bool) -> Recognition:
    """Judge a device by its identity, its start of the process and a replacement code.

    `proven`: its history goes on from headquarters' in an epoch headquarters does not remember giving. Only the branch was
    ever given one, so that a headquarters restored from before a replacement knows the new device again.
    """
    device, boot = Device(hello.device, hello.hardware), hello.boot_id
    bound = binding.device
    if bound is None:
        return Accepted(msgspec.structs.replace(binding, device=device, boot_id=boot, boot_at=now))
    if _is_same(bound, device):
        return _by_boot(boot, msgspec.structs.replace(binding, device=_completed(bound, device)), now)
    if device in binding.replaced:
        return _stranger(binding, boot, "replaced", "another device has taken this one's place")
    if proven or _holds(hello, binding, now):
        return Accepted(with_device(binding, device, boot, now))
    return _stranger(binding, boot, "other_device", "this device was never approved for the branch")


def _by_boot(boot: bytes, binding: Binding, now: int) -> Recognition:
    if boot == binding.boot_id:
        return Accepted(binding)
    if boot not in binding.retired:
        return Accepted(with_boot(binding, boot, now))
    # A clock that was put back would make the grace last until it has caught up again: then there is none.
    if 0 <= now - binding.boot_at <= RETIRED_GRACE_MILLISECONDS and boot not in binding.fenced:
        return Unclear(RETIRED_GRACE_MILLISECONDS)
    return _stranger(binding, boot, "copy", "a later start of this device is alive as well")


def _stranger(binding: Binding, boot: bytes, code: str, detail: str) -> Stranger:
    return Stranger(with_fenced(binding, boot), code, detail)


def _is_same(bound: Device, device: Device) -> bool:
    """A word that was empty when the device was bound may be filled in later, never changed."""
    return bound.key in ("", device.key) and bound.hardware in ("", device.hardware)


def _completed(bound: Device, device: Device) -> Device:
    return Device(bound.key or device.key, bound.hardware or device.hardware)


def _holds(hello: Hello, binding: Binding, now: int) -> bool:
    issued = binding.replacement
    if issued is None or not hello.replacement or now > issued.expires_at:
        return False
    return replacement_proof(hello.branch, hello.replacement) == issued.proof
