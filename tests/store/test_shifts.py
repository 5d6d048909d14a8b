"""The shift book: every drawer's takings add up to its documents, are counted, and verify against the journal."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.policy import Answer, Breach, PolicyRule, Role
from gateway.domain.posting import Approver, Rejected
from gateway.domain.shifts import CASH, UNTOLD, Shift
from gateway.store.documents import load_document
from gateway.store.ledger import LEDGER_FILE
from gateway.store.pending import count_pending
from gateway.store.session import LedgerSession, Posted
from gateway.store.shifts import list_shifts
from gateway.store.verify import verify_site
from gateway.use_cases.open_drawer import note_drawer_opening
from gateway.use_cases.post_document import Refused, Waiting
from gateway.use_cases.shop import Poster
from tests.store.conftest import Branch, open_branch

Tell = Callable[[Callable[[Branch], Coroutine[Any, Any, None]]], None]
LIN = Poster("lin", "cashier")
CHEN = Approver("chen", Role.MANAGER, "seen")
TILL = {"station": "till-1"}


def sale(amount: int = 250, *tenders: tuple[str, int], **more: Any) -> dict[str, Any]:
    paid = [{"type": kind, "amount": paid} for kind, paid in tenders]
    body = {"type": "sale", "lines": [{"item": "tea", "quantity": "1", "price": amount}], **TILL, **more}
    return body | ({"tenders": paid} if paid else {})


def cash(direction: str, amount: int = 0, **more: Any) -> dict[str, Any]:
    body = {"type": "cash_movement", "direction": direction, "reason": "bank", **TILL, **more}
    return body | ({"amount": amount} if amount else {})


def close(**counted: int) -> dict[str, Any]:
    return {"type": "shift_close", "counted": [{"type": kind, "amount": one} for kind, one in counted.items()], **TILL}


async def post(branch: Branch, body: dict[str, Any], document_id: bytes | None = None) -> Posted:
    outcome = await branch.post(body, document_id, approver=CHEN)
    assert isinstance(outcome, Posted), outcome
    return outcome


async def shifts(branch: Branch) -> list[Shift]:
    """Newest first."""
    rows = await branch.ledger.read(lambda connection: list_shifts(connection, before=2**62, limit=1000))
    return [row.shift for row in rows]


def codes(outcome: Any) -> list[str]:
    assert isinstance(outcome, Rejected | Refused), outcome
    return [fault.code for fault in outcome.faults]


async def stocked(branch: Branch) -> None:
    await branch.item("tea")
    await branch.post({"type": "opening_balance", "lines": [{"item": "tea", "quantity": "1000"}]})


def test_a_day_at_a_till_from_float_to_z(tell: Tell, tmp_path: Path) -> None:
    """Float, sales in two tenders with change, a return, cash to the bank; 3.00 are missing, and the Z report says so."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        await post(branch, {"type": "shift_open", "float": 20_000, **TILL})
        await post(branch, sale(650, ("cash", 1_000)))
        await post(branch, sale(900, ("card", 500), ("cash", 400)))
        sold = await post(branch, sale(300, ("qr", 300)))
        back = {"type": "sale_return", "original": str(uuid.UUID(bytes=sold.id)), **TILL,
                "lines": [{"item": "tea", "quantity": "1"}], "tenders": [{"type": "cash", "amount": 300}]}  # fmt: skip
        await post(branch, back)
        await post(branch, cash("out", 15_000))
        await post(branch, cash("no_sale"))
        (shift,) = await shifts(branch)
        assert shift.expected(CASH) == 20_000 + 650 + 400 - 300 - 15_000
        assert (shift.expected("card"), shift.expected("qr"), shift.figures.no_sales) == (500, 300, 1)
        closed = await post(branch, close(cash=5_450, card=500, qr=300))
        stored = await branch.ledger.read(lambda connection: load_document(connection, closed.id))
        assert stored is not None
        assert stored.event.detail is not None
        more = stored.event.detail.more
        assert more is not None
        assert (more.z, {one.type.value: one.amount for one in more.due}) == (
            1,
            {"cash": 5_750, "card": 500, "qr": 300},
        )
        (shift,) = await shifts(branch)
        assert (shift.z, shift.closed_by) == (1, "admin")

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_the_first_sale_opens_a_shift_by_itself_and_stays_one_entry(tell: Tell) -> None:
    """Nothing is appended beside it; a document without a station is in no drawer; each station has its own."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        first = await post(branch, sale(250, ("cash", 250)))
        second = await post(branch, sale(250, ("cash", 250)))
        assert second.seq == first.seq + 1
        await post(branch, sale(250, ("cash", 250), station="till-2"))
        nowhere = sale(250, ("cash", 250))
        del nowhere["station"]
        await post(branch, nowhere)
        found = await shifts(branch)
        assert [(one.station, one.by_itself, one.expected(CASH)) for one in found] == [
            ("till-2", True, 250), ("till-1", True, 500),
        ]  # fmt: skip
        assert codes(await branch.post({"type": "shift_open", **TILL})) == ["shift_already_open"]

    tell(story)


def test_z_numbers_have_no_gaps_at_a_station(tell: Tell) -> None:
    """Each station counts its own; a refused close takes no number."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        assert codes(await branch.post(close(cash=0))) == ["no_open_shift"]
        for _ in range(3):
            await post(branch, sale(250, ("cash", 250)))
            await post(branch, close(cash=250))
            assert codes(await branch.post(close(cash=250))) == ["no_open_shift"]
        await post(branch, sale(250, ("cash", 250), station="till-2"))
        await post(branch, close(cash=250) | {"station": "till-2"})
        assert [(one.station, one.z) for one in await shifts(branch)] == [
            ("till-2", 1), ("till-1", 3), ("till-1", 2), ("till-1", 1),
        ]  # fmt: skip

    tell(story)


