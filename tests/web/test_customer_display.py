"""The customer reads what is rung up, then what was paid; a drawer on a line of its own opens for cash."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from gateway.use_cases.customer_display import Wording, idle_screen, line_screen, paid_screen
from peripherals.config import Encoding
from peripherals.line_display import fitted
from peripherals.simulators.display import DisplaySimulator
from peripherals.transports.pty_end import PtyEnd
from replication.wire.item import Item
from replication.wire.quantity import Quantity
from tests.web.conftest import TEA, RunningBranch, sale
from tests.web.counter import SECONDS_MAX, branch_in_this_loop

pytestmark = [pytest.mark.anyio, pytest.mark.needs("pty")]

SHOP = Wording(("河滨店", "Riverside store"), 2)
OOLONG = Item(sku=TEA, name="Oolong tea 500 ml", name_zh="乌龙茶", unit="bottle", price=650)
DEVICES = """
[[devices]]
name = "display-1"
driver = "cd5220"
transport = "serial"
path = "display-1"
[[devices]]
name = "drawer-1"
driver = "serial-drawer"
transport = "serial"
path = "drawer-1"
[[stations]]
name = "till-1"
display = "display-1"
drawer = "drawer-1"
[[stations]]
name = "till-2"
"""


class Counter:
    """A display and a drawer on their lines."""

    def __init__(self, folder: Path) -> None:
        self.display = DisplaySimulator()
        self.opened = bytearray()
        self._lines = (
            PtyEnd(folder / "display-1", self.display.receive, 9600),
            PtyEnd(folder / "drawer-1", self._opened, 9600),
        )

    def _opened(self, data: bytes) -> bytes:
        self.opened += data
        return b""

    def plug(self) -> None:
        for line in self._lines:
            line.plug()

    def unplug(self) -> None:
        for line in self._lines:
            line.unplug()

    async def shows(self, upper: str, lower: str) -> None:
        async with asyncio.timeout(SECONDS_MAX):
            while self.display.rows != (upper, lower):
                await asyncio.sleep(0.01)

    async def opens(self) -> None:
        async with asyncio.timeout(SECONDS_MAX):
            while not self.opened:
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def shop(folder: Path) -> AsyncIterator[tuple[Counter, httpx.AsyncClient]]:
    counter = Counter(folder)
    counter.plug()
    try:
        async with branch_in_this_loop(RunningBranch(folder, DEVICES)) as api:
            body = {"name": OOLONG.name, "name_zh": OOLONG.name_zh, "unit": "bottle", "price": 650}
            assert (await api.put(f"/api/v1/items/{TEA}", json=body)).status_code == 201
            yield counter, api
    finally:
        counter.unplug()


async def test_a_line_the_sum_and_the_change_are_shown_and_the_drawer_opens(tmp_path: Path) -> None:
    """Welcome, a line with the sum so far, then total and change of what was booked; the serial drawer gets its pulse."""
    async with shop(tmp_path) as (counter, api):
        await counter.shows("河滨店", "欢迎光临 Welcome")
        told = {"due": 1300, "item": TEA, "quantity": "2", "amount": 1300}
        assert (await api.put("/api/v1/stations/till-1/display", json=told)).status_code == 204
        await counter.shows("2× 乌龙茶     13.00", "合计 Total     13.00")
        assert (await api.put("/api/v1/stations/till-1/display", json={})).status_code == 204
        await counter.shows("河滨店", "欢迎光临 Welcome")
        stock = {"type": "opening_balance", "lines": [{"item": TEA, "quantity": "9"}]}
        assert (await api.put(f"/api/v1/documents/{uuid.uuid4()}", json=stock)).status_code == 201
        assert not counter.opened
        paid = {**sale("2"), "tenders": [{"type": "cash", "amount": 2000}]}
        assert (await api.put(f"/api/v1/documents/{uuid.uuid4()}", json=paid)).status_code == 201
        await counter.shows("合计 Total     13.00", "找零 Change     7.00")
        await counter.opens()
        assert (await api.put("/api/v1/stations/till-1/display", json={})).status_code == 204
        await counter.shows("合计 Total     13.00", "找零 Change     7.00")


async def test_what_cannot_be_shown_is_refused_with_its_place(tmp_path: Path) -> None:
    """An unknown item, a quantity that is none, a station without a display, and one that there is not."""
    async with shop(tmp_path) as (_, api):
        for station, body, status, code, path in (
            ("till-1", {"due": 1, "item": "nothing"}, 400, "invalid_value", "item"),
            ("till-1", {"due": 1, "quantity": "two"}, 400, "invalid_value", "quantity"),
            ("till-1", {"due": 10**18}, 400, "invalid_value", "due"),
            ("till-2", {}, 422, "no_display", None),
            ("till-9", {}, 404, "not_found", None),
        ):
            answer = (await api.put(f"/api/v1/stations/{station}/display", json=body)).json()
            assert (answer["status"], answer["code"]) == (status, code)
            assert [one["path"] for one in answer["errors"]] == ([path] if path else [])
        assert (await api.post("/api/v1/stations/till-2/drawer", json={})).json()["code"] == "no_drawer"


@pytest.mark.parametrize(
    ("encoding", "upper", "lower"),
    [
        ("gb18030", "3× 乌龙茶     19.50", "合计 Total     26.00"),
        ("ascii", "3x Oolong tea  19.50", "Total          26.00"),
    ],
)
def test_a_display_is_given_the_letters_it_has(encoding: Encoding, upper: str, lower: str) -> None:
    """One without Chinese characters shows the English name, cut to its columns, and no question marks."""
    screen = line_screen(OOLONG, Quantity(3000), 1950, 2600, SHOP, encoding)
    assert (fitted(screen.upper, encoding), fitted(screen.lower, encoding)) == (upper, lower)


def test_money_is_written_as_the_site_writes_it() -> None:
    """A refund is negative; a currency without minor units has no point."""
    assert paid_screen(-650, 0, SHOP, "ascii").upper.right == "-6.50"
    assert paid_screen(650, 50, Wording(("Shop",), 0), "ascii").lower.right == "50"
    assert idle_screen(SHOP, "ascii").upper.left == "Riverside store"
