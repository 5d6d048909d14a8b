"""One change of a brought table against the ledger: judged beside the writer, and again in the transaction that does it.

Items, barcodes, suppliers and members are changed many in a transaction; a recipe and an opening balance take the same way as
those a person enters, each on its own.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import UNSET

from gateway.domain.bodies.correcting import OpeningBalance
from gateway.domain.draft import Draft, read_draft
from gateway.domain.fault import Fault
from gateway.domain.import_changes import (
    Change,
    CodesChange,
    ItemChange,
    OpeningPart,
    PartnerChange,
    RecipeChange,
    RowFault,
)
from gateway.domain.import_columns import ImportKind
from gateway.domain.import_goods import Partner, item_after, partner_after, recipe_after
from gateway.domain.policy import Role
from gateway.domain.posting import NeedsApproval, Posting, Rejected, Terms, plan
from gateway.domain.recipe import RecipeBook
from gateway.domain.recipe_entry import read_recipe
from gateway.store.imports import code_taken
from gateway.store.items import load_item
from gateway.store.known_items import item_content
from gateway.store.partners import load_partner
from gateway.store.recipes import RECIPES_MAX, load_recipe
from gateway.store.session import LedgerSession, Posted, TooLarge
from gateway.use_cases.post_document import Conflict, Exists, Waiting, post_document
from gateway.use_cases.put_partner import put_partner
from gateway.use_cases.put_recipe import RecipeRefused, put_recipe
from gateway.use_cases.shop import Poster, Shop
from replication.wire.envelope import ENTRY_BYTES_MAX
from replication.wire.item import Item
from replication.wire.recipe import Recipe

_NO_ID = bytes(16)
_COLUMN_OF: Final = {
    ("lines", "item"): "sku", ("components", "item"): "component", ("components", ""): "component",
    ("components", "ratio"): "units", ("by_products", "item"): "by_product", ("by_products", ""): "by_product",
    ("steps", "name"): "step", ("steps", "name_zh"): "step_zh", ("steps", ""): "step",
}  # fmt: skip
"""What a field of a document's line or of a recipe's part is called in a table."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What a change comes to: whether it makes something, whether it changes anything, what is wrong with it, and which item is
    now another as of which seq."""

    made: bool = False
    changes: bool = False
    faults: tuple[RowFault, ...] = ()
    told: tuple[str, int] | None = None


def stands_alone(change: Change) -> bool:
    """Whether a change is done by itself, in its own transaction."""
    return isinstance(change, (OpeningPart, RecipeChange))


def judge_in(connection: sqlite3.Connection, kind: ImportKind, change: Change) -> Verdict:
    """What a change would come to as the ledger stands."""
    match change:
        case ItemChange() | CodesChange():
            row = load_item(connection, change.sku)
            after = item_after(None if row is None else row.item, 0 if row is None else row.version, change)
            if not isinstance(after, Item):
                return Verdict(faults=after)
            if row is not None and after == row.item:
                return Verdict()
            taken = code_taken(connection, after)
            return Verdict(row is None, True) if taken is None else Verdict(faults=_at(change, taken))
        case PartnerChange():
            known = load_partner(connection, kind.value, change.code)
            partner = partner_after(known, change)
            if not isinstance(partner, Partner):
                return Verdict(faults=partner)
            return Verdict(known is None, partner != known)
        case OpeningPart() | RecipeChange():
            raise AssertionError("these are judged alone")


def apply_in(session: LedgerSession, poster: Poster, kind: ImportKind, change: Change, now: int) -> Verdict:
    """Do a change in the open transaction."""
    match change:
        case ItemChange() | CodesChange():
            known = session.items.get(change.sku)
            before = None if known is None else known.item
            after = item_after(before, 0 if known is None else known.version, change)
            if not isinstance(after, Item):
                return Verdict(faults=after)
            if after == before:
                return Verdict()
            outcome = session.append_item(after, item_content(after), poster.person)
            match outcome:
                case Fault():
                    return Verdict(faults=_at(change, outcome))
                case TooLarge(size):
                    facts = {"bytes": str(size), "limit": str(ENTRY_BYTES_MAX)}
                    return Verdict(faults=_at(change, Fault("", "document_too_large", facts)))
                case (seq, created):
                    return Verdict(created, True, told=(change.sku, seq))
        case PartnerChange():
            partner = partner_after(load_partner(session.connection, kind.value, change.code), change)
            if not isinstance(partner, Partner):
                return Verdict(faults=partner)
            entry = put_partner(session, kind.value, partner, person=poster.person, at=now)
            return Verdict(changes=entry is not None)
        case OpeningPart() | RecipeChange():
            raise AssertionError("these are done alone")


def judge_recipes(connection: sqlite3.Connection, changes: Sequence[Change], known: RecipeBook) -> list[Verdict]:
    """What recipes would come to, each beside those before it: `known` are all so far, and these are added."""

    def find_item(sku: str) -> Item | None:
        row = load_item(connection, sku)
        return None if row is None else row.item

    verdicts = []
    for change in changes:
        assert isinstance(change, RecipeChange)
        before = known.get(change.code)
        read = read_recipe(change.code, recipe_after(before, change), find_item, known)
        if before is None and len(known) >= RECIPES_MAX:
            read = (Fault("code", "too_many", {"limit": str(RECIPES_MAX)}),)
        if isinstance(read, Recipe):
            known.put(read)
            verdicts.append(Verdict(before is None, read != before))
        else:
            verdicts.append(Verdict(faults=_of_parts(change, read)))
    return verdicts


async def judge_opening(shop: Shop, poster: Poster, part: OpeningPart) -> Verdict:
    """What an opening balance would come to. Raises StoreBusy."""
    body = OpeningBalance(lines=part.lines)
    draft = read_draft(_NO_ID, body)
    if not isinstance(draft, Draft):
        return Verdict(faults=_of_lines(part, draft.faults))
    terms = Terms(poster.person, Role(poster.role), shop.policy, None, False, shop.site, shop.calendar, shop.money)
    outcome = await shop.ledger.write(lambda session: plan(draft, session, terms))
    match outcome:
        case Rejected(faults):
            return Verdict(faults=_of_lines(part, faults))
        case Posting() | NeedsApproval():
            return Verdict(True, True)


async def apply_alone(shop: Shop, poster: Poster, kind: ImportKind, name: bytes, change: Change) -> Verdict:
    """Put a recipe, or post an opening balance under its own id. Raises StoreBusy."""
    del kind
    if isinstance(change, RecipeChange):
        code = change.code
        row = await shop.ledger.read(lambda connection: load_recipe(connection, code))
        known = None if row is None else row.recipe
        stored = await put_recipe(shop, poster, code, recipe_after(known, change))
        if isinstance(stored, RecipeRefused):
            return Verdict(faults=_of_parts(change, stored.faults))
        return Verdict(stored.created, stored.row.recipe != known)
    assert isinstance(change, OpeningPart)
    answer = await post_document(shop, poster, name, OpeningBalance(lines=change.lines, note=UNSET))
    if isinstance(answer, (Posted, Exists)):
        return Verdict(True, True)
    if isinstance(answer, Waiting):
        return Verdict(True, True, _at(change, Fault("", "import_waits")))
    if isinstance(answer, Conflict):
        return Verdict(faults=_at(change, Fault("", "import_overtaken")))
    return Verdict(faults=_of_lines(change, answer.faults))


def _at(change: Change, fault: Fault) -> tuple[RowFault, ...]:
    return (RowFault(change.row, fault.facts.get("barcode", ""), fault),)


def _of_lines(part: OpeningPart, faults: tuple[Fault, ...]) -> tuple[RowFault, ...]:
    """Faults of a document's lines as those of their rows."""
    return tuple(_row_fault({"lines": part.rows}, part.row, fault) for fault in faults)


def _of_parts(change: RecipeChange, faults: tuple[Fault, ...]) -> tuple[RowFault, ...]:
    return tuple(_row_fault(change.rows, change.row, fault) for fault in faults)


def _row_fault(rows: Mapping[str, tuple[int, ...]], first: int, fault: Fault) -> RowFault:
    """`lines[3].lot` is column `lot` of the fourth row; what is called otherwise in a table is in `_COLUMN_OF`."""
    whole, bracket, rest = fault.path.partition("[")
    place, _, named = rest.partition("].")
    of_list = rows.get(whole, ())
    at = int(place.rstrip("]")) if bracket and place.rstrip("]").isdecimal() else -1
    row = of_list[at] if 0 <= at < len(of_list) else first
    column = _COLUMN_OF.get((whole, named), named or whole)
    return RowFault(row, fault.facts.get("text", ""), Fault(column, fault.code, fault.facts))
