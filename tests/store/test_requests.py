"""Requests for approval: for exactly what was sent, decided by somebody else, for a time, and posted with the decision or not at all."""

import sqlite3
import uuid
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.policy import Role
from gateway.domain.posting import Approver, Rejected
from gateway.store.documents import load_document
from gateway.store.pending import PendingState, count_pending, expire_pending, find_pending
from gateway.store.session import LedgerSession, Posted
from gateway.store.verify import verify_site
from gateway.use_cases import decide_pending as deciding
from gateway.use_cases.decide_pending import NotPending, approve, refuse
from gateway.use_cases.post_document import Conflict, Exists, Waiting
from gateway.use_cases.shop import Poster
from tests.store.conftest import START, Branch

Tell = Callable[[Callable[[Branch], Coroutine[Any, Any, None]]], None]
LIN = Poster("lin", "cashier")
CHEN = Approver("chen", Role.MANAGER, "counted")
ID = uuid.UUID(int=77).bytes
DAY = 24 * 3600 * 1000
BODY = {"type": "sale", "lines": [{"item": "tea", "quantity": "2"}]}


async def asked(branch: Branch) -> None:
    """A sale of what the book does not have waits for a person."""
    await branch.item("tea")
    assert isinstance(await branch.post(BODY, ID, LIN), Waiting)


def codes(outcome: Any) -> list[tuple[str, str]]:
    assert isinstance(outcome, Rejected), outcome
    return [(fault.path, fault.code) for fault in outcome.faults]


def test_an_approval_is_for_exactly_what_was_sent(tell: Tell) -> None:
    """Other content under the id conflicts while it waits, with and without a PIN, and what is approved is what was asked."""

    async def story(branch: Branch) -> None:
        await asked(branch)
        other = {"type": "sale", "lines": [{"item": "tea", "quantity": "200"}]}
        assert isinstance(await branch.post(other, ID, LIN), Conflict)
        assert isinstance(await branch.post(other, ID, LIN, CHEN), Conflict)
        assert isinstance(await approve(branch.shop, ID, CHEN), Posted)
        stored = await branch.ledger.read(lambda connection: load_document(connection, ID))
        assert stored is not None
        assert [line.quantity for line in stored.event.lines] == [2_000]
        assert isinstance(await branch.post(other, ID, LIN, CHEN), Conflict)

    tell(story)


def test_what_nobody_could_post_does_not_wait(tell: Tell) -> None:
    """A document that no replication event could carry is refused when it is asked for, not when it is approved."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        lines = [
            {"item": "tea", "quantity": "1", "location": f"shelf-{number}", "lot": f"{number:03d}" + "批" * 60}
            for number in range(500)
        ]
        asked = await branch.post({"type": "opening_balance", "lines": lines}, ID, LIN)
        assert codes(asked) == [("", "document_too_large")]
        assert await branch.ledger.read(count_pending) == 0

    tell(story)


def test_who_asked_does_not_decide_whoever_sends_it_again(tell: Tell) -> None:
    """Not in the queue, not with a PIN of their own, and not with that PIN under a colleague's name."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        chen, wu = Poster("chen", "manager"), Poster("wu", "manager")
        assert isinstance(await branch.post(BODY, ID, chen), Waiting)
        assert codes(await approve(branch.shop, ID, CHEN)) == [("", "own_request")]
        for poster in (chen, wu):
            assert codes(await branch.post(BODY, ID, poster, CHEN)) == [("approval.person", "own_request")]
        fresh = await branch.post(BODY, None, chen, CHEN)
        assert codes(fresh) == [("approval.person", "own_request")]
        assert isinstance(await branch.post(BODY, ID, wu, Approver("li", Role.MANAGER, "ok")), Posted)

    tell(story)


def test_who_may_not_approve_decides_nothing_whose_cause_is_gone(tell: Tell) -> None:
    """The shelf was filled meanwhile, so that policy would ask nobody any more: a cashier still posts nothing."""

    async def story(branch: Branch) -> None:
        await asked(branch)
        await branch.post({"type": "opening_balance", "lines": [{"item": "tea", "quantity": "10"}]})
        wu = Approver("wu", Role.CASHIER, "it is there now")
        assert codes(await approve(branch.shop, ID, wu)) == [("", "may_not_approve")]
        assert isinstance(await approve(branch.shop, ID, CHEN), Posted)

    tell(story)


def test_a_request_expires_and_its_id_is_spent(tell: Tell) -> None:
    """After seven days nobody can decide it, whether or not its row was cleaned; the document is entered anew under a new id."""

    async def story(branch: Branch) -> None:
        await asked(branch)
        branch.shop.clock = lambda: START + 7 * DAY - 1
        found = await branch.ledger.read(lambda connection: find_pending(connection, ID, branch.shop.clock()))
        assert found is not None
        assert (found.state, found.expires_at) == (PendingState.WAITING, START + 7 * DAY)
        branch.shop.clock = lambda: START + 7 * DAY
        for _ in range(2):
            assert await approve(branch.shop, ID, CHEN) == NotPending(PendingState.EXPIRED)
            refused = await refuse(branch.shop, ID, person="chen", role="manager", reason="no")
            assert refused == NotPending(PendingState.EXPIRED)
            assert codes(await branch.post(BODY, ID, LIN)) == [("", "request_expired")]
            assert codes(await branch.post(BODY, ID, LIN, CHEN)) == [("", "request_expired")]
            await branch.ledger.write(lambda session: expire_pending(session.connection, branch.shop.clock()))
        assert await branch.ledger.read(count_pending) == 0
        assert isinstance(await branch.post(BODY, None, LIN), Waiting)

    tell(story)


class _PowerCut(Exception):
    """The transaction ends here."""


@pytest.mark.parametrize("by_queue", [True, False])
def test_nothing_stays_between_approved_and_posted(
    tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_queue: bool
) -> None:
    """A fault between the posting and the decision takes both back; tried again, both are there."""
    from gateway.use_cases import post_document as posting

    room = deciding if by_queue else posting

    def cut(*_: Any, **__: Any) -> None:
        raise _PowerCut

    async def try_it(branch: Branch) -> Any:
        return await (approve(branch.shop, ID, CHEN) if by_queue else branch.post(BODY, ID, LIN, CHEN))

    async def story(branch: Branch) -> None:
        await asked(branch)
        with monkeypatch.context() as patched:
            patched.setattr(room, "decide_pending", cut)
            with pytest.raises(_PowerCut):
                await try_it(branch)

        def standing(connection: sqlite3.Connection) -> tuple[Any, ...]:
            found = find_pending(connection, ID, START)
            return load_document(connection, ID), found and found.state

        assert await branch.ledger.read(standing) == (None, PendingState.WAITING)
        assert await branch.ledger.write(_on_hand) == 0
        assert isinstance(await try_it(branch), Posted)
        stored, state = await branch.ledger.read(standing)
        assert stored is not None
        assert state is PendingState.APPROVED
        assert isinstance(await branch.post(BODY, ID, LIN), Exists)

    tell(story)
    assert verify_site(tmp_path).differences == ()


def _on_hand(session: LedgerSession) -> int:
    return session.on_hand("tea", "shop", "")
