"""Headquarters' own items: put by a person here, sent to every branch, learnt back from branches after a restore. Pure,
given the session.
"""

import msgspec

from replication.headquarters.downlink import is_ours, next_version, sealed
from replication.headquarters.fold import Effects
from replication.headquarters.prices import DEFAULT_LIST, learn_prices
from replication.headquarters.stores.store import ApplySession
from replication.wire.envelope import ENTRY_BYTES_MAX
from replication.wire.fault import Fault
from replication.wire.item import Item
from replication.wire.outbox import CatalogueItem, Price, encode_outbox


class CataloguePut(msgspec.Struct, frozen=True):
    """The item as it now is; `created` where nobody had one of that SKU, `changed` False for the same again."""

    item: Item
    version: int
    created: bool
    changed: bool


def put_item(session: ApplySession, item: Item, at: int) -> CataloguePut | Fault:
    """A person puts an item at headquarters; every branch that has the catalogue is told next. `at` is UTC milliseconds."""
    catalogue = session.catalogue
    before = catalogue.owned(item.sku)
    if before is not None and before.item == item:
        return CataloguePut(item, before.version, created=False, changed=False)
    if before is not None and before.item.unit != item.unit:
        return Fault("unit", "unit_fixed", {"unit": item.unit, "base": before.item.unit})
    taken = catalogue.code_taken(item)
    if taken is not None:
        return Fault("barcodes", "barcode_taken", {"barcode": taken.barcode, "item": taken.sku})
    created = catalogue.known(item.sku) is None
    sent = CatalogueItem(item, next_version(session))
    size = len(encode_outbox(sealed(session, sent))[1])
    if size > ENTRY_BYTES_MAX:
        return Fault("", "document_too_large", {"bytes": str(size), "limit": str(ENTRY_BYTES_MAX)})
    catalogue.put(sent, at)
    if before is not None and before.item.price != item.price and catalogue.has_prices(DEFAULT_LIST, item.sku):
        # The list goes before an item's own price; whoever changes that price means from now on.
        catalogue.put_price(Price(DEFAULT_LIST, item.sku, item.price, at, sent.version + 1), at)
    return CataloguePut(item, sent.version, created=created, changed=True)


def welcome(session: ApplySession, branch: str) -> None:
    """A branch said hello: from the first time on it is told the whole catalogue, with the prices in force and to come."""
    session.catalogue.receive(branch)


class CatalogueProjection:
    """What branches say of headquarters' items and prices. Implements Projection.

    A branch that names a newer version than headquarters has, with headquarters' seal, is right: headquarters was restored
    and had sent it. It is taken in and told to all, so that all have it again.
    """

    def applied(self, session: ApplySession, branch: str, effects: Effects, now: int) -> None:  # noqa: ARG002 - the protocol
        """A batch of a branch was applied."""
        for _, put in effects.items:
            sent = CatalogueItem(put.item, put.version, put.seal)
            if self._is_news(session, sent):
                session.catalogue.put(sent, now)
        learn_prices(session, effects, now)

    @staticmethod
    def _is_news(session: ApplySession, told: CatalogueItem) -> bool:
        if told.version <= 0:
            return False
        held = session.catalogue.owned(told.item.sku)
        newer = held is None or (held.version < told.version and held.item.unit == told.item.unit)
        return newer and is_ours(session, told)
