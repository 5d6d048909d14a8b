"""API tokens for scripts: a signed statement of site, role and person. Needs the key file, no database."""

import hashlib
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from pathlib import Path
from typing import Literal

import msgspec
from itsdangerous import BadSignature, Signer

from admin_ui.serving.roles import Role

KEY_FILE = "token.key"
KEY_BYTES = 32

# A short, greppable start: a token pasted into a ticket or a repository is recognised for what it is.
TOKEN_PREFIX = "kt_"  # noqa: S105  (not a secret)
# Longer than any token we make (about 200 characters); stops a hostile header before any hashing.
TOKEN_LENGTH_MAX = 512
# Verified tokens kept in memory: a site has a handful of scripts; ~300 bytes each.
CACHE_ENTRIES_MAX = 1024

# How far the clock may be set back before a token that ends is refused: a clock that stands before the token was made says
# nothing about when it ends.
CLOCK_SLACK_SECONDS = 300

_SALT = b"kontor.token.v1"


class KeyFileError(Exception):
    """The key file cannot be made or read; says which file and what to do."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"token key {path}: {why}. Hint: give the data folder to the user running Kontor; "
            "a damaged key may be removed, then every token and script must be issued anew."
        )
        self.path = path


class Claims(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a token says. `issued` and `expires` are in seconds since 1970, `token` names the token for withdrawal."""

    site: str
    role: Role
    person: str
    issued: int
    token: str
    expires: int | None = None


class TokenRefused(msgspec.Struct, frozen=True, gc=False):
    code: Literal["token_invalid", "token_wrong_site", "token_expired"]


class Tokens:
    """Issues and verifies tokens of one site. Verified tokens are remembered, so the second check is one look-up."""

    def __init__(self, key: bytes, site: str) -> None:
        assert len(key) >= KEY_BYTES, "a token key has 32 bytes"
        self.site = site
        self._signer = Signer(key, salt=_SALT, sep=".", key_derivation="hmac", digest_method=hashlib.sha256)
        self._decoder = msgspec.msgpack.Decoder(Claims)
        self._verified: dict[bytes, Claims] = {}

    def issue(self, *, role: Role, person: str, issued: int, seconds: int | None = None) -> str:
        """`seconds` is how long it is good for; None is until it is revoked."""
        expires = None if seconds is None else issued + seconds
        claims = Claims(self.site, role, person, issued, secrets.token_hex(8), expires)
        payload = urlsafe_b64encode(msgspec.msgpack.encode(claims)).rstrip(b"=")
        return TOKEN_PREFIX + self._signer.sign(payload).decode()

    def verify(self, token: str, now: float) -> Claims | TokenRefused:
        return self.verify_bearer(b"Bearer " + token.encode("utf-8", "replace"), now)

    def verify_bearer(self, header: bytes, now: float) -> Claims | TokenRefused:
        """Verify the whole value of an `Authorization` header, at this moment (seconds since 1970)."""
        claims = self._verified.get(header) or self._verify(header)
        if (
            isinstance(claims, Claims)
            and claims.expires is not None
            and not claims.issued - CLOCK_SLACK_SECONDS <= now < claims.expires
        ):
            return TokenRefused("token_expired")
        return claims

    def _verify(self, header: bytes) -> Claims | TokenRefused:
        if len(header) > TOKEN_LENGTH_MAX or header[:7].lower() != b"bearer ":
            return TokenRefused("token_invalid")
        text = header[7:].strip().removeprefix(TOKEN_PREFIX.encode())
        payload, _, _ = text.partition(b".")
        claims = self._read(payload)
        if claims is None:
            return TokenRefused("token_invalid")
        # Every site has its own key, so another site's token fails the signature too; its own words about its
        # site only choose the sentence the caller reads.
        if claims.site != self.site:
            return TokenRefused("token_wrong_site")
        try:
            self._signer.unsign(text)
        except BadSignature:
            return TokenRefused("token_invalid")
        if len(self._verified) >= CACHE_ENTRIES_MAX:
            del self._verified[next(iter(self._verified))]
        self._verified[header] = claims
        return claims

    def _read(self, payload: bytes) -> Claims | None:
        try:
            return self._decoder.decode(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
        except (Base64Error, ValueError, msgspec.DecodeError):
            return None


def read_or_create_key(folder: Path) -> bytes:
    """The site's key, made on first need by whoever comes first: the site itself or `kontor token`."""
    path = folder / KEY_FILE
    if not path.exists():
        _create(path)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise KeyFileError(path, f"cannot be read ({error})") from error
    if len(key) != KEY_BYTES:
        raise KeyFileError(path, f"has {len(key)} bytes instead of {KEY_BYTES}")
    return key


def _create(path: Path) -> None:
    """Written whole under another name and then linked: two creators agree, and a power cut leaves no half key."""
    draft = path.with_name(f".{KEY_FILE}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, secrets.token_hex(KEY_BYTES).encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its key holds
        finally:
            draft.unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise KeyFileError(path, f"cannot be created ({error.strerror})") from error
