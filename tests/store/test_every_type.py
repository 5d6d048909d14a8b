"""Documents of every type, at random: the ledger stays the fold of its journal, and nothing is made or lost on the way."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.policy import Role
from gateway.domain.posting import Approver, Rejected
from gateway.domain.recipe_entry import RecipeEntry
from gateway.store.session import Posted
from gateway.store.verify import verify_site
from gateway.use_cases.post_document import Exists
from gateway.use_cases.put_recipe import RecipeStored, put_recipe
from tests.store.conftest import ADMIN, Branch, open_branch
from tests.store.full_day import follow

ITEMS = ("tea", "rice", "milk")
QUANTITIES = st.integers(1, 20_000).map(lambda n: f"{n // 1000}.{n % 1000:03d}")
PLACES = st.sampled_from(["shop", "back", "inspection", "rejected"])


def lines_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    line = st.fixed_dictionaries({"item": st.sampled_from(ITEMS), "quantity": QUANTITIES, **fields})
    return st.lists(line, min_size=1, max_size=3)


def body_of(
    type_: str, lines: st.SearchStrategy[Any] | None = None, **fields: Any
) -> st.SearchStrategy[dict[str, Any]]:
    whole = {"type": st.just(type_)} | {name: st.just(value) for name, value in fields.items()}
    return st.fixed_dictionaries(whole if lines is None else whole | {"lines": lines})


COUNTED = st.lists(
    st.fixed_dictionaries(
        {"item": st.sampled_from(ITEMS), "counted": QUANTITIES}, optional={"at_seq": st.integers(0, 3), "location": PLACES}
    ),
    min_size=1, max_size=3, unique_by=lambda line: (line["item"], line.get("location", "shop")),
)  # fmt: skip
MADE = st.tuples(
    lines_of(role=st.just("component")), lines_of(role=st.sampled_from(["output", "by_product", "scrap"]))
).map(lambda parts: [*parts[0], *parts[1], {"item": "tea", "quantity": "1", "role": "output"}])
DISHES = st.lists(
    st.fixed_dictionaries({"item": st.sampled_from(["dish", "sauce", "tea"]), "quantity": QUANTITIES}),
    min_size=1,
    max_size=4,
)
BAKED = st.tuples(QUANTITIES).map(lambda one: [{"item": "loaf", "quantity": one[0], "role": "output"}])
MOVED = lines_of(location=st.sampled_from(["shop", "inspection"]), to=st.sampled_from(["back", "rejected"]))
DOCUMENTS = st.one_of(
    body_of("sale", lines_of()),
    body_of("sale_return", lines_of(disposition=st.sampled_from(["restock", "scrap", "inspect"]))),
    body_of("purchase_order", lines_of(cost=st.integers(0, 900)), supplier="Wu", currency="USD", rate="7.12"),
    body_of("goods_receipt", lines_of(damaged=QUANTITIES, inspect=st.booleans()), supplier="Wu"),
    body_of("quality_inspection", lines_of(result=st.sampled_from(["passed", "rejected"]))),
    body_of("supplier_return", lines_of(), reason="damaged"),
    body_of("requisition", lines_of()),
    body_of("stock_move", MOVED),
    body_of("internal_issue", lines_of(location=PLACES), reason="tasting", purpose="sample"),
    body_of("write_off", lines_of(location=PLACES), reason="broken"),
    body_of("production", MADE, recipe="r1"),
    body_of("production", BAKED, recipe="loaf"),
    body_of("production", BAKED, recipe="loaf", unbuild=True),
    body_of("sale", DISHES),
    body_of("sale_return", DISHES),
    body_of("stock_count", COUNTED),
    body_of("adjustment", lines_of(), reason="wrong"),
    body_of("opening_balance", lines_of(location=PLACES)),
    body_of("cash_movement", direction="out", amount=500, reason="bank", station="till-1"),
    body_of("shift_open", float=100, station="till-1"),
    body_of("shift_close", counted=[{"type": "cash", "amount": 5}], station="till-1"),
)
NO_SUCH_SHIFT = {"shift_already_open", "no_open_shift"}
NOT_REVERSIBLE = {"cash_movement", "shift_open", "shift_close"}


async def menu(branch: Branch) -> None:
    """A dish over two levels, made as it is sold, and a loaf that is produced; all of thirds and sevenths."""
    for sku in (*ITEMS, "dish", "sauce", "loaf"):
        await branch.item(sku)
    for code, parts, more in (
        ("sauce", {"milk": "0.1", "rice": "0.033"}, {"output": "0.7", "deplete_on": "sale", "good": 9100}),
        ("dish", {"sauce": "0.05", "tea": "0.333"}, {"output": "3", "deplete_on": "sale"}),
        (
            "loaf",
            {"rice": "2", "sauce": "1"},
            {"output": "7", "by_products": [{"item": "tea", "quantity": "0.1", "share": 900}]},
        ),
    ):
        body = {"components": [{"item": item, "quantity": quantity} for item, quantity in parts.items()]} | more
        assert isinstance(await put_recipe(branch.shop, ADMIN, code, msgspec.convert(body, RecipeEntry)), RecipeStored)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(st.tuples(DOCUMENTS, st.booleans()), min_size=1, max_size=20))
def test_whatever_is_posted_the_ledger_is_the_fold_of_its_journal(
    tmp_path_factory: Any, documents: list[tuple[dict[str, Any], bool]]
) -> None:
    """Posted twice is posted once; some are taken back, once; every item sums to zero over all places, and all verifies."""
    folder: Path = tmp_path_factory.mktemp("types")
    posted = 0

    async def story() -> None:
        nonlocal posted
        async with open_branch(folder) as branch:
            await menu(branch)
            approver = Approver("chen", Role.MANAGER, "property")
            for body, taken_back in documents:
                document_id = uuid.uuid4().bytes
                outcome = await branch.post(body, document_id, approver=approver)
                if isinstance(outcome, Rejected) and {one.code for one in outcome.faults} <= NO_SUCH_SHIFT:
                    continue
                assert isinstance(outcome, Posted), body
                assert isinstance(await branch.post(body, document_id), Exists)
                posted += 1
                if taken_back and body["type"] not in NOT_REVERSIBLE:
                    reversal = {"type": "reversal", "original": str(uuid.UUID(bytes=document_id)), "reason": "wrong"}
                    assert isinstance(await branch.post(reversal, approver=approver), Posted), body
                    assert not isinstance(await branch.post(reversal, approver=approver), Posted)
                    posted += 1
            await follow(branch)

    asyncio.run(story())
    report = verify_site(folder)
    assert report.differences == ()
    assert report.documents == posted


def test_a_count_is_compared_with_the_book_of_its_moment(tell: Any, tmp_path: Path) -> None:
    """Ten stood there, seven were counted, two were sold since: three are missing, and five are left."""
    left: list[int] = []

    async def story(branch: Any) -> None:
        await branch.item("tea")
        opening = await branch.post({"type": "opening_balance", "lines": [{"item": "tea", "quantity": "10"}]})
        await branch.post({"type": "sale", "lines": [{"item": "tea", "quantity": "2"}]})
        lines = [{"item": "tea", "counted": "7", "at_seq": opening.seq}]
        assert isinstance(await branch.post({"type": "stock_count", "lines": lines}), Posted)
        left.append(await branch.ledger.write(lambda session: session.on_hand("tea", "shop", "")))

    tell(story)
    assert left == [5_000]
    assert verify_site(tmp_path).differences == ()


def test_the_takings_fall_when_a_sale_is_taken_back(tell: Any, tmp_path: Path) -> None:
    """A void takes the sale out of its day's figures, and its goods are on the shelf again."""
    figures: list[Any] = []

    async def story(branch: Any) -> None:
        await branch.item("tea")
        await branch.post({"type": "opening_balance", "lines": [{"item": "tea", "quantity": "10"}]})
        sale = uuid.uuid4()
        body = {
            "type": "sale",
            "lines": [{"item": "tea", "quantity": "2"}],
            "tenders": [{"type": "cash", "amount": 1000}],
        }
        await branch.post(body, sale.bytes)
        void = await branch.post({"type": "reversal", "original": str(sale), "reason": "typed twice"})
        assert (void.total, void.change) == (-500, 0)
        figures.append(await branch.ledger.write(lambda session: session.on_hand("tea", "shop", "")))
        query = "SELECT sum(sales), sum(sales_total) FROM slots"
        figures.append(await branch.ledger.read(lambda connection: connection.execute(query).fetchone()))

    tell(story)
    assert figures == [10_000, (0, 0)]
    assert verify_site(tmp_path).differences == ()
