"""Which kitchen makes which lines of a sale, and when it is too late to tell it."""

from gateway.domain.kitchen import LATE_MILLISECONDS_MAX, Kitchen, comes_too_late, kitchen_of, lines_by_kitchen
from replication.wire.events import DocumentPosted, LineDetail, LineMore, PostedLine
from replication.wire.quantity import parse_quantity

AT = 1_795_000_000_000
WOK = Kitchen(name="wok", printer="stove", categories=frozenset({"Hot dishes", "Soups"}))
BAR = Kitchen(name="bar", printer="bar", categories=frozenset({"Drinks"}), items=frozenset({"broth"}))
CATEGORIES = {"eggs": "Hot dishes", "broth": "Soups", "beer": "Drinks", "bag": None}
ONE = parse_quantity("1")


def sale(*lines: PostedLine, type_: str = "sale", occurred_at: int | None = None) -> DocumentPosted:
    return DocumentPosted(type_, "SA-000001", AT, occurred_at, "wu", None, None, None, (), lines, (), None)


def made(event: DocumentPosted) -> list[tuple[str, list[str]]]:
    return [
        (one.kitchen.name, [line.item for line in one.lines])
        for one in lines_by_kitchen(event, (WOK, BAR), CATEGORIES.get)
    ]


def test_an_item_that_a_kitchen_names_is_not_another_s_by_its_category() -> None:
    """Even where the other stands first; what nobody names or makes is no kitchen's."""
    found = [kitchen_of((WOK, BAR), item, category) for item, category in CATEGORIES.items()]
    assert [None if one is None else one.name for one in found] == ["wok", "bar", "bar", None]


def test_each_kitchen_gets_its_own_lines_in_their_order() -> None:
    """Kitchens in the order of the settings; one without lines is told nothing."""
    assert made(sale(*(PostedLine(item, ONE) for item in ("beer", "eggs", "bag", "broth")))) == [
        ("wok", ["eggs"]),
        ("bar", ["beer", "broth"]),
    ]
    assert made(sale(PostedLine("bag", ONE))) == []


def test_what_a_recipe_took_nobody_ordered() -> None:
    """Ingredients are lines too, and no kitchen is asked for them; nor for goods that came in."""
    taken = PostedLine("broth", ONE, detail=LineDetail(more=LineMore(of=0)))
    assert made(sale(PostedLine("eggs", ONE), taken)) == [("wok", ["eggs"])]
    assert made(sale(PostedLine("eggs", ONE), type_="goods_receipt")) == []


def test_a_kitchen_is_not_told_of_what_was_called_into_it_long_ago() -> None:
    """By when the till sold it, or by when it was posted, whichever is first."""
    last = AT + LATE_MILLISECONDS_MAX
    assert (comes_too_late(sale(), last), comes_too_late(sale(), last + 1)) == (False, True)
    assert comes_too_late(sale(occurred_at=AT - 1), last)
    assert not comes_too_late(sale(occurred_at=AT + 99_000), last)
