"""Goods between branches, as the drivers know them: what was loaded where, and what each receiver counted."""

import uuid
from random import Random

import msgspec

from gateway.domain.document import Line, TransferIn, TransferInLine, TransferOut, VarianceEntry
from replication.wire.events import VarianceReason
from replication.wire.transfer import Figures, add
from tests.simulation.book import Slip


class Consignment(msgspec.Struct):
    """One lorry: `left` is what nobody has counted yet, in thousandths by item."""

    id: bytes
    sender: str
    receiver: str
    left: dict[str, int]


class Haulage:
    """All lorries of a story."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.consignments: dict[bytes, Consignment] = {}
        self.cancelled: set[bytes] = set()

    def load(self, identity: bytes, sender: str, receiver: str, goods: tuple[str, ...]) -> Slip:
        """A transfer out."""
        random = self._random
        loaded = {item: random.randrange(1, 9) * 1000 for item in random.sample(goods, random.choice((1, 2)))}
        self.consignments[identity] = Consignment(identity, sender, receiver, dict(loaded))
        body = TransferOut(
            lines=tuple(Line(item, str(quantity // 1000)) for item, quantity in loaded.items()), to_branch=receiver
        )
        moves = {item: -quantity for item, quantity in loaded.items()}
        figures = {item: Figures(dispatched=quantity) for item, quantity in loaded.items()}
        return Slip(sender, identity, body, moves, identity, figures)

    def unload(self, identity: bytes, branch: str, lorry: Consignment | None = None) -> Slip | None:
        """A transfer in: part of a lorry or all of it, with or without differences; None where none waits."""
        random, at_the_gate = self._random, self.consignments.values() if lorry is None else (lorry,)
        waiting = [c for c in at_the_gate if c.receiver == branch and any(c.left.values())]
        if not waiting:
            return None
        consignment = random.choice(waiting)
        lines, moves, figures = [], dict[str, int](), dict[str, Figures]()
        for item, left in consignment.left.items():
            if not left:
                continue
            counted = left if random.random() < 0.6 else random.randrange(1000, left + 1000, 1000)
            consignment.left[item] = left - counted
            short, damaged, over = (
                random.choice(((0, 0, 0), (0, 0, 0), (1000, 0, 0), (0, 1000, 0), (0, 0, 1000)))
                if counted > 1000
                else (0, 0, 0)
            )
            received = counted - short - damaged + over
            figures[item] = Figures(received=received, short=short, damaged=damaged, over=over)
            moves[item] = received
            variance = tuple(
                VarianceEntry(reason, str(quantity // 1000))
                for reason, quantity in (
                    (VarianceReason.SHORT, short),
                    (VarianceReason.DAMAGED, damaged),
                    (VarianceReason.OVER, over),
                )
                if quantity
            )
            differences = {"variance": variance} if variance else {}
            lines.append(TransferInLine(item, str(received // 1000), **differences))
        body = TransferIn(lines=tuple(lines), transfer=str(uuid.UUID(bytes=consignment.id)))
        return Slip(branch, identity, body, moves, consignment.id, figures)

    def cancellable(self, branch: str) -> Consignment | None:
        """A lorry of a branch whose rest somebody may want back."""
        sent = [c for c in self.consignments.values() if c.sender == branch and c.id not in self.cancelled]
        return self._random.choice(sent) if sent else None


def expected_figures(slips: list[Slip]) -> dict[bytes, dict[tuple[str, str], Figures]]:
    """What headquarters must say of every lorry, from the slips that reached it."""
    transfers: dict[bytes, dict[tuple[str, str], Figures]] = {}
    for slip in slips:
        if slip.consignment is not None:
            cells = {(item, ""): one for item, one in slip.figures.items()}
            transfers[slip.consignment] = add(transfers.get(slip.consignment, {}), cells)
    return transfers
