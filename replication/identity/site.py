"""A site's own identity on disk: the seed made on this device, and the token headquarters signed for it.

The token is read anew for every connection, so that one signed later counts without a restart.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from replication.identity.claims import TOKEN_BYTES_MAX, read_facts
from replication.identity.keys import IdentityError, Key, KeyKind, read_key, read_or_make_key, write_private

SEED_FILE: Final = "device.seed"
TOKEN_FILE: Final = "device.jwt"  # noqa: S105 - a file name
TRUST_FOLDER: Final = "trust"


class SiteIdentity(msgspec.Struct, frozen=True):
    """Where a site's seed and token lie."""

    seed_file: Path
    token_file: Path

    def key(self) -> Key:
        """The site's key; raises IdentityError, FileNotFoundError."""
        return read_key(self.seed_file, KeyKind.USER)

    def make_key(self, randomness: Callable[[int], bytes]) -> Key:
        """The site's key, made on this device if there is none yet."""
        return read_or_make_key(self.seed_file, KeyKind.USER, randomness)

    def token(self) -> str | None:
        """The token, or None where headquarters has signed none yet; raises IdentityError."""
        try:
            with self.token_file.open(encoding="ascii") as opened:
                return opened.read(TOKEN_BYTES_MAX).strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise IdentityError(
                "the token cannot be read", self.token_file, "have headquarters sign it again: `kontor hq-enrol`"
            ) from error

    def accept(self, site: str, token: str) -> None:
        """Keep a token that headquarters signed, if it is for this site and this device's key; raises IdentityError."""
        facts = read_facts(token)
        if facts is None:
            raise IdentityError("that is no token", None, "pass the file `kontor hq-enrol` printed, unchanged")
        if facts.name != site:
            raise IdentityError(f"the token is for {facts.name[:80]!r}", None, f"this site is {site!r}")
        if facts.sub != self.key().public:
            raise IdentityError(
                "the token is for another device", None, "send headquarters the key `kontor identity` prints here"
            )
        write_private(self.token_file, token.strip().encode() + b"\n", replace=True)


def branch_identity(data: Path) -> SiteIdentity:
    """A branch's identity in its data folder."""
    return SiteIdentity(data / SEED_FILE, data / TOKEN_FILE)


def headquarters_identity(data: Path) -> SiteIdentity:
    """Headquarters' identity in the trust folder of its data folder."""
    return SiteIdentity(data / TRUST_FOLDER / "headquarters.seed", data / TRUST_FOLDER / "headquarters.jwt")
