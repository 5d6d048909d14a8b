"""A day of a shop that posts every type of document, with lots, single pieces, an order in another currency, dishes and voids."""

import asyncio
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import msgspec

from gateway.domain.counting import CountRules
from gateway.domain.import_goods import Partner
from gateway.domain.recipe_entry import RecipeEntry
from gateway.store.journal import Journal
from gateway.store.session import Posted
from gateway.use_cases.block_lot import block_lot
from gateway.use_cases.count_job import catch_up
from gateway.use_cases.follow_journal import JournalFollower
from gateway.use_cases.put_partner import put_partner
from gateway.use_cases.put_recipe import RecipeStored, put_recipe
from gateway.use_cases.shop import Poster
from replication.wire.entry import Position
from tests.store.conftest import ADMIN, Branch
from tests.store.two_devices import APPROVER, open_branch

Day = dict[str, Posted]
RECIPES: dict[str, dict[str, Any]] = {
    "soup": {"components": [{"item": "veg", "quantity": "0.3"}], "deplete_on": "sale"},
    "loaf": {
        "components": [{"item": "rice", "quantity": "2"}, {"item": "veg", "quantity": "1"}], "output": "7",
        "by_products": [{"item": "crumbs", "quantity": "0.1", "share": 900}],
    },
}  # fmt: skip


def line(item: str, quantity: str, **more: Any) -> dict[str, Any]:
    return {"item": item, "quantity": quantity} | more


def text(posted: Posted) -> str:
    """The id of a document as others name it."""
    return str(uuid.UUID(bytes=posted.id))


async def post(branch: Branch, type_: str, *lines: dict[str, Any], **more: Any) -> Posted:
    body = {"type": type_} | ({"lines": list(lines)} if lines else {}) | more
    outcome = await branch.post(body, approver=APPROVER)
    assert isinstance(outcome, Posted), (type_, outcome)
    return outcome


async def take_back(branch: Branch, original: Posted, **more: Any) -> Posted:
    return await post(branch, "reversal", original=text(original), reason="wrong", **more)


async def open_shop(branch: Branch) -> None:
    """Goods and recipes."""
    for sku in ("tea", "rice", "veg", "soup", "loaf", "crumbs"):
        await branch.item(sku)
    await branch.item("milk", tracking="lot")
    await branch.item("phone", tracking="serial")
    for code, body in RECIPES.items():
        stored = await put_recipe(branch.shop, ADMIN, code, msgspec.convert(body, RecipeEntry))
        assert isinstance(stored, RecipeStored)


async def _buy(branch: Branch, till: str, day: Day) -> None:
    day["opening"] = await post(
        branch, "opening_balance", line("tea", "50", cost=100), line("rice", "50", cost=70), line("veg", "9", cost=30),
        line("milk", "5", lot="L1", expiry="2027-05-01", cost=90),
        line("phone", "2", serials=[f"1 {till}", f"2 {till}"], cost=9000),
    )  # fmt: skip
    order = day["order"] = await post(
        branch, "purchase_order", line("tea", "10", cost=90), line("milk", "10", cost=80), supplier="Wu",
        currency="USD", rate="7.1",
    )  # fmt: skip
    milk = line("milk", "6", lot=f"L2 {till}", expiry="2027-06-01", inspect=True)
    came = day["receipt"] = await post(
        branch, "goods_receipt", line("tea", "9", damaged="1"), milk, line("tea", "1", free=True), order=text(order)
    )
    lot = {"lot": f"L2 {till}"}
    day["inspection"] = await post(
        branch, "quality_inspection", line("milk", "2", result="rejected", **lot),
        line("milk", "4", result="passed", **lot), receipt=text(came),
    )  # fmt: skip
    sour = line("milk", "1", **lot)
    day["supplier_return"] = await post(branch, "supplier_return", sour, receipt=text(came), reason="sour")
    other = day["other_order"] = await post(branch, "purchase_order", line("tea", "1", cost=9), supplier="Li")
    day["close"] = await post(branch, "purchase_order_close", order=text(other), reason="sold out")
    day["requisition"] = await post(branch, "requisition", line("tea", "4"))


