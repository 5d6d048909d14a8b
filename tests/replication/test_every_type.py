"""A document of every type, posted at a real branch and applied at headquarters: both hold the same."""

import uuid
from pathlib import Path

import msgspec
import pytest

from gateway.domain.import_goods import Partner
from gateway.domain.recipe_entry import RecipeEntry
from gateway.store.journal import Journal
from gateway.store.session import Posted
from gateway.store.verify import verify_site as verify_branch
from gateway.use_cases.put_partner import put_partner
from gateway.use_cases.put_recipe import RecipeStored, put_recipe
from gateway.web.examples import DOCUMENTS, ITEM, RECEIPT_ID, SALE_ID, SKU, WRITE_OFF_ID
from replication.headquarters.stores.sqlite.queries import PLACE_MAX, list_documents, list_stock
from replication.headquarters.stores.verify import verify_site as verify_headquarters
from replication.wire.envelope import pack_batch, read_envelope, unpack_entries
from replication.wire.events import EventKind
from tests.replication.test_store import Desk
from tests.store.conftest import ADMIN, open_branch

pytestmark = pytest.mark.anyio
NAMED = {"sale": SALE_ID, "goods_receipt": RECEIPT_ID, "write_off": WRITE_OFF_ID}


async def test_headquarters_holds_of_every_type_what_the_branch_holds(tmp_path: Path) -> None:
    """Every document arrives; on hand and available are the branch's, which has goods neither inspected nor accepted."""
    office = Desk(tmp_path / "hq")
    async with open_branch(tmp_path / "branch") as branch:
        await branch.item(SKU, **msgspec.to_builtins(ITEM))
        for type_, body in DOCUMENTS.items():
            document_id = uuid.UUID(NAMED[type_]) if type_ in NAMED else uuid.uuid4()
            posted = await branch.post(msgspec.to_builtins(body), document_id.bytes)
            assert isinstance(posted, Posted), (type_, posted)
        run = await Journal(branch.ledger).entries_after(0, 1000, 1_000_000)
        assert run is not None
        entries = [entry for entry, _ in run.entries]
        batch = pack_batch(
            "b001", entries, run.previous, run.entries[-1][1], head_seq=entries[-1].seq, boot_id=bytes(8), sent_at=0
        )
        await office.apply(office.raw("b001", batch))
        assert await office.applied("b001") == entries[-1].seq
        held = await branch.ledger.read(
            lambda connection: connection.execute(
                "SELECT l.name, sum(quantity) FROM balances JOIN locations l USING (location_id) GROUP BY l.name"
            ).fetchall()
        )
    (stock,) = await office.store.read(lambda c: list_stock(c, after=("", 0, ""), limit=9, branch="b001"))
    documents = await office.store.read(lambda c: list_documents(c, before=PLACE_MAX, limit=99, branch="b001"))
    await office.store.close()
    at = dict(held)
    assert {row.type for row in documents} == set(DOCUMENTS)
    assert at["inspection"] > 0 or at["rejected"] > 0
    assert stock.on_hand == sum(at.get(place, 0) for place in ("shop", "stockroom", "inspection", "rejected"))
    assert stock.available == at["shop"] + at["stockroom"]
    assert verify_branch(tmp_path / "branch").differences == ()
    assert verify_headquarters(tmp_path / "hq").differences == ()


async def test_headquarters_keeps_a_recipe_and_a_supplier_for_their_branch(tmp_path: Path) -> None:
    """It moves nothing there, and stops nothing; a dish's components are where the branch has them, and a pull has its bytes."""
    office = Desk(tmp_path / "hq")
    async with open_branch(tmp_path / "branch") as branch:
        for sku in ("flour", "noodles"):
            await branch.item(sku)
        entry = msgspec.convert(
            {"components": [{"item": "flour", "quantity": "0.15"}], "deplete_on": "sale"}, RecipeEntry
        )
        assert isinstance(await put_recipe(branch.shop, ADMIN, "noodles", entry), RecipeStored)
        await branch.ledger.write(
            lambda session: put_partner(session, "suppliers", Partner("mill", "Mill"), person="lin", at=1)
        )
        await branch.post({"type": "opening_balance", "lines": [{"item": "flour", "quantity": "9"}]})
        assert isinstance(await branch.post({"type": "sale", "lines": [{"item": "noodles", "quantity": "2"}]}), Posted)
        run = await Journal(branch.ledger).entries_after(0, 1000, 1_000_000)
        assert run is not None
        entries = [entry for entry, _ in run.entries]
        batch = pack_batch(
            "b001", entries, run.previous, run.entries[-1][1], head_seq=entries[-1].seq, boot_id=bytes(8), sent_at=0
        )
        await office.apply(office.raw("b001", batch))
        assert await office.applied("b001") == entries[-1].seq
    stock = await office.store.read(lambda c: list_stock(c, after=("", 0, ""), limit=9, branch="b001"))
    await office.store.close()
    assert {row.item: row.on_hand for row in stock} == {"flour": 8_700}
    kinds = {entry.kind for entry in unpack_entries(read_envelope(batch))}
    assert {EventKind.RECIPE_PUT, EventKind.PARTNER_PUT} <= kinds
    assert verify_headquarters(tmp_path / "hq").differences == ()
