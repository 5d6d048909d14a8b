"""Ten thousand random documents of every type, against sums on the back of an envelope."""

import asyncio
import tempfile
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from gateway.domain.policy import GENERAL, Answer, Breach, PolicyRule, Role
from gateway.domain.posting import Approver
from gateway.store.session import Posted
from gateway.store.stock import list_balances
from gateway.store.verify import verify_site
from gateway.store.worths import Worth, fold_step, worth_of, write_step
from gateway.use_cases.post_document import Conflict, Exists
from gateway.use_cases.shop import Poster
from tests.closed_loop.bodies import ITEMS, MAKERS, Seeds
from tests.closed_loop.model import Shelves, lowest_role
from tests.store.conftest import Branch, open_branch

EXAMPLES: Final = 55
BURSTS: Final = 10
BURST: Final = 25
"""Documents of a burst at least: so many examples and bursts are ten thousand documents, some bursts being left out."""

PEOPLE: Final = (
    Poster("wang", "cashier"), Poster("wang", "cashier", may_settle=True), Poster("li", "manager"), Poster("root", "admin"),
)  # fmt: skip
RANKS: Final = {"cashier": 0, "manager": 1, "admin": 2}
CHEN: Final = Approver("chen", Role.MANAGER, "seen")
POLICY: Final = msgspec.structs.replace(GENERAL, rules=(PolicyRule(Breach.NEGATIVE_STOCK, Answer.BLOCK, item="gold"),))

small = st.integers(0, 99)
documents = st.lists(
    st.tuples(
        st.integers(0, len(MAKERS) + 1), st.builds(Seeds, small, small, small, small), st.sampled_from(PEOPLE), st.booleans()
    ),
    min_size=BURST, max_size=BURST + 5,
)  # fmt: skip

T = TypeVar("T")
sent: dict[str, int] = {}
"""How many documents were sent of each type, over all examples."""
seen: dict[str, int] = {}
"""How many of them were posted."""


