"""Verifying a ledger: whatever was posted folds clean, and whatever somebody changed is named."""

import asyncio
import sqlite3
import tracemalloc
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.policy import Role
from gateway.domain.posting import Approver
from gateway.store.session import Posted
from gateway.store.verify import verify_site
from replication.wire.digest import bucket
from tests.store.conftest import Branch, Story, open_branch
from tests.store.test_posting import opening, sale

Tell = Callable[[Story], None]


def test_verify_tells_what_somebody_changed_behind_our_back(tell: Tell, tmp_path: Path) -> None:
    """A balance, a payload or a movement changed by another tool is found and named."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "10")))
        await branch.post(sale(("tea", "1")))

    tell(story)
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("UPDATE balances SET quantity = quantity + 1 WHERE quantity = 9000")
        connection.execute("UPDATE journal SET payload = CAST(payload || x'00' AS BLOB) WHERE seq = 3")
    connection.close()
    found = "\n".join(verify_site(tmp_path).differences)
    assert "balances: ('tea', 'shop', '')" in found
    assert "the hash of entry 3" in found
    assert "conservation" in found


ITEMS = ("tea", "rice", "milk")
QUANTITIES = st.integers(1, 20_000).map(lambda n: f"{n // 1000}.{n % 1000:03d}")
DOCUMENTS = st.lists(
    st.tuples(
        st.sampled_from(["sale", "goods_receipt", "opening_balance", "adjustment", "sale_return"]),
        st.lists(st.tuples(st.sampled_from(ITEMS), QUANTITIES), min_size=1, max_size=4),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=DOCUMENTS, grouped=st.booleans())
def test_balances_are_the_fold_of_the_journal(
    tmp_path_factory: Any, documents: list[tuple[str, list[tuple[str, str]], bool]], grouped: bool
) -> None:
    """Whatever is posted, in groups or alone, some of it twice: chain, balances, movements and figures verify clean."""
    folder: Path = tmp_path_factory.mktemp("fold")

    async def story() -> None:
        async with open_branch(folder) as branch:
            for sku in ITEMS:
                await branch.item(sku)
            approver = Approver("chen", Role.MANAGER, "property")
            calls = []
            for type_, lines, twice in documents:
                body = sale(*lines) | {"type": type_} | ({"reason": "count"} if type_ == "adjustment" else {})
                document_id = uuid.uuid4().bytes
                calls += [(body, document_id)] * (2 if twice else 1)
            posts = [lambda b=body, i=id_: branch.post(b, i, approver=approver) for body, id_ in calls]
            answers = await asyncio.gather(*(post() for post in posts)) if grouped else [await post() for post in posts]
            assert sum(isinstance(answer, Posted) for answer in answers) == len(documents)

    asyncio.run(story())
    report = verify_site(folder)
    assert report.differences == ()
    assert report.documents == len(documents)


def test_a_digest_that_differs_names_the_buckets(tell: Tell, tmp_path: Path) -> None:
    """The running digest is checked against rows and journal; where these two differ, the bucket of the item is named."""

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.item("rice")
        await branch.post(opening(("tea", "10"), ("rice", "10")))

    tell(story)
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("UPDATE replication SET digest = zeroblob(16)")
    connection.close()
    (found,) = verify_site(tmp_path).differences
    assert found.startswith("digest: running 00000000000000000000000000000000")
    assert "buckets" not in found
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("UPDATE balances SET quantity = -quantity WHERE item_id = 1")
    connection.close()
    assert f"differ in buckets {bucket('tea')} of 256" in "\n".join(verify_site(tmp_path).differences)


def test_memory_does_not_grow_with_the_sales(tell: Tell, tmp_path: Path) -> None:
    """Four times the documents and movements need as much as before: they are compared on the way."""
    peaks: list[int] = []

    async def story(branch: Branch) -> None:
        await branch.item("tea")
        await branch.post(opening(("tea", "99999")))
        for sales in (250, 750):
            await asyncio.gather(*(branch.post(sale(("tea", "1"), ("tea", "2"))) for _ in range(sales)))
            verify_site(tmp_path)
            tracemalloc.start()
            assert verify_site(tmp_path).differences == ()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

    tell(story)
    assert peaks[1] < peaks[0] + 60_000, peaks