async def _sell(branch: Branch, till: str, day: Day) -> None:
    at: dict[str, Any] = {"station": till}
    day["open"] = await post(branch, "shift_open", float=100, **at)
    piece = line("phone", "1", serials=[f"1 {till}"])
    sale = day["sale"] = await post(
        branch, "sale", line("tea", "2"), line("milk", "1"), piece, tenders=[{"type": "cash", "amount": 100_000}], **at
    )
    day["dish"] = await post(branch, "sale", line("soup", "2"), tenders=[{"type": "card", "amount": 500}], **at)
    back = piece | {"disposition": "inspect"}
    day["return"] = await post(
        branch,
        "sale_return",
        line("tea", "1"),
        back,
        original=text(sale),
        tenders=[{"type": "cash", "amount": 500}],
        **at,
    )
    day["return_without"] = await post(branch, "sale_return", line("tea", "1"), **at)
    day["cash"] = await post(branch, "cash_movement", direction="in", amount=500, reason="change", **at)
    day["no_sale"] = await post(branch, "cash_movement", direction="no_sale", reason="look", **at)
    voided = await post(branch, "sale", line("tea", "1"), tenders=[{"type": "cash", "amount": 1_000}], **at)
    day["void"] = await take_back(branch, voided, **at)
    day["end"] = await post(branch, "shift_close", counted=[{"type": "cash", "amount": 5}], **at)
    day["late_sale"] = await post(branch, "sale", line("tea", "1"), **at)
    dear = {"type": "sale", "lines": [line("tea", "1", price=1)], "settled": True}
    settled = await branch.post(dear, poster=Poster("lin", "cashier", may_settle=True))
    assert isinstance(settled, Posted)
    day["settled"] = settled


async def _use(branch: Branch, day: Day) -> None:
    day["move"] = await post(branch, "stock_move", line("tea", "2", to="back"))
    day["issue"] = await post(branch, "internal_issue", line("tea", "1"), reason="guests", purpose="sample")
    day["write_off"] = await post(branch, "write_off", line("tea", "1"), reason="broken")
    day["production"] = await post(branch, "production", line("loaf", "3", role="output"), recipe="loaf")
    apart = (line("loaf", "1", role="output"), line("rice", "0.250", role="component"))
    day["taken_apart"] = await post(branch, "production", *apart, recipe="loaf", unbuild=True)
    day["count"] = await post(branch, "stock_count", {"item": "tea", "counted": "40"})
    day["adjustment"] = await post(branch, "adjustment", line("rice", "-1"), line("tea", "1", cost=5), reason="found")
    day["transfer"] = await post(branch, "transfer_out", line("tea", "2"), to_branch="b002")


async def full_day(branch: Branch, till: str = "till-1") -> Day:
    """All of it, by name."""
    day: Day = {}
    await _buy(branch, till, day)
    await _sell(branch, till, day)
    await _use(branch, day)
    for kind in ("suppliers", "members"):
        partner = Partner(f"{kind}-{till}", "Wu")
        await branch.ledger.write(lambda session, k=kind, p=partner: put_partner(session, k, p, person="chen", at=1))
    await block_lot(branch.shop, ADMIN, "milk", "L1", "recall", blocked=till == "till-1")
    await branch.item("veg", barcodes=[f"code-{till}"], packs=[{"unit": "box", "factor": "12"}])
    return day


async def follow(branch: Branch) -> None:
    """Whatever is folded behind the posting path."""
    await JournalFollower(branch.shop).catch_up()
    await catch_up(branch.shop, CountRules())


def live_a_day(folder: Path, till: str, *, first: bool = False) -> Position:
    """Open a folder's ledger for a day; where its journal stands then."""

    async def story() -> Position:
        async with open_branch(folder) as branch:
            if first:
                await open_shop(branch)
            await full_day(branch, till)
            await follow(branch)
            return await Journal(branch.ledger).head()

    return asyncio.run(story())


def change(folder: Path, statement: str) -> None:
    """What somebody does to a ledger's file behind our back; it changes something."""
    with sqlite3.connect(folder / "ledger.db") as connection:
        assert connection.execute(statement).rowcount > 0, statement
    connection.close()
