"""What must hold over the whole chain at the end: lorries, headquarters' goods and prices, digests, readmissions."""

from gateway.store.verify import verify_site as verify_branch
from replication.headquarters.stores.verify import verify_site as verify_headquarters
from replication.wire.digest import digest_of
from replication.wire.entry import Entry
from replication.wire.events import DocumentPosted, TransferReleased
from replication.wire.location import Virtual
from replication.wire.transfer import TRANSFER_IN, Figures, add, tally, transfer_of
from tests.simulation.book import Slip
from tests.simulation.haulage import expected_figures
from tests.simulation.virtual_time import VirtualClock
from tests.simulation.world import World

GIVEN_BACK_BY = "headquarters"
"""Who signs the document by which the rest of a cancelled transfer returns to its sender."""


History = list[tuple[Entry, object]]
"""A branch's entries with the event each one tells."""


def given_back(history: History) -> dict[bytes, DocumentPosted]:
    """Documents that no till wrote: what a branch took back because headquarters said so, by event id."""
    found = {}
    for entry, event in history:
        if isinstance(event, DocumentPosted) and event.type == TRANSFER_IN and event.person == GIVEN_BACK_BY:
            found[entry.event_id] = event
    return found


def reckon_releases(world: World, branch: str, history: History) -> set[bytes]:
    """I5: what a branch said it takes no more of, it takes no more of; answers what that is. Where two histories of it
    were joined, one that had not said so yet may have been appended to one that had."""
    released = set[bytes]()
    for _, event in history:
        match event:
            case TransferReleased(transfer=transfer):
                released.add(transfer)
            case DocumentPosted(type=kind) if kind == TRANSFER_IN and branch not in world.second_histories:
                if (taken := transfer_of(event)) in released:
                    world.failed(f"I5: {branch} took of transfer {taken!r} after it said that it takes no more")
    return released


def reckon_transfers(world: World, slips: list[Slip], returns: list[DocumentPosted], released: set[bytes]) -> None:
    """I5 over branches: dispatched = received + short + damaged - over + in transit, per lorry and goods, as slips say."""
    expected = expected_figures(slips)
    for document in returns:
        transfer = transfer_of(document)
        assert transfer is not None, "what is given back names its transfer"
        expected[transfer] = add(expected.get(transfer, {}), tally(document, returned=True))
    connection = world.office.disk.connection
    held: dict[bytes, dict[tuple[str, str], Figures]] = {}
    for transfer, item, lot, *figures in connection.execute(
        "SELECT transfer, item, lot, dispatched, received, short, over, damaged, returned FROM transfer_lines"
    ):
        held.setdefault(bytes(transfer), {})[item, lot] = Figures(*figures)
    for transfer in expected.keys() | held.keys():
        if _told(expected.get(transfer, {})) != _told(held.get(transfer, {})):
            world.failed(
                f"I5: transfer {transfer.hex()}: headquarters says {held.get(transfer)}, the slips {expected.get(transfer)}"
            )
    on_the_way = sum(one.in_transit for cells in expected.values() for one in cells.values())
    (in_transit,) = connection.execute(
        "SELECT coalesce(sum(quantity), 0) FROM balances JOIN locations USING (location_id) WHERE locations.name = ?",
        (Virtual.IN_TRANSIT.value,),
    ).fetchone()
    if in_transit != on_the_way:
        world.failed(f"I5: {in_transit} are in transit at headquarters, {on_the_way} by the slips")
    _reckon_double_takings(world, expected)
    _reckon_cancels(world, expected, released)


def _told(cells: dict[tuple[str, str], Figures]) -> dict[tuple[str, str], Figures]:
    return {goods: one for goods, one in cells.items() if one != Figures()}


def _reckon_double_takings(world: World, expected: dict[bytes, dict[tuple[str, str], Figures]]) -> None:
    """A receipt and a cancel never both win: no lorry gives out more than was loaded, where both ends have one history."""
    for consignment in world.haulage.consignments.values():
        if world.was_restored or {consignment.sender, consignment.receiver} & world.second_histories:
            continue
        for (item, _), one in expected.get(consignment.id, {}).items():
            if one.in_transit < 0:
                world.failed(f"I5: of transfer {consignment.id.hex()} more {item} was taken than sent: {one}")


