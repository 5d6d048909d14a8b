"""The seldom fields of bodies and lines that must make sense in themselves, before the ledger is asked: places, dates,
amounts, rates."""

import datetime as dt
import re
from typing import Final

from gateway.domain.bodies.buying import PurchaseOrder, ReceiptLine, Requisition
from gateway.domain.bodies.correcting import CountLine
from gateway.domain.bodies.entry import TENDERS_MAX, Line, TenderEntry
from gateway.domain.bodies.money import CashDirection, CashMovement, ShiftClose, ShiftOpen
from gateway.domain.bodies.using import MoveLine, Production, ProductionLine, WorkEntry
from gateway.domain.document import Body
from gateway.domain.fault import Fault
from gateway.domain.moment import milliseconds_of
from replication.wire.location import LOCATION_NAME
from replication.wire.money import PRICE_MAX

_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_RATE: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
"""Nine digits on each side of the point: more than any two currencies differ by."""
_DEGREES: Final = re.compile(r"-?(?:1?[0-9]{1,2}|200)(\.[0-9])?", re.ASCII)
"""What a thermometer shows of goods: to a tenth, and no oven."""
SEQ_MAX: Final = 2**53
"""Beyond it a page could not name a position exactly."""
WORK_STEPS_MAX: Final = 100
"""Steps of a production, and the characters of a step's or an operator's name."""


def check_body(body: Body, malformed: list[Fault], refused: list[Fault]) -> None:
    """The fields of one type of document."""
    match body:
        case PurchaseOrder():
            _check_date("expected", body.expected, malformed)
            if isinstance(body.currency, str) and not _CURRENCY.fullmatch(body.currency):
                refused.append(Fault("currency", "bad_currency", {"text": body.currency[:40]}))
            if isinstance(body.rate, str) and not (_RATE.fullmatch(body.rate) and body.rate.strip("0.")):
                malformed.append(Fault("rate", "bad_rate", {"text": body.rate[:40]}))
        case Requisition():
            _check_date("expected", body.expected, malformed)
        case CashMovement(direction=CashDirection.NO_SALE, amount=amount):
            if amount:
                refused.append(Fault("amount", "amount_of_no_sale"))
        case CashMovement(amount=amount) if not 0 < amount <= PRICE_MAX:
            refused.append(Fault("amount", "amount_out_of_range", {"limit": str(PRICE_MAX)}))
        case ShiftOpen(amount=amount) if not 0 <= amount <= PRICE_MAX:
            refused.append(Fault("float", "amount_out_of_range", {"limit": str(PRICE_MAX)}))
        case Production(steps=tuple(steps)):
            _check_steps(steps, malformed, refused)
        case ShiftClose(counted=counted):
            check_tenders("counted", counted, refused)
            if len({tender.type for tender in counted}) != len(counted):
                refused.append(Fault("counted", "tender_twice"))
        case _:
            return


def _check_steps(steps: tuple[WorkEntry, ...], malformed: list[Fault], refused: list[Fault]) -> None:
    if len(steps) > WORK_STEPS_MAX:
        refused.append(Fault("steps", "too_many", {"limit": str(WORK_STEPS_MAX)}))
    for index, step in enumerate(steps[:WORK_STEPS_MAX]):
        path = f"steps[{index}]"
        for name, text in (("step", step.step), ("operator", step.operator)):
            if not 1 <= len(text) <= WORK_STEPS_MAX:
                refused.append(Fault(f"{path}.{name}", "text_out_of_range", {"limit": str(WORK_STEPS_MAX)}))
        started, finished = milliseconds_of(step.started_at), milliseconds_of(step.finished_at)
        for name, text, read in (
            ("started_at", step.started_at, started), ("finished_at", step.finished_at, finished),
        ):  # fmt: skip
            if read is None:
                malformed.append(Fault(f"{path}.{name}", "not_a_time", {"text": text[:40]}))
        if started is not None and finished is not None and finished < started:
            refused.append(Fault(f"{path}.finished_at", "step_ends_before_it_starts", {"step": step.step[:40]}))


def check_line(index: int, line: Line, refused: list[Fault]) -> None:
    """The fields of one type of line."""
    match line:
        case MoveLine(to=to) if not LOCATION_NAME.fullmatch(to):
            refused.append(Fault(f"lines[{index}].to", "bad_location", {"text": to[:40]}))
        case ProductionLine(step=str(step)) if not 1 <= len(step) <= WORK_STEPS_MAX:
            refused.append(Fault(f"lines[{index}].step", "text_out_of_range", {"limit": str(WORK_STEPS_MAX)}))
        case ReceiptLine(temperature=str(text)) if not _DEGREES.fullmatch(text):
            refused.append(Fault(f"lines[{index}].temperature", "bad_temperature", {"text": text[:40]}))
        case CountLine(at_seq=int(seq)) if not 0 <= seq <= SEQ_MAX:
            refused.append(Fault(f"lines[{index}].at_seq", "position_out_of_reach", {"seq": str(seq)[:40]}))
        case _:
            return


def check_tenders(path: str, tenders: tuple[TenderEntry, ...], refused: list[Fault]) -> None:
    """Payments, or what was counted of each."""
    if len(tenders) > TENDERS_MAX:
        refused.append(Fault(path, "too_many", {"limit": str(TENDERS_MAX)}))
    for index, tender in enumerate(tenders[:TENDERS_MAX]):
        if not 0 <= tender.amount <= PRICE_MAX:
            refused.append(Fault(f"{path}[{index}].amount", "amount_out_of_range", {"limit": str(PRICE_MAX)}))


def _check_date(path: str, text: object, malformed: list[Fault]) -> None:
    if isinstance(text, str) and not is_date(text):
        malformed.append(Fault(path, "not_a_date", {"text": text[:40]}))


def is_date(text: str) -> bool:
    """YYYY-MM-DD and no other spelling, since dates are compared as texts; Python also reads weeks (2026-W01-1)."""
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
