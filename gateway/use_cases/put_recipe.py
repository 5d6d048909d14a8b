"""Make or change a recipe: an entry of the journal that moves no goods. The same content again makes no new one."""

import msgspec

from gateway.domain.fault import Fault
from gateway.domain.recipe_entry import RecipeEntry, read_recipe
from gateway.store.recipes import RECIPES_MAX, RecipeRow, load_recipe
from gateway.store.session import LedgerSession
from gateway.use_cases.shop import Poster, Shop
from replication.wire.envelope import ENTRY_BYTES_MAX
from replication.wire.events import RecipePut, encode_event
from replication.wire.recipe import Recipe


class RecipeStored(msgspec.Struct, frozen=True):
    """The recipe as it now is; `created` where it is new."""

    row: RecipeRow
    created: bool


class RecipeRefused(msgspec.Struct, frozen=True):
    """What is wrong with the entry."""

    faults: tuple[Fault, ...]

    @property
    def is_malformed(self) -> bool:
        """Whether something could not be read at all (answered 400), rather than be read and refused (422)."""
        return any(fault.code == "quantity_not_a_decimal" for fault in self.faults)


async def put_recipe(shop: Shop, poster: Poster, code: str, entry: RecipeEntry) -> RecipeStored | RecipeRefused:
    """Store a recipe under its code. Raises StoreBusy."""

    def command(session: LedgerSession) -> RecipeStored | RecipeRefused:
        known = session.recipes.all()
        recipe = read_recipe(code, entry, session.item, known)
        if not isinstance(recipe, Recipe):
            return RecipeRefused(recipe)
        created = code not in known
        if created and len(known) >= RECIPES_MAX:
            return RecipeRefused((Fault("", "too_many", {"limit": str(RECIPES_MAX)}),))
        if known.get(code) != recipe:
            event = RecipePut(recipe, poster.person, shop.clock())
            _, payload = encode_event(event)
            if len(payload) > ENTRY_BYTES_MAX:
                facts = {"bytes": str(len(payload)), "limit": str(ENTRY_BYTES_MAX)}
                return RecipeRefused((Fault("", "document_too_large", facts),))
            session.recipes.note(session.append_event(event), event)
        row = load_recipe(session.connection, code)
        assert row is not None, "it was put, or stood there"
        return RecipeStored(row, created)

    outcome = await shop.ledger.write(command)
    if isinstance(outcome, RecipeStored):
        for watcher in shop.watchers:
            watcher.item_changed(outcome.row.recipe.item, outcome.row.seq)
    return outcome
