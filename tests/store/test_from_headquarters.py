"""What headquarters sent, in a real ledger: items and prices taken once, the newest version, what does not fit held."""

import asyncio
import sqlite3
import uuid
from pathlib import Path

from gateway.store.held_items import count_held, list_held
from gateway.store.inbox import read_inbox
from gateway.store.items import every_item, find_barcode, load_item
from gateway.store.verify import verify_site
from gateway.use_cases.put_item import ItemRefused, ItemStored
from replication.wire.events import (
    DocumentPosted,
    ItemPut,
    LotBlocked,
    PostedLine,
    PriceTaken,
    SkipTaken,
    TransferReleased,
    encode_event,
)
from replication.wire.item import Pack
from replication.wire.movement import Route
from replication.wire.outbox import Readmit, Skipped, TransferReleaseAsked
from replication.wire.quantity import Quantity
from replication.wire.transfer import derived_id
from tests.store.branch_site import HOUR, NOW, item, opened, price


def test_an_item_is_taken_once_per_version_and_the_newest_wins(tmp_path: Path) -> None:
    """An outbox read again from its beginning changes nothing and adds nothing to the journal."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.hear(item("TEA", 5, price=300), item("TEA", 7, price=320))
            await site.hear(item("TEA", 5, price=300), item("TEA", 6, price=310), item("TEA", 7, price=320))
            assert (await site.item("TEA")).price == 320
            puts = [event for event in await site.journal() if isinstance(event, ItemPut)]
            assert [(put.version, put.person) for put in puts] == [(5, "headquarters"), (7, "headquarters")]
            standing = await site.ledger.read(read_inbox)
            assert (standing.position.seq, standing.at) == (5, NOW)
            assert site.heard.items == ["TEA", "TEA"]

    asyncio.run(story())


def test_headquarters_item_takes_the_place_of_the_branch_s_own(tmp_path: Path) -> None:
    """Stock stays where it is: the base unit is the same. From then on the branch may not change it."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.put("TEA", price=250, barcodes=["6901"])
            await site.hear(item("TEA", 5, price=300, barcodes=("6902",)))
            assert (await site.item("TEA")).price == 300
            assert await site.ledger.read(lambda connection: find_barcode(connection, ("6901",))) is None
            refused = await site.put("TEA", price=1)
            assert isinstance(refused, ItemRefused)
            assert (refused.status, refused.code) == (409, "owned_by_headquarters")

    asyncio.run(story())


def test_another_base_unit_is_held_and_nothing_waits_for_it(tmp_path: Path) -> None:
    """The branch goes on with its own item and its own price; the newest version is what a person will merge."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.put("RICE", unit="kg", price=900)
            await site.hear(item("RICE", 5, unit="bag"), price("RICE", 1, 0, 6), item("TEA", 7))
            await site.hear(item("RICE", 9, unit="bag", price=2))
            await site.hear(item("RICE", 5, unit="bag"))
            assert (await site.item("RICE")).unit == "kg"
            assert await site.sold_at("RICE") == 900
            assert (await site.item("TEA")).price == 100
            (held,) = await site.ledger.read(lambda connection: list_held(connection, after="", limit=9))
            assert (held.item.sku, held.version, held.fault.code) == ("RICE", 9, "unit_differs")
            assert held.fault.facts == {"unit": "bag", "base": "kg"}
            assert isinstance(await site.put("RICE", unit="kg", price=950), ItemStored)

    asyncio.run(story())


def test_a_barcode_of_another_item_is_held_until_it_is_free(tmp_path: Path) -> None:
    """When the branch's own item gives the code up, headquarters' item comes by itself."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.put("OWN", barcodes=["6901"])
            await site.hear(item("TEA", 5, packs=(Pack("box", Quantity(24_000), "6901"),)))
            assert await site.ledger.read(lambda connection: load_item(connection, "TEA")) is None
            (held,) = await site.ledger.read(lambda connection: list_held(connection, after="", limit=9))
            assert (held.fault.code, held.fault.facts) == ("barcode_taken", {"barcode": "6901", "item": "OWN"})
            site.heard.items.clear()
            await site.put("OWN", barcodes=["6902"])
            assert site.heard.items == ["OWN", "TEA"]
            found = await site.ledger.read(lambda connection: find_barcode(connection, ("6901",)))
            assert found is not None
            assert (found[0].sku, found[1]) == ("TEA", "box")
            assert await site.ledger.read(lambda connection: list_held(connection, after="", limit=9)) == []

    asyncio.run(story())


