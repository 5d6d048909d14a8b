"""Explaining figures of a real ledger: the mission's sauce, counts, and a bounded look at a long history."""

import sqlite3
import uuid
from collections.abc import Callable

import msgspec

from gateway.domain.counting_differences import Difference, DifferenceKind, explain_differences
from gateway.domain.explain import Explanation, explain
from gateway.domain.explain_finding import CancelTransfer, CauseCode, PostDocument
from gateway.domain.policy import GENERAL, Answer, Breach, PolicyRule
from gateway.store import explain as reading
from gateway.store.counts_differences import counted_lines, histories
from gateway.store.documents import load_document
from gateway.store.explain import HistoryReader
from gateway.store.session import Posted
from gateway.store.stock import list_balances
from gateway.use_cases.post_document import Waiting
from tests.store.conftest import START, Branch, Story

Tell = Callable[[Story], None]
LENIENT = msgspec.structs.replace(GENERAL, rules=(PolicyRule(Breach.NEGATIVE_STOCK, Answer.ALLOW),))
TODAY = "2026-11-18"

SAUCE = (
    {"type": "goods_receipt", "lines": [{"item": "sauce", "quantity": "30"}]},
    {"type": "sale", "lines": [{"item": "sauce", "quantity": "15"}]},
    {"type": "transfer_out", "to_branch": "b009", "lines": [{"item": "sauce", "quantity": "12"}]},
    {"type": "transfer_out", "to_branch": "b009", "lines": [{"item": "sauce", "quantity": "15"}]},
)
"""30 kg came in, 15 kg go out a day, and two transfers were begun that never ended: the other system said −12."""


async def ask(branch: Branch, sku: str, location: str = "") -> Explanation:
    def query(connection: sqlite3.Connection) -> Explanation:
        history = HistoryReader(connection, START + 60_000, TODAY).read(sku, location)
        assert history is not None
        return explain(history)

    return await branch.ledger.read(query)


async def differences(branch: Branch, count: bytes) -> list[Difference]:
    def query(connection: sqlite3.Connection) -> list[Difference]:
        stored = load_document(connection, count)
        assert stored is not None
        lines = counted_lines(stored)
        return explain_differences(lines, histories(connection, lines, START + 60_000, TODAY))

    return await branch.ledger.read(query)


