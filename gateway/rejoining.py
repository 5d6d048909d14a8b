"""A device takes a branch over: it says so with a one-time code, takes back everything headquarters holds, and stands.

Used by `kontor rejoin` in place of the running site; no web, no devices. An older ledger that is whole is the beginning to
go on from: what only it holds is sent to headquarters. A damaged one is kept aside.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import msgspec

from gateway.config import BranchConfig
from gateway.domain.policy import GENERAL
from gateway.store.backup import BackupError, keep_aside, verified_head
from gateway.store.journal import head_position
from gateway.store.ledger import LEDGER_FILE, Ledger, wall_milliseconds
from gateway.store.standing import Standing, standing
from gateway.store.step_size import ALONE_BYTES_MAX
from gateway.uplink import Uplink, join, line_of
from gateway.use_cases.apply_inbox import LedgerInbox
from gateway.use_cases.price_watch import PriceWatch
from gateway.use_cases.shop import NoScales, Shop
from replication.branch.status import ReplicationStatus, State, Trouble
from replication.identity.replacement import forget_code, keep_code
from replication.link import BranchLink
from replication.storage.errors import StorageError
from replication.storage.lock import WriterLock

LOOK_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 600.0
"""Without any progress for so long somebody should look: at the line, or at headquarters."""


class Rejoined(msgspec.Struct, frozen=True):
    """The branch stands: what it held before and holds now. `kept` is where a damaged ledger lies."""

    before: Standing
    now: Standing
    kept: Path | None


class NotRejoined(Exception):
    """Headquarters did not take this device, or was not reached in time. What was staged is kept for the next try."""

    def __init__(self, why: Trouble | None) -> None:
        super().__init__("headquarters was not reached" if why is None else why.words.en)
        self.why = why


async def rejoin(
    config: BranchConfig,
    code: str,
    *,
    tell: Callable[[str, str], None],
    link: BranchLink | None = None,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Rejoined:
    """Take the branch over. `tell` is given progress in both languages. Raises NotRejoined, StorageError, IdentityError."""
    data = config.data
    data.mkdir(parents=True, exist_ok=True)
    kept = _make_room(data)
    keep_code(data, code)
    line = link or line_of(config)
    assert line is not None, "the command looked whether headquarters is named"
    async with _open(data) as ledger:
        before = await ledger.read(standing)
        uplink = Uplink(await ledger.read(head_position))
        shop = Shop(ledger, GENERAL, [uplink], NoScales(), lambda _station: None, wall_milliseconds, config.site.id)
        join(uplink, config, ledger, LedgerInbox(shop, PriceWatch(shop)), line, step_bytes_max=ALONE_BYTES_MAX)
        shipper = uplink.shipper
        assert shipper is not None
        shipping = asyncio.create_task(shipper.run(), name="rejoin")
        try:
            await _until_current(ledger, lambda: shipper.status, tell, patience_seconds)
            await shipper.close()
        finally:
            shipping.cancel()
            await asyncio.gather(shipping, return_exceptions=True)
        now = await ledger.read(standing)
    forget_code(data)
    return Rejoined(before, now, kept)


def _make_room(data: Path) -> Path | None:
    """A ledger that is whole stays; a damaged one goes aside. Raises StorageError while the site runs."""
    if not (data / LEDGER_FILE).exists():
        return None
    lock = WriterLock(data / LEDGER_FILE)
    try:
        verified_head(data)
    except (BackupError, StorageError):
        return keep_aside(data, time.strftime("replaced-%Y%m%dT%H%M%SZ", time.gmtime()), [LEDGER_FILE])
    else:
        return None
    finally:
        lock.release()


@contextlib.asynccontextmanager
async def _open(data: Path) -> AsyncIterator[Ledger]:
    lost: list[BaseException] = []
    ledger = Ledger.open(data, on_fatal=lost.append)
    try:
        yield ledger
    finally:
        await ledger.close()
        if lost:
            raise lost[0]


async def _until_current(
    ledger: Ledger,
    status: Callable[[], ReplicationStatus],
    tell: Callable[[str, str], None],
    patience_seconds: float,
) -> None:
    """Wait until headquarters has all that is here, and all that headquarters has is here."""
    begun = (await ledger.read(standing)).entries
    came, moved_at, said = (0, begun), time.monotonic(), ""
    while True:
        now, stands = status(), await ledger.read(standing)
        if now.state is State.CURRENT and now.applied_seq >= stands.head_seq:
            return
        if now.state in {State.FENCED, State.BLOCKED}:
            raise NotRejoined(now.last_error)
        if now.last_error is not None and now.last_error.code != said:
            said = now.last_error.code
            tell(now.last_error.words.en, now.last_error.words.zh)
        # Fetched, and of that in the journal: where the former stands still, the latter goes on.
        if (fetched := (stands.staged + stands.entries - begun, stands.entries)) != came:
            if fetched[0] != came[0]:
                tell(f"{fetched[0]:,} entries taken back so far", f"已取回 {fetched[0]:,} 条记录")
            came, moved_at = fetched, time.monotonic()
        if time.monotonic() - moved_at > patience_seconds:
            raise NotRejoined(now.last_error)
        await asyncio.sleep(LOOK_SECONDS)
