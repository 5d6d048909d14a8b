"""Suppliers and members in the journal: a branch that is joined again has both sides' lists, and verify finds what none said."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

from gateway.domain.import_goods import Partner
from gateway.store.journal import Journal
from gateway.store.partners import MEMBER, SUPPLIER, list_partners
from gateway.store.verify import verify_site
from gateway.use_cases.put_partner import put_partner
from tests.store.conftest import Branch
from tests.store.test_backup import STOCK
from tests.store.two_devices import entries, join, live, offer, open_branch


async def put(branch: Branch, kind: str, code: str, name: str, phone: str | None = None) -> int | None:
    partner = Partner(code, name, phone=phone)
    return await branch.ledger.write(lambda session: put_partner(session, kind, partner, person="lin", at=1))


async def names(branch: Branch, kind: str) -> list[tuple[str, str, str | None]]:
    found = await branch.ledger.read(lambda connection: list_partners(connection, kind, after="", limit=9))
    return [(one.code, one.name, one.phone) for one in found]


def test_a_list_has_the_newest_of_each_and_the_same_again_is_no_entry(tell: Any, tmp_path: Path) -> None:
    async def story(branch: Branch) -> None:
        assert await put(branch, SUPPLIER, "b", "Mill") is not None
        assert await put(branch, SUPPLIER, "a", "Farm") is not None
        assert await put(branch, MEMBER, "a", "Wang", "139") is not None
        assert await put(branch, SUPPLIER, "b", "Mill", "0571") is not None
        assert await put(branch, SUPPLIER, "b", "Mill", "0571") is None
        assert await names(branch, SUPPLIER) == [("a", "Farm", None), ("b", "Mill", "0571")]
        assert await names(branch, MEMBER) == [("a", "Wang", "139")]

    tell(story)
    assert verify_site(tmp_path).differences == ()


def test_a_branch_that_is_joined_again_has_what_headquarters_holds_and_its_own(tmp_path: Path) -> None:
    """As after an old backup: what was written since comes back, and what was written here meanwhile counts last."""
    own, other = tmp_path / "own", tmp_path / "other"
    parted = live(own, STOCK)
    shutil.copytree(own, other)

    async def elsewhere() -> Any:
        async with open_branch(other) as branch:
            await put(branch, MEMBER, "wang", "Wang")
            await put(branch, SUPPLIER, "mill", "Mill", "0571")
            return await Journal(branch.ledger).head()

    async def here() -> None:
        async with open_branch(own) as branch:
            await put(branch, SUPPLIER, "mill", "New mill")

    held_at = asyncio.run(elsewhere())
    asyncio.run(here())
    held = entries(other, parted.seq)

    async def together() -> None:
        async with open_branch(own) as branch:
            await join(branch, offer(parted, held_at, epoch=2, base_seq=1000), held)
            assert await names(branch, MEMBER) == [("wang", "Wang", None)]
            assert await names(branch, SUPPLIER) == [("mill", "New mill", None)]

    asyncio.run(together())
    assert verify_site(own).differences == ()


def test_a_row_that_the_journal_does_not_say_is_found(tell: Any, tmp_path: Path) -> None:
    async def story(branch: Branch) -> None:
        await put(branch, MEMBER, "wang", "Wang")
        await branch.ledger.write(lambda session: session.connection.execute("UPDATE partners SET person = 'nobody'"))

    tell(story)
    (difference,) = verify_site(tmp_path).differences
    assert difference.startswith("partners:")