async def places(branch: Branch, sku: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for location in ("shop", "in-transit"):
        rows = await branch.ledger.read(
            lambda connection, at=location: list_balances(connection, after=(0, 0, 0), limit=9, item=sku, location=at)
        )
        found[location] = sum(row.on_hand for row in rows)
    return found


def test_the_sauce_cannot_go_below_zero_here(tell: Tell) -> None:
    """What left is in transit and nowhere else; what is not there does not leave until a second person says so."""

    async def story(branch: Branch) -> None:
        await branch.item("sauce", unit="kg", weighed=True)
        answers = [await branch.post(body) for body in SAUCE]
        assert [type(answer) for answer in answers] == [Posted, Posted, Posted, Waiting]
        assert await places(branch, "sauce") == {"shop": 3_000, "in-transit": 12_000}
        told = await ask(branch, "sauce")
        assert (told.below, told.first_below) == (None, None)

    tell(story)


def test_the_sauce_of_another_system_is_explained(tell: Tell) -> None:
    """Taken over as history, with the figure as it was there: both transfers are named, and what gives them back."""

    async def story(branch: Branch) -> None:
        branch.shop.policy = LENIENT
        await branch.item("sauce", unit="kg", weighed=True)
        for body in SAUCE:
            assert isinstance(await branch.post(body), Posted)
        told = await ask(branch, "sauce")
        assert told.below is not None
        assert (told.below.number, told.below.balance, told.lowest) == ("TO-000002", -12_000, -12_000)
        first = told.causes[0]
        assert first.code is CauseCode.TRANSFER_NOT_ARRIVED
        assert {one.number for one in first.documents} == {"TO-000001", "TO-000002"}
        assert {one.facts["quantity"] for one in first.evidence} == {"12", "15"}
        assert isinstance(first.mend, CancelTransfer)

    tell(story)


def test_a_count_names_the_box_that_was_booked_as_a_piece(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        await branch.item("tea", packs=[{"unit": "box", "factor": "24"}])
        for unit in ({"unit": "box"}, {"unit": "box"}, {}):
            await branch.post({"type": "goods_receipt", "lines": [{"item": "tea", "quantity": "1"} | unit]})
        count = uuid.uuid4().bytes
        await branch.post({"type": "stock_count", "lines": [{"item": "tea", "counted": "72"}]}, count)
        (off,) = await differences(branch, count)
        assert (off.counted.difference, off.kind) == (23_000, DifferenceKind.SURPLUS)
        assert (off.causes[0].code, off.causes[0].documents[0].number) == (CauseCode.WRONG_PACK_FACTOR, "GR-000003")
        told = await ask(branch, "tea")
        assert (told.gap.exact, told.causes[0].code) == (23_000, CauseCode.WRONG_PACK_FACTOR)

    tell(story)


def test_mirrored_differences_of_a_sheet_are_a_mix_up(tell: Tell) -> None:
    """Siblings, and lots of one item."""

    async def story(branch: Branch) -> None:
        await branch.item("tea-a", name="Tea black", category="Tea")
        await branch.item("tea-b", name="Tea green", category="Tea")
        await branch.item("ham", tracking="lot")
        lines = [{"item": "tea-a", "quantity": "40"}, {"item": "tea-b", "quantity": "40"}]
        lots = [{"item": "ham", "quantity": "9", "lot": lot} for lot in ("L1", "L2")]
        await branch.post({"type": "opening_balance", "lines": lines + lots})
        count = uuid.uuid4().bytes
        counted = [
            {"item": "tea-a", "counted": "47"}, {"item": "tea-b", "counted": "33"},
            {"item": "ham", "counted": "7", "lot": "L1"}, {"item": "ham", "counted": "11", "lot": "L2"},
        ]  # fmt: skip
        await branch.post({"type": "stock_count", "lines": counted}, count)
        found = await differences(branch, count)
        assert [one.kind for one in found] == [DifferenceKind.MIX_UP] * 4
        assert [(one.causes[0].code, one.causes[0].other) for one in found] == [
            (CauseCode.SWAPPED_SIBLING, "tea-b"), (CauseCode.SWAPPED_SIBLING, "tea-a"),
            (CauseCode.SWAPPED_LOT, "L2"), (CauseCode.SWAPPED_LOT, "L1"),
        ]  # fmt: skip

    tell(story)


def test_goods_at_another_place_of_the_branch_are_found(tell: Tell) -> None:
    async def story(branch: Branch) -> None:
        branch.shop.policy = LENIENT
        await branch.item("tea")
        await branch.post(
            {"type": "goods_receipt", "lines": [{"item": "tea", "quantity": "24", "location": "stockroom"}]}
        )
        await branch.post({"type": "sale", "lines": [{"item": "tea", "quantity": "5"}]})
        told = await ask(branch, "tea", "shop")
        assert told.below is not None
        (cause,) = [one for one in told.causes if one.code is CauseCode.OTHER_PLACE]
        assert (cause.other, cause.effect) == ("stockroom", 5_000)
        assert isinstance(cause.mend, PostDocument)
        assert isinstance(await branch.post(msgspec.to_builtins(cause.mend.body)), Posted)
        assert (await places(branch, "tea"))["shop"] == 0

    tell(story)


def test_a_long_history_is_read_to_its_bound(tell: Tell, monkeypatch: object) -> None:
    """What was not read is said to be missing; the first movement below zero is found beyond it."""

    async def story(branch: Branch) -> None:
        branch.shop.policy = LENIENT
        await branch.item("tea")
        await branch.post({"type": "sale", "lines": [{"item": "tea", "quantity": "1"}]})
        for _ in range(12):
            await branch.post({"type": "adjustment", "reason": "found", "lines": [{"item": "tea", "quantity": "1"}]})

        def query(connection: sqlite3.Connection) -> tuple[int, bool, int]:
            history = HistoryReader(connection, START, TODAY).read("tea")
            assert history is not None
            assert history.first_below is not None
            return len(history.steps), history.complete, history.first_below.balance

        assert await branch.ledger.read(query) == (10, False, -1_000)

    monkeypatch.setattr(reading, "STEPS_MAX", 10)  # type: ignore[attr-defined]
    tell(story)


def test_nothing_is_found_by_looking_at_everything(tell: Tell) -> None:
    """No step of reading scans a table: each names an index or walks the journal from its end."""
    seen: list[str] = []

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post({"type": "opening_balance", "lines": [{"item": "tea", "quantity": "1"}]})

        def query(connection: sqlite3.Connection) -> None:
            connection.set_trace_callback(seen.append)
            HistoryReader(connection, START, TODAY).read("tea")
            connection.set_trace_callback(None)
            for statement in {one for one in seen if one.lstrip().startswith(("SELECT", "WITH"))}:
                plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
                scans = [step for step in plan if step.startswith("SCAN") and "USING" not in step]
                assert not [step for step in scans if step.split()[1] not in ALLOWED], (statement, plan)

        await branch.ledger.read(query)

    tell(story)


ALLOWED = {"walk", "CONSTANT", "journal", "(subquery-1)", "locations"}
"""Walks of bounded length, the newest entries of the journal, and the handful of places."""
