"""What of a transfer did not arrive as sent, as a person entered it: read into numbers, or refused with where.

The difference document of a transfer is this part of its transfer in, and no document of its own: received and missing
are found out in one look at the same goods, and two documents could be posted, refused, approved or sent apart from each
other, which is the half-applied transfer this ledger exists to prevent. It is readable as one: each line names its
differences, they move goods to places of their own, and every page of a transfer shows them under their own heading.
"""

import msgspec
from msgspec import UNSET

from gateway.domain.document import GoodsReceipt, ReceiptLine, TransferIn, TransferInLine, VarianceEntry
from gateway.domain.fault import Fault
from replication.wire.events import Variance, VarianceReason
from replication.wire.quantity import Quantity, QuantityError, parse_quantity, shortest

Variances = tuple[tuple[Variance, ...], ...]
"""Beside the lines of a transfer in: each line's differences, in the line's own unit."""


def read_variances(body: TransferIn | GoodsReceipt, malformed: list[Fault], refused: list[Fault]) -> Variances:
    """The differences of every line; what cannot be read goes to `malformed`, what makes no sense to `refused`."""
    if isinstance(body, GoodsReceipt):
        return tuple([_read_damaged(index, line, malformed, refused) for index, line in enumerate(body.lines)])
    return tuple([_read(index, line, malformed, refused) for index, line in enumerate(body.lines)])


def _read_damaged(index: int, line: ReceiptLine, malformed: list[Fault], refused: list[Fault]) -> tuple[Variance, ...]:
    """What of a goods receipt came damaged: the one difference that a supplier's goods can have."""
    if line.damaged is UNSET:
        return ()
    entry = VarianceEntry(VarianceReason.DAMAGED, line.damaged)
    quantity = _read_quantity(f"lines[{index}].damaged", entry, malformed, refused)
    return () if quantity is None else (Variance(VarianceReason.DAMAGED, quantity),)


def _read_quantity(path: str, entry: VarianceEntry, malformed: list[Fault], refused: list[Fault]) -> Quantity | None:
    facts = {"text": entry.quantity[:40]}
    try:
        quantity = parse_quantity(entry.quantity)
    except QuantityError as error:
        (malformed if error.code == "not_a_decimal" else refused).append(Fault(path, f"quantity_{error.code}", facts))
        return None
    if quantity <= 0:
        refused.append(Fault(path, "quantity_not_positive", facts))
        return None
    return quantity


def _read(index: int, line: TransferInLine, malformed: list[Fault], refused: list[Fault]) -> tuple[Variance, ...]:
    if line.variance is UNSET:
        return ()
    found: dict[str, Variance] = {}
    for at, entry in enumerate(line.variance):
        path = f"lines[{index}].variance[{at}]"
        quantity = _read_quantity(f"{path}.quantity", entry, malformed, refused)
        if quantity is None:
            continue
        if entry.reason in found:
            refused.append(Fault(f"{path}.reason", "variance_twice", {"reason": entry.reason.value}))
        else:
            found[entry.reason] = Variance(entry.reason, quantity)
    return tuple(found.values())


def plainly(body: TransferIn | GoodsReceipt, variances: Variances) -> TransferIn | GoodsReceipt:
    """The body with its differences spelt the shortest way, so that the same content is seen to be the same."""
    if isinstance(body, GoodsReceipt):
        received = tuple(
            msgspec.structs.replace(line, damaged=shortest(of_line[0].quantity)) if of_line else line
            for line, of_line in zip(body.lines, variances, strict=True)
        )
        return msgspec.structs.replace(body, lines=received)
    lines = tuple(
        line
        if line.variance is UNSET
        else msgspec.structs.replace(
            line, variance=tuple(VarianceEntry(one.reason, shortest(one.quantity)) for one in of_line)
        )
        for line, of_line in zip(body.lines, variances, strict=True)
    )
    return msgspec.structs.replace(body, lines=lines)
