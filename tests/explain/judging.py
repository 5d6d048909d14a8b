"""Many shops with one mistake in each family of goods: was it named, first or among the first three?"""

import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gateway.domain.explain import Explanation, explain
from gateway.domain.explain_finding import PostDocument
from gateway.store.explain import HistoryReader
from tests.explain.mistakes import MISTAKES, LateReceipt
from tests.explain.month import DAYS, Family, Month
from tests.explain.shop import HOUR, Counter, run
from tests.explain.wrong import Wrong

FAMILIES = 10
"""Goods of a shop that each have a mistake of their own: the others' mistakes are noise to each."""
PATIENCE = 9
"""Days after a mistake until somebody counts, where nothing went below zero."""


class Verdict(msgspec.Struct, frozen=True):
    """What an explanation of a mistake was worth: the place of the right answer, 0 where it was not among those given."""

    mistake: str
    place: int
    said: tuple[str, ...]
    sku: str
    below: bool


def judge(seed: int, histories: int) -> list[Verdict]:
    """So many histories, told in shops of ten. The same seed tells the same."""
    order = [MISTAKES[index % len(MISTAKES)] for index in range(histories)]
    verdicts: list[Verdict] = []
    for first in range(0, histories, FAMILIES):
        verdicts += run(_one_shop(seed + first, order[first : first + FAMILIES]))
    return verdicts


async def _one_shop(seed: int, kinds: list[type[Wrong]]) -> list[Verdict]:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="kontor-explain-", dir=_memory()) as folder:
        counter = Counter(Path(folder), seed)
        try:
            families = [
                (Family(random.Random(f"{seed}-{number}"), number, kind.needs), kind(chance.randrange(11, 20)))
                for number, kind in enumerate(kinds)
            ]
            month = Month(counter, list(families), chance)
            await month.open()
            verdicts: list[Verdict] = []
            waiting = list(families)
            while waiting and month.day < DAYS:
                await month.live()
                month.set_clock(20.5)
                for family, mistake in list(waiting):
                    verdict = await _look(month, family, mistake)
                    if verdict is not None:
                        verdicts.append(verdict)
                        waiting.remove((family, mistake))
                        await month.count(family, () if family.lots else (family.main, family.twin))
            return verdicts
        finally:
            await counter.close()


async def _look(month: Month, family: Family, mistake: Wrong) -> Verdict | None:
    """Somebody looks at a figure in the evening: because it is below zero, or because a count was off."""
    below = await _book(month, family) < 0
    if isinstance(mistake, LateReceipt) and mistake.paper is not None and below and not mistake.done:
        month.counter.now += HOUR
        await mistake.enter(month)
    elif not mistake.done or (not below and month.day < mistake.made_at + PATIENCE):
        return None
    elif not below:
        skus = (family.main,) if month.chance.random() < 0.5 else (family.main, family.twin)
        await month.count(family, skus)
    said = await _ask(month, family)
    named = [cause.code.value for cause in said.causes]
    place = 0
    for index, cause in enumerate(said.causes):
        shown = {document.id for document in cause.documents}
        if cause.code.value in mistake.answers and (not mistake.culprits or not shown or mistake.culprits & shown):
            place = index + 1
            if isinstance(cause.mend, PostDocument):
                await month.counter.mend(cause.mend)
            break
    return Verdict(type(mistake).__name__, place, tuple(named), family.main, below)


async def _book(month: Month, family: Family) -> int:
    """The figure of the shop floor, as the stock page shows it."""
    rows = await month.counter.places(family.main)
    return min(rows.get("shop", 0), sum(rows.values()))


async def _ask(month: Month, family: Family) -> Explanation:
    today, now = month.date(), month.counter.now

    def read(connection: object) -> Explanation:
        history = HistoryReader(connection, now, today).read(family.main)  # type: ignore[arg-type]
        assert history is not None
        return explain(history)

    return await month.counter.ledger.read(read)


def _memory() -> str | None:
    """What survives a power cut is proved elsewhere."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def table(verdicts: list[Verdict]) -> Iterator[str]:
    """Hit rates by mistake, and of all."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        groups[verdict.mistake].append(verdict)
    yield "| mistake | told | first | in the first three |"
    yield "| --- | ---: | ---: | ---: |"
    for name, group in [*sorted(groups.items()), ("all", verdicts)]:
        yield f"| {name} | {len(group)} | {rate(group, 1):.1f} % | {rate(group, 3):.1f} % |"


def rate(verdicts: list[Verdict], most: int) -> float:
    """How many in a hundred had the right answer among the first so many."""
    return 100 * sum(0 < verdict.place <= most for verdict in verdicts) / max(1, len(verdicts))
