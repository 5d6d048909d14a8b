"""Headquarters' trust folder: the keys from which every site's right to speak follows, and what nats-server is told of them.

    operator.seed   signs accounts; not needed again until something is revoked: keep it off the machine if you can
    account.seed    the chain's account; the same
    system.seed     the server's own account
    branches.seed   signs branches, and can sign nothing else
    sites.seed      signs headquarters
    headquarters.seed, headquarters.jwt   headquarters' own identity
    revoked.json    public keys that are no longer welcome

Enrolling a branch is one signature: the server learns nothing and needs no reload. Revoking one changes the account's
token, which the server reads again on SIGHUP.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from replication.identity.claims import (
    AccountClaims,
    AccountLimits,
    Allowed,
    OperatorClaims,
    Scope,
    UserClaims,
    issue,
)
from replication.identity.keys import (
    IdentityError,
    Key,
    KeyKind,
    is_public_key,
    read_or_make_key,
    write_private,
)
from replication.identity.permissions import branch_permissions, partition_tag
from replication.wire.identity import SITE_ID

HEADQUARTERS_NAME: Final = "hq"
MEMORY_STORAGE_BYTES: Final = 64 * 1024 * 1024
"""JetStream in memory: consumers' state only."""
REVOKED_MAX: Final = 10_000
"""Each is 70 bytes in the account's token, which the server keeps in memory and reads in one piece."""


class Trust:
    """The folder, with its keys read. Made complete when it is first opened."""

    def __init__(
        self, folder: Path, randomness: Callable[[int], bytes], clock: Callable[[], float] = time.time
    ) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise IdentityError("the trust folder cannot be made", folder, str(error.strerror)) from error

        def key(name: str, kind: KeyKind) -> Key:
            return read_or_make_key(folder / f"{name}.seed", kind, randomness)

        self.folder = folder
        self._clock = clock
        self._operator = key("operator", KeyKind.OPERATOR)
        self._account = key("account", KeyKind.ACCOUNT)
        self._system = key("system", KeyKind.ACCOUNT)
        self._branches = key("branches", KeyKind.ACCOUNT)
        self._sites = key("sites", KeyKind.ACCOUNT)
        headquarters = key("headquarters", KeyKind.USER)
        if not (folder / "headquarters.jwt").exists():
            everything = Allowed()
            claims = UserClaims(
                "user", self._account.public, pub=everything, sub=everything, subs=-1, data=-1, payload=-1
            )
            token = issue(self._sites, headquarters.public, HEADQUARTERS_NAME, claims, issued_at=self._now())
            write_private(folder / "headquarters.jwt", token.encode() + b"\n")

    def enrol(self, branch: str, device: str, *, valid_seconds: int | None = None) -> str:
        """A branch's token for the public key of its device. Raises IdentityError on a wrong name or key."""
        if not SITE_ID.fullmatch(branch):
            raise IdentityError(f"{branch[:80]!r} is no branch's name", None, "branches are called b001, b002, …")
        if not is_public_key(KeyKind.USER, device):
            raise IdentityError(
                f"{device[:80]!r} is no device's public key",
                None,
                "`kontor identity` prints it at the branch: U and 55 more",
            )
        now = self._now()
        claims = UserClaims("user", self._account.public, tags=(partition_tag(branch),))
        expires_at = 0 if valid_seconds is None else now + valid_seconds
        return issue(self._branches, device, branch, claims, issued_at=now, expires_at=expires_at)

    def revoke(self, device: str) -> None:
        """A device's present and earlier tokens are worth nothing, once the server has read its settings again."""
        if not is_public_key(KeyKind.USER, device):
            raise IdentityError(f"{device[:80]!r} is no device's public key", None, "U and 55 more characters")
        revoked = {**self.revoked(), device: self._now()}
        if len(revoked) > REVOKED_MAX:
            raise IdentityError("too many keys are revoked", self._revoked_file, "make a new account for the chain")
        write_private(self._revoked_file, msgspec.json.encode(revoked), replace=True)

    def revoked(self) -> dict[str, int]:
        """Public keys and the moment (Unix seconds) up to which their tokens count for nothing."""
        try:
            return msgspec.json.decode(self._revoked_file.read_bytes(), type=dict[str, int])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            raise IdentityError("the list of revoked keys cannot be read", self._revoked_file, str(error)) from error

    def server_settings(self) -> str:
        """What nats-server must include: whom it trusts. Holds no secret."""
        now = self._now()
        operator = issue(
            self._operator, self._operator.public, "kontor", OperatorClaims(self._system.public), issued_at=now
        )
        chain = AccountClaims(
            "account",
            AccountLimits(mem_storage=MEMORY_STORAGE_BYTES, disk_storage=-1, streams=-1, consumer=-1),
            (self._sites.public, Scope(self._branches.public, "branch", branch_permissions())),
            self.revoked() or None,
        )
        accounts = {
            self._account.public: issue(self._operator, self._account.public, "chain", chain, issued_at=now),
            self._system.public: issue(
                self._operator, self._system.public, "system", AccountClaims("account", AccountLimits()), issued_at=now
            ),
        }
        preload = "\n".join(f'  {public}: "{token}"' for public, token in accounts.items())
        return f"""# Made by `kontor hq-trust`. Whom the NATS server trusts; holds no secret.
operator: "{operator}"
system_account: "{self._system.public}"
resolver: MEMORY
resolver_preload {{
{preload}
}}
"""

    @property
    def _revoked_file(self) -> Path:
        return self.folder / "revoked.json"

    def _now(self) -> int:
        return int(self._clock())
