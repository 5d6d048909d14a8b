"""What goes wrong in shops, one mistake each, booked as a shop would book it: with the documents it would write, or none.

Taken from what users of such systems tell (receipts entered and never posted, ship first and paper later, scanned twice,
pieces for boxes, returns off the books). Knows nothing of how mistakes are found. Each names the causes that would be a
right answer, and the documents it was made with.
"""

import uuid
from typing import Any

from tests.explain.mistyped import (
    BoxSoldForPiece,
    GramsForKilograms,
    KilogramsReceivedAsTons,
    PiecesForBoxes,
    ReceiptEnteredTwice,
    SaleSentTwice,
    SlipInReceipt,
    SlipInSale,
    SlipInWriteOff,
    TransferEnteredTwice,
)
from tests.explain.month import Family, Month
from tests.explain.shop import CLERK, HOUR, text
from tests.explain.wrong import Wrong, of


class ForgottenReceipt(Wrong):
    """The lorry came at a busy hour, the goods went onto the shelf, and the paper into a drawer."""

    answers = frozenset({"missed_receipt"})

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        if not self.due(month) or not of(body, family.main):
            return False
        self.made(month)
        return True


class WaitingReceipt(Wrong):
    """A cashier entered the delivery, and the manager never saw that it waits."""

    answers = frozenset({"waiting_document"})

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        if not self.due(month) or not of(body, family.main):
            return False
        self.made(month, await month.counter.post(body, CLERK))
        return True


class LateReceipt(Wrong):
    """Ship first, paper later: the goods are sold before their receipt is entered."""

    answers = frozenset({"late_booking"})

    def __init__(self, day: int) -> None:
        super().__init__(day)
        self.paper: dict[str, Any] | None = None
        self.wait = 0

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        if self.paper is not None or not self.due(month) or not of(body, family.main):
            return False
        happened = f"{month.date()}T09:{month.chance.randrange(10, 59)}:00+00:00"
        self.paper = body | ({"occurred_at": happened} if month.chance.random() < 0.5 else {})
        return True

    async def enter(self, month: Month) -> None:
        """Once somebody finds the paper."""
        assert self.paper is not None
        self.made(month, await month.counter.post(self.paper))


class TransferNeverLeft(Wrong):
    """Goods were booked out for another branch, and the van never came."""

    answers = frozenset({"transfer_not_arrived"})
    needs = frozenset({"transfers"})

    async def morning(self, month: Month, family: Family) -> None:
        if not self.due(month) or family.shelf[family.main] < 8000:
            return
        quantity = 1000 * month.chance.randrange(7, 18)
        body = {
            "type": "transfer_out",
            "to_branch": "b002",
            "lines": [{"item": family.main, "quantity": text(quantity)}],
        }
        self.made(month, await month.counter.post(body))


class TransferNotTakenIn(Wrong):
    """Another branch sent goods; they stand on the shelf and were never received in the book."""

    answers = frozenset({"transfer_unreceived"})
    needs = frozenset({"transfers"})

    async def morning(self, month: Month, family: Family) -> None:
        if not self.due(month):
            return
        quantity, transfer = 1000 * month.chance.randrange(10, 30), month.counter.id()
        family.shelf[family.main] += quantity
        await month.counter.advise(transfer, f"TO-{month.chance.randrange(10, 900):06d}", family.main, quantity)
        self.made(month, transfer)


