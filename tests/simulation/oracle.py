"""What must hold: at every commit of headquarters, and at the end of every story. Reads the disks, believes nobody."""

import sqlite3

from replication.wire.chain import GENESIS_HASH
from replication.wire.entry import Entry
from replication.wire.envelope import read_envelope, unpack_entries
from replication.wire.events import DocumentPosted, decode_event
from replication.wire.location import SHOP
from tests.simulation.book import Slip
from tests.simulation.chain_oracle import (
    History,
    given_back,
    reckon_catalogue,
    reckon_digests,
    reckon_releases,
    reckon_transfers,
    verify_everything,
)
from tests.simulation.device import Device
from tests.simulation.world import Shop, World, events_at_headquarters

PARKED_MAX = 64
VERIFIED_EVERY = 10
"""`kontor verify` over all disks costs as much as a story; the oracle's own reckoning is in every one."""


class Oracle:
    """See the module."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.lost = self.doubled = 0
        self._cursors: dict[str, tuple[int, int, bytes]] = {}
        self._named: dict[tuple[str, int, int], bytes] = {}

    # --- during ---

    def after_commit(self) -> None:
        """I1: events, raw batches and cursor move together. I3: what a position names, it names for ever. I8: bounds."""
        world, connection = self._world, self._world.office.disk.connection
        for branch_id, branch, epoch, seq, hash_ in connection.execute(
            "SELECT branch_id, branch, epoch, seq, hash FROM branches"
        ).fetchall():
            cursor = (epoch, seq, bytes(hash_))
            if self._cursors.get(branch) == cursor:
                continue
            self._cursors[branch] = cursor
            self._check_newest(connection, branch_id, branch)
        for branch in world.office.blocked():
            if branch not in world.damaged:
                world.failed(f"I9: {branch} is blocked, and nothing was done to its bytes: {self._why_blocked(branch)}")
        parked = world.office.applier._park
        for branch in world.shops:
            if len(parked.of(branch)) > PARKED_MAX:
                world.failed(f"I8: {branch} has {len(parked.of(branch))} batches parked")

    def _check_newest(self, connection: sqlite3.Connection, branch_id: int, branch: str) -> None:
        row = connection.execute(
            "SELECT first_seq, raw FROM batches WHERE branch_id = ? ORDER BY first_seq DESC LIMIT 1", (branch_id,)
        ).fetchone()
        if row is None:
            return
        for entry in unpack_entries(read_envelope(row[1])):
            if entry.seq >= row[0]:
                name = (branch, entry.epoch, entry.seq)
                if self._named.setdefault(name, entry.event_id) != entry.event_id:
                    self._world.failed(f"I3: {name} names two events")

    def watch(self) -> None:
        """P2: what a branch calls replicated is its own entry, and headquarters has committed it."""
        world = self._world
        if world.was_restored:
            return  # what was said before is true of a headquarters that is no more
        for shop in world.shops.values():
            for device in shop.devices:
                if device.is_on:
                    self._check_replicated(shop.branch, device)

    def _check_replicated(self, branch: str, device: Device) -> None:
        said = device.shipper.status.applied_seq
        own = device.disk.connection.execute(
            "SELECT event_id FROM journal WHERE seq <= ? ORDER BY seq DESC LIMIT 1", (said,)
        ).fetchone()
        if own is None or said == 0:
            return
        held = self._world.office.disk.connection.execute(
            "SELECT 1 FROM events JOIN branches USING (branch_id) WHERE event_id = ? AND branch = ?", (own[0], branch)
        ).fetchone()
        if held is None:
            self._world.failed(f"P2: {device.name} calls {said} replicated, headquarters has not committed that entry")

    def forget_names(self) -> None:
        """Headquarters was restored: what it alone knew by name is gone with its disk."""
        self._named.clear()
        self._cursors.clear()

    # --- is everything there yet? ---

    def what_is_missing(self) -> str | None:
        """A sentence while something is still on its way; None when all is calm."""
        world = self._world
        if not world.office.is_on:
            return "headquarters is off"
        for shop in world.shops.values():
            waiting = sum(till.waiting for till in shop.tills)
            if waiting:
                return f"{shop.branch}: {waiting} documents wait at tills"
            missing = self._missing_of(shop)
            if missing is not None:
                return missing
        return None

    def is_orphaned(self, shop: Shop) -> bool:
        """Whether every box that is there was told that another one is the branch."""
        return all(
            device.is_on and device.shipper.status.state == "fenced"
            for device in shop.devices
            if device.name not in shop.destroyed
        )

    def _missing_of(self, shop: Shop) -> str | None:
        world, present = self._world, list[Device]()
        for device in shop.devices:
            if device.name in shop.destroyed:
                continue
            if not device.is_on:
                return f"{device.name} is off"
            status = device.shipper.status
            if status.state == "fenced":
                continue
            if status.state != "current" or status.waiting:
                return f"{device.name}: {status}"
            present.append(device)
        if len(present) != 1:
            return f"{shop.branch}: {[device.name for device in present]} call themselves the branch"
        head, applied = _head(present[0]), _cursor(world, shop.branch)
        if head != applied:
            return f"{present[0].name}: head {head[:2]}, headquarters {applied[:2]}"
        missing = world.book.must_be_held(shop.branch) - events_at_headquarters(world.office, shop.branch)
        if missing:
            return f"I4: {shop.branch}: {len(missing)} acknowledged events are not at headquarters: {_some(missing)}"
        shop.present = present[0]
        return self._on_its_way_down(shop, present[0])

    def _on_its_way_down(self, shop: Shop, device: Device) -> str | None:
        """What headquarters has for the branch and the branch has not taken yet; a cancel is such a thing."""
        held = device.disk.connection.execute("SELECT incarnation, seq, hash FROM inbox").fetchone()
        last = self._world.office.disk.connection.execute(
            "SELECT incarnation, seq, hash FROM outbox WHERE branch = ? ORDER BY seq DESC LIMIT 1", (shop.branch,)
        ).fetchone()
        if last is not None and (held[1], bytes(held[2])) != (last[1], bytes(last[2])):
            return f"{device.name} has taken {held[:2]} of {last[:2]} of what headquarters sent"
        return None

    # --- the reckoning ---

    def reckon(self) -> None:
        """At the end: exactly once, same bytes, same figures, nothing unexplained."""
        world = self._world
        self._history = {branch: headquarters_history(world, branch) for branch in world.shops}
        self._returns = {branch: given_back(history) for branch, history in self._history.items()}
        slips, released = list[Slip](), set[bytes]()
        for shop in world.shops.values():
            self._reckon_events(shop)
            self._reckon_chain(shop)
            released |= reckon_releases(world, shop.branch, self._history[shop.branch])
            self._reckon_stock(shop)
            held = events_at_headquarters(world.office, shop.branch)
            slips += [slip for identity, slip in world.book.slips.get(shop.branch, {}).items() if identity in held]
        returns = [one for found in self._returns.values() for one in found.values()]
        reckon_transfers(world, slips, returns, released)
        reckon_catalogue(world)
        reckon_digests(world)
        self._reckon_unexplained()
        if world.seed % VERIFIED_EVERY == 0:
            verify_everything(world)

    def _reckon_events(self, shop: Shop) -> None:
        """I2, I4: what was acknowledged is there, once; what nobody wrote is not there."""
        world, branch = self._world, shop.branch
        held = events_at_headquarters(world.office, branch)
        missing = world.book.must_be_held(branch) - held
        self.lost += len(missing)
        if missing:
            world.failed(f"I4: {branch}: {len(missing)} acknowledged events are not at headquarters: {_some(missing)}")
        history = self._history[branch]
        ids = [entry.event_id for entry, _ in history]
        self.doubled += len(ids) - len(set(ids))
        if len(set(ids)) != len(ids):
            world.failed(f"I2: {branch}: an event stands twice in headquarters' history")
        if set(ids) != held:
            world.failed(f"I2: {branch}: events and raw batches at headquarters differ")
        documents = {entry.event_id for entry, event in history if isinstance(event, DocumentPosted)}
        strange = documents - world.book.slips.get(branch, {}).keys() - self._returns[branch].keys()
        if strange:
            world.failed(f"I2: {branch}: nobody wrote {_some(strange)}")

    def _reckon_chain(self, shop: Shop) -> None:
        """I3: both ends hold the same entries, in one unbroken chain whose seqs ascend."""
        world, branch = self._world, shop.branch
        entries, running, before = [entry for entry, _ in self._history[branch]], GENESIS_HASH, (1, 0)
        for entry in entries:
            running = entry.hash_after(running)
            if entry.seq != before[1] + 1 and not (entry.epoch > before[0] and entry.seq > before[1]):
                world.failed(f"I3: {branch}: entry {entry.epoch}.{entry.seq} follows {before}")
            before = (entry.epoch, entry.seq)
        if before[0] > 1 and branch not in world.second_histories:
            world.failed(f"I9: {branch} was given epoch {before[0]} without a cause")
        if entries and (before, running) != ((_cursor(world, branch)[:2]), _cursor(world, branch)[2]):
            world.failed(f"I3: {branch}: the cursor is not the end of the chain")
        own = [
            Entry(epoch, seq, event_id, kind, payload)
            for seq, epoch, event_id, kind, payload in shop.present.disk.connection.execute(
                "SELECT seq, epoch, event_id, kind, payload FROM journal ORDER BY seq"
            )
        ]
        if own != entries[len(entries) - len(own) :]:
            world.failed(f"I3: {branch}: the box and headquarters hold other entries")

    def _reckon_stock(self, shop: Shop) -> None:
        """I5: shelves as the tills' slips say, at both ends; and every item cancels out over all places."""
        world, branch = self._world, shop.branch
        held = events_at_headquarters(world.office, branch)
        expected: dict[str, int] = {}
        for identity, slip in world.book.slips.get(branch, {}).items():
            if identity in held:
                for item, change in slip.moves.items():
                    expected[item] = expected.get(item, 0) + change
        for document in self._returns[branch].values():
            for movement in document.moves():
                item = document.lines[movement.line].item
                expected[item] = expected.get(item, 0) + int(movement.quantity)
        at_branch, at_headquarters = branch_balances(shop.present), headquarters_balances(world, branch)
        if at_branch != at_headquarters:
            world.failed(f"I5: {branch}: balances differ: {_difference(at_branch, at_headquarters)}")
        shelf = {item: quantity for (item, place, _), quantity in at_headquarters.items() if place == SHOP}
        if {i: q for i, q in shelf.items() if q} != {i: q for i, q in expected.items() if q}:
            world.failed(f"I5: {branch}: the shelf is {shelf}, the slips say {expected}")
        sums: dict[str, int] = {}
        for (item, _, _), quantity in at_headquarters.items():
            sums[item] = sums.get(item, 0) + quantity
        if any(sums.values()):
            world.failed(f"I5: {branch}: places do not cancel out: {sums}")

    def _reckon_unexplained(self) -> None:
        """I9: bytes lie in quarantine only where bytes were damaged, and nobody is blocked."""
        connection = self._world.office.disk.connection
        for branch, code, detail in connection.execute("SELECT branch, code, detail FROM quarantine"):
            if branch not in self._world.damaged:
                self._world.failed(f"I9: {branch} has bytes in quarantine: {code} {detail}")
        for branch in self._world.office.blocked():
            self._world.failed(f"I9: {branch} is blocked: {self._why_blocked(branch)}")

    def _why_blocked(self, branch: str) -> str:
        row = self._world.office.disk.connection.execute(
            "SELECT block_code, block_detail FROM branches WHERE branch = ?", (branch,)
        ).fetchone()
        return f"{row[0]}: {row[1]}"


