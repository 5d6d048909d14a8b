"""What is inspected of a goods receipt and sent back to its supplier is what came with it, and no more."""

import uuid
from typing import Any

from gateway.domain.costing import MILLIONTHS, Valuation
from gateway.domain.posting import NeedsApproval, Posting, Rejected
from gateway.domain.worth import value_document
from tests.domain.order_desk import Desk, line, receipt
from tests.domain.test_orders import codes, figures


def inspect(came: str, *lines: dict[str, Any]) -> dict[str, Any]:
    return {"type": "quality_inspection", "receipt": came, "lines": list(lines)}


def send_back(came: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "supplier_return", "receipt": came, "lines": list(lines)} | more


def refusal(desk: Desk, body: dict[str, Any]) -> dict[str, str]:
    """The facts of the one thing that is wrong with it."""
    outcome: Posting | NeedsApproval | Rejected = desk.plan(body)[1]
    assert isinstance(outcome, Rejected), outcome
    (fault,) = outcome.faults
    return {"code": fault.code, "path": fault.path} | fault.facts


def test_no_more_is_inspected_than_lies_there_of_the_receipt() -> None:
    """Over several lines and inspections; what failed opens the order again."""
    desk = Desk()
    order = desk.ask(line("tea", "10"))
    came, _ = desk.post(receipt(order, line("tea", "2"), line("tea", "8", inspect=True)))
    told = refusal(desk, inspect(came, line("tea", "5", result="passed"), line("tea", "4", result="rejected")))
    assert (told["code"], told["path"], told["left"]) == ("more_than_received", "lines[1].quantity", "3.000")
    desk.post(inspect(came, line("tea", "5", result="passed", location="back"), line("tea", "1", result="rejected")))
    assert figures(desk, order) == [(9, 0, 1, 1, 0)]
    assert refusal(desk, inspect(came, line("tea", "3", result="passed")))["left"] == "2.000"
    assert refusal(desk, inspect(str(uuid.UUID(int=1)), line("tea", "3", result="passed")))["code"] == "unknown_receipt"


def test_a_lot_is_the_receipt_s_own() -> None:
    """One that came with another receipt is refused; where it brought only one, nobody has to name it."""
    desk = Desk()
    came, _ = desk.post(receipt("paper", line("milk", "8", lot="A", inspect=True)))
    desk.post(receipt("paper", line("milk", "8", lot="B", inspect=True)))
    told = refusal(desk, inspect(came, line("milk", "1", lot="B", result="passed")))
    assert (told["code"], told["path"], told["lot"]) == ("lot_not_received", "lines[0].lot", "B")
    _, posting = desk.post(inspect(came, line("milk", "1", result="rejected")))
    assert [movement.lot for movement in posting.movements] == ["A"]
    _, posting = desk.post(send_back(came, line("milk", "1")))
    assert [movement.lot for movement in posting.movements] == ["A"]


def test_no_more_goes_back_than_is_left() -> None:
    """Rejected goods out of `rejected`, others from where they lie; the supplier is the receipt's."""
    desk = Desk()
    came, _ = desk.post(receipt("paper", line("tea", "6", damaged="2"), supplier="Wu"))
    assert refusal(desk, send_back(came, line("tea", "3")))["left"] == "2.000"
    assert refusal(desk, send_back(came, line("tea", "1"), supplier="Li"))["code"] == "other_supplier"
    _, posting = desk.post(send_back(came, line("tea", "2"), line("tea", "4", location="shop")))
    assert posting.detail is not None
    assert posting.detail.supplier == "Wu"
    assert refusal(desk, send_back(came, line("tea", "1")))["left"] == "0.000"
    assert refusal(desk, send_back(came, line("tea", "3", location="shop")))["left"] == "2.000"
    assert refusal(desk, send_back(came, line("tea", "1", location="inspection")))["left"] == "0.000"


def test_a_receipt_whose_goods_went_on_is_not_taken_back() -> None:
    """Its inspection is taken back first; then all is as before."""
    desk = Desk()
    order = desk.ask(line("tea", "8"))
    came, _ = desk.post(receipt(order, line("tea", "8", inspect=True)))
    looked, _ = desk.post(inspect(came, line("tea", "3", result="rejected")))
    assert codes(desk.plan({"type": "reversal", "original": came, "reason": "wrong"})[1]) == ["receipt_went_on"]
    back, _ = desk.post(send_back(came, line("tea", "1")))
    assert codes(desk.plan({"type": "reversal", "original": looked, "reason": "wrong"})[1]) == ["receipt_went_on"]
    desk.post({"type": "reversal", "original": back, "reason": "wrong"})
    desk.post({"type": "reversal", "original": looked, "reason": "wrong"})
    assert figures(desk, order) == [(8, 0, 0, 0, 0)]
    desk.post(inspect(came, line("tea", "8", result="passed")))


def test_what_came_free_costs_nothing_and_what_came_damaged_its_price() -> None:
    """Ten bought at 1.00 with two free ones are worth 10.00; the damaged box goes back for what the good ones cost."""
    desk = Desk()
    desk.post(receipt("paper", line("tea", "10", cost=100), line("tea", "2", free=True)))
    desk.post(
        receipt("paper", line("mug", "3", cost=200, damaged="1"), line("milk", "0", lot="A", cost=70, damaged="2"))
    )
    worth: dict[str, Valuation] = {}
    for event in desk.posted.values():
        worth |= value_document(lambda sku, known=worth: known.get(sku, Valuation()), event)[0]
    assert {sku: (one.quantity // 1000, one.value // MILLIONTHS) for sku, one in worth.items()} == {
        "tea": (12, 1000), "mug": (4, 800), "milk": (2, 140)
    }  # fmt: skip
