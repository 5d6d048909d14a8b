"""How a change of headquarters gets its version and seal, and into the outbox of every branch. Pure, given the session.

A version is larger than every one before it, also over a restore: its upper part is the opening of the database that gave
it. Newer wins, at a branch and here.

What is put is only put: it is told afterwards, in bounded steps, so that neither a new branch nor a season's prices ever
hold up what else is to be written. How far each branch was told stands in the database, in the transaction that tells it;
a crash in between costs nothing.
"""

import hashlib
import hmac
from typing import Final, TypeVar

import msgspec

from replication.headquarters.stores.catalogue import Receiver
from replication.headquarters.stores.store import ApplySession
from replication.wire.outbox import CatalogueItem, Price, encode_outbox

VERSION_BITS: Final = 24
"""Changes numbered inside one opening, 16 million; above them the opening's number, of 29 bits. Together they stay below
2^53, so that a page's script can read one."""
SEAL_BYTES: Final = 16
"""Half of an HMAC-SHA256: nobody guesses one of 2^128, and each item and price carries it twice."""
TOLD_MAX: Final = 500
"""Items and prices read and posted in one transaction, over all branches: some ten milliseconds, which a batch that comes
meanwhile waits at most."""
T = TypeVar("T", CatalogueItem, Price)


def next_version(session: ApplySession) -> int:
    """Larger than every version given or learnt so far, and than any that an earlier opening gave and a restore forgot."""
    return max(session.catalogue.newest_version(), session.incarnation << VERSION_BITS) + 1


def sealed(session: ApplySession, message: T) -> T:
    """The message as it is sent, with headquarters' own word that it gave it."""
    return msgspec.structs.replace(message, seal=_seal(session, message))


def is_ours(session: ApplySession, message: CatalogueItem | Price) -> bool:
    """Whether headquarters itself gave this version with this content, though it may have forgotten since.

    Learning back from branches is what makes a restored headquarters whole; the seal is what keeps a branch, malicious or
    damaged, from inventing. Its key is made with the database and copied with it, so that every backup knows the words of
    all times. What remains possible: a branch repeats what headquarters once said, which loses to anything newer, or
    keeps it to itself. A headquarters that begins without any backup has another key, and learns nothing.
    """
    return hmac.compare_digest(message.seal, _seal(session, message))


def _seal(session: ApplySession, message: CatalogueItem | Price) -> bytes:
    kind, _ = encode_outbox(message)
    content = msgspec.msgpack.encode((kind, _lasting(msgspec.structs.replace(message, seal=b""))))
    return hmac.digest(session.catalogue.seal_key(), content, hashlib.sha256)[:SEAL_BYTES]


def _lasting(value: object) -> object:
    """The values of a message without the defaults at its end: a field that a later version adds changes no older seal."""
    if isinstance(value, msgspec.Struct):
        fields = list(msgspec.structs.fields(value))
        while fields and getattr(value, fields[-1].name) == fields[-1].default:
            fields.pop()
        return [_lasting(getattr(value, field.name)) for field in fields]
    if isinstance(value, tuple):
        return [_lasting(part) for part in value]
    return value


def tell(session: ApplySession, now: int) -> bool:
    """One step: post what branches that have the catalogue were not told yet, TOLD_MAX in all; whether there is more.
    `now` is UTC milliseconds: a price that is over by then is told to nobody.

    Who lacks least comes first, and every branch that lacks something has its share: a new one, which lacks everything,
    keeps no other waiting.
    """
    behind = session.catalogue.behind(TOLD_MAX)
    for receiver in behind:
        _tell_one(session, receiver, TOLD_MAX // len(behind), now)
    return bool(behind) and bool(session.catalogue.behind(1))


def _tell_one(session: ApplySession, receiver: Receiver, most: int, now: int) -> None:
    """Items go before prices, each in the order in which headquarters put or learnt them."""
    catalogue, branch = session.catalogue, receiver.branch
    items = catalogue.items_after(receiver.items_through, most)
    prices = catalogue.prices_after(receiver.prices_through, most - len(items), now) if len(items) < most else ()
    for _, item in items:
        session.post_outbox(branch, sealed(session, item))
    for _, price, is_over in prices:
        if not is_over:
            session.post_outbox(branch, sealed(session, price))
    items_through = items[-1][0] if items else receiver.items_through
    catalogue.told(Receiver(branch, items_through, prices[-1][0] if prices else receiver.prices_through))