def test_no_more_cash_leaves_the_drawer_than_is_in_it_without_a_word(tell: Tell) -> None:
    """Taking out more than there is needs approval of its own; what is in it is the manager's to take."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        await post(branch, sale(250, ("cash", 250)))
        chen = Poster("chen", "manager")
        waiting = await branch.post(cash("out", 251), poster=chen)
        assert isinstance(waiting, Waiting)
        assert [(one.code, one.facts) for one in waiting.reasons] == [("over_drawer", {"amount": "251"})]
        assert isinstance(await branch.post(cash("out", 250), poster=chen), Posted)
        assert isinstance(await branch.post(cash("in", 250), poster=LIN), Waiting)

    tell(story)


def test_what_makes_no_sense_at_a_drawer_is_refused(tell: Tell) -> None:
    """Each with its own code."""

    async def story(branch: Branch) -> None:
        for body, code in (
            (cash("out", 1) | {"reason": " "}, "reason_required"),
            ({name: value for name, value in cash("in", 1).items() if name != "station"}, "station_required"),
            (cash("no_sale", 5), "amount_of_no_sale"),
            (cash("in"), "amount_out_of_range"),
            (close() | {"counted": [{"type": "cash", "amount": 1}] * 2}, "tender_twice"),
            ({"type": "shift_close"}, "station_required"),
        ):
            assert codes(await branch.post(body, approver=CHEN)) == [code], body

    tell(story)


@pytest.mark.parametrize("counted_before", [False, True])
def test_a_sale_is_voided_while_its_shift_is_open_and_reversed_afterwards(tell: Tell, counted_before: bool) -> None:
    """The money comes out of the drawer that is open now; either way the sales of the first drawer stay what they were."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        sold = await post(branch, sale(650, ("cash", 1_000)))
        if counted_before:
            await post(branch, close(cash=650))
        body = {"type": "reversal", "original": str(uuid.UUID(bytes=sold.id)), "reason": "typed twice", **TILL}
        waiting = await branch.post(body, poster=LIN)
        assert isinstance(waiting, Waiting)
        assert [one.code for one in waiting.reasons] == ["reversal" if counted_before else "void"]
        await post(branch, body)
        newest = (await shifts(branch))[0]
        assert newest.expected(CASH) == (-650 if counted_before else 0)
        assert newest.figures.voids == 1

    tell(story)


def test_a_shift_changed_in_the_file_is_found(tell: Tell, tmp_path: Path) -> None:
    """The journal is the authority of the shift book too."""
    import sqlite3

    async def story(branch: Branch) -> None:
        await stocked(branch)
        await post(branch, sale(250, ("cash", 250)))

    tell(story)
    assert verify_site(tmp_path).clean
    with sqlite3.connect(tmp_path / LEDGER_FILE) as connection:
        connection.execute("DELETE FROM shifts")
    assert [text.split(":")[0] for text in verify_site(tmp_path).differences] == ["shifts"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sale"), st.sampled_from([(), ("cash",), ("card",), ("qr", "cash")]), st.integers(1, 5_000)),
        st.tuples(st.just("return"), st.sampled_from([(), ("cash",), ("card",)]), st.integers(1, 5_000)),
        st.tuples(
            st.sampled_from(["in", "out", "no_sale", "open", "close", "void"]), st.just(()), st.integers(1, 5_000)
        ),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, stations=st.lists(st.sampled_from(["till-1", "till-2"]), min_size=25, max_size=25))
