"""NATS tokens: who signed for whom, as JWTs of version 2 with `ed25519-nkey` signatures. Pure; the time is passed in.

The operator signs accounts, an account's signing keys sign users. What a user may say and hear is not in its token: it
follows from the signing key's role (a scope with a template), so that a stolen signing key can only ever make branches.
Source: NATS architecture decision records 1 and 14, and the claims nats-server 2.15 accepts.
"""

import base64
import binascii
import hashlib
from typing import Final

import msgspec

from replication.identity.keys import Key

TOKEN_BYTES_MAX: Final = 16 * 1024
"""A branch's token is 700 bytes; the server's own limit for a line is far above this."""
NO_LIMIT: Final = -1


class Allowed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Subjects that may be published or heard; empty means every one."""

    allow: tuple[str, ...] = ()


class Permissions(msgspec.Struct, frozen=True):
    """What a user may say and hear, and how much."""

    pub: Allowed = Allowed()
    sub: Allowed = Allowed()
    subs: int = NO_LIMIT
    data: int = NO_LIMIT
    payload: int = NO_LIMIT


class Scope(msgspec.Struct, frozen=True):
    """A signing key that can only make users of one role."""

    key: str
    role: str
    template: Permissions
    kind: str = "user_scope"
    description: str = ""


class AccountLimits(msgspec.Struct, frozen=True):
    """What an account may use of the server; -1 is no limit, 0 nothing."""

    subs: int = NO_LIMIT
    data: int = NO_LIMIT
    payload: int = NO_LIMIT
    imports: int = NO_LIMIT
    exports: int = NO_LIMIT
    wildcards: bool = True
    conn: int = NO_LIMIT
    leaf: int = NO_LIMIT
    mem_storage: int = 0
    disk_storage: int = 0
    streams: int = 0
    consumer: int = 0


class OperatorClaims(msgspec.Struct, frozen=True):
    """The operator names the system account."""

    system_account: str
    type: str = "operator"
    version: int = 2


class AccountClaims(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account: its limits, who may sign its users, and the users that are no longer welcome (by public key, up to the
    issue time of their tokens)."""

    type: str
    limits: AccountLimits
    signing_keys: tuple[str | Scope, ...] = ()
    revocations: dict[str, int] | None = None
    version: int = msgspec.field(default_factory=lambda: 2)


class UserClaims(msgspec.Struct, frozen=True, omit_defaults=True):
    """A user of an account; without `permissions`, those of its signing key's scope."""

    type: str
    issuer_account: str
    tags: tuple[str, ...] = ()
    pub: Allowed | None = None
    sub: Allowed | None = None
    subs: int | None = None
    data: int | None = None
    payload: int | None = None
    version: int = msgspec.field(default_factory=lambda: 2)


class _Header(msgspec.Struct, frozen=True):
    typ: str = "JWT"
    alg: str = "ed25519-nkey"


class _Token(msgspec.Struct, frozen=True, omit_defaults=True):
    iat: int
    iss: str
    name: str
    nats: OperatorClaims | AccountClaims | UserClaims
    sub: str
    exp: int = 0
    jti: str = ""


class TokenFacts(msgspec.Struct, frozen=True):
    """What a token says of its owner, read without checking its signature."""

    sub: str
    name: str
    iat: int
    exp: int = 0


def issue(
    signer: Key,
    subject: str,
    name: str,
    claims: OperatorClaims | AccountClaims | UserClaims,
    *,
    issued_at: int,
    expires_at: int = 0,
) -> str:
    """A signed token for the public key `subject`. Times are Unix seconds; 0 never expires."""
    token = _Token(issued_at, signer.public, name, claims, subject, expires_at)
    named = hashlib.sha256(msgspec.json.encode(token)).digest()
    token = msgspec.structs.replace(token, jti=base64.b32encode(named).decode().rstrip("="))
    signed = f"{_text(msgspec.json.encode(_Header()))}.{_text(msgspec.json.encode(token))}"
    return f"{signed}.{_text(signer.sign(signed.encode()))}"


def read_facts(token: str) -> TokenFacts | None:
    """What a token says, or None where it is no token."""
    parts = token.strip().split(".")
    if len(token) > TOKEN_BYTES_MAX or len(parts) != 3:
        return None
    try:
        body = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(body, type=TokenFacts)
    except (binascii.Error, ValueError):
        return None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
