"""One change of a brought table against the ledger: judged beside the writer, and again in the transaction that does it.

Items, barcodes, suppliers and members are changed many in a transaction; a recipe and an opening balance take the same way as
those a person enters, each on its own.
"""

import sqlite3

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
from gateway.domain.recipe_entry import read_recipe
from gateway.store.imports import code_taken
from gateway.store.items import load_item
from gateway.store.known_items import item_content
from gateway.store.partners import load_partner, put_partner
from gateway.store.recipes import recipes_in_force
from gateway.store.session import LedgerSession, Posted, TooLarge
from gateway.use_cases.post_document import Conflict, Exists, Waiting, post_document
from gateway.use_cases.put_recipe import RecipeRefused, put_recipe
from gateway.use_cases.shop import Poster, Shop
from replication.wire.envelope import ENTRY_BYTES_MAX
from replication.wire.item import Item
from replication.wire.recipe import Recipe

_NO_ID = bytes(16)


class Verdict(msgspec.Struct, frozen=True):
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
            return Verdict(changes=put_partner(session.connection, kind.value, partner, person=poster.person, at=now))
        case OpeningPart() | RecipeChange():
            raise AssertionError("these are done alone")


async def judge_alone(shop: Shop, poster: Poster, kind: ImportKind, change: Change) -> Verdict:
    """What a recipe or an opening balance would come to. Raises StoreBusy."""
    del kind
    if isinstance(change, RecipeChange):
        recipe = change

        def look(connection: sqlite3.Connection) -> Verdict:
            def find_item(sku: str) -> Item | None:
                row = load_item(connection, sku)
                return None if row is None else row.item

            known = recipes_in_force(connection)
            before = known.get(recipe.code)
            read = read_recipe(recipe.code, recipe_after(before, recipe), find_item, known)
            if isinstance(read, Recipe):
                return Verdict(before is None, read != before)
            return Verdict(faults=_of_components(recipe, read))

        return await shop.ledger.read(look)
    assert isinstance(change, OpeningPart)
    part, body = change, OpeningBalance(lines=change.lines)
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
        known = await shop.ledger.read(lambda connection: recipes_in_force(connection).get(code))
        stored = await put_recipe(shop, poster, code, recipe_after(known, change))
        if isinstance(stored, RecipeRefused):
            return Verdict(faults=_of_components(change, stored.faults))
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
    return tuple(_row_fault(part.rows, part.row, fault, "sku") for fault in faults)


def _of_components(change: RecipeChange, faults: tuple[Fault, ...]) -> tuple[RowFault, ...]:
    return tuple(_row_fault(change.rows, change.row, fault, "component") for fault in faults)


def _row_fault(rows: tuple[int, ...], first: int, fault: Fault, item_column: str) -> RowFault:
    """`lines[3].lot` is column `lot` of the fourth row; their `item` has another name in a table."""
    whole, bracket, rest = fault.path.partition("[")
    place, _, column = rest.partition("].")
    at = int(place.rstrip("]")) if bracket and place.rstrip("]").isdecimal() else -1
    named = column if bracket else whole
    column = item_column if named == "item" and bracket else named
    row = rows[at] if bracket and 0 <= at < len(rows) else first
    return RowFault(row, fault.facts.get("text", ""), Fault(column, fault.code, fault.facts))
