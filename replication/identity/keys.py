"""Ed25519 key pairs in NATS' own spelling (nkeys), and the files they lie in. The only door to nkeys.

A seed is the secret half. It is made on the device that uses it and never leaves it; its public half is the device's name.
"""

import enum
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import nkeys

SEED_RANDOM_BYTES: Final = 32
FILE_BYTES_MAX: Final = 4096
"""A seed is 58 characters; whatever is longer is another file."""
_PUBLIC_CHARACTERS: Final = 56


class KeyKind(enum.StrEnum):
    """What a key stands for; also the first letter of its public half."""

    OPERATOR = "O"
    ACCOUNT = "A"
    USER = "U"


class IdentityError(Exception):
    """A key or token cannot be used: what is wrong, with which file, and what to do."""

    def __init__(self, what: str, where: Path | None, hint: str) -> None:
        super().__init__(f"{what}{f' ({where})' if where else ''}: {hint}")
        self.what = what
        self.where = where
        self.hint = hint


class Key:
    """One key pair."""

    def __init__(self, seed: bytes) -> None:
        self.seed = seed
        self._pair = nkeys.from_seed(bytearray(seed))

    @property
    def public(self) -> str:
        """The public half, such as `UCWI4N…`."""
        text: str = self._pair.public_key.decode()
        return text

    def sign(self, data: bytes) -> bytes:
        """A 64-byte signature."""
        signature: bytes = self._pair.sign(data)
        return signature


_PREFIX: Final = {
    KeyKind.OPERATOR: nkeys.PREFIX_BYTE_OPERATOR,
    KeyKind.ACCOUNT: nkeys.PREFIX_BYTE_ACCOUNT,
    KeyKind.USER: nkeys.PREFIX_BYTE_USER,
}


def make_key(kind: KeyKind, randomness: Callable[[int], bytes]) -> Key:
    """A new key pair."""
    return Key(nkeys.encode_seed(randomness(SEED_RANDOM_BYTES), _PREFIX[kind]))


def is_public_key(kind: KeyKind, text: str) -> bool:
    """Whether a text looks like the public half of such a key."""
    return (
        len(text) == _PUBLIC_CHARACTERS
        and text.startswith(kind.value)
        and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    )


def read_key(file: Path, kind: KeyKind) -> Key:
    """The key in a file; raises IdentityError, and FileNotFoundError where there is none."""
    try:
        with file.open("rb") as opened:
            text = opened.read(FILE_BYTES_MAX).strip()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise IdentityError("the key cannot be read", file, f"{error.strerror}: check who may read the file") from error
    try:
        key = Key(text)
    except (nkeys.NkeysError, ValueError, IndexError) as error:
        raise IdentityError("there is no key in this file", file, "restore it from a backup of this site") from error
    if not is_public_key(kind, key.public):
        raise IdentityError("the key is of another kind", file, "do not exchange the files of a trust folder")
    return key


def read_or_make_key(file: Path, kind: KeyKind, randomness: Callable[[int], bytes]) -> Key:
    """The key in a file, made first if there is none. Two who make it at the same moment get the same one."""
    try:
        return read_key(file, kind)
    except FileNotFoundError:
        key = make_key(kind, randomness)
        write_private(file, key.seed + b"\n")
        return read_key(file, kind)


def write_private(file: Path, data: bytes, *, replace: bool = False) -> None:
    """Write a file that only its owner may read, whole or not at all; without `replace`, one that is there stays."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        if replace:
            beside.replace(file)
        else:
            try:
                os.link(beside, file)
            except FileExistsError:
                return
            finally:
                beside.unlink()
        _keep_name(file.parent)
    except OSError as error:
        raise IdentityError("the key cannot be written", file, f"{error.strerror}: check the folder") from error


def _keep_name(folder: Path) -> None:
    """Flush a folder: a device whose key's name a power cut forgot would be a strange device to headquarters."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