class TransferAndReceipt(Wrong):
    """Goods of another branch were received as a transfer, and once more as a delivery, for they came with one."""

    answers = frozenset({"received_twice"})
    needs = frozenset({"transfers"})
    counted = True

    async def morning(self, month: Month, family: Family) -> None:
        if not self.due(month):
            return
        quantity, transfer = 1000 * month.chance.randrange(10, 30), month.counter.id()
        family.shelf[family.main] += quantity
        await month.counter.advise(transfer, f"TO-{month.chance.randrange(10, 900):06d}", family.main, quantity)
        line = {"item": family.main, "quantity": text(quantity)}
        body = {"type": "transfer_in", "transfer": str(uuid.UUID(bytes=transfer)), "lines": [line]}
        first = await month.counter.post(body)
        month.counter.now += month.chance.randrange(HOUR // 2)
        self.made(month, first, await month.counter.post({"type": "goods_receipt", "lines": [line]}))


class ReturnOffTheBooks(Wrong):
    """A customer brought goods back, got the money from the drawer, and the goods went onto the shelf."""

    answers = frozenset({"unbooked_return"})
    reasons = ("Refund to a customer", "Customer returned goods", "退货退款", "Money back, wrong size", "顾客退货")

    async def morning(self, month: Month, family: Family) -> None:
        if not self.due(month):
            return
        pieces = month.chance.randrange(1, 7)
        family.shelf[family.main] += pieces * 1000
        month.set_clock(month.chance.uniform(7.1, 7.9))
        reason = month.chance.choice(self.reasons)
        if month.chance.random() < 0.3:
            reason += f" ({family.names[family.main][0]})"
        body = {"type": "cash_movement", "direction": "out", "amount": pieces * family.price, "reason": reason}
        self.made(month, await month.counter.post(body | {"station": "till-1", "lines": []}))


class GiftOnlyNoted(Wrong):
    """The cashier gave one away and wrote so on the till receipt, and nowhere else."""

    answers = frozenset({"unbooked_gift"})
    counted = True
    notes = ("{n} x {en} as a gift", "Gave away {n} {en}", "赠送{n}瓶{zh}", "送{zh}{n}瓶")

    async def morning(self, month: Month, family: Family) -> None:
        given = month.chance.randrange(1, 6)
        if not self.due(month) or family.shelf[family.main] < given * 1000 or family.shelf[family.twin] < 1000:
            return
        family.shelf[family.main] -= given * 1000
        family.shelf[family.twin] -= 1000
        en, zh = family.names[family.main]
        note = month.chance.choice(self.notes).format(n=given, en=en, zh=zh)
        month.set_clock(9.1)
        sale = month.sale([{"item": family.twin, "quantity": "1"}]) | {"note": note}
        self.made(month, await month.counter.post(sale, CLERK))


class GiftsNoLongerBooked(Wrong):
    """The promotion goes on; who used to book its gifts is on holiday."""

    answers = frozenset({"unbooked_gift"})
    needs = frozenset({"gifts"})
    counted = True

    async def morning(self, month: Month, family: Family) -> None:
        if not self.done and self.due(month) and month.day >= 13:
            family.needs = family.needs | {"gifts off"}
            self.made(month)
        if self.done and month.day % 3 == 0 and family.shelf[family.main] > 1000:
            family.shelf[family.main] -= 1000


class FreeGoodsNotBooked(Wrong):
    """The supplier's free bottles were in the box as always; this time nobody entered them."""

    answers = frozenset({"unbooked_gift"})
    needs = frozenset({"free"})

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        if not self.due(month) or not any("free" in line for line in of(body, family.main)):
            return False
        paid = [line for line in body["lines"] if "free" not in line]
        self.made(month, await month.counter.post(body | {"lines": paid}))
        return True


class ThrownAway(Wrong):
    """Goods past their date went into the bin, and stayed in the book."""

    answers = frozenset({"expired_not_written_off"})
    needs = frozenset({"lots"})
    counted = True

    async def morning(self, month: Month, family: Family) -> None:
        """Bought short-dated; what nobody bought that day is thrown away the next morning."""
        if month.day == self.day:
            quantity = 1000 * month.chance.randrange(16, 40)
            family.shelf[family.main] += quantity
            line = {"item": family.main, "quantity": text(quantity), "lot": "OFFER", "expiry": month.date()}
            await month.counter.post({"type": "goods_receipt", "supplier": family.supplier, "lines": [line]})
        elif not self.done and month.day > self.day:
            left = dict(await month.counter.lots(family.main)).get("OFFER", 0)
            family.shelf[family.main] -= left
            self.made(month)


class KitchenNotBooked(Wrong):
    """The kitchen made a batch as usual, and nobody wrote the production."""

    answers = frozenset({"unbooked_production"})
    needs = frozenset({"made"})

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        del family, body
        if not self.due(month):
            return False
        self.made(month)
        return True


class CountedTooLittle(Wrong):
    """Half of the goods stood in the back while the shelf was counted."""

    answers = frozenset({"count_error"})

    async def morning(self, month: Month, family: Family) -> None:
        there = family.shelf[family.main]
        if not self.due(month) or there < 8000 or family.lots:
            return
        seen = there // 1000 * month.chance.randrange(2, 6) // 10
        lines = [{"item": family.main, "counted": str(seen)}]
        self.made(month, await month.counter.post({"type": "stock_count", "lines": lines}))


class DeliveredAsSibling(Wrong):
    """The boxes look alike: one kind came, and the other was entered."""

    answers = frozenset({"swapped_sibling"})
    needs = frozenset({"orders"})

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        lines = of(body, family.main)
        if not self.due(month) or not lines or of(body, family.twin) or "order" not in body:
            return False
        for line in lines:
            line["item"] = family.twin
        self.made(month, await month.counter.post(body))
        return True


class SoldAsSibling(Wrong):
    """A new cashier presses the key of one kind for both, for some days."""

    answers = frozenset({"swapped_sibling"})

    async def morning(self, month: Month, family: Family) -> None:
        if self.due(month):
            self.made(month)
            family.needs = family.needs | {"one key"}
        if self.done and month.day >= self.made_at + 6:
            family.needs = family.needs - {"one key"}


class StandsElsewhere(Wrong):
    """A delivery was booked into the store room, and carried to the shop without a word."""

    answers = frozenset({"other_place"})

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        if not self.due(month) or not of(body, family.main):
            return False
        for line in of(body, family.main):
            line["location"] = "stockroom"
        self.made(month, await month.counter.post(body))
        return True


MISTAKES: tuple[type[Wrong], ...] = (
    ForgottenReceipt, WaitingReceipt, LateReceipt, PiecesForBoxes, BoxSoldForPiece, SlipInReceipt, SlipInSale, SlipInWriteOff,
    GramsForKilograms, KilogramsReceivedAsTons, SaleSentTwice, ReceiptEnteredTwice, TransferEnteredTwice, TransferNeverLeft,
    TransferNotTakenIn, TransferAndReceipt, ReturnOffTheBooks, GiftOnlyNoted, GiftsNoLongerBooked, FreeGoodsNotBooked,
    ThrownAway, KitchenNotBooked, CountedTooLittle, DeliveredAsSibling, SoldAsSibling, StandsElsewhere,
)  # fmt: skip
