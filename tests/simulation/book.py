"""What the world outside knows: every slip a till wrote, every acknowledgement it heard, and what a destroyed card took.

The book is kept apart from the product: stock is reckoned from the slips alone. An acknowledged event may only be missing
at headquarters when, at some moment, no disk that was still there held it; that is reckoned from the disks themselves at
every destruction, and headquarters' own word is never asked.
"""

from collections.abc import Callable, Iterable

import msgspec

from gateway.domain.document import Body
from replication.wire.transfer import Figures


class Slip(msgspec.Struct, frozen=True):
    """A document as its till wrote it; `moves` is what it does to the shelf, in thousandths. One of a transfer names its
    `consignment` and what it says of each item."""

    branch: str
    id: bytes
    body: Body
    moves: dict[str, int]
    consignment: bytes | None = None
    figures: dict[str, Figures] = {}


class Book:
    """See the module. `failed` is told of an answer that must never be given."""

    def __init__(self, failed: Callable[[str], None]) -> None:
        self.failed = failed
        self.slips: dict[str, dict[bytes, Slip]] = {}
        self.acked: dict[str, set[bytes]] = {}
        self.lost: dict[str, set[bytes]] = {}
        self.watermarked: dict[str, set[bytes]] = {}

    def written(self, slip: Slip) -> None:
        """A till named a document; nothing is promised yet."""
        self.slips.setdefault(slip.branch, {})[slip.id] = slip

    def acknowledged(self, branch: str, identity: bytes) -> None:
        """The box said that the document is posted: from here on it may not be lost."""
        self.acked.setdefault(branch, set()).add(identity)

    def destroyed(self, branch: str, held: Iterable[bytes]) -> None:
        """Something that held events of a branch is gone; `held` is what all disks that are left hold together."""
        self.lost.setdefault(branch, set()).update(self.acked.get(branch, set()) - set(held))

    def must_be_held(self, branch: str) -> set[bytes]:
        """The events headquarters must have in the end."""
        return self.acked.get(branch, set()) - self.lost.get(branch, set())

    @property
    def events(self) -> int:
        """Acknowledged so far."""
        return sum(map(len, self.acked.values()))
