"""What the writer keeps of balances in memory is what the file says, whatever was let go or taken back in between."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gateway.domain.document import Body
from gateway.domain.draft import Draft, read_draft
from gateway.domain.policy import GENERAL, Role
from gateway.domain.posting import Posting, Terms, plan
from gateway.store import shelves
from gateway.store.session import LedgerSession, Posted
from gateway.store.verify import verify_site
from gateway.use_cases.post_document import append
from tests.store.conftest import Branch, Story
from tests.store.test_posting import opening, sale
from tests.store.test_worths import line, posted

Tell = Callable[[Story], None]


async def a_day(branch: Branch) -> None:
    """Goods of two kinds come, go to a place nobody used before, and are sold, some of them in one document twice."""
    await branch.item("tea")
    await branch.item("ham", tracking="lot")
    await branch.post(opening(("tea", "10")))
    await posted(branch, "goods_receipt", line("ham", "3", lot="L1"), line("tea", "5"))
    await posted(branch, "stock_move", line("tea", "4", to="back"), line("ham", "1", lot="L1", to="back"))
    await branch.post(sale(("tea", "1"), ("tea", "2")))
    await posted(branch, "stock_move", line("tea", "1", location="back", to="shop"))
    await branch.post(sale(("tea", "1")))


def test_what_is_met_again_is_as_it_was_left(tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for nothing, every document reads what the one before it wrote."""
    monkeypatch.setattr(shelves, "CACHED_BALANCES_MAX", 0)
    tell(a_day)
    assert verify_site(tmp_path).differences == ()


def test_what_was_taken_back_leaves_no_trace(tell: Tell, tmp_path: Path) -> None:
    """A command that fails after its document was written takes a new place, a lot and a total with it."""

    async def story(branch: Branch) -> None:
        await a_day(branch)

        def fails(session: LedgerSession) -> None:
            body = {
                "type": "stock_move",
                "lines": [line("tea", "7", to="attic"), line("ham", "1", lot="L1", to="attic")],
            }
            draft = read_draft(b"\x07" * 16, msgspec.convert(body, Body))
            assert isinstance(draft, Draft)
            planned = plan(draft, session, Terms("admin", Role.ADMIN, GENERAL))
            assert isinstance(planned, Posting)
            assert isinstance(append(session, draft, planned, "admin", None, None), Posted)
            session.flush()
            raise ValueError("after all")

        with pytest.raises(ValueError, match="after all"):
            await branch.ledger.write(fails)
        before = branch.ledger.writer.session.on_shelf("tea")
        await a_day(branch)
        await posted(branch, "stock_move", line("tea", "1", to="attic"))
        after = branch.ledger.writer.session.on_shelf("tea")
        assert before is not None
        assert after is not None
        assert after[1] - before[1] == 7_000

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_what_an_item_has_over_all_places_is_asked_by_its_key(tell: Tell) -> None:
    """It stands among the balances, and no list of items reads all of them for it."""

    async def story(branch: Branch) -> None:
        await a_day(branch)
        plan = await branch.ledger.read(
            lambda connection: connection.execute(
                "EXPLAIN QUERY PLAN SELECT sku, total FROM items LEFT JOIN item_totals USING (item_id)"
            ).fetchall()
        )
        assert [row[3] for row in plan if "balances" in row[3]] == [
            "SEARCH balances USING PRIMARY KEY (item_id=? AND location_id=? AND lot_id=?) LEFT-JOIN"
        ]

    tell(story)