class Documents(RuleBasedStateMachine):
    """One shop from its first day on."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="kontor-documents-", dir=_memory())
        self.loop = asyncio.new_event_loop()
        self.opened = open_branch(Path(self.folder.name))
        self.branch: Branch = self.run(self.opened.__aenter__())
        self.branch.shop.policy = POLICY
        self.shelves = Shelves()
        self.posted: list[tuple[bytes, dict[str, Any], Poster]] = []

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(story)

    @initialize()
    def items(self) -> None:
        async def story() -> None:
            await self.branch.item("tea")
            await self.branch.item("rice", unit="kg", packs=[{"unit": "sack", "factor": "25"}])
            await self.branch.item("milk", tracking="lot")
            await self.branch.item("cup", whole=True)
            await self.branch.item("gold", price=99_900)
            for item in ITEMS:
                lot = {"lot": "L1"} if item == "milk" else {}
                body = {"type": "opening_balance", "lines": [{"item": item, "quantity": "40", "cost": 100} | lot]}
                document, changes = uuid.uuid4().bytes, self.shelves.effect(body)
                outcome = await self.branch.post(body, document)
                assert isinstance(outcome, Posted)
                self._done(document, body, PEOPLE[-1], changes, outcome, approved=False)

        self.run(story())

    @rule(burst=documents)
    def post(self, burst: list[tuple[int, Seeds, Poster, bool]]) -> None:
        """A burst of documents: each does what the envelope says, or nothing."""
        self.run(self._post(burst))

    async def _post(self, burst: list[tuple[int, Seeds, Poster, bool]]) -> None:
        for kind, seeds, poster, approved in burst:
            body = self._body(kind, seeds)
            if poster.may_settle and body["type"] == "sale" and not _is_about(body, "gold"):
                body["settled"] = True
            asked = {name: value for name, value in body.items() if name != "asked"}
            changes, document = self.shelves.effect(body), uuid.uuid4().bytes
            outcome = await self.branch.post(asked, document, poster, CHEN if approved else None)
            sent[body["type"]] = sent.get(body["type"], 0) + 1
            if isinstance(outcome, Posted):
                self._done(document, body, poster, changes, outcome, approved=approved)
            if seeds.choice % 9 == 0 and isinstance(outcome, Posted):
                assert isinstance(await self.branch.post(asked, document, poster), Exists)
                other = asked | {"note": "another"}
                assert isinstance(await self.branch.post(other, document, poster), Conflict)

    def _body(self, kind: int, seeds: Seeds) -> dict[str, Any]:
        """A reversal of something posted, a return of something sold, or a document of its own."""
        if kind < len(MAKERS) or not self.posted:
            return MAKERS[kind % len(MAKERS)](seeds)
        document, body, _ = self.posted[(seeds.item * 100 + seeds.quantity) % len(self.posted)]
        original = str(uuid.UUID(bytes=document))
        if kind == len(MAKERS) and body["type"] == "sale":
            line = {name: value for name, value in body["lines"][0].items() if name != "location"}
            return {"type": "sale_return", "original": original, "lines": [line | {"disposition": "restock"}]}
        return {"type": "reversal", "original": original, "reason": "wrong", "asked": document}

    def _done(
        self, document: bytes, body: dict[str, Any], poster: Poster, changes: Any, outcome: Posted, *, approved: bool
    ) -> None:
        type_ = body["type"]
        self.shelves.post(document, changes)
        self.posted.append((document, body, poster))
        seen[type_] = seen.get(type_, 0) + 1
        assert approved or RANKS[poster.role] >= lowest_role(body, changes), body
        if self.shelves.overdrawn(changes):
            assert approved or "settled" in body, body
            assert "negative_stock" in outcome.warnings
        assert all(quantity >= 0 for (item, _), quantity in self.shelves.cells.items() if item == "gold")

    def teardown(self) -> None:
        """The book is the envelope, every figure the fold of the journal, and what goods are worth is a sum that holds."""
        try:
            self.run(self._compare())
        finally:
            self.run(self.opened.__aexit__(None, None, None))
            self.loop.close()
            report = verify_site(Path(self.folder.name))
            self.folder.cleanup()
        assert report.differences == ()
        assert report.documents == len(self.posted)

    async def _compare(self) -> None:
        ledger = self.branch.ledger
        rows = await ledger.read(
            lambda connection: list_balances(connection, after=(0, 0, 0), limit=1000, item=None, location=None)
        )
        held: dict[tuple[str, str], int] = {}
        for row in rows:
            held[row.item, row.location] = held.get((row.item, row.location), 0) + row.on_hand
        ours = {cell: quantity for cell, quantity in self.shelves.cells.items() if quantity}
        assert {cell: quantity for cell, quantity in held.items() if quantity} == ours
        worths = await self._worths()
        for item, worth in worths.items():
            on_hand = sum(quantity for (name, _), quantity in ours.items() if name == item)
            assert worth.valuation.quantity == on_hand
        await ledger.write(lambda session: session.connection.execute("UPDATE followed SET hash = x'00'"))
        assert await self._worths() == worths

    async def _worths(self) -> dict[str, Worth]:
        ledger = self.branch.ledger
        while (step := await ledger.read(fold_step)) is not None:
            assert await ledger.write(lambda session, step=step: write_step(session.connection, step))  # type: ignore[misc]
        return {item: await ledger.read(lambda connection, item=item: worth_of(connection, item)) for item in ITEMS}  # type: ignore[misc]


def _is_about(body: dict[str, Any], item: str) -> bool:
    return any(line["item"] == item for line in body["lines"])


def _memory() -> str | None:
    """These ledgers are about sums; what survives a power cut is proved elsewhere."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def test_ten_thousand_documents_of_every_type_do_what_their_sums_say() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Documents,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=BURSTS, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert set(seen) == {maker.__name__ for maker in MAKERS} | {"reversal"}
    assert sum(sent.values()) >= 10_000