def test_the_takings_of_the_shifts_add_up_to_the_documents(
    tmp_path_factory: Any, steps: list[tuple[str, tuple[str, ...], int]], stations: list[str]
) -> None:
    """Whatever happens at two tills: over all shifts, each tender is what the documents say was paid in less what was paid out."""
    folder: Path = tmp_path_factory.mktemp("shifts")
    paid: dict[str, int] = {}

    async def run() -> None:
        async with open_branch(folder) as branch:
            await stocked(branch)
            sold: list[tuple[bytes, dict[str, int], int]] = []
            for (what, tenders, amount), station in zip(steps, stations, strict=False):
                await step(branch, sold, what, tenders, amount, station)
            found = await shifts(branch)
            for tender in {*paid, CASH}:
                told = sum(shift.expected(tender) for shift in found)
                assert told == paid.get(tender, 0), (tender, steps)
            for station in ("till-1", "till-2"):
                numbers = [shift.z for shift in reversed(found) if shift.station == station and shift.z is not None]
                assert numbers == list(range(1, len(numbers) + 1))

    async def step(
        branch: Branch, sold: list[Any], what: str, tenders: tuple[str, ...], amount: int, station: str
    ) -> None:
        def add(parts: dict[str, int], sign: int) -> None:
            for tender, part in parts.items():
                paid[tender] = paid.get(tender, 0) + sign * part

        if what in {"sale", "return"}:
            parts = {kind: (amount if index == 0 else 0) for index, kind in enumerate(tenders)} or {UNTOLD: amount}
            handed = [(kind, part + (7 if what == "sale" and kind == "cash" else 0)) for kind, part in parts.items()]
            body = sale(amount, *(handed if tenders else ()), station=station)
            if what == "return":
                body["type"] = "sale_return"
            posted = await post(branch, body)
            add(parts, 1 if what == "sale" else -1)
            sold.append((posted.id, parts, 1 if what == "sale" else -1))
        elif what == "void" and sold:
            document_id, parts, sign = sold.pop()
            original = str(uuid.UUID(bytes=document_id))
            await post(branch, {"type": "reversal", "original": original, "reason": "x", "station": station})
            add(parts, -sign)
        elif what in {"in", "out", "no_sale"}:
            await post(branch, cash(what, 0 if what == "no_sale" else amount, station=station))
            add({CASH: 0 if what == "no_sale" else amount}, 1 if what == "in" else -1)
        else:
            body = {"type": "shift_open", "float": amount} if what == "open" else close(cash=amount)
            begun = isinstance(await branch.post(body | {"station": station}), Posted) and what == "open"
            add({CASH: amount if begun else 0}, 1)

    asyncio.run(run())
    assert verify_site(folder).differences == ()


def test_what_an_epoch_sets_aside_leaves_the_shift_book(tell: Tell, tmp_path: Path) -> None:
    """A shift that closed after the ancestor is open again with what it took before; one that began after it is gone."""

    async def story(branch: Branch) -> None:
        await stocked(branch)
        await post(branch, {"type": "shift_open", "float": 1_000, **TILL})
        ancestor = await post(branch, sale(250, ("cash", 250)))
        (before,) = await shifts(branch)
        await post(branch, sale(650, ("card", 650)))
        await post(branch, close(cash=1_250, card=650))
        await post(branch, sale(100, ("cash", 100)))

        def undo(session: LedgerSession) -> None:
            session.flush()
            session.shifts.set_aside(ancestor.seq)
            open_now = session.open_shift("till-1")
            assert open_now == before
            raise _Undone

        with pytest.raises(_Undone):
            await branch.ledger.write(undo)

    tell(story)
    assert verify_site(tmp_path).differences == ()


class _Undone(Exception):
    """The transaction is not kept."""


def test_a_drawer_is_opened_on_a_second_persons_word_only_where_policy_wants_it(tell: Tell) -> None:
    """Warned of for everybody by default; under a rule nothing is left behind without a PIN, and one entry with it."""

    async def story(branch: Branch) -> None:
        free = await note_drawer_opening(branch.shop, LIN, "till-1", "change", None)
        assert isinstance(free, bytes)
        rules = (PolicyRule(Breach.NO_SALE, Answer.APPROVE),)
        branch.shop.policy = msgspec.structs.replace(branch.shop.policy, rules=rules)
        assert codes(await note_drawer_opening(branch.shop, LIN, "till-1", "change", None)) == ["approval_required"]
        own = Approver("lin", Role.MANAGER, "me")
        assert codes(await note_drawer_opening(branch.shop, LIN, "till-1", "change", own)) == ["own_request"]
        assert codes(await note_drawer_opening(branch.shop, LIN, "till-1", " ", CHEN)) == ["reason_required"]
        (shift,) = await shifts(branch)
        assert shift.figures.no_sales == 1
        assert isinstance(await note_drawer_opening(branch.shop, LIN, "till-1", "change", CHEN), bytes)
        (shift,) = await shifts(branch)
        assert (shift.figures.no_sales, shift.expected(CASH)) == (2, 0)
        assert await branch.ledger.read(count_pending) == 0

    tell(story)
