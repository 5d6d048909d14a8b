"""A branch's ledger with its items and opening stock, made through the use cases and copied for each measurement."""

import asyncio
import contextlib
import gc
import random
import shutil
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from gateway.cli.command import COLLECTOR_THRESHOLDS
from gateway.domain.document import LINES_MAX, Body
from gateway.domain.policy import GENERAL
from gateway.store.ledger import LEDGER_FILE, Ledger, wall_milliseconds
from gateway.use_cases.post_document import post_document
from gateway.use_cases.put_item import ItemStored, put_item
from gateway.use_cases.shop import NoScales, Poster, Shop
from replication.storage.writer import GROUP_MAX
from replication.wire.item_entry import ItemEntry
from tests.bench.sales import OPENING, SEED, barcode, is_weighed, price, sku, unit

ADMIN = Poster("admin", "admin")
body_decoder: msgspec.json.Decoder[Body] = msgspec.json.Decoder(Body)


@contextlib.asynccontextmanager
async def open_shop(folder: Path) -> AsyncIterator[Shop]:
    """The use cases on the ledger of a folder, without web, devices or replication."""
    ledger = Ledger.open(folder, on_fatal=_fatal)
    try:
        yield Shop(ledger, GENERAL, [], NoScales(), lambda _station: None, wall_milliseconds)
    finally:
        await ledger.close()


def _fatal(error: BaseException) -> None:
    raise SystemExit(f"the ledger's writer ended: {error}")


async def stock(folder: Path, items: int, *, opening: bool = True) -> None:
    """Makes a ledger with that many items, each with a barcode, and stock for all of them."""
    async with open_shop(folder) as shop:
        for first in range(0, items, GROUP_MAX):
            stored = await asyncio.gather(
                *(
                    put_item(shop, ADMIN, sku(index), _entry(index))
                    for index in range(first, min(first + GROUP_MAX, items))
                )
            )
            assert all(isinstance(answer, ItemStored) for answer in stored)
        for first in range(0, items if opening else 0, LINES_MAX):
            lines = [
                {"item": sku(index), "quantity": str(OPENING)} for index in range(first, min(first + LINES_MAX, items))
            ]
            body = body_decoder.decode(msgspec.json.encode({"type": "opening_balance", "lines": lines}))
            identity = uuid.UUID(bytes=random.Random(SEED + first).randbytes(16), version=4).bytes
            await post_document(shop, ADMIN, identity, body)


def _entry(index: int) -> ItemEntry:
    return ItemEntry(
        name=f"Item {index}",
        unit=unit(index),
        price=price(index),
        barcodes=(barcode(index),),
        weighed=is_weighed(index),
    )


def copy_ledger(template: Path, folder: Path) -> Path:
    """A fresh copy of a closed ledger, as a data folder of its own."""
    folder.mkdir(parents=True)
    shutil.copy(template / LEDGER_FILE, folder / LEDGER_FILE)
    return folder


def settle_collector() -> None:
    """As `kontor` does after its start: the sales prepared here are no part of the work, and are not looked through for it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