def headquarters_history(world: World, branch: str) -> History:
    """A branch's history as headquarters' raw batches tell it."""
    return [
        (entry, decode_event(entry.kind, entry.payload))
        for first, raw in world.office.disk.connection.execute(
            "SELECT first_seq, raw FROM batches JOIN branches USING (branch_id) WHERE branch = ? ORDER BY first_seq",
            (branch,),
        )
        for entry in unpack_entries(read_envelope(raw))
        if entry.seq >= first
    ]


def branch_balances(device: Device) -> dict[tuple[str, str, str], int]:
    """Balances that are not zero on a box."""
    rows = device.disk.connection.execute(
        "SELECT sku, locations.name, coalesce(lot, ''), quantity FROM balances JOIN items USING (item_id)"
        " JOIN locations USING (location_id) LEFT JOIN lots USING (lot_id) WHERE quantity != 0"
    )
    return {(sku, place, lot): quantity for sku, place, lot, quantity in rows}


def headquarters_balances(world: World, branch: str) -> dict[tuple[str, str, str], int]:
    """Balances that are not zero at headquarters."""
    rows = world.office.disk.connection.execute(
        "SELECT sku, l.name, b.lot, quantity FROM balances b JOIN items USING (item_id) JOIN locations l USING (location_id)"
        " JOIN branches USING (branch_id) WHERE branch = ? AND quantity != 0",
        (branch,),
    )
    return {(sku, place, lot): quantity for sku, place, lot, quantity in rows}


def _head(device: Device) -> tuple[int, int, bytes]:
    row = device.disk.connection.execute("SELECT epoch, seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return (1, 0, GENESIS_HASH) if row is None else (row[0], row[1], bytes(row[2]))


def _cursor(world: World, branch: str) -> tuple[int, int, bytes]:
    row = world.office.disk.connection.execute(
        "SELECT epoch, seq, hash FROM branches WHERE branch = ?", (branch,)
    ).fetchone()
    return (1, 0, GENESIS_HASH) if row is None else (row[0], row[1], bytes(row[2]))


def _some(ids: set[bytes]) -> str:
    return ", ".join(sorted(identity.hex() for identity in ids)[:4])


def _difference(left: dict[tuple[str, str, str], int], right: dict[tuple[str, str, str], int]) -> str:
    keys = [key for key in left.keys() | right.keys() if left.get(key) != right.get(key)]
    return ", ".join(f"{key}: {left.get(key)} / {right.get(key)}" for key in sorted(keys)[:4])