def test_what_is_held_is_looked_at_again_when_headquarters_frees_its_barcode(tmp_path: Path) -> None:
    """In whatever order the two items came: no person has to do anything about a conflict that is over."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.hear(item("TEA", 5, barcodes=("6901",)), item("RICE", 6, barcodes=("6901",)))
            assert await site.ledger.read(count_held) == 1
            await site.hear(item("TEA", 7, barcodes=("6902",)))
            assert await site.ledger.read(count_held) == 0
            assert (await site.item("RICE")).barcodes == ("6901",)

    asyncio.run(story())


def test_a_price_comes_into_force_by_itself_everywhere_at_once(tmp_path: Path) -> None:
    """Sale, scan and catalogue change together at the moment; nobody restarts anything, and pages are told."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.hear(item("TEA", 5, price=300, barcodes=("6901",)), price("TEA", 250, NOW + HOUR, 6))
            assert await site.sold_at("TEA") == 300
            before = await site.version()
            site.now = NOW + HOUR - 1
            assert await site.sold_at("TEA") == 300
            site.now = NOW + HOUR
            assert await site.sold_at("TEA") == 250
            assert (await site.item("TEA")).price == 250
            found = await site.ledger.read(lambda connection: find_barcode(connection, ("6901",)))
            assert found is not None
            assert found[0].price == 250
            assert [one.price for one in await site.ledger.read(lambda c: list(every_item(c)))] == [250]
            assert await site.version() != before
            site.heard.items.clear()
            watching = asyncio.create_task(site.watch.run())
            async with asyncio.timeout(5):
                while site.heard.items != ["TEA"]:
                    await asyncio.sleep(0.01)
            watching.cancel()

    asyncio.run(story())


def test_the_watch_puts_prices_in_force_where_nobody_sells(tmp_path: Path) -> None:
    """A quiet shop's pages change at the moment too, also when the wall clock jumps there."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.hear(item("TEA", 5, price=300), price("TEA", 250, NOW + HOUR, 6))
            watching = asyncio.create_task(site.watch.run())
            await asyncio.sleep(0.05)
            site.heard.items.clear()
            site.now = NOW + 2 * HOUR
            async with asyncio.timeout(5):
                while site.heard.items != ["TEA"]:
                    await asyncio.sleep(0.01)
            assert (await site.item("TEA")).price == 250
            watching.cancel()

    asyncio.run(story())


def test_of_many_prices_the_latest_in_force_counts(tmp_path: Path) -> None:
    """Whatever order they came in; for one moment the newest version counts; a repeat is not taken again."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.hear(price("TEA", 3, NOW + HOUR, 9), price("TEA", 1, NOW - HOUR, 8))
            await site.hear(price("TEA", 2, NOW - HOUR, 10), price("TEA", 1, NOW - HOUR, 8), item("TEA", 5, price=300))
            assert await site.sold_at("TEA") == 2
            await site.hear(item("TEA", 11, price=400), price("TEA", 5, NOW - 2 * HOUR, 12))
            assert await site.sold_at("TEA") == 2
            site.now = NOW + HOUR
            assert await site.sold_at("TEA") == 3
            taken = [event.version for event in await site.journal() if isinstance(event, PriceTaken)]
            assert taken == [9, 8, 10, 12]

    asyncio.run(story())


def test_a_clock_that_went_back_takes_no_price_back(tmp_path: Path) -> None:
    """What was in force stays in force over a restart at 1970; what is due by the newest posting is due."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.hear(item("TEA", 5, price=300), price("TEA", 250, NOW - HOUR, 6))
            assert await site.sold_at("TEA") == 250
        async with opened(tmp_path, now=1_000) as site:
            assert await site.sold_at("TEA") == 250
            await site.hear(price("TEA", 240, NOW - 1, 7))
            assert await site.sold_at("TEA") == 240
            await site.hear(price("TEA", 230, NOW + HOUR, 8))
            assert await site.sold_at("TEA") == 240

    asyncio.run(story())


def test_headquarters_clock_counts_where_this_one_is_slow(tmp_path: Path) -> None:
    """A price "from now on" is in force at once, although this machine believes it is yesterday."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.hear(item("TEA", 5, price=300), price("TEA", 250, NOW + HOUR, 6), told_at=NOW + HOUR)
            assert await site.sold_at("TEA") == 250

    asyncio.run(story())


