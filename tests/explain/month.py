"""A month of a shop, day by day: customers, deliveries, transfers, gifts, breakage, and counts, each booked as it should be.

What is booked otherwise is a mistake's business, which is asked before each of these is booked.
"""

import datetime as dt
import random
import uuid
from typing import Any, Protocol

from tests.explain.shop import CLERK, DAY, HOUR, OPENED, Counter, text

FIRST_DAY = dt.date(2026, 11, 1)
DAYS = 34
"""Days of a story at most."""
PLACES = ("till-1", "till-2")
FLAVOURS = (
    ("Oolong", "乌龙"), ("Jasmine", "茉莉"), ("Green", "绿"), ("Black", "红"), ("Lemon", "柠檬"), ("Barley", "大麦"), ("Pu-erh", "普洱"),
    ("Chrysanthemum", "菊花"), ("Ginger", "姜"), ("Honey", "蜂蜜"),
)  # fmt: skip
KINDS = (("tea", "茶"), ("soda", "汽水"), ("biscuits", "饼干"), ("noodles", "面"), ("sauce", "酱"), ("yoghurt", "酸奶"))


class Family:
    """Two goods that look alike, the first of which the story is about, and how the shop deals with them."""

    def __init__(self, chance: random.Random, number: int, needs: frozenset[str]) -> None:
        self.chance = chance
        (one, one_zh), (two, two_zh) = chance.sample(FLAVOURS, 2)
        kind, kind_zh = chance.choice(KINDS)
        size = chance.choice(("330 ml", "500 ml", "250 g", "1 kg"))
        self.main, self.twin, self.part = f"g{number}-a", f"g{number}-b", f"g{number}-c"
        self.names = {
            self.main: (f"{one} {kind} {size}", f"{one_zh}{kind_zh} {size}"),
            self.twin: (f"{two} {kind} {size}", f"{two_zh}{kind_zh} {size}"),
        }
        self.needs = needs
        self.category = f"{kind} {number}"
        self.price = chance.randrange(30, 400) * 10
        self.weighed = "weighed" in needs
        self.lots = "lots" in needs
        self.made = "made" in needs
        self.factor = 1 if self.weighed else chance.choice((6, 10, 12, 20, 24))
        self.demand = chance.uniform(2.0, 7.0)
        self.supplier = f"Supplier {chance.randrange(1, 6)}"
        self.orders = "orders" in needs or chance.random() < 0.7
        self.free = chance.choice((0, 0, 0, 1)) if "free" not in needs else chance.randrange(1, 4)
        self.gifts = "gifts" in needs or chance.random() < 0.15
        self.transfers = "transfers" in needs or chance.random() < 0.3
        self.shelf = {self.main: 0, self.twin: 0}
        self.coming: list[Delivery] = []
        self.lot = 0

    def pieces(self, most: int) -> int:
        """What a customer takes: whole pieces, or so many grams."""
        if self.weighed:
            return self.chance.randrange(120, 400 * most, 5)
        return 1000 * min(self.chance.choice((1, 1, 1, 1, 2, 2, 3, 4, 6)), most)

    def pack(self) -> int:
        """What one ordered unit holds."""
        return 5_000 if self.weighed else 1000 * self.factor


class Delivery:
    """Goods on their way from the supplier: what was ordered of each, which is what comes."""

    def __init__(self, due: int, packs: dict[str, int], order: bytes | None, free: int) -> None:
        self.due, self.packs, self.order, self.free = due, packs, order, free


class Mistake(Protocol):
    """What a shop does wrong once. Each is asked whether it takes over what would be booked now; `at` the end, it is truth."""

    done: bool
    culprits: set[bytes]

    async def delivered(self, month: "Month", family: Family, body: dict[str, Any]) -> bool:
        """Whether it booked this delivery in its own way."""

    async def sold(self, month: "Month", family: Family, line: dict[str, Any]) -> bool:
        """Whether it booked this line of a customer in its own way."""

    async def morning(self, month: "Month", family: Family) -> None:
        """Something it does at the beginning of a day."""


