"""Mistakes of fingers: pieces for boxes, grams for kilograms, digits, and everything entered twice."""

from typing import Any

from tests.explain.month import Family, Month
from tests.explain.shop import BOSS, CLERK, HOUR, text
from tests.explain.wrong import Wrong, of


class PiecesForBoxes(Wrong):
    """Five boxes came, and five pieces were entered."""

    answers = frozenset({"wrong_pack_factor"})

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        if not self.due(month) or not of(body, family.main):
            return False
        lines = [
            {name: value for name, value in line.items() if name not in ("unit", "cost")} if line["item"] == family.main else line
            for line in body["lines"]
        ]  # fmt: skip
        self.made(month, await month.counter.post(body | {"lines": lines}))
        return True


class BoxSoldForPiece(Wrong):
    """The till's key for the box was pressed for a single bottle."""

    answers = frozenset({"wrong_pack_factor"})

    async def sold(self, month: Month, family: Family, line: dict[str, Any]) -> bool:
        if not self.due(month) or family.shelf[family.main] > 1000 * family.factor:
            return False
        keyed = line | {"unit": "box"}
        self.made(month, await month.counter.post(month.sale([keyed]), CLERK))
        return True


class SlipInReceipt(Wrong):
    """A digit lost, or two swapped, while a delivery was entered."""

    answers = frozenset({"typing_slip"})

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        lines = of(body, family.main)
        if not self.due(month) or not lines:
            return False
        line = lines[0]
        pieces = int(line["quantity"]) * family.factor
        digits = str(pieces)
        wrong = digits[:-1] if digits.endswith("0") else digits[1] + digits[0] + digits[2:] if len(digits) > 1 else ""
        if not wrong or int(wrong) >= pieces or int(wrong) == 0:
            return False
        line["quantity"] = str(int(wrong))
        line.pop("unit", None)
        line.pop("cost", None)
        self.made(month, await month.counter.post(body))
        return True


class SlipInSale(Wrong):
    """30 was keyed where 3 was sold."""

    answers = frozenset({"typing_slip"})

    async def sold(self, month: Month, family: Family, line: dict[str, Any]) -> bool:
        del family
        if not self.due(month) or int(line["quantity"]) < 2:
            return False
        slip = month.chance.choice((line["quantity"] + "0", line["quantity"] * 2))
        self.made(month, await month.counter.post(month.sale([line | {"quantity": slip}]), CLERK))
        return True


class SlipInWriteOff(Wrong):
    """Six bottles broke in the store room, and sixty were written."""

    answers = frozenset({"typing_slip"})

    async def morning(self, month: Month, family: Family) -> None:
        if not self.due(month) or family.shelf[family.main] < 9000:
            return
        quantity = month.chance.randrange(2, 9)
        family.shelf[family.main] -= quantity * 1000
        body = {"type": "write_off", "reason": "Broken in the store room"}
        lines = [{"item": family.main, "quantity": f"{quantity}0"}]
        self.made(month, await month.counter.post(body | {"lines": lines}))


class GramsForKilograms(Wrong):
    """A weighed sale was keyed by hand in grams."""

    answers = frozenset({"wrong_unit"})
    needs = frozenset({"weighed"})

    async def sold(self, month: Month, family: Family, line: dict[str, Any]) -> bool:
        del family
        if not self.due(month):
            return False
        grams = str(round(float(line["quantity"]) * 1000))
        self.made(month, await month.counter.post(month.sale([line | {"quantity": grams}]), CLERK))
        return True


class KilogramsReceivedAsTons(Wrong):
    """A delivery of kilograms was entered as if the field were in tons: 25 kg as 0.025."""

    answers = frozenset({"wrong_unit"})
    needs = frozenset({"weighed"})

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        if not self.due(month) or not of(body, family.main):
            return False
        of(body, family.main)[0]["quantity"] = text(int(of(body, family.main)[0]["quantity"]))
        self.made(month, await month.counter.post(body))
        return True


class SaleSentTwice(Wrong):
    """The drawer stuck, the cashier was unsure, and rang everything up again."""

    answers = frozenset({"double_scan"})

    async def sold(self, month: Month, family: Family, line: dict[str, Any]) -> bool:
        if not self.due(month):
            return False
        others = [{"item": family.twin, "quantity": "1"}] if month.chance.random() < 0.4 and not family.lots else []
        family.shelf[family.twin] -= 1000 * len(others)
        big = max(int(line["quantity"]), month.chance.randrange(3, 9))
        extra = 1000 * (big - int(line["quantity"]))
        if family.shelf[family.main] < extra:
            return False
        family.shelf[family.main] -= extra
        body = month.sale([line | {"quantity": str(big)}, *others])
        first = await month.counter.post(body, CLERK)
        month.counter.now += month.chance.randrange(5_000, 100_000)
        self.made(month, first, await month.counter.post(body, CLERK))
        return True


class ReceiptEnteredTwice(Wrong):
    """One person booked the delivery from the lorry, another in the evening from the paper."""

    answers = frozenset({"double_scan", "received_twice"})
    counted = True

    async def delivered(self, month: Month, family: Family, body: dict[str, Any]) -> bool:
        if not self.due(month) or not of(body, family.main):
            return False
        first = await month.counter.post(body)
        month.counter.now += month.chance.randrange(20 * 60_000, HOUR)
        self.made(month, first, await month.counter.post(body, BOSS))
        return True


class TransferEnteredTwice(Wrong):
    """The line was down while goods were sent; nobody was sure, and it was written again. The second never left."""

    answers = frozenset({"double_scan", "transfer_not_arrived"})
    needs = frozenset({"transfers"})

    async def morning(self, month: Month, family: Family) -> None:
        quantity = 1000 * month.chance.randrange(8, 16)
        if not self.due(month) or family.shelf[family.main] < quantity:
            return
        first = await month.send(family, family.main, quantity)
        month.counter.now += month.chance.randrange(HOUR // 2)
        body = {
            "type": "transfer_out",
            "to_branch": "b002",
            "lines": [{"item": family.main, "quantity": text(quantity)}],
        }
        self.made(month, first, await month.counter.post(body))