def test_a_skip_decided_at_headquarters_is_journalled_once(tmp_path: Path) -> None:
    """The journal says that entries of it count for nothing there, and who decided it."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            skipped = Skipped(3, 4, "chen", "sent twice by a broken scale", b"signature")
            await site.hear(skipped)
            await site.hear(skipped)
            events = [event for event in await site.journal() if isinstance(event, SkipTaken)]
            assert [(event.first_seq, event.last_seq, event.person) for event in events] == [(3, 4, "chen")]

    asyncio.run(story())


def test_verify_sees_a_price_that_nobody_sent(tmp_path: Path) -> None:
    """The journal is the authority for prices too, and for which of them is in force."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.hear(item("TEA", 5, price=300), price("TEA", 250, NOW - HOUR, 6))

    asyncio.run(story())
    connection = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    for change, back in (
        ("UPDATE prices SET price = 1", "UPDATE prices SET price = 250"),
        ("UPDATE items SET list_price = 1", "UPDATE items SET list_price = 250"),
    ):
        connection.execute(change)
        assert not verify_site(tmp_path).clean
        connection.execute(back)
    connection.close()
    assert verify_site(tmp_path).clean


def test_a_sale_of_another_device_is_taken_although_its_item_is_not_here(tmp_path: Path) -> None:
    """Headquarters' item is held here, or forgotten everywhere: the goods are sold all the same, and the inbox goes on."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            await site.put("OWN", barcodes=["6901"])
            await site.hear(item("TEA", 5, unit="bag", price=320, barcodes=("6901", "6902")))
            assert (await site.ledger.read(count_held)) == 1
            lines = (PostedLine("TEA", Quantity(2000), 300), PostedLine("GONE", Quantity(1000), 450))
            sold = DocumentPosted(
                "sale", "SA-000009", NOW, None, "lin", None, None, None, (), lines, (Route("shop", "customer"),), None
            )
            kind, payload = encode_event(sold)
            await site.hear(Readmit(uuid.uuid4().bytes, int(kind), payload, 1, 7), item("RICE", 6))
            tea, gone = await site.item("TEA"), await site.item("GONE")
            assert (tea.name, tea.unit, tea.price, tea.barcodes) == ("Tea", "bag", 320, ())
            assert (gone.name, gone.price) == ("GONE", 450)
            assert set(site.heard.items[-3:]) == {"TEA", "GONE", "RICE"}
            await site.put("OWN", barcodes=[])
            assert (await site.item("TEA")).barcodes == ("6901", "6902"), "headquarters' item fits since"

    asyncio.run(story())


def test_a_lot_that_another_device_blocked_is_blocked_here(tmp_path: Path) -> None:
    """Of an item nobody here knows as well."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            kind, payload = encode_event(LotBlocked("GONE", "L1", "recall", "lin", NOW))
            await site.hear(Readmit(uuid.uuid4().bytes, int(kind), payload, 1, 7))
            lot = await site.ledger.write(lambda session: session.lot("GONE", "L1"))
            assert lot is not None
            assert lot.blocked == "recall"

    asyncio.run(story())


def test_what_was_done_in_the_same_step_is_not_taken_from_another_device_again(tmp_path: Path) -> None:
    """A transfer is released because headquarters asks, and a copied device had released it too: one entry."""

    async def story() -> None:
        async with opened(tmp_path) as site:
            transfer = uuid.uuid4().bytes
            kind, payload = encode_event(TransferReleased(transfer, NOW))
            again = Readmit(derived_id(transfer, "release"), int(kind), payload, 1, 7)
            await site.hear(TransferReleaseAsked(transfer, "wrong goods"), again)
            assert [type(event) for event in await site.journal()] == [TransferReleased]

    asyncio.run(story())