class Month:
    """A shop with some families of goods, each with its mistake or none."""

    def __init__(self, counter: Counter, families: list[tuple[Family, Mistake]], chance: random.Random) -> None:
        self.counter, self.families, self.chance = counter, families, chance
        self.day = 0

    def set_clock(self, hour: float) -> None:
        """An hour of the story's day; never back."""
        self.counter.now = max(self.counter.now + 1, OPENED + self.day * DAY + int(hour * HOUR))

    def date(self, days: int = 0) -> str:
        """A day as it is written."""
        return (FIRST_DAY + dt.timedelta(days=self.day + days)).isoformat()

    async def open(self) -> None:
        """The first day: goods are made known, and what stands on the shelves is booked."""
        for family, _ in self.families:
            packs = [] if family.weighed else [{"unit": "box", "factor": str(family.factor)}]
            for sku, (name, name_zh) in family.names.items():
                await self.counter.item(
                    sku, name=name, name_zh=name_zh, unit="kg" if family.weighed else "bottle", price=family.price,
                    packs=packs, weighed=family.weighed, category=family.category,
                    tracking="lot" if family.lots else "none",
                )  # fmt: skip
                family.shelf[sku] = family.pack() * self.chance.randrange(2, 5)
                line = {"item": sku, "quantity": text(family.shelf[sku])} | self.new_lot(family)
                await self.counter.post({"type": "opening_balance", "lines": [line]})
            if family.made:
                await self.counter.item(family.part, name=f"Raw {family.names[family.main][0]}", unit="kg", price=100)
                await self.counter.post(
                    {"type": "opening_balance", "lines": [{"item": family.part, "quantity": "400"}]}
                )

    def new_lot(self, family: Family) -> dict[str, str]:
        """A new lot's words for goods that have lots."""
        if not family.lots:
            return {}
        family.lot += 1
        return {"lot": f"L{family.lot:03d}", "expiry": self.date(self.chance.randrange(9, 16))}

    async def live(self) -> None:
        """One day from morning to night."""
        self.day += 1
        self.set_clock(7)
        for family, mistake in self.families:
            await mistake.morning(self, family)
        self.set_clock(8)
        for family, mistake in self.families:
            await self._deliveries(family, mistake)
        self.set_clock(9)
        for family, _ in self.families:
            await self._papers(family)
        await self._customers()
        self.set_clock(20)
        for family, _ in self.families:
            await self._reorder(family)

    async def _deliveries(self, family: Family, mistake: Mistake) -> None:
        for delivery in [one for one in family.coming if one.due <= self.day]:
            family.coming.remove(delivery)
            self.counter.now += self.chance.randrange(HOUR // 6)
            lines: list[dict[str, Any]] = []
            for sku, packs in delivery.packs.items():
                if not packs:
                    continue
                family.shelf[sku] += packs * family.pack()
                entered = (
                    {"quantity": text(packs * 5_000)} if family.weighed else {"quantity": str(packs), "unit": "box"}
                )
                lines.append({"item": sku, **entered, "cost": family.price // 2} | self.new_lot(family))
            if delivery.free:
                family.shelf[family.main] += delivery.free * 1000
                lines.append({"item": family.main, "quantity": str(delivery.free), "free": True})
            body: dict[str, Any] = {"type": "goods_receipt", "supplier": family.supplier, "lines": lines}
            if delivery.order is not None and self.chance.random() < 0.8:
                body["order"] = str(uuid.UUID(bytes=delivery.order))
            if family.made:
                await self._make(family, mistake, delivery)
            elif not await mistake.delivered(self, family, body):
                await self.counter.post(body)

    async def _make(self, family: Family, mistake: Mistake, delivery: Delivery) -> None:
        """What this shop makes itself comes out of its kitchen instead of a lorry."""
        made = sum(delivery.packs.values()) * family.pack()
        family.shelf[family.main] += made - delivery.packs[family.main] * family.pack()
        family.shelf[family.twin] -= delivery.packs[family.twin] * family.pack()
        lines = [
            {"item": family.part, "quantity": text(max(1, made // 10)), "role": "component"},
            {"item": family.main, "quantity": text(made), "role": "output"},
        ]
        body = {"type": "production", "recipe": f"Recipe {family.main}", "lines": lines}
        if not await mistake.delivered(self, family, body):
            await self.counter.post(body)

    async def _papers(self, family: Family) -> None:
        """The small things of a day: gifts, breakage, goods to and from another branch, a count of part of the shop."""
        chance, sku = self.chance, family.main if self.chance.random() < 0.5 else family.twin
        if family.gifts and self.day % 3 == 0 and family.shelf[family.main] > 3000 and "gifts off" not in family.needs:
            await self.use(
                family, family.main, 1000, {"type": "internal_issue", "purpose": "gift", "reason": "Buy two, get one"}
            )
        if chance.random() < 0.06 and family.shelf[sku] > 2000 and not family.lots:
            await self.use(family, sku, 1000, {"type": "write_off", "reason": "Broken"})
        if family.transfers and chance.random() < 0.12 and family.shelf[sku] > 20_000:
            await self.send(family, sku, 1000 * chance.randrange(2, 9))
        if chance.random() < 0.02 and family.shelf[sku] > 1000 and not family.lots:
            family.shelf[sku] -= 1000  # taken by somebody, and nobody saw it

    async def use(self, family: Family, sku: str, quantity: int, body: dict[str, Any]) -> bytes:
        """Goods that leave the shelf for one of the shop's own reasons."""
        family.shelf[sku] -= quantity
        return await self.counter.post(body | {"lines": [{"item": sku, "quantity": text(quantity)}]})

    async def send(self, family: Family, sku: str, quantity: int) -> bytes:
        """Goods to another branch, which takes them in the next day."""
        body = {"type": "transfer_out", "to_branch": "b002"}
        transfer = await self.use(family, sku, quantity, body)
        await self.counter.arrived(transfer, sku, quantity)
        return transfer

    async def count(self, family: Family, skus: tuple[str, ...]) -> bytes:
        """Somebody counts what stands there, rightly."""
        lines = [{"item": sku, "counted": text(max(0, family.shelf[sku]))} for sku in skus]
        if family.lots:
            lines = [
                {"item": family.main, "lot": lot, "counted": "0" if lot == "OFFER" else text(max(0, quantity))}
                for lot, quantity in await self.counter.lots(family.main)
            ]
        return await self.counter.post({"type": "stock_count", "lines": lines})

    async def _customers(self) -> None:
        """Baskets of goods of several families, in the order of the day."""
        wanted: list[tuple[float, int, str]] = []
        for number, (family, _) in enumerate(self.families):
            for sku in (family.main, family.twin):
                customers = max(0, round(self.chance.gauss(family.demand, 1.6)))
                wanted += [(self.chance.uniform(9.2, 19.8), number, sku) for _ in range(customers)]
        wanted.sort()
        while wanted:
            size = min(len(wanted), self.chance.choice((1, 1, 2, 2, 3, 4)))
            basket, wanted = wanted[:size], wanted[size:]
            self.set_clock(basket[0][0])
            await self._sell(basket)

    async def _sell(self, basket: list[tuple[float, int, str]]) -> None:
        lines: list[dict[str, Any]] = []
        for _, number, sku in basket:
            family, mistake = self.families[number]
            quantity = family.pieces(6)
            if family.shelf[sku] < quantity or sku in {line["item"] for line in lines}:
                continue
            family.shelf[sku] -= quantity
            line = {"item": sku, "quantity": text(quantity)}
            if sku == family.twin and "one key" in family.needs and family.main not in {one["item"] for one in lines}:
                line["item"] = family.main
            if sku != family.main or not await mistake.sold(self, family, line):
                lines.append(line)
        if lines:
            await self.counter.post(self.sale(lines), CLERK)

    def sale(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        """What the till sends."""
        return {"type": "sale", "station": self.chance.choice(PLACES), "lines": lines}

    async def _reorder(self, family: Family) -> None:
        """Somebody looks at the shelf, and orders what will last some days."""
        if family.coming:
            return
        low = family.demand * (600 if family.weighed else 2000) * 2.5
        packs = {}
        for sku, there in family.shelf.items():
            if there < low:
                packs[sku] = max(
                    1,
                    round(
                        family.demand
                        * 2
                        * self.chance.uniform(4, 6)
                        * (0.3 if family.weighed else 1)
                        * 1000
                        / family.pack()
                    ),
                )
        if family.main not in packs and self.chance.random() < 0.5:
            return
        packs = {sku: packs.get(sku, 0) for sku in (family.main, family.twin)}
        if not any(packs.values()):
            return
        order = None
        if family.orders and not family.made:
            lines = [
                {"item": sku, **({"quantity": text(count * 5_000)} if family.weighed else {"quantity": str(count), "unit": "box"})}
                for sku, count in packs.items() if count
            ]  # fmt: skip
            body = {"type": "purchase_order", "supplier": family.supplier, "expected": self.date(1), "lines": lines}
            order = await self.counter.post(body)
        free = family.free if packs[family.main] and not family.lots and not family.weighed else 0
        family.coming.append(Delivery(self.day + self.chance.choice((1, 1, 2)), packs, order, free))
