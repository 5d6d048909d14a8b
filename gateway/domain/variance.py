"""What of a transfer did not arrive as sent, as a person entered it: read into numbers, or refused with where.

The difference document of a transfer is this part of its transfer in, and no document of its own: received and missing
are found out in one look at the same goods, and two documents could be posted, refused, approved or sent apart from each
other, which is the half-applied transfer this ledger exists to prevent. It is readable as one: each line names its
differences, they move goods to places of their own, and every page of a transfer shows them under their own heading.
"""

import msgspec
from msgspec import UNSET

from gateway.domain.document import TransferIn, TransferInLine, VarianceEntry
from gateway.domain.fault import Fault
from replication.wire.events import Variance
from replication.wire.quantity import QuantityError, parse_quantity, shortest

Variances = tuple[tuple[Variance, ...], ...]
"""Beside the lines of a transfer in: each line's differences, in the line's own unit."""


def read_variances(body: TransferIn, malformed: list[Fault], refused: list[Fault]) -> Variances:
    """The differences of every line; what cannot be read goes to `malformed`, what makes no sense to `refused`."""
    return tuple([_read(index, line, malformed, refused) for index, line in enumerate(body.lines)])


def _read(index: int, line: TransferInLine, malformed: list[Fault], refused: list[Fault]) -> tuple[Variance, ...]:
    if line.variance is UNSET:
        return ()
    found: dict[str, Variance] = {}
    for at, entry in enumerate(line.variance):
        path = f"lines[{index}].variance[{at}]"
        try:
            quantity = parse_quantity(entry.quantity)
        except QuantityError as error:
            facts = {"text": entry.quantity[:40]}
            unreadable = malformed if error.code == "not_a_decimal" else refused
            unreadable.append(Fault(f"{path}.quantity", f"quantity_{error.code}", facts))
            continue
        if quantity <= 0:
            refused.append(Fault(f"{path}.quantity", "quantity_not_positive", {"text": entry.quantity[:40]}))
        elif entry.reason in found:
            refused.append(Fault(f"{path}.reason", "variance_twice", {"reason": entry.reason.value}))
        else:
            found[entry.reason] = Variance(entry.reason, quantity)
    return tuple(found.values())


def plainly(body: TransferIn, variances: Variances) -> TransferIn:
    """The body with its differences spelt the shortest way, so that the same content is seen to be the same."""
    lines = tuple(
        line
        if line.variance is UNSET
        else msgspec.structs.replace(
            line, variance=tuple(VarianceEntry(one.reason, shortest(one.quantity)) for one in of_line)
        )
        for line, of_line in zip(body.lines, variances, strict=True)
    )
    return msgspec.structs.replace(body, lines=lines)