def _reckon_cancels(world: World, expected: dict[bytes, dict[tuple[str, str], Figures]], released: set[bytes]) -> None:
    """A cancel is decided, once: what was voided is nobody's any more, what was not is still on its way, and nothing is
    voided that its receiver did not let go of, unless that one's word was lost with a history of its own."""
    for transfer, receiver, reason, decided in world.office.disk.connection.execute(
        "SELECT transfer, receiver, cancel_reason, decided FROM transfers"
    ):
        if decided == "voided" and transfer not in released and receiver not in world.second_histories:
            world.failed(f"I5: transfer {transfer.hex()} was voided, and {receiver} never said that it takes no more")
        if reason is not None and decided not in {"voided", "refused"}:
            world.failed(f"I5: the cancel of {transfer.hex()} is not decided: {decided}")
        rest = any(one.in_transit > 0 for one in expected.get(bytes(transfer), {}).values())
        # What was received on a card that is gone is on its way again in every book that is left.
        if decided == "voided" and rest and receiver not in world.second_histories:
            world.failed(f"I5: transfer {transfer.hex()} was voided and is still in transit")


def reckon_catalogue(world: World) -> None:
    """I10: each branch has every item and price of headquarters, in its newest version, and no other."""
    connection = world.office.disk.connection
    items = dict(connection.execute("SELECT sku, version FROM catalogue"))
    prices = set(connection.execute("SELECT price_list, sku, effective_at, price, version FROM prices"))
    needed = _in_force_or_to_come(prices, VirtualClock(world.loop).utc_milliseconds())
    for shop in world.shops.values():
        assert shop.present is not None, "everything has converged"
        own = shop.present.disk.connection
        held = dict(own.execute("SELECT sku, version FROM items WHERE version > 0"))
        if held != items:
            world.failed(f"I10: {shop.branch} holds items {held}, headquarters {items}")
        held_prices = set(own.execute("SELECT price_list, sku, effective_at, price, version FROM prices"))
        if not needed <= held_prices <= prices:
            world.failed(f"I10: {shop.branch} lacks {needed - held_prices}, and has {held_prices - prices} by itself")


def _in_force_or_to_come(prices: set[tuple[str, str, int, int, int]], now: int) -> set[tuple[str, str, int, int, int]]:
    """Prices a branch must have: one that joins late is not told of those that are over."""
    in_force: dict[str, int] = {}
    for _, sku, effective_at, _, _ in prices:
        if effective_at <= now:
            in_force[sku] = max(in_force.get(sku, 0), effective_at)
    return {price for price in prices if price[2] >= in_force.get(price[1], 0)}


def reckon_digests(world: World) -> None:
    """The running digests of both ends are that of the balances."""
    for shop in world.shops.values():
        assert shop.present is not None, "everything has converged"
        rows = shop.present.disk.connection.execute(
            "SELECT sku, locations.name, coalesce(lot, ''), quantity FROM balances JOIN items USING (item_id)"
            " JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id)"
        )
        computed = digest_of((sku, place, lot, quantity) for sku, place, lot, quantity in rows)
        (own,) = shop.present.disk.connection.execute("SELECT digest FROM replication").fetchone()
        (theirs,) = world.office.disk.connection.execute(
            "SELECT digest FROM branches WHERE branch = ?", (shop.branch,)
        ).fetchone()
        if not computed == int.from_bytes(own, "big") == int.from_bytes(theirs, "big"):
            world.failed(f"{shop.branch}: the digests differ")


def verify_everything(world: World) -> None:
    """`kontor verify`, as anybody may run it, finds nothing on any disk."""
    folder = world.office.folder
    reports = []
    for shop in world.shops.values():
        assert shop.present is not None, "everything has converged"
        site = folder / shop.branch
        site.mkdir()
        (site / "ledger.db").write_bytes(shop.present.disk.image())
        reports.append(verify_branch(site))
    (folder / "hq.db").write_bytes(world.office.disk.image())
    reports.append(verify_headquarters(folder))
    for report in reports:
        if not report.clean:
            world.failed(f"verify of {report.site}: {report.differences[:4]}")
